-- One table by schema and name: who owns it, how large it is, and what would be in the way of a change.
SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relkind::text AS kind, pg_get_userbyid(c.relowner) AS owner,
       pg_has_role(current_user, c.relowner, 'USAGE') AS is_owner,
       greatest(c.reltuples, 0)::bigint AS rows, c.relpages::bigint * current_setting('block_size')::int AS bytes,
       s.n_tup_ins + s.n_tup_upd + s.n_tup_del AS writes, s.n_dead_tup AS dead,
       date_part('epoch', greatest(s.last_analyze, s.last_autoanalyze)) AS last_analyze,
       date_part('epoch', greatest(s.last_vacuum, s.last_autovacuum)) AS last_vacuum,
       s.analyze_count + s.autoanalyze_count AS analyze_count, s.vacuum_count + s.autovacuum_count AS vacuum_count,
       date_part('epoch', clock_timestamp() - (SELECT stats_reset FROM pg_stat_database
               WHERE datname = current_database())) AS counted_s,
       ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
             AND NOT a.attisdropped ORDER BY a.attnum) AS columns
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid
 WHERE c.relname = %(name)s AND CASE WHEN %(schema)s = '' THEN pg_table_is_visible(c.oid) ELSE n.nspname = %(schema)s END
   AND c.relkind IN ('r', 'p', 'm')
