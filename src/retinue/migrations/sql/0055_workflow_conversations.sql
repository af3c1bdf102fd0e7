-- Conversations with workflows whose input is one text.

ALTER TABLE conversations ADD COLUMN workflow_id uuid,
  ADD CONSTRAINT conversations_workflow_id_fkey FOREIGN KEY (organization_id, workflow_id)
    REFERENCES workflows (organization_id, id) ON DELETE SET NULL (workflow_id);
ALTER TABLE conversations DROP CONSTRAINT conversations_partner_check,
  ADD CONSTRAINT conversations_partner_check CHECK (num_nonnulls(agent_id, team_id, workflow_id) <= 1);
CREATE INDEX IF NOT EXISTS conversations_workflow_id_idx ON conversations (organization_id, workflow_id) WHERE workflow_id IS NOT NULL;
