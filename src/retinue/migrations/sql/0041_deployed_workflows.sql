-- Workflows can be deployed, as agents and teams are.

ALTER TABLE workflows ADD COLUMN deployment_config jsonb NOT NULL DEFAULT '{}';

ALTER TABLE deployments
  ADD COLUMN workflow_id uuid,
  DROP CONSTRAINT deployments_target_check,
  ADD CONSTRAINT deployments_target_check CHECK (
    (target_type <> 'agent' OR (agent_id IS NOT NULL AND agent_id = target_id)) AND
    (target_type <> 'team' OR (team_id IS NOT NULL AND team_id = target_id)) AND
    (target_type <> 'workflow' OR (workflow_id IS NOT NULL AND workflow_id = target_id))),
  ADD CONSTRAINT deployments_workflow_id_fkey FOREIGN KEY (organization_id, workflow_id)
    REFERENCES workflows (organization_id, id) ON DELETE CASCADE;
CREATE INDEX IF NOT EXISTS deployments_workflow_id_idx ON deployments (workflow_id) WHERE workflow_id IS NOT NULL;

ALTER TABLE deployment_visitors
  ADD COLUMN workflow_id uuid,
  ADD CONSTRAINT deployment_visitors_workflow_id_fkey FOREIGN KEY (organization_id, workflow_id)
    REFERENCES workflows (organization_id, id) ON DELETE CASCADE;
CREATE INDEX IF NOT EXISTS deployment_visitors_workflow_id_idx ON deployment_visitors (workflow_id) WHERE workflow_id IS NOT NULL;
