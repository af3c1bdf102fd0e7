-- Events that are sent to runs, what runs wait for, and what expires. An event and a wait meet under a lock of the event's name, which
-- is taken before any run is locked, so that the second of the two sees the first.

CREATE OR REPLACE FUNCTION control.lock_events(organization uuid, names text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  each text;
BEGIN
  FOR each IN SELECT DISTINCT n FROM unnest(names) AS n ORDER BY n LOOP
    PERFORM pg_advisory_xact_lock(tenant.lock_key('events.' || organization || '.' || each));
  END LOOP;
END $$;

-- Returns an event as a node has it for its result.
CREATE OR REPLACE FUNCTION control.event_document(e events) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('id', e.id, 'name', e.name, 'key', e.key, 'payload', e.payload, 'received_at', e.received_at)
$$;

-- Writes what runs wait for. An event that came since a run began answers a new wait at once, unless it answered an earlier one of
-- the same node; the run then goes on instead of waiting. A wait that is told again is left as it is.
CREATE OR REPLACE FUNCTION control.park(waits json, held uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  WITH wanted AS MATERIALIZED (
    SELECT x.*, e.event_id, e.told FROM json_to_recordset(waits) AS x (id uuid, organization_id uuid, run_id uuid, step_id uuid,
      interrupt_id text, node_id text, name text, key text, expires_at timestamptz)
    JOIN runs r ON r.id = x.run_id
    LEFT JOIN LATERAL (
      SELECT v.id AS event_id, control.event_document(v) AS told FROM events v
      WHERE v.organization_id = x.organization_id AND v.name = x.name AND (x.key IS NULL OR v.key = x.key)
        AND v.received_at >= r.created_at
        AND NOT EXISTS (SELECT FROM event_waits w WHERE w.run_id = x.run_id AND w.node_id = x.node_id AND w.event_id = v.id)
      ORDER BY v.received_at, v.id LIMIT 1) e ON true
    WHERE x.run_id = ANY (held)
      AND NOT EXISTS (SELECT FROM event_waits w WHERE w.run_id = x.run_id AND w.interrupt_id = x.interrupt_id)
  ), parked AS (
    INSERT INTO event_waits (id, organization_id, run_id, step_id, interrupt_id, node_id, name, key, expires_at, status, event_id, event,
      ended_at)
    SELECT w.id, w.organization_id, w.run_id, w.step_id, w.interrupt_id, w.node_id, w.name, w.key, w.expires_at,
      CASE WHEN w.event_id IS NULL THEN 'pending' ELSE 'answered' END, w.event_id, w.told, CASE WHEN w.event_id IS NOT NULL THEN tenant.now() END
    FROM wanted w
  ), counted AS (
    UPDATE events v SET answered_count = v.answered_count + n.total
    FROM (SELECT w.event_id, count(*) AS total FROM wanted w GROUP BY w.event_id) n WHERE v.id = n.event_id
  ), timed AS (
    INSERT INTO due_timers (organization_id, kind, subject_id, due_at)
    SELECT w.organization_id, 'events.expire', w.id, w.expires_at FROM wanted w WHERE w.event_id IS NULL
  )
  UPDATE runs r SET has_news = true WHERE r.id IN (SELECT w.run_id FROM wanted w WHERE w.event_id IS NOT NULL);
END $$;

-- Takes an event in, and answers with it every pending wait that it fits. An event with an external id that was sent before is the
-- one of then, and answers nothing again. ``woken`` are the runs that became pending, ``told`` those that were answered.
CREATE OR REPLACE FUNCTION control.send_event(
  sent uuid, organization uuid, event_name text, event_key text, event_payload jsonb, external text, person uuid,
  OUT event_id uuid, OUT is_new boolean, OUT answered integer, OUT told uuid[], OUT woken uuid[]
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  as_system text := current_setting('app.is_system', true);
  fitting uuid[];
  each uuid;
BEGIN
  PERFORM tenant.require_open(organization);
  PERFORM control.lock_events(organization, ARRAY[event_name]);
  INSERT INTO events (id, organization_id, created_by, name, key, payload, external_id)
    VALUES (sent, organization, person, event_name, event_key, event_payload, external)
    ON CONFLICT ON CONSTRAINT events_organization_id_external_id_key DO NOTHING;
  is_new := FOUND;
  told := '{}';
  woken := '{}';
  IF NOT is_new THEN
    SELECT v.id, v.answered_count INTO event_id, answered FROM events v WHERE v.organization_id = organization AND v.external_id = external;
    RETURN;
  END IF;
  event_id := sent;
  -- The runs may be private to others than the sender: they are woken all the same, and not shown.
  PERFORM set_config('app.is_system', 'on', true);
  SELECT coalesce(array_agg(w.id), '{}'), coalesce(array_agg(DISTINCT w.run_id), '{}') INTO fitting, told FROM event_waits w
    WHERE w.organization_id = organization AND w.name = event_name AND w.status = 'pending' AND (w.key IS NULL OR w.key = event_key);
  PERFORM FROM runs r WHERE r.id = ANY (told) ORDER BY r.id FOR NO KEY UPDATE;
  WITH now_answered AS (
    UPDATE event_waits w SET status = 'answered', event_id = sent, event = control.event_document(v), ended_at = tenant.now()
    FROM events v WHERE v.id = sent AND w.id = ANY (fitting) AND w.status = 'pending' RETURNING w.id, w.run_id
  )
  SELECT coalesce(array_agg(n.id), '{}'), coalesce(array_agg(DISTINCT n.run_id), '{}') INTO fitting, told FROM now_answered n;
  PERFORM control.forget_timers(organization, 'events.expire', fitting);
  answered := cardinality(fitting);
  UPDATE events v SET answered_count = answered WHERE v.id = sent;
  FOREACH each IN ARRAY told LOOP
    PERFORM control.tell_parked(each, 'event.received', jsonb_build_object('event_id', sent, 'name', event_name, 'key', event_key));
    IF control.wake(each) THEN
      woken := woken || each;
    END IF;
  END LOOP;
  PERFORM set_config('app.is_system', coalesce(as_system, ''), true);
END $$;

-- Ends a wait whose time is up. Returns its run, and whether that became pending; no row when it was answered before.
CREATE OR REPLACE FUNCTION control.expire_wait(wait uuid) RETURNS TABLE (run_id uuid, sequence bigint, is_reopened boolean)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  each record;
BEGIN
  SELECT w.run_id, w.name, w.key INTO each FROM event_waits w WHERE w.id = wait;
  PERFORM FROM runs r WHERE r.id = each.run_id FOR NO KEY UPDATE;
  UPDATE event_waits w SET status = 'expired', ended_at = tenant.now() WHERE w.id = wait AND w.status = 'pending';
  IF FOUND THEN
    RETURN QUERY SELECT each.run_id, control.tell_parked(each.run_id, 'event.expired', jsonb_build_object('name', each.name, 'key', each.key)),
      control.wake(each.run_id);
  END IF;
END $$;

-- Answers an approval or a question whose time is up with what it has for that. Returns as ``control.expire_wait`` does.
CREATE OR REPLACE FUNCTION control.expire_approval(approval uuid) RETURNS TABLE (run_id uuid, sequence bigint, is_reopened boolean)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  each record;
BEGIN
  SELECT a.run_id, a.interrupt_id, a.step_id, a.kind, a.tool_name, a.on_expiry INTO each FROM approvals a WHERE a.id = approval;
  PERFORM FROM runs r WHERE r.id = each.run_id FOR NO KEY UPDATE;
  UPDATE approvals a SET status = 'expired', decision = a.on_expiry, decided_at = tenant.now() WHERE a.id = approval AND a.status = 'pending';
  IF FOUND THEN
    RETURN QUERY SELECT each.run_id, control.tell_parked(each.run_id, 'approval.decided', jsonb_build_object('approval_id', approval,
        'interrupt_id', each.interrupt_id, 'step_id', each.step_id, 'kind', each.kind, 'tool_name', each.tool_name, 'status', 'expired',
        'decision', each.on_expiry ->> 'decision', 'comment', NULL, 'decided_by', NULL)),
      control.wake(each.run_id);
  END IF;
END $$;

-- Names the organizations that have events older than an age.
CREATE OR REPLACE FUNCTION tenant.organizations_with_old_events(age interval) RETURNS SETOF uuid LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT DISTINCT e.organization_id FROM events e WHERE e.received_at < tenant.now() - age
$$;

REVOKE ALL ON FUNCTION tenant.organizations_with_old_events(interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.organizations_with_old_events(interval) TO retinue_app;
