-- Users, organizations and how they are joined; sessions, keys, invitations; the audit log.

CREATE TABLE users (
  id uuid PRIMARY KEY,
  email text NOT NULL CONSTRAINT users_email_check CHECK (length(email) BETWEEN 3 AND 320),
  username text NOT NULL,
  full_name text NOT NULL DEFAULT '',
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
  name text NOT NULL,
  slug text NOT NULL CONSTRAINT organizations_slug_key UNIQUE,
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
CREATE INDEX memberships_organization_id_idx ON memberships (organization_id);

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
