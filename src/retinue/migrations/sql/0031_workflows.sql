-- Workflows: definitions and their versions, the executions that their counters are made of; and the node that a step is of.

ALTER TABLE run_steps ADD COLUMN node_id text, ADD COLUMN visit integer;

ALTER TABLE approvals DROP CONSTRAINT approvals_kind_check,
  ADD CONSTRAINT approvals_kind_check CHECK (kind IN ('tool_call', 'unknown_outcome', 'node'));

CREATE TABLE workflows (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT workflows_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  created_by uuid CONSTRAINT workflows_created_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  agent_id uuid,
  name text NOT NULL CONSTRAINT workflows_name_check CHECK (length(name) BETWEEN 1 AND 200),
  description text NOT NULL DEFAULT '' CONSTRAINT workflows_description_check CHECK (length(description) <= 4000),
  definition jsonb NOT NULL,
  version integer NOT NULL DEFAULT 1 CONSTRAINT workflows_version_check CHECK (version >= 1),
  active_version integer,
  is_active boolean NOT NULL DEFAULT false,
  is_paused boolean NOT NULL DEFAULT false,
  trigger_config jsonb NOT NULL DEFAULT '{}',
  next_execution timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT workflows_organization_id_id_key UNIQUE (organization_id, id),
  CONSTRAINT workflows_organization_id_name_key UNIQUE (organization_id, name),
  CONSTRAINT workflows_is_active_check CHECK (active_version IS NOT NULL OR NOT is_active),
  CONSTRAINT workflows_agent_id_fkey FOREIGN KEY (organization_id, agent_id) REFERENCES agents (organization_id, id)
    ON DELETE SET NULL (agent_id)
);
CREATE INDEX workflows_organization_id_created_at_idx ON workflows (organization_id, created_at DESC, id DESC);
CREATE INDEX workflows_agent_id_idx ON workflows (organization_id, agent_id) WHERE agent_id IS NOT NULL;
SELECT tenant.touch('workflows');
SELECT tenant.protect('workflows');

CREATE TABLE workflow_versions (
  organization_id uuid NOT NULL,
  workflow_id uuid NOT NULL,
  version integer NOT NULL,
  definition jsonb NOT NULL,
  definition_hash text NOT NULL,
  note text NOT NULL DEFAULT '' CONSTRAINT workflow_versions_note_check CHECK (length(note) <= 1000),
  created_by uuid CONSTRAINT workflow_versions_created_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT workflow_versions_pkey PRIMARY KEY (workflow_id, version),
  CONSTRAINT workflow_versions_workflow_id_fkey FOREIGN KEY (organization_id, workflow_id)
    REFERENCES workflows (organization_id, id) ON DELETE CASCADE
);
SELECT tenant.protect('workflow_versions');
REVOKE UPDATE, DELETE ON workflow_versions FROM retinue_app; -- what was, stays

-- One row for each run of a workflow, kept when the run itself is deleted: counters count these, and never a run twice.
CREATE TABLE workflow_executions (
  organization_id uuid NOT NULL,
  run_id uuid NOT NULL,
  workflow_id uuid NOT NULL,
  status text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz,
  CONSTRAINT workflow_executions_pkey PRIMARY KEY (organization_id, run_id),
  CONSTRAINT workflow_executions_workflow_id_fkey FOREIGN KEY (organization_id, workflow_id)
    REFERENCES workflows (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX workflow_executions_workflow_id_started_at_idx ON workflow_executions (organization_id, workflow_id, started_at DESC)
  INCLUDE (status);
CREATE INDEX workflow_executions_workflow_id_ended_at_idx ON workflow_executions (organization_id, workflow_id, ended_at DESC)
  INCLUDE (status) WHERE ended_at IS NOT NULL;
SELECT tenant.protect('workflow_executions');

CREATE TRIGGER runs_of_workflows_begin AFTER INSERT ON runs FOR EACH ROW
  WHEN (NEW.type = 'workflow' AND NOT NEW.playground) EXECUTE FUNCTION control.count_execution();
CREATE TRIGGER runs_of_workflows_change AFTER UPDATE OF status ON runs FOR EACH ROW
  WHEN (NEW.type = 'workflow' AND NOT NEW.playground AND NEW.status IS DISTINCT FROM OLD.status)
  EXECUTE FUNCTION control.count_execution();

CREATE INDEX IF NOT EXISTS runs_workflow_idx ON runs (organization_id, target_id, created_at DESC, id DESC) WHERE type = 'workflow';
