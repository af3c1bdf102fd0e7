-- Schedules of all organizations: those whose timer was lost, and whose occurrences are older than they are kept.

-- Those of an organization that is being deleted rest, and its timers may be deleted already.
CREATE OR REPLACE FUNCTION tenant.schedules_without_timer(most integer) RETURNS TABLE (organization_id uuid, schedule_id uuid)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT s.organization_id, s.id FROM agent_schedules s JOIN organizations g ON g.id = s.organization_id AND g.status = 'active'
  WHERE (s.next_due_at IS NOT NULL AND NOT EXISTS (
      SELECT FROM due_timers t WHERE t.organization_id = s.organization_id AND t.kind = 'schedules.fire' AND t.subject_id = s.id
        AND t.failed_at IS NULL))
    OR (s.enabled AND EXISTS (SELECT FROM schedule_occurrences o WHERE o.schedule_id = s.id AND o.status = 'queued') AND NOT EXISTS (
      SELECT FROM due_timers t WHERE t.organization_id = s.organization_id AND t.kind = 'schedules.advance' AND t.subject_id = s.id
        AND t.failed_at IS NULL))
  LIMIT most
$$;

CREATE OR REPLACE FUNCTION tenant.organizations_with_expired_occurrences() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT g.id FROM organizations g WHERE EXISTS (
    SELECT FROM schedule_occurrences o WHERE o.organization_id = g.id AND o.status <> 'queued'
      AND o.due_at < tenant.now() - make_interval(days => g.run_retention_days)
      AND NOT EXISTS (SELECT FROM runs r WHERE r.id = o.run_id AND r.status IN ('pending', 'running', 'waiting')))
$$;

REVOKE ALL ON FUNCTION tenant.schedules_without_timer(integer), tenant.organizations_with_expired_occurrences() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.schedules_without_timer(integer), tenant.organizations_with_expired_occurrences() TO retinue_app;

-- Keeps ``workflows.next_execution``: the earliest next run of the schedules that start a workflow.
CREATE OR REPLACE FUNCTION tenant.set_next_execution() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE workflows w SET next_execution = n.next_run
  FROM (
    SELECT t.id, (SELECT min(s.next_run) FROM agent_schedules s WHERE s.organization_id = t.organization_id
      AND s.target_type = 'workflow' AND s.target_id = t.id) AS next_run
    FROM workflows t WHERE t.id IN (
      CASE WHEN TG_OP <> 'INSERT' AND OLD.target_type = 'workflow' THEN OLD.target_id END,
      CASE WHEN TG_OP <> 'DELETE' AND NEW.target_type = 'workflow' THEN NEW.target_id END)
  ) n WHERE w.id = n.id AND w.next_execution IS DISTINCT FROM n.next_run;
  RETURN NULL;
END $$;
