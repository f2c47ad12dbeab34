-- Tables of the application. relpages is of the last vacuum or analyze: the true size would wait for an exclusive lock.
SELECT t.relid AS oid, t.schemaname AS schema, t.relname AS name, c.relkind = 'p' AS is_partitioned,
       pg_get_userbyid(c.relowner) AS owner,
       (CASE WHEN c.reltuples > 0 THEN c.reltuples ELSE t.n_live_tup END)::bigint AS rows,
       t.n_dead_tup AS dead, c.relpages::bigint * current_setting('block_size')::int AS bytes,
       coalesce(t.seq_scan, 0) AS seq_scan, coalesce(t.seq_tup_read, 0) AS seq_tup_read,
       coalesce(t.idx_scan, 0) AS idx_scan, t.n_tup_ins + t.n_tup_upd + t.n_tup_del AS writes,
       extract(epoch FROM greatest(t.last_vacuum, t.last_autovacuum))::float8 AS last_vacuum,
       extract(epoch FROM greatest(t.last_analyze, t.last_autoanalyze))::float8 AS last_analyze,
       extract(epoch FROM t.last_seq_scan)::float8 AS last_seq_scan,
       CASE WHEN c.relfrozenxid <> '0' THEN age(c.relfrozenxid) END AS xid_age,
       coalesce(io.heap_blks_hit, 0) + coalesce(io.idx_blks_hit, 0) AS hit,
       coalesce(io.heap_blks_read, 0) + coalesce(io.idx_blks_read, 0) AS read
  FROM pg_stat_user_tables t
  JOIN pg_class c ON c.oid = t.relid
  LEFT JOIN pg_statio_user_tables io ON io.relid = t.relid
