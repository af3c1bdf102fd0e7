-- Work of external agents. A run that waits for its agent is offered; of all that claim it one has it, under a lease whose number
-- rises with each claim and fences out the holder before. One answer is taken, and lets the run go on.

-- Offers runs that wait for their agents since this commit, and sets the timer by which those with a webhook are pushed. A run that
-- is offered again, because it was resumed, begins under a lease of its own.
CREATE OR REPLACE FUNCTION control.offer_work(runs_to_offer uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  WITH offered AS (
    INSERT INTO external_work AS w (run_id, organization_id, agent_id, expires_at)
      SELECT r.id, r.organization_id, r.agent_id, r.wake_at FROM runs r
      WHERE r.id = ANY (runs_to_offer) AND r.waiting_reason = 'external' AND r.agent_id IS NOT NULL
    ON CONFLICT ON CONSTRAINT external_work_pkey DO UPDATE SET state = 'open', lease = w.lease + 1, leased_by = NULL, lease_until = NULL,
      pushes = 0, answer = NULL, answered_at = NULL, expires_at = excluded.expires_at, created_at = tenant.now()
    RETURNING w.organization_id, w.run_id
  )
  INSERT INTO due_timers (organization_id, kind, subject_id, due_at)
    SELECT o.organization_id, 'external.push', o.run_id, tenant.now() FROM offered o JOIN runs r ON r.id = o.run_id
    WHERE coalesce(control.plan_of(r) ->> 'webhook_url', '') <> ''
  ON CONFLICT ON CONSTRAINT due_timers_organization_id_kind_subject_id_key DO UPDATE SET id = DEFAULT, due_at = excluded.due_at,
    attempts = 0, failed_at = NULL, error = NULL;
END $$;

-- Whether a run waits for its agent still.
CREATE OR REPLACE FUNCTION control.awaits_agent(run uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM runs r WHERE r.id = run AND r.status = 'waiting' AND r.waiting_reason = 'external')
$$;

-- Claims a run of an agent: the given one, else that of highest priority, then age. At most as many as the agent may carry out at a
-- time are claimed. No row: there is none, or others hold all. ``is_capped`` (with no run): there would be, but for that limit.
CREATE OR REPLACE FUNCTION control.claim_work(
  organization uuid, agent uuid, wanted uuid, holder text, lease_seconds double precision, is_push boolean
) RETURNS TABLE (
  run_id uuid, lease bigint, lease_until timestamptz, expires_at timestamptz, pushes integer, plan text, input jsonb,
  claimed_at timestamptz, is_capped boolean
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  most integer;
  chosen uuid;
BEGIN
  SELECT (a.deployment_config ->> 'max_concurrent_runs')::integer INTO most FROM agents a
    WHERE a.organization_id = organization AND a.id = agent;
  IF most IS NOT NULL THEN
    PERFORM pg_advisory_xact_lock(tenant.lock_key('work.' || agent));
    IF most <= (SELECT count(*) FROM external_work w WHERE w.organization_id = organization AND w.agent_id = agent AND w.state = 'open'
      AND w.lease_until > tenant.now() AND control.awaits_agent(w.run_id)) THEN
      RETURN QUERY SELECT NULL::uuid, NULL::bigint, NULL::timestamptz, NULL::timestamptz, NULL::integer, NULL::text, NULL::jsonb,
        NULL::timestamptz, true;
      RETURN;
    END IF;
  END IF;
  SELECT w.run_id INTO chosen FROM external_work w JOIN runs r ON r.id = w.run_id
    WHERE w.organization_id = organization AND w.agent_id = agent AND (wanted IS NULL OR w.run_id = wanted)
      AND w.state = 'open' AND w.expires_at > tenant.now() AND (w.lease_until IS NULL OR w.lease_until <= tenant.now())
      AND r.status = 'waiting' AND r.waiting_reason = 'external'
    ORDER BY r.priority DESC, w.created_at, w.run_id LIMIT 1 FOR UPDATE OF w SKIP LOCKED;
  RETURN QUERY
    UPDATE external_work w SET lease = w.lease + 1, leased_by = holder, pushes = w.pushes + is_push::integer,
      lease_until = least(w.expires_at, tenant.now() + make_interval(secs => lease_seconds))
    FROM runs r WHERE w.run_id = chosen AND r.id = w.run_id
    RETURNING w.run_id, w.lease, w.lease_until, w.expires_at, w.pushes, control.plan_of(r)::text, r.input, tenant.now(), false;
END $$;

-- Holds work for longer, or gives it back (0 seconds). Returns until when; no row: the lease is no longer the newest, or the run does
-- not wait for its agent any more.
CREATE OR REPLACE FUNCTION control.extend_work(run uuid, agent uuid, held_lease bigint, lease_seconds double precision)
RETURNS SETOF timestamptz LANGUAGE sql AS $$
  UPDATE external_work w SET lease_until = least(w.expires_at, tenant.now() + make_interval(secs => lease_seconds))
    WHERE w.run_id = run AND w.agent_id = agent AND w.state = 'open' AND w.lease = held_lease AND w.expires_at > tenant.now()
      AND control.awaits_agent(run)
    RETURNING w.lease_until
$$;

-- Takes an answer, and lets the run go on. Returns taken, repeated (the same answer under the same lease was taken before) or
-- refused: another holds the run, it was answered otherwise, or it does not wait for its agent any more.
CREATE OR REPLACE FUNCTION control.answer_work(run uuid, agent uuid, held_lease bigint, given jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  its record;
BEGIN
  PERFORM FROM runs r WHERE r.id = run FOR NO KEY UPDATE;  -- the run first, as everywhere
  SELECT w.state, w.lease, w.answer, w.organization_id INTO its FROM external_work w WHERE w.run_id = run AND w.agent_id = agent FOR UPDATE;
  IF its.state = 'answered' AND its.lease = held_lease AND its.answer = given THEN
    RETURN 'repeated';
  END IF;
  IF its.state IS DISTINCT FROM 'open' OR its.lease <> held_lease OR NOT control.awaits_agent(run) THEN
    RETURN 'refused';
  END IF;
  UPDATE external_work w SET state = 'answered', answer = given, answered_at = tenant.now(), lease_until = NULL WHERE w.run_id = run;
  PERFORM control.forget_timers(its.organization_id, 'external.push', ARRAY[run]);
  PERFORM control.reopen(run, NULL);
  RETURN 'taken';
END $$;

-- Writes log lines and thoughts that an agent reports of a run which is not over, and tells them. One that is told again is not
-- written twice; of thoughts of one node the last is written. Returns the sequence of the last event; null: the run is over, or not the agent's.
CREATE OR REPLACE FUNCTION control.report_records(run uuid, agent uuid, step uuid, lines jsonb, nodes jsonb) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  its record;
  each record;
  told bigint;
BEGIN
  SELECT r.status, r.organization_id, r.last_sequence INTO its FROM runs r
    WHERE r.id = run AND r.agent_id = agent AND r.status IN ('pending', 'running', 'waiting') FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  told := its.last_sequence;
  FOR each IN INSERT INTO run_logs AS l (id, organization_id, run_id, step_id, message, level, details, timestamp)
    SELECT x.id, its.organization_id, run, step, x.message, x.level, x.details, coalesce(x.timestamp, tenant.now())
    FROM jsonb_to_recordset(lines) AS x (id uuid, message text, level text, details jsonb, timestamp timestamptz)
    ON CONFLICT ON CONSTRAINT run_logs_pkey DO NOTHING RETURNING l.id
  LOOP
    told := control.tell_parked(run, 'log', jsonb_build_object('id', each.id));
  END LOOP;
  FOR each IN INSERT INTO agent_thoughts AS t (id, organization_id, agent_id, run_id, node_id, node_type, content, metadata,
      parent_node_id, confidence_score, processing_time_ms)
    SELECT x.id, its.organization_id, agent, run, x.node_id, x.node_type, x.content, coalesce(x.metadata, '{}'), x.parent_node_id,
      x.confidence_score, x.processing_time_ms
    FROM (SELECT DISTINCT ON (n.node_id) n.* FROM ROWS FROM (jsonb_to_recordset(nodes) AS (id uuid, node_id text, node_type text,
        content text, metadata jsonb, parent_node_id text, confidence_score numeric, processing_time_ms integer)) WITH ORDINALITY
        AS n (id, node_id, node_type, content, metadata, parent_node_id, confidence_score, processing_time_ms, place)
      ORDER BY n.node_id, n.place DESC) x ORDER BY x.place
    ON CONFLICT ON CONSTRAINT agent_thoughts_run_id_node_id_key DO UPDATE SET content = excluded.content,
      node_type = excluded.node_type, metadata = excluded.metadata, parent_node_id = excluded.parent_node_id,
      confidence_score = excluded.confidence_score, processing_time_ms = excluded.processing_time_ms
    RETURNING t.node_id
  LOOP
    told := control.tell_parked(run, 'thought', jsonb_build_object('node_id', each.node_id));
  END LOOP;
  RETURN told;
END $$;

-- Ends a run that has just been made (and that nobody else sees) as its agent carried it out elsewhere.
CREATE OR REPLACE FUNCTION control.record_execution(run uuid, told jsonb) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  x record;
  step uuid := gen_random_uuid();
BEGIN
  SELECT e.* INTO x FROM jsonb_to_record(told) AS e (status text, output jsonb, error jsonb, error_message text, usage jsonb,
    resource_usage jsonb, warnings jsonb, external_execution_id text, started_at timestamptz, completed_at timestamptz, lines jsonb,
    nodes jsonb, agent_id uuid, step_name text);
  PERFORM control.tell(run, 'run.started', '{"attempt": 1}');
  INSERT INTO run_steps (id, organization_id, run_id, sequence, step_name, step_type, status, input, output, error_message, usage,
      warnings, started_at, completed_at)
    SELECT step, r.organization_id, run, 1, x.step_name, 'tool', x.status, r.input, x.output, x.error_message, x.usage, x.warnings,
      x.started_at, x.completed_at FROM runs r WHERE r.id = run;
  PERFORM control.report_records(run, x.agent_id, step, x.lines, x.nodes);
  PERFORM control.tell(run, 'step.completed', jsonb_build_object('step_id', step));
  UPDATE runs r SET status = x.status, output = x.output, error = x.error, error_message = x.error_message,
    resource_usage = x.resource_usage, warning_count = jsonb_array_length(x.warnings), lease = 1,
    external_execution_id = x.external_execution_id, created_at = x.started_at, started_at = x.started_at,
    completed_at = x.completed_at,
    duration_ms = least(extract(epoch FROM x.completed_at - x.started_at) * 1000, 2147483647)::integer WHERE r.id = run;
  INSERT INTO outbox (organization_id, type, payload)
    SELECT r.organization_id, 'run.' || r.status, jsonb_build_object('run_id', r.id, 'agent_id', r.agent_id, 'conversation_id', NULL,
      'status', r.status) FROM runs r WHERE r.id = run AND (r.status = 'failed' OR EXISTS (
        SELECT FROM webhook_endpoints w WHERE w.organization_id = r.organization_id AND w.status = 'active'));
  RETURN control.tell(run, 'run.' || x.status, CASE WHEN x.status = 'completed' THEN '{}'
    ELSE jsonb_build_object('status', x.status, 'error', x.error) END);
END $$;
