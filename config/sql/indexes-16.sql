-- Counters and state of the indexes; what they are made of changes seldom and is in indexparts.sql.
SELECT c.oid, i.indisvalid AS is_valid,
       CASE WHEN i.indisvalid THEN false ELSE
           EXISTS (SELECT 1 FROM pg_stat_progress_create_index p WHERE p.index_relid = c.oid) END AS is_building,
       c.relpages * (SELECT current_setting('block_size')::bigint) AS bytes,
       pg_stat_get_numscans(c.oid) AS idx_scan, date_part('epoch', pg_stat_get_lastscan(c.oid)) AS last_scan,
       pg_stat_get_blocks_hit(c.oid) AS hit, pg_stat_get_blocks_fetched(c.oid) AS fetched
  FROM pg_index i
  JOIN pg_class c ON c.oid = i.indexrelid AND c.relkind = 'i'
  JOIN pg_namespace n ON n.oid = c.relnamespace
   AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'
