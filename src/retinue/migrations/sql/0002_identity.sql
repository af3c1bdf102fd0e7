-- Users, organizations and how they are joined; sessions, keys, invitations; the audit log.

CREATE TABLE users (
  id uuid PRIMARY KEY,
  email text NOT NULL CONSTRAINT users_email_check CHECK (length(email) BETWEEN 3 AND 320),
  username text NOT NULL CONSTRAINT users_username_check CHECK (length(username) BETWEEN 1 AND 64),
  full_name text NOT NULL DEFAULT '' CONSTRAINT users_full_name_check CHECK (length(full_name) <= 200),
  avatar_url text,
  password_hash text NOT NULL,
  is_active boolean NOT NULL DEFAULT true,
  is_superuser boolean NOT NULL DEFAULT false,
  subscription_tier text NOT NULL DEFAULT 'free',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX users_email_key ON users (lower(email));
CREATE UNIQUE INDEX users_username_key ON users (lower(username));
SELECT tenant.touch('users');

CREATE TABLE organizations (
  id uuid PRIMARY KEY,
  name text NOT NULL CONSTRAINT organizations_name_check CHECK (length(name) BETWEEN 1 AND 200),
  slug text NOT NULL CONSTRAINT organizations_slug_key UNIQUE
    CONSTRAINT organizations_slug_check CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  plan text NOT NULL DEFAULT 'starter',
  created_by uuid CONSTRAINT organizations_created_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  max_concurrent_runs integer NOT NULL DEFAULT 100 CONSTRAINT organizations_max_concurrent_runs_check CHECK (max_concurrent_runs BETWEEN 1 AND 100000),
  run_retention_days integer NOT NULL DEFAULT 90 CONSTRAINT organizations_run_retention_days_check CHECK (run_retention_days BETWEEN 1 AND 3650),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
SELECT tenant.touch('organizations');

CREATE TABLE memberships (
  user_id uuid NOT NULL CONSTRAINT memberships_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
  organization_id uuid NOT NULL CONSTRAINT memberships_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  role text NOT NULL CONSTRAINT memberships_role_check CHECK (role IN ('owner', 'admin', 'agent_manager', 'viewer')),
  granted_by uuid CONSTRAINT memberships_granted_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  granted_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, organization_id)
);
CREATE INDEX memberships_organization_id_idx ON memberships (organization_id, granted_at, user_id);

CREATE TABLE invitations (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT invitations_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  email text NOT NULL CONSTRAINT invitations_email_check CHECK (length(email) BETWEEN 3 AND 320),
  role text NOT NULL CONSTRAINT invitations_role_check CHECK (role IN ('owner', 'admin', 'agent_manager', 'viewer')),
  token_hash bytea NOT NULL CONSTRAINT invitations_token_hash_key UNIQUE,
  invited_by uuid CONSTRAINT invitations_invited_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  expires_at timestamptz NOT NULL,
  accepted_at timestamptz,
  accepted_by uuid CONSTRAINT invitations_accepted_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX invitations_open_key ON invitations (organization_id, lower(email)) WHERE accepted_at IS NULL;
CREATE INDEX invitations_organization_id_created_at_idx ON invitations (organization_id, created_at DESC, id DESC);
SELECT tenant.protect('invitations');

CREATE TABLE api_keys (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT api_keys_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  name text NOT NULL CONSTRAINT api_keys_name_check CHECK (length(name) BETWEEN 1 AND 200),
  prefix text NOT NULL,
  secret_hash bytea NOT NULL CONSTRAINT api_keys_secret_hash_key UNIQUE,
  scopes text[] NOT NULL,
  created_by uuid NOT NULL CONSTRAINT api_keys_created_by_fkey REFERENCES users (id) ON DELETE CASCADE,
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX api_keys_organization_id_created_at_idx ON api_keys (organization_id, created_at DESC, id DESC);
CREATE INDEX api_keys_created_by_idx ON api_keys (created_by);
SELECT tenant.protect('api_keys');

CREATE TABLE sessions (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL CONSTRAINT sessions_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
  organization_id uuid CONSTRAINT sessions_organization_id_fkey REFERENCES organizations (id) ON DELETE SET NULL,
  token_hash bytea NOT NULL CONSTRAINT sessions_token_hash_key UNIQUE,
  user_agent text,
  ip text,
  last_seen_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sessions_user_id_created_at_idx ON sessions (user_id, created_at DESC, id DESC);
CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);

-- The link by which the first owner takes a fresh installation. The serving role reaches it through functions alone.
CREATE TABLE claim_tokens (
  token_hash bytea PRIMARY KEY,
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);
SELECT tenant.force('claim_tokens');

CREATE TABLE audit_log (
  id uuid PRIMARY KEY,
  organization_id uuid CONSTRAINT audit_log_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  actor_kind text NOT NULL,
  actor_id uuid,
  api_key_id uuid,
  action text NOT NULL,
  target_type text NOT NULL,
  target_id uuid NOT NULL,
  before jsonb,
  after jsonb,
  ip text,
  user_agent text,
  request_id text,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX audit_log_organization_id_created_at_idx ON audit_log (organization_id, created_at DESC, id DESC);
CREATE INDEX audit_log_organization_id_action_idx ON audit_log (organization_id, action, created_at DESC, id DESC);
CREATE INDEX audit_log_organization_id_actor_id_idx ON audit_log (organization_id, actor_id, created_at DESC, id DESC);
CREATE INDEX audit_log_organization_id_target_id_idx ON audit_log (organization_id, target_id, created_at DESC, id DESC);

-- Memberships: those of the transaction's organization, and your own everywhere.
SELECT tenant.protect('memberships');
CREATE POLICY own ON memberships FOR SELECT TO retinue_app USING (user_id = (SELECT auth.uid()));

-- Users: yourself, the members of the transaction's organization, and for a superuser everyone. A password hash can be
-- written but not read; what users may not change of their own row has no grant.
SELECT tenant.force('users');
CREATE POLICY self ON users TO retinue_app USING (id = (SELECT auth.uid())) WITH CHECK (id = (SELECT auth.uid()));
CREATE POLICY co_member ON users FOR SELECT TO retinue_app USING (EXISTS (
  SELECT FROM memberships m WHERE m.user_id = users.id AND m.organization_id = ANY ((SELECT tenant.organizations())::uuid[])));
CREATE POLICY superuser ON users FOR SELECT TO retinue_app USING ((SELECT auth.is_superuser()));
GRANT SELECT (id, email, username, full_name, avatar_url, is_active, is_superuser, subscription_tier, created_at, updated_at),
  INSERT (id, email, username, full_name, avatar_url, password_hash),
  UPDATE (email, username, full_name, avatar_url, password_hash) ON users TO retinue_app;

-- Organizations: that of the transaction, and those one belongs to. Made by auth.create_organization alone.
SELECT tenant.force('organizations');
CREATE POLICY tenant ON organizations TO retinue_app USING (id = ANY ((SELECT tenant.organizations())::uuid[]))
  WITH CHECK (id = ANY ((SELECT tenant.organizations())::uuid[]));
CREATE POLICY member ON organizations FOR SELECT TO retinue_app USING (id IN (
  SELECT m.organization_id FROM memberships m WHERE m.user_id = (SELECT auth.uid())));
CREATE POLICY superuser ON organizations FOR SELECT TO retinue_app USING ((SELECT auth.is_superuser()));
GRANT SELECT, UPDATE (name, slug, max_concurrent_runs, run_retention_days), DELETE ON organizations TO retinue_app;

SELECT tenant.force('sessions');
CREATE POLICY own ON sessions TO retinue_app USING (user_id = (SELECT auth.uid())) WITH CHECK (user_id = (SELECT auth.uid()));
GRANT SELECT (id, user_id, organization_id, user_agent, ip, last_seen_at, expires_at, ends_at, created_at),
  INSERT, UPDATE (organization_id), DELETE ON sessions TO retinue_app;

-- The audit log only grows. Entries of no organization (a failed sign-in of an unknown address) are for superusers.
SELECT tenant.force('audit_log');
CREATE POLICY tenant ON audit_log FOR SELECT TO retinue_app
  USING (organization_id = ANY ((SELECT tenant.organizations())::uuid[]));
CREATE POLICY superuser ON audit_log FOR SELECT TO retinue_app
  USING (organization_id IS NULL AND (SELECT auth.is_superuser()));
CREATE POLICY append ON audit_log FOR INSERT TO retinue_app
  WITH CHECK (organization_id IS NULL OR organization_id = ANY ((SELECT tenant.organizations())::uuid[]));
GRANT SELECT, INSERT ON audit_log TO retinue_app;
CREATE TRIGGER keep_an_owner AFTER UPDATE OR DELETE ON memberships FOR EACH ROW WHEN (OLD.role = 'owner')
  EXECUTE FUNCTION tenant.keep_an_owner();

-- Keyed facts that may be forgotten (rate limits, presence, who was seen): not logged, not copied, swept by their time.
-- Reached by key alone, through functions: anyone who does not know a key cannot list them.
CREATE SCHEMA kv;
GRANT USAGE ON SCHEMA kv TO retinue_app;
CREATE UNLOGGED TABLE kv.entries (
  key text PRIMARY KEY,
  value text,
  count bigint,
  expires_at timestamptz
) WITH (fillfactor = 70);
CREATE INDEX entries_expires_at_idx ON kv.entries (expires_at);
