-- The database as a whole: how much comes out of the cache, since when it is counted, how near wraparound is.
SELECT d.blks_hit AS hit, d.blks_read AS read, d.deadlocks, d.temp_bytes,
       date_part('epoch', d.stats_reset) AS since,
       (SELECT age(datfrozenxid) FROM pg_database WHERE datname = current_database()) AS xid_age
  FROM pg_stat_database d WHERE d.datname = current_database()
