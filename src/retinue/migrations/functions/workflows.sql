-- Workflows: what must see private runs.

-- How many runs of a workflow of the transaction's organizations are not finished, private ones included.
CREATE OR REPLACE FUNCTION tenant.count_unfinished_runs_of_workflow(workflow uuid) RETURNS bigint LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT count(*) FROM runs WHERE organization_id = ANY (tenant.organizations()) AND type = 'workflow' AND target_id = workflow
    AND status IN ('pending', 'running', 'waiting')
$$;

-- The secret of a workflow that accepts webhooks, before any tenant is known.
CREATE OR REPLACE FUNCTION tenant.find_webhook(workflow uuid) RETURNS TABLE (organization_id uuid, secret_encrypted bytea)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT w.organization_id, w.webhook_secret_encrypted FROM workflows w JOIN organizations o ON o.id = w.organization_id
  WHERE w.id = workflow AND w.webhook_secret_encrypted IS NOT NULL AND (w.trigger_config ->> 'webhook')::boolean AND o.status = 'active'
$$;

REVOKE ALL ON FUNCTION tenant.count_unfinished_runs_of_workflow(uuid), tenant.find_webhook(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.count_unfinished_runs_of_workflow(uuid), tenant.find_webhook(uuid) TO retinue_app;

-- Records that a run of a workflow has begun, or its present status: one row a run, which stays when the run is deleted. No row of
-- the workflow is touched, so that runs which end at the same time do not wait for one another.
CREATE OR REPLACE FUNCTION control.count_execution() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO workflow_executions (organization_id, run_id, workflow_id, status, started_at, ended_at)
    SELECT w.organization_id, NEW.id, w.id, NEW.status, NEW.created_at, NEW.completed_at FROM workflows w
    WHERE w.organization_id = NEW.organization_id AND w.id = NEW.target_id
  ON CONFLICT ON CONSTRAINT workflow_executions_pkey DO UPDATE SET status = excluded.status, ended_at = excluded.ended_at;
  RETURN NULL;
END $$;
