-- One session by its number, and whether the role that asks may end it.
SELECT a.pid, a.usename AS role, a.application_name AS application, a.datname AS database, a.state,
       date_part('epoch', a.backend_start) AS backend_start,
       date_part('epoch', a.xact_start) AS xact_start,
       date_part('epoch', a.query_start) AS query_start,
       date_part('epoch', clock_timestamp()) AS now,
       a.backend_type AS kind, left(a.query, 4096) AS query,
       pg_has_role(current_user, 'pg_signal_backend', 'USAGE')
           OR pg_has_role(current_user, a.usesysid, 'MEMBER') AS may_signal,
       coalesce((SELECT rolsuper FROM pg_roles WHERE oid = a.usesysid), false) AS is_superuser
  FROM pg_stat_activity a WHERE a.pid = %(pid)s AND a.pid <> pg_backend_pid()
