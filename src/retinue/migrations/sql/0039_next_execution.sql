-- When a schedule next starts a workflow is kept with the workflow, and is no change of it.

DROP TRIGGER set_updated_at ON workflows;
CREATE TRIGGER set_updated_at BEFORE UPDATE ON workflows FOR EACH ROW WHEN (NEW.next_execution IS NOT DISTINCT FROM OLD.next_execution)
  EXECUTE FUNCTION tenant.set_updated_at();

UPDATE workflows w SET next_execution = s.next_run FROM (
  SELECT organization_id, target_id, min(next_run) AS next_run FROM agent_schedules WHERE target_type = 'workflow'
  GROUP BY organization_id, target_id
) s WHERE w.organization_id = s.organization_id AND w.id = s.target_id;

CREATE TRIGGER set_next_execution AFTER INSERT OR DELETE OR UPDATE OF next_run, target_type, target_id ON agent_schedules
  FOR EACH ROW EXECUTE FUNCTION tenant.set_next_execution();
