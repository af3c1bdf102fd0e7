-- Tenancy: who acts, the organizations of the transaction, the one way to protect a table, and the functions of triggers.
-- Applied before the tables exist as well, because policies and triggers of the numbered steps refer to these.

-- Who asks: the name is that of the Supabase convention, so policies written for it read the same here.
CREATE OR REPLACE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('app.user_id', true), '')::uuid $$;

-- The organizations of this transaction: one for a request, several for a batch of the journal, none without a context.
CREATE OR REPLACE FUNCTION tenant.organizations() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(nullif(current_setting('app.organization_ids', true), ''), '{}')::uuid[] $$;

-- The one clock of whatever expires, is deleted, is ordered or falls due: the database's, the same for every process. It
-- stands still during a transaction. Tests put another definition in its place to move the time.
CREATE OR REPLACE FUNCTION tenant.now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT now() $$;

-- Whether the platform acts for itself: the journal, a feed, maintenance. Set by their own statements, never for a request.
CREATE OR REPLACE FUNCTION tenant.is_system() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(current_setting('app.is_system', true), '') = 'on' $$;

-- Sets who acts in a transaction that is one statement: the organizations, the person, the API key, and how long locks are waited
-- for in milliseconds. What ``Database.context`` sets for transactions of several statements.
CREATE OR REPLACE FUNCTION tenant.enter(given text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.organization_ids', given[1], true), set_config('app.user_id', given[2], true),
    set_config('app.api_key_id', given[3], true), set_config('lock_timeout', given[4], true);
END $$;

CREATE OR REPLACE FUNCTION tenant.set_updated_at() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.updated_at := tenant.now(); RETURN NEW; END $$;

CREATE OR REPLACE FUNCTION tenant.touch(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TRIGGER set_updated_at BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION tenant.set_updated_at()', target);
END $$;

-- Forced row-level security. The owner's own policy serves migrations and SECURITY DEFINER look-ups; the serving role sees
-- the organizations of its transaction. The sub-select makes it one look at the setting a statement, usable by an index.
CREATE OR REPLACE FUNCTION tenant.force(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  EXECUTE format('CREATE POLICY owner ON %s TO %I USING (true) WITH CHECK (true)', target, current_user);
END $$;

CREATE OR REPLACE FUNCTION tenant.protect(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM tenant.force(target);
  EXECUTE format(
    'CREATE POLICY tenant ON %s TO retinue_app USING (organization_id = ANY ((SELECT tenant.organizations())::uuid[]))'
    ' WITH CHECK (organization_id = ANY ((SELECT tenant.organizations())::uuid[]))', target);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO retinue_app', target);
END $$;

-- Keep rows to one person: no other member of the organization, whatever the role, reads or writes them. Rows whose column is
-- null belong to all. The platform itself (tenant.is_system) reads those of the organizations it acts for.
CREATE OR REPLACE FUNCTION tenant.keep_to_user(target regclass, person name DEFAULT 'user_id') RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  condition text := format('(SELECT tenant.is_system()) OR %1$I IS NULL OR %1$I = (SELECT auth.uid())', person);
BEGIN
  EXECUTE format('CREATE POLICY own ON %s AS RESTRICTIVE TO retinue_app USING (%s) WITH CHECK (%s)', target, condition, condition);
END $$;

-- How long an organization keeps a kind: the days of its own, else others.
CREATE OR REPLACE FUNCTION tenant.retention_days(retention jsonb, kind text, otherwise integer) RETURNS integer LANGUAGE sql IMMUTABLE
  PARALLEL SAFE AS $$ SELECT coalesce((retention ->> kind)::integer, otherwise) $$;

REVOKE ALL ON FUNCTION tenant.touch(regclass), tenant.force(regclass), tenant.protect(regclass) FROM PUBLIC;
REVOKE ALL ON FUNCTION tenant.keep_to_user(regclass, name) FROM PUBLIC;

-- The number of an advisory lock, by name, so that two uses cannot share a number by accident.
CREATE OR REPLACE FUNCTION tenant.lock_key(name text) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT hashtextextended('retinue.' || name, 0) $$;

-- Writes an entry of the audit log, given as its row, in the transaction of what it tells.
CREATE OR REPLACE FUNCTION tenant.audit(entry jsonb) RETURNS void LANGUAGE sql AS $$
  INSERT INTO audit_log (id, organization_id, actor_kind, actor_id, api_key_id, action, target_type, target_id, before, after, ip,
    user_agent, request_id)
  SELECT e.id, e.organization_id, e.actor_kind, e.actor_id, e.api_key_id, e.action, e.target_type, e.target_id, e.before, e.after, e.ip,
    e.user_agent, e.request_id
  FROM jsonb_to_record(entry) AS e (id uuid, organization_id uuid, actor_kind text, actor_id uuid, api_key_id uuid, action text,
    target_type text, target_id uuid, before jsonb, after jsonb, ip text, user_agent text, request_id text)
$$;
