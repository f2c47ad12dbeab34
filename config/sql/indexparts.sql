-- What indexes are made of, from the raw catalogue: pg_get_indexdef would wait for an exclusive lock.
-- OFFSET 0: the names by the key of pg_attribute, not by reading all of it.
SELECT c.oid, n.nspname AS schema, c.relname AS name, i.indrelid AS table_oid, m.amname AS method,
       ARRAY(SELECT (SELECT a.attname::text FROM pg_attribute a
                      WHERE a.attrelid = i.indrelid AND a.attnum = k.attnum AND k.attnum <> 0)
               FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, n) ORDER BY k.n) AS columns,
       i.indclass::oid[] AS classes, i.indoption::int2[] AS options, i.indcollation::oid[] AS collations,
       i.indnkeyatts AS key_count, i.indisunique AS is_unique, i.indisprimary AS is_primary,
       i.indisreplident AS is_replica_identity, o.conindid IS NOT NULL AS is_constraint,
       coalesce(i.indkey[0] = ANY (f.firsts), false) AS covers_foreign_key,
       i.indpred::text AS predicate, i.indexprs::text AS expressions
  FROM pg_index i
  JOIN pg_class c ON c.oid = i.indexrelid AND c.relkind = 'i'
  JOIN pg_namespace n ON n.oid = c.relnamespace
   AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'
  JOIN pg_am m ON m.oid = c.relam
  LEFT JOIN (SELECT DISTINCT conindid FROM pg_constraint WHERE contype IN ('p', 'u', 'x', 'f') AND conindid <> 0) o
         ON o.conindid = c.oid
  LEFT JOIN (SELECT conrelid, array_agg(conkey[1]) AS firsts FROM pg_constraint WHERE contype = 'f' GROUP BY conrelid) f
         ON f.conrelid = i.indrelid
