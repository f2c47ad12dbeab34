-- What this server is, what it holds, and what the role that asks may do.
SELECT
    current_setting('server_version_num')::int AS version_num,
    current_setting('server_version') AS version,
    current_database() AS database,
    current_user AS role,
    pg_is_in_recovery() AS is_replica,
    pg_has_role(current_user, 'pg_monitor', 'USAGE') AS is_monitor,
    -- A role of Amazon RDS: its database cannot be read by anybody else.
    EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'rdsadmin') AS is_rds,
    (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
      WHERE e.extname = 'pg_stat_statements') AS statements_schema,
    -- The view that is installed decides, not the server: an upgraded server keeps the old extension.
    ARRAY(SELECT a.attname::text FROM pg_extension e
            JOIN pg_class c ON c.relnamespace = e.extnamespace AND c.relname = 'pg_stat_statements'
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
           WHERE e.extname = 'pg_stat_statements') AS statements_columns,
    -- Its setting exists only where the library is loaded; shared_preload_libraries is not for everybody to read.
    current_setting('pg_stat_statements.max', true) IS NOT NULL AS is_preloaded,
    EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'pg_stat_statements') AS has_statements,
    EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'hypopg') AS has_hypopg
