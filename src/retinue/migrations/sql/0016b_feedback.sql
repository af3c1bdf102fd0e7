-- The type of an agent, and feedback on runs.

ALTER TABLE agents ADD COLUMN type text NOT NULL DEFAULT 'custom' CONSTRAINT agents_type_check CHECK (type ~ '^[a-z][a-z0-9_-]{0,39}$');
CREATE INDEX IF NOT EXISTS agents_organization_id_type_created_at_idx ON agents (organization_id, type, created_at DESC, id DESC);
-- Agents that were created from a template have its type; this is no change of the agents, so updated_at stays.
ALTER TABLE agents DISABLE TRIGGER set_updated_at;
UPDATE agents a SET type = t.type FROM agent_templates t WHERE t.id = a.template_id;
ALTER TABLE agents ENABLE TRIGGER set_updated_at;

CREATE TABLE run_feedback (
  organization_id uuid NOT NULL,
  run_id uuid NOT NULL,
  user_id uuid NOT NULL CONSTRAINT run_feedback_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
  value text NOT NULL CONSTRAINT run_feedback_value_check CHECK (value IN ('up', 'down')),
  comment text NOT NULL DEFAULT '' CONSTRAINT run_feedback_comment_check CHECK (length(comment) <= 2000),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT run_feedback_pkey PRIMARY KEY (run_id, user_id),
  CONSTRAINT run_feedback_run_id_fkey FOREIGN KEY (organization_id, run_id) REFERENCES runs (organization_id, id) ON DELETE CASCADE
);
ALTER TABLE run_feedback ALTER COLUMN organization_id SET (n_distinct = 1);
CREATE INDEX run_feedback_organization_id_value_idx ON run_feedback (organization_id, value, run_id);
SELECT tenant.touch('run_feedback');
SELECT tenant.protect('run_feedback');
SELECT tenant.follow_run('run_feedback');
