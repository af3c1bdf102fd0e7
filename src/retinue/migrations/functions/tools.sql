-- Triggers of tools.

CREATE OR REPLACE FUNCTION tenant.keep_built_in_names() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.organization_id IS NOT NULL AND EXISTS (SELECT FROM tools WHERE organization_id IS NULL AND name = NEW.name) THEN
    RAISE EXCEPTION 'the name % is that of a built-in tool', NEW.name
      USING ERRCODE = 'unique_violation', CONSTRAINT = 'tools_built_in_name_key', TABLE = 'tools';
  END IF;
  RETURN NEW;
END $$;
