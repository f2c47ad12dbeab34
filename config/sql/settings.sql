-- What the server can hold: connections in all, those kept for superusers and for rds_superuser.
SELECT
    current_setting('max_connections')::int AS max_connections,
    current_setting('superuser_reserved_connections')::int
        -- PostgreSQL 16 and later.
        + coalesce(nullif(current_setting('reserved_connections', true), '')::int, 0)
        -- Amazon RDS only.
        + coalesce(nullif(current_setting('rds.rds_superuser_reserved_connections', true), '')::int, 0)
        AS reserved_connections,
    current_setting('server_version') AS version
