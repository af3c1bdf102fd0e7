-- The floor of tenancy: the serving role, the context of a transaction, and the one way to protect a table.

CREATE SCHEMA auth;
CREATE SCHEMA tenant;

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'retinue_app') THEN
    CREATE ROLE retinue_app NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
  END IF;
  IF NOT pg_has_role(current_user, 'retinue_app', 'MEMBER') THEN
    EXECUTE format('GRANT retinue_app TO %I', current_user);
  END IF;
END $$;

GRANT USAGE ON SCHEMA public, auth, tenant TO retinue_app;

-- Who asks: the name is that of the Supabase convention, so policies written for it read the same here.
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('app.user_id', true), '')::uuid $$;

-- The organizations of this transaction: one for a request, several for a batch of the journal, none without a context.
CREATE FUNCTION tenant.organizations() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(nullif(current_setting('app.organization_ids', true), ''), '{}')::uuid[] $$;

CREATE FUNCTION tenant.set_updated_at() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$;

CREATE FUNCTION tenant.touch(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TRIGGER set_updated_at BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION tenant.set_updated_at()', target);
END $$;

-- Forced row-level security. The owner's own policy serves migrations and SECURITY DEFINER look-ups; the serving role sees
-- the organizations of its transaction. The sub-select makes it one look at the setting a statement, usable by an index.
CREATE FUNCTION tenant.force(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  EXECUTE format('CREATE POLICY owner ON %s TO %I USING (true) WITH CHECK (true)', target, current_user);
END $$;

CREATE FUNCTION tenant.protect(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM tenant.force(target);
  EXECUTE format(
    'CREATE POLICY tenant ON %s TO retinue_app USING (organization_id = ANY ((SELECT tenant.organizations())::uuid[]))'
    ' WITH CHECK (organization_id = ANY ((SELECT tenant.organizations())::uuid[]))', target);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO retinue_app', target);
END $$;

REVOKE ALL ON FUNCTION tenant.touch(regclass), tenant.force(regclass), tenant.protect(regclass) FROM PUBLIC;
