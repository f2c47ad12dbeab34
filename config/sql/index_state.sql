-- Whether an index is there and valid: from the raw catalogue, which waits for no lock.
SELECT i.indisvalid AS is_valid, i.indisready AS is_ready
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_index i ON i.indexrelid = c.oid
 WHERE c.relname = %(name)s AND n.nspname = %(schema)s
