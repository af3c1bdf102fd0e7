-- Runs and their records: who sees them, and maintenance over all organizations.

-- Let the rows of a table be seen by who sees their run. The platform is asked for first, so the journal looks up no run.
-- A scalar sub-select, since EXISTS may be answered from a hash of all runs of the organization.
CREATE OR REPLACE FUNCTION tenant.follow_run(target regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  condition text := '(SELECT tenant.is_system()) OR (SELECT true FROM runs r WHERE r.id = run_id)';
BEGIN
  EXECUTE format('CREATE POLICY run ON %s AS RESTRICTIVE TO retinue_app USING (%s) WITH CHECK (%s)', target, condition, condition);
END $$;

REVOKE ALL ON FUNCTION tenant.follow_run(regclass) FROM PUBLIC;

-- Repairs, over all organizations, what no transaction leaves behind but a lost job, a restored backup or a hand might: runs
-- that are running and have no job, runs that wait for nothing. Says also how many are pending. Safe to run at any time.
CREATE OR REPLACE FUNCTION tenant.reconcile_runs() RETURNS TABLE (resubmitted integer, reopened integer, pending integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  each record;
BEGIN
  resubmitted := 0;
  reopened := 0;
  pending := 0;
  IF NOT pg_try_advisory_xact_lock(tenant.lock_key('reconcile_runs')) THEN
    RETURN NEXT;
    RETURN;
  END IF;
  -- A run that is carried out may have ``wake_at`` still, of what it waited for before.
  FOR each IN SELECT r.id, r.priority, CASE WHEN r.status = 'waiting' THEN r.wake_at END AS wake_at FROM runs r
    WHERE (r.status = 'running' OR (r.status = 'waiting' AND r.wake_at IS NOT NULL)) AND NOT dispatch.has_job(r.id)
    FOR NO KEY UPDATE SKIP LOCKED
  LOOP
    PERFORM dispatch.submit(each.id, each.priority, each.wake_at);
    resubmitted := resubmitted + 1;
  END LOOP;
  FOR each IN SELECT r.id FROM runs r WHERE r.status = 'waiting' AND r.waiting_reason IN ('approval', 'unknown_outcome', 'question')
    AND EXISTS (SELECT FROM approvals a WHERE a.run_id = r.id)
    AND NOT EXISTS (SELECT FROM approvals a WHERE a.run_id = r.id AND a.status = 'pending') FOR NO KEY UPDATE SKIP LOCKED
  LOOP
    PERFORM control.reopen(each.id, NULL);
    reopened := reopened + 1;
  END LOOP;
  FOR each IN SELECT r.id FROM runs r WHERE r.status = 'waiting' AND r.waiting_reason = 'members' FOR NO KEY UPDATE SKIP LOCKED
  LOOP
    reopened := reopened + control.wake_parents(ARRAY[each.id]);
  END LOOP;
  UPDATE runs r SET status = 'pending', waiting_reason = NULL WHERE r.id = ANY (ARRAY(
    SELECT c.id FROM runs c WHERE c.status = 'waiting' AND c.waiting_reason = 'turn' AND NOT EXISTS (
      SELECT FROM runs s WHERE s.organization_id = c.organization_id AND s.parent_run_id = c.parent_run_id
        AND (s.status IN ('pending', 'running') OR (s.status = 'waiting' AND s.waiting_reason <> 'turn')))
    FOR NO KEY UPDATE SKIP LOCKED));
  SELECT count(*) INTO pending FROM (SELECT FROM runs r WHERE r.status = 'pending' LIMIT 1000) r;
  RETURN NEXT;
END $$;

-- Deletes plans that no run can refer to: whatever follows a plan was made before it was used last.
CREATE OR REPLACE FUNCTION tenant.delete_unused_plans() RETURNS integer LANGUAGE sql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
  WITH deleted AS (
    DELETE FROM run_plans p WHERE p.used_at < tenant.now() - interval '1 day' AND NOT EXISTS (
      SELECT FROM runs r WHERE r.organization_id = p.organization_id AND r.created_at < p.used_at + interval '1 day') RETURNING 1
  ) SELECT count(*)::integer FROM deleted
$$;
REVOKE ALL ON FUNCTION tenant.delete_unused_plans() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.delete_unused_plans() TO retinue_app;

-- Names organizations that keep runs longer than they want to, runs that wait included.
CREATE OR REPLACE FUNCTION tenant.organizations_with_expired_runs(instant timestamptz) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT o.id FROM organizations o WHERE EXISTS (
    SELECT FROM runs r WHERE r.organization_id = o.id AND r.created_at < instant - make_interval(days => o.run_retention_days)
      AND r.status IN ('completed', 'failed', 'cancelled', 'waiting'))
$$;

CREATE OR REPLACE FUNCTION tenant.organizations_of_runs(wanted uuid[]) RETURNS TABLE (run_id uuid, organization_id uuid) LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$ SELECT id, organization_id FROM runs WHERE id = ANY (wanted) $$;

REVOKE ALL ON FUNCTION tenant.reconcile_runs(), tenant.organizations_with_expired_runs(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.reconcile_runs(), tenant.organizations_with_expired_runs(timestamptz) TO retinue_app;
REVOKE ALL ON FUNCTION tenant.organizations_of_runs(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.organizations_of_runs(uuid[]) TO retinue_app;

-- How the installation stands, for its metrics: runs that are not over as [[status, trigger, count]], what is ready for a worker
-- (pending runs, and jobs that were put back), delayed and running, how long the oldest of what is ready has waited, and the
-- workers heard of within so many seconds. Counts alone, of all organizations together.
CREATE OR REPLACE FUNCTION tenant.standing(
  stall_seconds double precision, OUT runs jsonb, OUT ready bigint, OUT delayed bigint, OUT running bigint,
  OUT oldest_seconds double precision, OUT workers bigint
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH job AS MATERIALIZED (
    SELECT j.id, j.lock, j.scheduled_at, j.status = 'doing' AS is_doing, coalesce(j.scheduled_at <= tenant.now(), true) AS is_due
    FROM dispatch.procrastinate_jobs j WHERE j.status IN ('todo', 'doing')
  ), unfinished AS (
    SELECT r.status, r.trigger, count(*) AS number FROM runs r WHERE r.status IN ('pending', 'running') GROUP BY r.status, r.trigger
    UNION ALL
    SELECT r.status, r.trigger, count(*) FROM runs r WHERE r.status = 'waiting' GROUP BY r.status, r.trigger
  )
  SELECT (SELECT coalesce(jsonb_agg(jsonb_build_array(u.status, u.trigger, u.number)), '[]') FROM unfinished u),
    (SELECT count(*) FROM job WHERE NOT is_doing AND is_due) + (SELECT count(*) FROM runs r WHERE r.status = 'pending'),
    (SELECT count(*) FROM job WHERE NOT is_doing AND NOT is_due),
    (SELECT count(*) FROM job WHERE is_doing),
    coalesce((SELECT max(extract(epoch FROM tenant.now() - greatest(o.since,
        (SELECT e.created_at FROM run_events e WHERE e.run_id = o.run_id ORDER BY e.sequence DESC LIMIT 1))))::double precision
      FROM (
        (SELECT j.lock::uuid AS run_id, j.scheduled_at AS since FROM job j WHERE NOT j.is_doing AND j.is_due ORDER BY j.id LIMIT 1)
        UNION ALL
        (SELECT r.id, r.created_at FROM runs r WHERE r.status = 'pending' ORDER BY r.created_at LIMIT 20)
      ) o), 0),
    (SELECT count(*) FROM dispatch.procrastinate_workers w WHERE w.last_heartbeat > tenant.now() - make_interval(secs => stall_seconds))
$$;

REVOKE ALL ON FUNCTION tenant.standing(double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.standing(double precision) TO retinue_app;

-- Enters a run whose metrics are to be written: it has ended, its usage became known after its end, it pauses for a person, or
-- it was rated. As the owner, because the role that ends a run may not read the queue.
CREATE OR REPLACE FUNCTION tenant.enter_ending() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO run_endings (organization_id, ended_run_id) VALUES (NEW.organization_id, NEW.id);
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION tenant.enter_rating() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  rated record := coalesce(NEW, OLD);
BEGIN
  INSERT INTO run_endings (organization_id, ended_run_id) VALUES (rated.organization_id, rated.run_id);
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION tenant.enter_ending(), tenant.enter_rating() FROM PUBLIC;

-- Names the organizations that have kept results of nodes which have expired.
CREATE OR REPLACE FUNCTION tenant.organizations_with_expired_node_results() RETURNS SETOF uuid LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT DISTINCT n.organization_id FROM node_results n WHERE n.expires_at <= tenant.now()
$$;

REVOKE ALL ON FUNCTION tenant.organizations_with_expired_node_results() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.organizations_with_expired_node_results() TO retinue_app;
