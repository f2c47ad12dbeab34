-- What the planner knows of the columns of some tables: rows only for those that the role may read.
SELECT c.oid AS table_oid, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
       s.n_distinct::float8 AS n_distinct, s.null_frac::float8 AS null_frac, s.avg_width
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname
 WHERE c.oid = ANY (%(oids)s::oid[])
