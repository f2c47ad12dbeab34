-- Counters of the statements of this database, without their texts: with texts the server spills all of them to disk.
SELECT s.queryid, s.userid, true AS toplevel, s.calls,
       s.total_time AS total_ms, s.min_time AS min_ms, s.max_time AS max_ms,
       s.stddev_time AS stddev_ms, s.rows, s.shared_blks_hit AS hit, s.shared_blks_read AS read,
       s.temp_blks_read + s.temp_blks_written AS temp, s.blk_read_time + s.blk_write_time AS io_ms,
       NULL::float8 AS since
  FROM {schema}.pg_stat_statements(false) s
 WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND s.queryid IS NOT NULL
