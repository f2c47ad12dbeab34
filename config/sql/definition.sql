-- An index by schema and name, with the statement that makes it: waits for an exclusive lock on its table.
SELECT c.oid, n.nspname AS schema, c.relname AS name, t.relname AS table_name, tn.nspname AS table_schema,
       i.indisvalid AS is_valid, i.indisready AS is_ready, i.indisprimary AS is_primary, i.indisunique AS is_unique,
       i.indisreplident AS is_replica_identity,
       EXISTS (SELECT 1 FROM pg_constraint o WHERE o.conindid = i.indexrelid) AS is_constraint,
       EXISTS (SELECT 1 FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid) AS is_building,
       pg_has_role(current_user, c.relowner, 'USAGE') AS is_owner,
       c.relpages::bigint * current_setting('block_size')::int AS bytes,
       coalesce(s.idx_scan, 0) AS idx_scan, pg_get_indexdef(c.oid) AS definition
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_index i ON i.indexrelid = c.oid
  JOIN pg_class t ON t.oid = i.indrelid
  JOIN pg_namespace tn ON tn.oid = t.relnamespace
  LEFT JOIN pg_stat_user_indexes s ON s.indexrelid = c.oid
 WHERE c.relname = %(name)s AND CASE WHEN %(schema)s = '' THEN pg_table_is_visible(c.oid) ELSE n.nspname = %(schema)s END
