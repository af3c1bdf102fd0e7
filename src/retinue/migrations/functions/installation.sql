-- The installation as a whole: whether the key that a process was given opens the sealed values in the database.

-- The columns that hold sealed values: every column of type bytea whose name ends in _encrypted.
CREATE OR REPLACE FUNCTION tenant.sealed_columns() RETURNS TABLE (table_name regclass, column_name name) LANGUAGE sql STABLE AS $$
  SELECT c.oid::regclass, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.atttypid = 'bytea'::regtype
    AND a.attname LIKE '%\_encrypted' AND NOT a.attisdropped
$$;

-- The check value, null before one was stored, and any sealed value, null when nothing is sealed.
CREATE OR REPLACE FUNCTION tenant.sealed_values() RETURNS TABLE (key_check bytea, sample bytea) LANGUAGE plpgsql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  each record;
BEGIN
  key_check := (SELECT i.key_check FROM installation i);
  FOR each IN SELECT * FROM tenant.sealed_columns() LOOP
    EXIT WHEN sample IS NOT NULL;
    EXECUTE format('SELECT %1$I FROM %2$s WHERE %1$I IS NOT NULL LIMIT 1', each.column_name, each.table_name) INTO sample;
  END LOOP;
  RETURN NEXT;
END $$;

-- Stores the value that the keys of later processes must open.
CREATE OR REPLACE FUNCTION tenant.set_key_check(sealed bytea) RETURNS void LANGUAGE sql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$ UPDATE installation SET key_check = sealed $$;

REVOKE ALL ON FUNCTION tenant.sealed_values(), tenant.set_key_check(bytea), tenant.sealed_columns() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.sealed_values(), tenant.set_key_check(bytea) TO retinue_app;
