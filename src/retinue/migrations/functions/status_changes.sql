-- What the status of agents and workflows was: written by triggers, read by the back-tests of alert rules.

-- A failure never prevents the change of the status. An active external agent whose last heartbeat reported an error has the status
-- error, as rules see it.
CREATE OR REPLACE FUNCTION tenant.note_agent_status() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO status_changes (organization_id, agent_id, status, changed_at) VALUES (NEW.organization_id, NEW.id,
    CASE WHEN NEW.runtime = 'external' AND NEW.status = 'active' AND NEW.heartbeat_status = 'error' THEN 'error' ELSE NEW.status END,
    CASE TG_OP WHEN 'INSERT' THEN NEW.created_at ELSE tenant.now() END);
  RETURN NULL;
EXCEPTION WHEN OTHERS THEN
  RAISE WARNING 'No history of the status of agent %: %', NEW.id, SQLERRM;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION tenant.note_workflow_status() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO status_changes (organization_id, workflow_id, status, changed_at) VALUES (NEW.organization_id, NEW.id,
    CASE WHEN NOT NEW.is_active THEN 'inactive' WHEN NEW.is_paused THEN 'paused' ELSE 'active' END,
    CASE TG_OP WHEN 'INSERT' THEN NEW.created_at ELSE tenant.now() END);
  RETURN NULL;
EXCEPTION WHEN OTHERS THEN
  RAISE WARNING 'No history of the status of workflow %: %', NEW.id, SQLERRM;
  RETURN NULL;
END $$;

-- Deletes changes of all organizations that ended more than 40 days ago, up to a number; returns how many.
CREATE OR REPLACE FUNCTION tenant.delete_old_status_changes(most integer) RETURNS integer LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  total integer;
  oldest timestamptz := tenant.now() - interval '40 days';
BEGIN
  DELETE FROM status_changes WHERE id = ANY (ARRAY(
    SELECT c.id FROM status_changes c WHERE c.changed_at < oldest AND EXISTS (
      SELECT FROM status_changes n WHERE n.organization_id = c.organization_id AND n.agent_id = c.agent_id
        AND n.changed_at < oldest AND (n.changed_at, n.id) > (c.changed_at, c.id)
      UNION ALL
      SELECT FROM status_changes n WHERE n.organization_id = c.organization_id AND n.workflow_id = c.workflow_id
        AND n.changed_at < oldest AND (n.changed_at, n.id) > (c.changed_at, c.id))
    ORDER BY c.changed_at LIMIT most));
  GET DIAGNOSTICS total = ROW_COUNT;
  RETURN total;
END $$;
REVOKE ALL ON FUNCTION tenant.note_agent_status(), tenant.note_workflow_status(), tenant.delete_old_status_changes(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.delete_old_status_changes(integer) TO retinue_app;
