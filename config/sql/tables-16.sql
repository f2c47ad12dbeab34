-- Tables of the application, by the functions behind pg_stat_user_tables: the view groups all indexes by table first.
-- relpages is of the last vacuum or analyze: the true size would wait for an exclusive lock. Indexes count apart.
SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relkind = 'p' AS is_partitioned,
       pg_get_userbyid(c.relowner) AS owner,
       (CASE WHEN c.reltuples > 0 THEN c.reltuples ELSE pg_stat_get_live_tuples(c.oid) END)::bigint AS rows,
       pg_stat_get_dead_tuples(c.oid) AS dead, c.relpages * (SELECT current_setting('block_size')::bigint) AS bytes,
       pg_stat_get_numscans(c.oid) AS seq_scan, pg_stat_get_tuples_returned(c.oid) AS seq_tup_read,
       pg_stat_get_tuples_inserted(c.oid) + pg_stat_get_tuples_updated(c.oid) + pg_stat_get_tuples_deleted(c.oid)
           AS writes,
       date_part('epoch', greatest(pg_stat_get_last_vacuum_time(c.oid), pg_stat_get_last_autovacuum_time(c.oid)))
           AS last_vacuum,
       date_part('epoch', greatest(pg_stat_get_last_analyze_time(c.oid), pg_stat_get_last_autoanalyze_time(c.oid)))
           AS last_analyze,
       date_part('epoch', pg_stat_get_lastscan(c.oid)) AS last_seq_scan,
       CASE WHEN c.relfrozenxid <> '0' THEN age(c.relfrozenxid) END AS xid_age,
       pg_stat_get_blocks_hit(c.oid) AS hit, pg_stat_get_blocks_fetched(c.oid) AS fetched
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
   AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'
 WHERE c.relkind IN ('r', 'm', 'p')
