-- Indexes from the raw catalogue: pg_get_indexdef and the size functions would wait for an exclusive lock.
WITH keys AS (
    SELECT i.indexrelid, i.indrelid,
           array_agg(a.attname::text ORDER BY k.n) AS columns,
           array_agg(coalesce(k.opclass::text, '') || ' ' || coalesce(k.direction::text, '') || ' '
                     || coalesce(k.coll::text, '') ORDER BY k.n) AS details,
           array_agg(k.attnum ORDER BY k.n) AS attnums
      FROM pg_index i
      JOIN pg_class c ON c.oid = i.indexrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname NOT IN ('pg_catalog', 'pg_toast', 'information_schema')
     CROSS JOIN LATERAL ROWS FROM (unnest(i.indkey::int2[]), unnest(i.indclass::oid[]), unnest(i.indoption::int2[]),
                                   unnest(i.indcollation::oid[]))
           WITH ORDINALITY AS k(attnum, opclass, direction, coll, n)
      LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum AND k.attnum <> 0
     GROUP BY i.indexrelid, i.indrelid)
SELECT i.indexrelid AS oid, n.nspname AS schema, c.relname AS name, i.indrelid AS table_oid,
       m.amname AS method, k.columns, k.details, i.indnkeyatts AS key_count, i.indisunique AS is_unique,
       i.indisprimary AS is_primary, i.indisvalid AS is_valid, i.indisreplident AS is_replica_identity,
       EXISTS (SELECT 1 FROM pg_constraint o WHERE o.conindid = i.indexrelid) AS is_constraint,
       EXISTS (SELECT 1 FROM pg_constraint f WHERE f.contype = 'f' AND f.conrelid = i.indrelid
                AND f.conkey[1] = k.attnums[1]) AS covers_foreign_key,
       EXISTS (SELECT 1 FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid) AS is_building,
       i.indpred::text AS predicate, i.indexprs::text AS expressions,
       c.relpages::bigint * current_setting('block_size')::int AS bytes,
       coalesce(s.idx_scan, 0) AS idx_scan, NULL::float8 AS last_scan
  FROM keys k
  JOIN pg_index i ON i.indexrelid = k.indexrelid
  JOIN pg_class c ON c.oid = i.indexrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_am m ON m.oid = c.relam
  LEFT JOIN pg_stat_user_indexes s ON s.indexrelid = i.indexrelid
 WHERE c.relkind = 'i'
