-- Index builds under way, with what they wait for.
SELECT p.pid, p.relid AS table_oid, p.index_relid AS index_oid, p.phase, p.command,
       (SELECT relname FROM pg_class WHERE oid = p.index_relid) AS index_name,
       (SELECT relname FROM pg_class WHERE oid = p.relid) AS table_name,
       p.lockers_done, p.lockers_total, p.current_locker_pid AS locker,
       p.blocks_done, p.blocks_total, p.tuples_done, p.tuples_total,
       left(l.query, 300) AS locker_query, l.state AS locker_state,
       date_part('epoch', clock_timestamp() - l.xact_start) AS locker_age
  FROM pg_stat_progress_create_index p
  LEFT JOIN pg_stat_activity l ON l.pid = p.current_locker_pid AND p.current_locker_pid <> 0
 WHERE p.datname = current_database()
