-- Periodic work of all organizations that has something to do: one question, asked by a worker that may be idle, in the place of one
-- for each piece of work. Each condition is the first of what the work itself looks for, so what it says too much costs one look.

-- Names the pieces of work (``Periodic.when_pending``) that have something to do.
CREATE OR REPLACE FUNCTION tenant.pending_work() RETURNS SETOF text LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT 'outbox.wake' WHERE EXISTS (SELECT FROM outbox o WHERE o.failed_at IS NULL AND o.not_before <= tenant.now())
  UNION ALL
  SELECT 'metrics.collect' WHERE EXISTS (SELECT FROM run_endings e JOIN organizations o ON o.id = e.organization_id
    WHERE o.status = 'active')
  UNION ALL
  SELECT 'metrics.roll_up' WHERE EXISTS (SELECT FROM metric_changes c JOIN organizations o ON o.id = c.organization_id
    WHERE o.status = 'active')
  UNION ALL
  SELECT 'usage.add_up' WHERE EXISTS (SELECT FROM usage_changes c JOIN organizations o ON o.id = c.organization_id
    WHERE o.status = 'active')
  UNION ALL
  SELECT 'budgets.reap' WHERE EXISTS (SELECT FROM budget_entries e WHERE e.state = 'reserved')
  UNION ALL
  SELECT 'erasures.work' WHERE EXISTS (SELECT FROM erasures e WHERE e.phase <> 'finished' AND e.claimed_until <= tenant.now())
  UNION ALL
  SELECT 'deletions.erase' WHERE EXISTS (SELECT FROM organization_deletions d
    WHERE d.phase NOT IN ('finished', 'cancelled') AND d.erase_after <= tenant.now() AND d.claimed_until <= tenant.now())
  UNION ALL
  SELECT 'notifications.send_emails' WHERE EXISTS (SELECT FROM notifications n WHERE n.email_due_at <= tenant.now())
  UNION ALL
  SELECT 'runs.wake' WHERE EXISTS (SELECT FROM runs r WHERE r.status = 'pending')
  UNION ALL
  SELECT 'runs.reconcile' WHERE EXISTS (SELECT FROM runs r WHERE r.status IN ('pending', 'running'))
    OR EXISTS (SELECT FROM runs r WHERE r.status = 'waiting')
  UNION ALL
  SELECT 'schedules.reconcile' WHERE EXISTS (SELECT FROM agent_schedules s JOIN organizations o
    ON o.id = s.organization_id WHERE o.status = 'active')
  UNION ALL
  SELECT 'alerts.wake' WHERE tenant.seconds_to_next_alert() <= 0
  UNION ALL
  SELECT 'alerts.reconcile' WHERE EXISTS (SELECT FROM alerts a WHERE a.status <> 'resolved' AND a.config_id IS NULL)
  UNION ALL
  SELECT 'n8n.reconcile' WHERE EXISTS (SELECT FROM n8n_links) OR EXISTS (SELECT FROM n8n_executions e WHERE e.state <> 'ended')
    OR EXISTS (SELECT FROM n8n_resumes)
  UNION ALL
  SELECT 'realtime.delete_expired' WHERE EXISTS (SELECT FROM realtime_changes) OR EXISTS (SELECT FROM realtime_interests)
  UNION ALL
  SELECT 'traces.trim' WHERE EXISTS (SELECT FROM trace_exports)
  UNION ALL
  SELECT 'influxdb.trim' WHERE EXISTS (SELECT FROM metric_exports)
$$;

REVOKE ALL ON FUNCTION tenant.pending_work() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.pending_work() TO retinue_app;
