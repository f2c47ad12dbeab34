-- Columns of all tables of the application, and who may change the table.
SELECT c.oid AS table_oid, pg_has_role(current_user, c.relowner, 'USAGE') AS is_owner,
       array_agg(a.attname::text ORDER BY a.attnum) AS columns
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
   AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_t%%'
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE c.relkind IN ('r', 'p', 'm')
 GROUP BY c.oid, c.relowner
