-- When the status of agents and workflows changed, for the back-tests of alert rules; kept for 40 days, and the last one before.
CREATE TABLE status_changes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT status_changes_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  agent_id uuid,
  workflow_id uuid,
  status text NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT tenant.now(),
  CONSTRAINT status_changes_target_check CHECK (num_nonnulls(agent_id, workflow_id) = 1),
  CONSTRAINT status_changes_agent_id_fkey FOREIGN KEY (organization_id, agent_id) REFERENCES agents (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT status_changes_workflow_id_fkey FOREIGN KEY (organization_id, workflow_id) REFERENCES workflows (organization_id, id)
    ON DELETE CASCADE
);
CREATE INDEX status_changes_agent_id_idx ON status_changes (organization_id, agent_id, changed_at) WHERE agent_id IS NOT NULL;
CREATE INDEX status_changes_workflow_id_idx ON status_changes (organization_id, workflow_id, changed_at) WHERE workflow_id IS NOT NULL;
CREATE INDEX status_changes_changed_at_idx ON status_changes (changed_at);
SELECT tenant.protect('status_changes');

-- What is known of those that exist: since when their status is the present one.
INSERT INTO status_changes (organization_id, agent_id, status, changed_at)
  SELECT a.organization_id, a.id,
    CASE WHEN a.runtime = 'external' AND a.status = 'active' AND a.heartbeat_status = 'error' THEN 'error' ELSE a.status END,
    greatest(a.status_changed_at, CASE WHEN a.runtime = 'external' THEN a.updated_at END) FROM agents a;
INSERT INTO status_changes (organization_id, workflow_id, status, changed_at)
  SELECT w.organization_id, w.id, CASE WHEN NOT w.is_active THEN 'inactive' WHEN w.is_paused THEN 'paused' ELSE 'active' END, w.updated_at
  FROM workflows w;

CREATE TRIGGER agent_status_created AFTER INSERT ON agents FOR EACH ROW EXECUTE FUNCTION tenant.note_agent_status();
CREATE TRIGGER agent_status_changed AFTER UPDATE ON agents FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status
  OR OLD.heartbeat_status IS DISTINCT FROM NEW.heartbeat_status OR OLD.runtime IS DISTINCT FROM NEW.runtime)
  EXECUTE FUNCTION tenant.note_agent_status();
CREATE TRIGGER workflow_status_created AFTER INSERT ON workflows FOR EACH ROW EXECUTE FUNCTION tenant.note_workflow_status();
CREATE TRIGGER workflow_status_changed AFTER UPDATE ON workflows FOR EACH ROW WHEN (OLD.is_active IS DISTINCT FROM NEW.is_active
  OR OLD.is_paused IS DISTINCT FROM NEW.is_paused) EXECUTE FUNCTION tenant.note_workflow_status();
