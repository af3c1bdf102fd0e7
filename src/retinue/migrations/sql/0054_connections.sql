-- OAuth: connections of an organization to other services, what was granted under them, and attempts to connect.

-- ``digest`` is over all settings but the secret, and over where tokens are sent: tools with the same share a connection.
CREATE TABLE connections (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT connections_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  digest text NOT NULL CONSTRAINT connections_digest_check CHECK (length(digest) BETWEEN 1 AND 64),
  name text NOT NULL CONSTRAINT connections_name_check CHECK (length(name) BETWEEN 1 AND 300),
  kind text NOT NULL CONSTRAINT connections_kind_check CHECK (kind IN ('api', 'mcp')),
  grant_type text NOT NULL CONSTRAINT connections_grant_type_check CHECK (grant_type IN ('client_credentials', 'authorization_code')),
  owner text NOT NULL CONSTRAINT connections_owner_check CHECK (owner IN ('organization', 'user')),
  destination text NOT NULL,
  scopes text[] NOT NULL DEFAULT '{}',
  settings_encrypted bytea NOT NULL,
  server_encrypted bytea,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT connections_organization_id_digest_key UNIQUE (organization_id, digest),
  CONSTRAINT connections_organization_id_id_key UNIQUE (organization_id, id)
);
CREATE INDEX connections_organization_id_created_at_idx ON connections (organization_id, created_at DESC, id DESC);
SELECT tenant.touch('connections');
SELECT tenant.protect('connections');

-- What was granted: to the organization (``user_id`` null), or to one member. ``generation`` grows with each refresh; who refreshes
-- holds the grant until ``refreshing_until``.
CREATE TABLE connection_grants (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  connection_id uuid NOT NULL,
  user_id uuid,
  granted_by uuid CONSTRAINT connection_grants_granted_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  status text NOT NULL CONSTRAINT connection_grants_status_check CHECK (status IN ('active', 'revoked')),
  tokens_encrypted bytea,
  scopes text[] NOT NULL DEFAULT '{}',
  expires_at timestamptz,
  generation bigint NOT NULL DEFAULT 0,
  refreshing_until timestamptz,
  last_error text CONSTRAINT connection_grants_last_error_check CHECK (length(last_error) <= 1000),
  refreshed_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT connection_grants_connection_id_user_id_key UNIQUE NULLS NOT DISTINCT (organization_id, connection_id, user_id),
  CONSTRAINT connection_grants_connection_id_fkey FOREIGN KEY (organization_id, connection_id)
    REFERENCES connections (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT connection_grants_user_id_fkey FOREIGN KEY (user_id, organization_id)
    REFERENCES memberships (user_id, organization_id) ON DELETE CASCADE
);
CREATE INDEX connection_grants_user_id_idx ON connection_grants (user_id, organization_id) WHERE user_id IS NOT NULL;
CREATE INDEX connection_grants_granted_by_idx ON connection_grants (granted_by) WHERE granted_by IS NOT NULL;
SELECT tenant.touch('connection_grants');
SELECT tenant.protect('connection_grants');
SELECT tenant.keep_to_user('connection_grants');

-- A person who is at the authorization server. Taken once, by the session that began it.
CREATE TABLE connection_attempts (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  connection_id uuid NOT NULL,
  user_id uuid NOT NULL,
  session_id uuid NOT NULL,
  verifier_encrypted bytea NOT NULL,
  return_to text NOT NULL,
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT connection_attempts_connection_id_fkey FOREIGN KEY (organization_id, connection_id)
    REFERENCES connections (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT connection_attempts_user_id_fkey FOREIGN KEY (user_id, organization_id)
    REFERENCES memberships (user_id, organization_id) ON DELETE CASCADE
);
CREATE INDEX connection_attempts_connection_id_idx ON connection_attempts (organization_id, connection_id);
CREATE INDEX connection_attempts_user_id_idx ON connection_attempts (user_id, organization_id);
SELECT tenant.protect('connection_attempts');
SELECT tenant.keep_to_user('connection_attempts');

ALTER TABLE tools ADD COLUMN connection_id uuid,
  ADD CONSTRAINT tools_connection_id_fkey FOREIGN KEY (organization_id, connection_id) 
    REFERENCES connections (organization_id, id) ON DELETE SET NULL (connection_id);
CREATE INDEX IF NOT EXISTS tools_connection_id_idx ON tools (organization_id, connection_id) WHERE connection_id IS NOT NULL;

ALTER TABLE approvals DROP CONSTRAINT approvals_kind_check,
  ADD CONSTRAINT approvals_kind_check CHECK (kind IN ('tool_call', 'unknown_outcome', 'node', 'question', 'budget', 'connect'));
CREATE INDEX IF NOT EXISTS approvals_connect_idx ON approvals (organization_id, (arguments ->> 'connection_id'))
  WHERE kind = 'connect' AND status = 'pending';
