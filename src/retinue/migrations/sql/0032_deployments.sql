-- Deployments: versions that are released to callers; and the visitors of their chat pages.

CREATE TABLE deployments (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT deployments_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  target_type text NOT NULL DEFAULT 'agent' CONSTRAINT deployments_target_type_check CHECK (target_type IN ('agent', 'team', 'workflow')),
  target_id uuid NOT NULL,
  agent_id uuid,
  team_id uuid,
  version integer NOT NULL CONSTRAINT deployments_version_check CHECK (version >= 1),
  snapshot jsonb NOT NULL,
  status text NOT NULL DEFAULT 'pending' CONSTRAINT deployments_status_check
    CHECK (status IN ('pending', 'deploying', 'deployed', 'failed', 'stopped')),
  trigger_type text NOT NULL DEFAULT 'manual' CONSTRAINT deployments_trigger_type_check
    CHECK (trigger_type IN ('manual', 'config_change', 'scheduled')),
  trigger_config jsonb NOT NULL DEFAULT '{}',
  note text NOT NULL DEFAULT '' CONSTRAINT deployments_note_check CHECK (length(note) <= 1000),
  checks jsonb NOT NULL DEFAULT '[]',
  deployment_url text,
  error_message text,
  created_by uuid CONSTRAINT deployments_created_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  began_at timestamptz,
  deployed_at timestamptz,
  stopped_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT deployments_target_check CHECK (
    (target_type <> 'agent' OR (agent_id IS NOT NULL AND agent_id = target_id)) AND
    (target_type <> 'team' OR (team_id IS NOT NULL AND team_id = target_id))),
  CONSTRAINT deployments_agent_id_fkey FOREIGN KEY (organization_id, agent_id) REFERENCES agents (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT deployments_team_id_fkey FOREIGN KEY (organization_id, team_id) REFERENCES teams (organization_id, id) ON DELETE CASCADE
);
-- One deployed version per target.
CREATE UNIQUE INDEX deployments_target_id_key ON deployments (target_id) WHERE status = 'deployed';
CREATE INDEX deployments_organization_id_created_at_idx ON deployments (organization_id, created_at DESC, id DESC);
CREATE INDEX deployments_organization_id_target_id_idx ON deployments (organization_id, target_id, created_at DESC, id DESC);
CREATE INDEX deployments_agent_id_idx ON deployments (agent_id, created_at DESC);
CREATE INDEX deployments_team_id_idx ON deployments (team_id) WHERE team_id IS NOT NULL;
SELECT tenant.touch('deployments');
SELECT tenant.protect('deployments');

-- A visitor of a chat page: no name and no address, only the hash of what the browser's cookie holds.
CREATE TABLE deployment_visitors (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT deployment_visitors_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  target_type text NOT NULL DEFAULT 'agent' CONSTRAINT deployment_visitors_target_type_check
    CHECK (target_type IN ('agent', 'team', 'workflow')),
  target_id uuid NOT NULL,
  agent_id uuid,
  team_id uuid,
  secret_hash bytea NOT NULL,
  chat_began_at timestamptz NOT NULL DEFAULT now(),
  last_seen_at timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT deployment_visitors_secret_hash_key UNIQUE (secret_hash),
  CONSTRAINT deployment_visitors_agent_id_fkey FOREIGN KEY (organization_id, agent_id) REFERENCES agents (organization_id, id)
    ON DELETE CASCADE,
  CONSTRAINT deployment_visitors_team_id_fkey FOREIGN KEY (organization_id, team_id) REFERENCES teams (organization_id, id)
    ON DELETE CASCADE
);
CREATE INDEX deployment_visitors_organization_id_last_seen_at_idx ON deployment_visitors (organization_id, last_seen_at);
CREATE INDEX deployment_visitors_agent_id_idx ON deployment_visitors (agent_id);
CREATE INDEX deployment_visitors_team_id_idx ON deployment_visitors (team_id) WHERE team_id IS NOT NULL;
SELECT tenant.protect('deployment_visitors');

ALTER TABLE teams ADD COLUMN deployment_config jsonb NOT NULL DEFAULT '{}';

-- Like ``deployment_id``, no reference: its check would write to the one row that all runs of a deployment share.
ALTER TABLE runs ADD COLUMN visitor_id uuid;
CREATE INDEX IF NOT EXISTS runs_deployment_id_idx ON runs (organization_id, deployment_id, created_at DESC, id DESC) WHERE deployment_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS runs_visitor_id_idx ON runs (visitor_id, created_at) WHERE visitor_id IS NOT NULL;

-- The function has further parameters; whatever signature the database has is replaced.
DO $$
DECLARE
  old regprocedure;
BEGIN
  FOR old IN SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = 'control'::regnamespace AND p.proname = 'start' LOOP
    EXECUTE 'DROP FUNCTION ' || old;
  END LOOP;
END $$;
