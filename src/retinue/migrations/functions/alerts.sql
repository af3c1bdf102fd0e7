-- Alerts of all organizations: whose rules are due. Those of an organization that is being deleted rest, as it does; whether its
-- deletion is cancelled is decided within the grace period.

-- Organizations that have rules due for evaluation, among the rules that waited longest.
CREATE OR REPLACE FUNCTION tenant.organizations_with_due_alerts(most integer) RETURNS SETOF uuid LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT DISTINCT d.organization_id FROM (
    SELECT c.organization_id FROM alert_configs c JOIN organizations o ON o.id = c.organization_id AND o.status = 'active'
    WHERE c.next_eval_at <= tenant.now() ORDER BY c.next_eval_at LIMIT most) d
$$;

-- Channels that have something to send now, those first that wait longest.
CREATE OR REPLACE FUNCTION tenant.channels_with_due_deliveries(most integer) RETURNS TABLE (organization_id uuid, channel_id uuid)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT d.organization_id, d.channel_id FROM (
    SELECT w.organization_id, w.channel_id, w.next_attempt_at FROM alert_deliveries w
    JOIN organizations o ON o.id = w.organization_id AND o.status = 'active'
    WHERE w.state IN ('queued', 'sending') AND w.next_attempt_at <= tenant.now() ORDER BY w.next_attempt_at LIMIT most) d
  GROUP BY d.organization_id, d.channel_id ORDER BY min(d.next_attempt_at)
$$;

-- Organizations with alerts that are not resolved although their rule is gone, as when its agent was deleted.
CREATE OR REPLACE FUNCTION tenant.organizations_with_orphaned_alerts() RETURNS SETOF uuid LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT DISTINCT a.organization_id FROM alerts a WHERE a.status <> 'resolved' AND a.config_id IS NULL
$$;

-- The seconds until a rule or a delivery is due; negative when one is due already, null when there is none.
CREATE OR REPLACE FUNCTION tenant.seconds_to_next_alert() RETURNS double precision LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT extract(epoch FROM least(
    (SELECT c.next_eval_at FROM alert_configs c JOIN organizations o ON o.id = c.organization_id AND o.status = 'active'
     WHERE c.next_eval_at IS NOT NULL ORDER BY c.next_eval_at LIMIT 1),
    (SELECT d.next_attempt_at FROM alert_deliveries d JOIN organizations o ON o.id = d.organization_id AND o.status = 'active'
     WHERE d.state IN ('queued', 'sending') ORDER BY d.next_attempt_at LIMIT 1)) - tenant.now())::double precision
$$;

-- Deletes resolved alerts that are older than their organization keeps them, with what happened to them and what was sent, up to a
-- number; returns how many.
CREATE OR REPLACE FUNCTION tenant.delete_expired_alerts(most integer) RETURNS integer LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  total integer;
BEGIN
  DELETE FROM alerts WHERE (organization_id, id) IN (
    SELECT e.organization_id, e.id FROM organizations o CROSS JOIN LATERAL (
      SELECT a.organization_id, a.id FROM alerts a
      WHERE a.organization_id = o.id AND a.status = 'resolved'
        AND a.triggered_at < tenant.now() - make_interval(days => tenant.retention_days(o.retention, 'alerts', o.run_retention_days))
      ORDER BY a.triggered_at, a.id LIMIT most FOR UPDATE SKIP LOCKED) e
    LIMIT most);
  GET DIAGNOSTICS total = ROW_COUNT;
  RETURN total;
END $$;

REVOKE ALL ON FUNCTION tenant.organizations_with_due_alerts(integer), tenant.channels_with_due_deliveries(integer),
  tenant.organizations_with_orphaned_alerts(), tenant.seconds_to_next_alert(), tenant.delete_expired_alerts(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.organizations_with_due_alerts(integer), tenant.channels_with_due_deliveries(integer),
  tenant.organizations_with_orphaned_alerts(), tenant.seconds_to_next_alert(), tenant.delete_expired_alerts(integer) TO retinue_app;

-- Notes that what was due is evaluated now; after a pause of so many seconds, since when it is again. Written every few seconds at most.
CREATE OR REPLACE FUNCTION tenant.note_alert_sweep(pause_seconds double precision) RETURNS timestamptz LANGUAGE sql VOLATILE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  UPDATE alert_engine SET last_sweep_at = tenant.now(), resumed_at = CASE
      WHEN last_sweep_at < tenant.now() - make_interval(secs => pause_seconds) THEN tenant.now() ELSE resumed_at END
  WHERE last_sweep_at < tenant.now() - interval '5 seconds';
  SELECT e.resumed_at FROM alert_engine e
$$;

-- When rules were last evaluated, and how many seconds ago that is.
CREATE OR REPLACE FUNCTION tenant.alert_engine_state() RETURNS TABLE (last_sweep_at timestamptz, age_seconds double precision) LANGUAGE sql
  STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT e.last_sweep_at, extract(epoch FROM tenant.now() - e.last_sweep_at)::double precision FROM alert_engine e
$$;

-- Whether this worker is the one to tell the monitor outside, once in so many seconds, and only while rules are evaluated.
CREATE OR REPLACE FUNCTION tenant.claim_alert_ping(every_seconds double precision, late_seconds double precision) RETURNS boolean LANGUAGE sql
  VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH claimed AS (
    UPDATE alert_engine SET last_ping_at = tenant.now() WHERE last_ping_at <= tenant.now() - make_interval(secs => every_seconds)
      AND last_sweep_at > tenant.now() - make_interval(secs => late_seconds) RETURNING 1
  ) SELECT EXISTS (SELECT FROM claimed)
$$;

REVOKE ALL ON FUNCTION tenant.note_alert_sweep(double precision), tenant.alert_engine_state(),
  tenant.claim_alert_ping(double precision, double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.note_alert_sweep(double precision), tenant.alert_engine_state(),
  tenant.claim_alert_ping(double precision, double precision) TO retinue_app;
