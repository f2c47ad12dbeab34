-- Texts of some statements: asked for only when one that is shown has none yet.
SELECT DISTINCT ON (s.queryid) s.queryid, left(s.query, 1048576) AS query
  FROM {schema}.pg_stat_statements(true) s
 WHERE s.queryid = ANY (%(ids)s)
   AND s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
