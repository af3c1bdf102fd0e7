-- External agents: their keys, signing secrets and heartbeats, and the work that waits for them.

CREATE TABLE agent_keys (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  agent_id uuid NOT NULL,
  prefix text NOT NULL,
  secret_hash bytea NOT NULL CONSTRAINT agent_keys_secret_hash_key UNIQUE,
  created_by uuid CONSTRAINT agent_keys_created_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT tenant.now(),
  CONSTRAINT agent_keys_agent_id_fkey FOREIGN KEY (organization_id, agent_id) REFERENCES agents (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX agent_keys_agent_id_idx ON agent_keys (organization_id, agent_id, created_at DESC);
CREATE INDEX agent_keys_created_by_idx ON agent_keys (created_by);
SELECT tenant.protect('agent_keys');

CREATE TABLE agent_webhook_secrets (
  agent_id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  secret_encrypted bytea NOT NULL,
  former_secret_encrypted bytea,
  former_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT tenant.now(),
  CONSTRAINT agent_webhook_secrets_agent_id_fkey FOREIGN KEY (organization_id, agent_id) REFERENCES agents (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX agent_webhook_secrets_organization_id_idx ON agent_webhook_secrets (organization_id, agent_id);
SELECT tenant.protect('agent_webhook_secrets');

-- Kept for two days: the strip of the console, and what an alert is asked about.
CREATE TABLE agent_heartbeats (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organization_id uuid NOT NULL,
  agent_id uuid NOT NULL,
  status text NOT NULL CONSTRAINT agent_heartbeats_status_check CHECK (status IN ('online', 'error')),
  cpu_percent numeric(9, 2),
  memory_bytes bigint,
  received_at timestamptz NOT NULL DEFAULT tenant.now(),
  CONSTRAINT agent_heartbeats_agent_id_fkey FOREIGN KEY (organization_id, agent_id) REFERENCES agents (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX agent_heartbeats_agent_id_received_at_idx ON agent_heartbeats (organization_id, agent_id, received_at DESC);
CREATE INDEX agent_heartbeats_received_at_idx ON agent_heartbeats (received_at);
SELECT tenant.protect('agent_heartbeats');

-- Runs of external agents that wait for their agent: pushed to its webhook, or claimed by the agent itself.
CREATE TABLE external_work (
  run_id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  agent_id uuid NOT NULL,
  state text NOT NULL DEFAULT 'open' CONSTRAINT external_work_state_check CHECK (state IN ('open', 'answered', 'closed')),
  lease bigint NOT NULL DEFAULT 0,
  leased_by text,
  lease_until timestamptz,
  pushes integer NOT NULL DEFAULT 0,
  answer jsonb,
  answered_at timestamptz,
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT tenant.now(),
  CONSTRAINT external_work_run_id_fkey FOREIGN KEY (organization_id, run_id) REFERENCES runs (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT external_work_agent_id_fkey FOREIGN KEY (organization_id, agent_id) REFERENCES agents (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX external_work_run_id_idx ON external_work (organization_id, run_id);
CREATE INDEX external_work_agent_id_idx ON external_work (organization_id, agent_id);
CREATE INDEX external_work_open_idx ON external_work (organization_id, agent_id, created_at) WHERE state = 'open';
SELECT tenant.protect('external_work');
SELECT tenant.follow_run('external_work');
