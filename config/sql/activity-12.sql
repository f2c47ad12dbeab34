-- Sessions of all databases and what they wait for. pg_blocking_pids takes all lock partitions for a moment, so
-- it is asked for those that wait for a lock only; it knows the lock modes, which a join of pg_locks does not.
-- Before 14 the server does not tell since when a lock is waited for: the last change of state is the nearest.
SELECT date_part('epoch', clock_timestamp()) AS now,
       a.pid, a.datname AS database, a.usename AS role, a.application_name AS application,
       host(a.client_addr) AS client, coalesce(a.backend_type, '') AS kind, a.state,
       a.wait_event_type AS wait_type, a.wait_event,
       date_part('epoch', a.backend_start) AS backend_start,
       date_part('epoch', a.xact_start) AS xact_start,
       date_part('epoch', a.query_start) AS query_start,
       date_part('epoch', a.state_change) AS state_change,
       CASE WHEN a.wait_event_type = 'Lock' THEN extract(epoch FROM a.state_change) END::float8 AS wait_start,
       CASE WHEN a.wait_event_type = 'Lock' THEN pg_blocking_pids(a.pid) END AS blocked_by,
       a.backend_xmin IS NOT NULL AS has_snapshot,
       left(a.query, 4096) AS query, NULL::bigint AS query_id
  FROM pg_stat_activity a
 WHERE a.pid <> pg_backend_pid()
   AND (a.backend_type IN ('client backend', 'parallel worker', 'autovacuum worker', 'walsender')
        OR a.backend_type IS NULL)
