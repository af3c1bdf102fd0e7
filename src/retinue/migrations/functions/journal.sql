-- The journal: each function is one statement of a worker and therefore one transaction. It sets the organizations of its
-- transaction itself, as the platform, and runs as its caller, so policies apply. No NOTIFY here: it takes a cluster-wide lock until commit.

-- Claim runs for a worker: the lease is raised, which fences out the earlier holder. A run that is finished, cancelled or waiting
-- is left alone and not returned, unless it waits for its members until an instant that has come. The deadline starts again after
-- a pause, and goes on after a crash. Runs are locked by a statement of its own, so that the next one sees all events: the worker
-- that holds a run, an answer to it or another claim may tell some while the lock is waited for.
CREATE OR REPLACE FUNCTION journal.claim(wanted uuid[], worker text) RETURNS TABLE (
  run_id uuid, organization_id uuid, lease bigint, plan text, input jsonb, agent_id uuid, runtime text,
  last_sequence bigint, seconds_left double precision, is_begun boolean, has_partials boolean, trigger text
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  PERFORM set_config('app.organization_ids', coalesce(array_agg(DISTINCT o.organization_id), '{}')::text, true),
    set_config('app.is_system', 'on', true) FROM tenant.organizations_of_runs(wanted) o;
  PERFORM FROM runs r WHERE r.id = ANY (wanted) ORDER BY r.id FOR NO KEY UPDATE;
  RETURN QUERY
  WITH locked AS MATERIALIZED (
    SELECT r.id, r.status, coalesce(r.plan, p.document) AS plan
    FROM runs r LEFT JOIN run_plans p ON p.organization_id = r.organization_id AND p.hash = r.plan_hash
    WHERE r.id = ANY (wanted)
  ), claimed AS (
    UPDATE runs r SET
      lease = r.lease + 1, leased_by = worker, status = 'running', waiting_reason = NULL, has_news = false,
      started_at = coalesce(r.started_at, tenant.now()),
      last_sequence = greatest(r.last_sequence, (SELECT max(e.sequence) FROM run_events e WHERE e.run_id = r.id)) + 1,
      deadline_at = CASE WHEN l.status = 'running' AND r.deadline_at IS NOT NULL THEN r.deadline_at
        ELSE tenant.now() + make_interval(secs => coalesce((l.plan #>> '{limits,timeout_seconds}')::double precision, 900)) END
    FROM locked l WHERE r.id = l.id AND (l.status IN ('pending', 'running') OR (l.status = 'waiting' AND r.wake_at <= tenant.now()))
    RETURNING r.id, r.organization_id, r.lease, l.plan::text AS plan, r.input, r.agent_id, l.plan ->> 'runtime' AS runtime,
      r.last_sequence AS sequence,
      extract(epoch FROM r.deadline_at - tenant.now())::double precision AS seconds_left, r.trigger
  ), told AS (
    INSERT INTO run_events (organization_id, run_id, sequence, type, data)
    SELECT c.organization_id, c.id, c.sequence, CASE WHEN c.lease = 1 THEN 'run.started' ELSE 'run.resumed' END,
      jsonb_build_object('attempt', c.lease) FROM claimed c
  )
  SELECT c.id, c.organization_id, c.lease, c.plan, c.input, c.agent_id, c.runtime, c.sequence, c.seconds_left,
    EXISTS (SELECT FROM checkpoints k WHERE k.run_id = c.id),
    c.lease > 1 AND EXISTS (SELECT FROM run_partials p WHERE p.run_id = c.id), c.trigger FROM claimed c;
END $$;

-- What a worker tells about runs that are held, as the rows of a table. Each is one query, which is made part of the statement that reads it.
CREATE OR REPLACE FUNCTION journal.told_steps(given json, held uuid[]) RETURNS TABLE (
  id uuid, organization_id uuid, run_id uuid, parent_step_id uuid, sequence integer, step_name text, step_type text, status text, input jsonb,
  output jsonb, error_message text, usage jsonb, warnings jsonb, checkpoint_id text, node_id text, visit integer, item_index integer,
  source text, started_at timestamptz, completed_at timestamptz
) LANGUAGE sql STABLE AS $$
  SELECT x.id, x.organization_id, x.run_id, x.parent_step_id, x.sequence, x.step_name, x.step_type, x.status, x.input, x.output,
    x.error_message, x.usage, coalesce(x.warnings, '[]'), x.checkpoint_id, x.node_id, x.visit, x.item_index,
    coalesce(x.source, 'executed'), x.started_at, x.completed_at
  FROM json_to_recordset(given) AS x (id uuid, organization_id uuid, run_id uuid, parent_step_id uuid, sequence integer,
    step_name text, step_type text, status text, input jsonb, output jsonb, error_message text, usage jsonb, warnings jsonb,
    checkpoint_id text, node_id text, visit integer, item_index integer, source text, started_at timestamptz, completed_at timestamptz)
  WHERE x.run_id = ANY (held)
$$;

CREATE OR REPLACE FUNCTION journal.told_checkpoints(given json, held uuid[]) RETURNS TABLE (
  organization_id uuid, run_id uuid, checkpoint_ns text, checkpoint_id text, parent_checkpoint_id text, document json, metadata json
) LANGUAGE sql STABLE AS $$
  SELECT x.* FROM json_to_recordset(given) AS x (organization_id uuid, run_id uuid, checkpoint_ns text, checkpoint_id text,
    parent_checkpoint_id text, document json, metadata json) WHERE x.run_id = ANY (held)
$$;

CREATE OR REPLACE FUNCTION journal.told_events(given json, held uuid[]) RETURNS TABLE (
  organization_id uuid, run_id uuid, sequence bigint, type text, data jsonb, earlier jsonb
) LANGUAGE sql STABLE AS $$
  SELECT x.* FROM json_to_recordset(given) AS x (organization_id uuid, run_id uuid, sequence bigint, type text, data jsonb, earlier jsonb)
  WHERE x.run_id = ANY (held)
$$;

CREATE OR REPLACE FUNCTION journal.told_logs(given json, held uuid[]) RETURNS TABLE (
  id uuid, organization_id uuid, run_id uuid, step_id uuid, message text, level text, details jsonb, "timestamp" timestamptz
) LANGUAGE sql STABLE AS $$
  SELECT x.* FROM json_to_recordset(given) AS x (id uuid, organization_id uuid, run_id uuid, step_id uuid, message text, level text,
    details jsonb, timestamp timestamptz) WHERE x.run_id = ANY (held)
$$;

CREATE OR REPLACE FUNCTION journal.told_thoughts(given json, held uuid[]) RETURNS TABLE (
  id uuid, organization_id uuid, agent_id uuid, run_id uuid, node_id text, node_type text, content text, metadata jsonb,
  parent_node_id text, confidence_score numeric, processing_time_ms integer
) LANGUAGE sql STABLE AS $$
  SELECT x.* FROM json_to_recordset(given) AS x (id uuid, organization_id uuid, agent_id uuid, run_id uuid, node_id text, node_type text,
    content text, metadata jsonb, parent_node_id text, confidence_score numeric, processing_time_ms integer) WHERE x.run_id = ANY (held)
$$;

CREATE OR REPLACE FUNCTION journal.told_writes(given json, held uuid[]) RETURNS TABLE (
  organization_id uuid, run_id uuid, checkpoint_ns text, checkpoint_id text, task_id text, idx integer, channel text, value json, task_path text
) LANGUAGE sql STABLE AS $$
  SELECT x.* FROM json_to_recordset(given) AS x (organization_id uuid, run_id uuid, checkpoint_ns text, checkpoint_id text, task_id text,
    idx integer, channel text, value json, task_path text) WHERE x.run_id = ANY (held)
$$;

CREATE OR REPLACE FUNCTION journal.told_calls(given json, held uuid[]) RETURNS TABLE (
  id uuid, organization_id uuid, run_id uuid, step_id uuid, call_id text, tool_id uuid, tool_name text, arguments jsonb,
  arguments_hash bytea, effect text, state text, idempotency_key text, attempts integer, result jsonb, error_message text,
  started_at timestamptz, completed_at timestamptz
) LANGUAGE sql STABLE AS $$
  SELECT x.id, x.organization_id, x.run_id, x.step_id, x.call_id, x.tool_id, x.tool_name, x.arguments,
    sha256(convert_to(x.arguments::text, 'UTF8')), x.effect, x.state, x.idempotency_key, x.attempts, x.result, x.error_message,
    x.started_at, x.completed_at
  FROM json_to_recordset(given) AS x (id uuid, organization_id uuid, run_id uuid, step_id uuid, call_id text, tool_id uuid,
    tool_name text, arguments jsonb, effect text, state text, idempotency_key text, attempts integer, result jsonb,
    error_message text, started_at timestamptz, completed_at timestamptz)
  WHERE x.run_id = ANY (held)
$$;

-- Write steps of runs that are held. A step that is told again is replaced, except a completed one.
CREATE OR REPLACE FUNCTION journal.write_steps(steps json, held uuid[]) RETURNS void LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  INSERT INTO run_steps AS s (id, organization_id, run_id, parent_step_id, sequence, step_name, step_type, status, input, output,
    error_message, usage, warnings, checkpoint_id, node_id, visit, item_index, source, started_at, completed_at)
  SELECT * FROM journal.told_steps(steps, held)
  ON CONFLICT ON CONSTRAINT run_steps_pkey DO UPDATE SET status = excluded.status, input = excluded.input,
    output = excluded.output, error_message = excluded.error_message, usage = excluded.usage, warnings = excluded.warnings,
    source = excluded.source, started_at = excluded.started_at, completed_at = excluded.completed_at
    WHERE s.status <> 'completed';
END $$;

-- Write checkpoints, steps, events, log lines and thoughts of runs that are held, none of which was told before; else it is a unique
-- violation. An insert that allows for a conflict writes a second record to the log of the database for each row. Steps come first: they
-- are what is told twice when nothing was lost, as waiting and as ended, and little is written twice then.
CREATE OR REPLACE FUNCTION journal.write_first(checkpoints json, steps json, events json, logs json, thoughts json,
  held uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  IF steps IS NOT NULL THEN
    INSERT INTO run_steps (id, organization_id, run_id, parent_step_id, sequence, step_name, step_type, status, input, output,
      error_message, usage, warnings, checkpoint_id, node_id, visit, item_index, source, started_at, completed_at)
    SELECT * FROM journal.told_steps(steps, held);
  END IF;
  IF checkpoints IS NOT NULL THEN
    INSERT INTO checkpoints (organization_id, run_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, document, metadata)
    SELECT * FROM journal.told_checkpoints(checkpoints, held);
  END IF;
  IF events IS NOT NULL THEN
    INSERT INTO run_events (organization_id, run_id, sequence, type, data, earlier)
    SELECT * FROM journal.told_events(events, held);
  END IF;
  IF logs IS NOT NULL THEN
    INSERT INTO run_logs (id, organization_id, run_id, step_id, message, level, details, timestamp)
    SELECT * FROM journal.told_logs(logs, held);
  END IF;
  IF thoughts IS NOT NULL THEN
    INSERT INTO agent_thoughts (id, organization_id, agent_id, run_id, node_id, node_type, content, metadata, parent_node_id,
      confidence_score, processing_time_ms)
    SELECT * FROM journal.told_thoughts(thoughts, held);
  END IF;
END $$;

-- The same, where some were told before: checkpoints, steps and thoughts are replaced, events and log lines stay as they are.
CREATE OR REPLACE FUNCTION journal.write_again(checkpoints json, steps json, events json, logs json, thoughts json,
  held uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  IF checkpoints IS NOT NULL THEN
    INSERT INTO checkpoints (organization_id, run_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, document, metadata)
    SELECT * FROM journal.told_checkpoints(checkpoints, held)
    ON CONFLICT ON CONSTRAINT checkpoints_pkey DO UPDATE SET document = excluded.document, metadata = excluded.metadata;
  END IF;
  IF steps IS NOT NULL THEN
    PERFORM journal.write_steps(steps, held);
  END IF;
  IF events IS NOT NULL THEN
    INSERT INTO run_events (organization_id, run_id, sequence, type, data, earlier)
    SELECT * FROM journal.told_events(events, held)
    ON CONFLICT ON CONSTRAINT run_events_pkey DO NOTHING;
  END IF;
  IF logs IS NOT NULL THEN
    INSERT INTO run_logs (id, organization_id, run_id, step_id, message, level, details, timestamp)
    SELECT * FROM journal.told_logs(logs, held)
    ON CONFLICT ON CONSTRAINT run_logs_pkey DO NOTHING;
  END IF;
  IF thoughts IS NOT NULL THEN
    INSERT INTO agent_thoughts (id, organization_id, agent_id, run_id, node_id, node_type, content, metadata, parent_node_id,
      confidence_score, processing_time_ms)
    SELECT * FROM journal.told_thoughts(thoughts, held)
    ON CONFLICT ON CONSTRAINT agent_thoughts_run_id_node_id_key DO UPDATE SET content = excluded.content,
      node_type = excluded.node_type, metadata = excluded.metadata, processing_time_ms = excluded.processing_time_ms;
  END IF;
END $$;

-- Write what tasks wrote before their supersteps were over. An insert that allows for a conflict writes a second record to the log of the
-- database for each row; the runs are locked, so what is not there by now is not there at the insert. Of what is told again, the special
-- writes (below zero) are replaced.
CREATE OR REPLACE FUNCTION journal.write_writes(writes json, held uuid[]) RETURNS void LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  PERFORM FROM journal.told_writes(writes, held) x WHERE (SELECT true FROM checkpoint_writes w WHERE w.run_id = x.run_id
    AND w.checkpoint_ns = x.checkpoint_ns AND w.checkpoint_id = x.checkpoint_id AND w.task_id = x.task_id AND w.idx = x.idx);
  IF NOT FOUND THEN
    INSERT INTO checkpoint_writes (organization_id, run_id, checkpoint_ns, checkpoint_id, task_id, idx, channel, value, task_path)
    SELECT * FROM journal.told_writes(writes, held);
    RETURN;
  END IF;
  INSERT INTO checkpoint_writes AS w (organization_id, run_id, checkpoint_ns, checkpoint_id, task_id, idx, channel, value, task_path)
  SELECT * FROM journal.told_writes(writes, held)
  ON CONFLICT ON CONSTRAINT checkpoint_writes_pkey DO UPDATE SET channel = excluded.channel, value = excluded.value
    WHERE w.idx < 0;
END $$;

-- Write tool calls. One that was announced is told again when it has ended.
CREATE OR REPLACE FUNCTION journal.write_calls(calls json, held uuid[]) RETURNS void LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  PERFORM FROM json_to_recordset(calls) AS x (run_id uuid, id uuid)
    WHERE (SELECT true FROM tool_calls t WHERE t.run_id = x.run_id AND t.id = x.id);
  IF NOT FOUND THEN
    INSERT INTO tool_calls (id, organization_id, run_id, step_id, call_id, tool_id, tool_name, arguments, arguments_hash, effect,
      state, idempotency_key, attempts, result, error_message, started_at, completed_at)
    SELECT * FROM journal.told_calls(calls, held);
    RETURN;
  END IF;
  INSERT INTO tool_calls (id, organization_id, run_id, step_id, call_id, tool_id, tool_name, arguments, arguments_hash, effect,
    state, idempotency_key, attempts, result, error_message, started_at, completed_at)
  SELECT * FROM journal.told_calls(calls, held)
  ON CONFLICT ON CONSTRAINT tool_calls_pkey DO UPDATE SET state = excluded.state, attempts = excluded.attempts,
    arguments = excluded.arguments, arguments_hash = excluded.arguments_hash, result = excluded.result,
    error_message = excluded.error_message, started_at = excluded.started_at, completed_at = excluded.completed_at;
END $$;

-- Gives a worker up to so many runs to begin or go on with, in one commit: jobs that wait, then pending runs by admission. A job
-- whose run needs no execution is removed. A last row without a job tells that other runs are pending until one ends.
CREATE OR REPLACE FUNCTION journal.take(worker bigint, worker_name text, most integer) RETURNS TABLE (
  job_id bigint, job_attempts integer, run_id uuid, organization_id uuid, lease bigint, plan text, input jsonb, agent_id uuid,
  runtime text, last_sequence bigint, seconds_left double precision, is_begun boolean, has_partials boolean,
  trigger text
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  jobs bigint[];
  wanted uuid[];
  attempts integer[];
  chosen uuid[] := '{}';
  is_full boolean := false;
  begun integer;
BEGIN
  SELECT coalesce(array_agg(c.job_id), '{}'), coalesce(array_agg(c.run_id), '{}'), coalesce(array_agg(c.job_attempts), '{}')
    INTO jobs, wanted, attempts FROM dispatch.claim(worker, most) c;
  IF cardinality(jobs) < most THEN
    SELECT a.chosen, a.is_full INTO chosen, is_full FROM admission.choose(most - cardinality(jobs)) a;
  END IF;
  IF chosen <> '{}' THEN
    SELECT jobs || array_agg(t.job_id), wanted || array_agg(t.run_id), attempts || array_agg(0) INTO jobs, wanted, attempts
      FROM dispatch.take(chosen, worker) t;
  END IF;
  IF jobs <> '{}' THEN
    RETURN QUERY
      SELECT j.id, j.attempts, c.* FROM unnest(jobs, wanted, attempts) WITH ORDINALITY AS j (id, run, attempts, place)
      JOIN journal.claim(wanted, worker_name) c ON c.run_id = j.run ORDER BY j.place;
    GET DIAGNOSTICS begun = ROW_COUNT;
    IF begun < cardinality(jobs) THEN
      PERFORM dispatch.remove(ARRAY(
        SELECT w.id FROM unnest(wanted) AS w (id) LEFT JOIN runs r ON r.id = w.id WHERE r.status IS DISTINCT FROM 'running'));
    END IF;
  END IF;
  IF is_full THEN
    RETURN QUERY SELECT NULL::bigint, NULL::integer, NULL::uuid, NULL::uuid, NULL::bigint, NULL::text, NULL::jsonb, NULL::uuid,
      NULL::text, NULL::bigint, NULL::double precision, NULL::boolean, NULL::boolean, NULL::text;
  END IF;
END $$;

-- Fails those of the next runs that cannot be begun, so that they do not keep all others from it: each is tried and the trial is
-- undone. For when ``journal.take`` has failed for the sake of a row. Returns how many were failed.
CREATE OR REPLACE FUNCTION journal.set_aside(most integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  each uuid;
  reason text;
  total integer := 0;
BEGIN
  FOR each IN SELECT unnest(a.chosen) FROM admission.choose(most) a UNION SELECT d.run_id FROM dispatch.list_waiting(most) d LOOP
    BEGIN
      PERFORM FROM journal.claim(ARRAY[each], 'trial');
      RAISE EXCEPTION USING ERRCODE = 'RT001';
    EXCEPTION WHEN SQLSTATE 'RT001' THEN
      NULL;
    WHEN unique_violation THEN
      NULL; -- another worker was faster: the run can be begun, later or by that one
    WHEN data_exception OR integrity_constraint_violation THEN
      GET STACKED DIAGNOSTICS reason = MESSAGE_TEXT;
      PERFORM set_config('app.organization_ids', coalesce(array_agg(o.organization_id), '{}')::text, true),
        set_config('app.is_system', 'on', true) FROM tenant.organizations_of_runs(ARRAY[each]) o;
      UPDATE runs SET status = 'failed', completed_at = tenant.now(), leased_by = NULL, error_message = 'The run cannot be begun.',
        error = jsonb_build_object('code', 'run_unreadable', 'message', 'The run cannot be begun.', 'detail', reason) WHERE id = each;
      PERFORM control.tell(each, 'run.failed', jsonb_build_object('status', 'failed',
        'error', jsonb_build_object('code', 'run_unreadable', 'message', 'The run cannot be begun.')));
      INSERT INTO outbox (organization_id, type, payload)
        SELECT r.organization_id, 'run.failed', jsonb_build_object('run_id', r.id, 'agent_id', r.agent_id,
          'conversation_id', r.conversation_id, 'status', r.status) FROM runs r
        WHERE r.id = each AND ((r.conversation_id IS NOT NULL AND r.parent_run_id IS NULL) OR NOT r.playground OR r.is_awaited);
      PERFORM dispatch.cancel(each);
      PERFORM control.settle_children(ARRAY[each]);
      total := total + 1;
    END;
  END LOOP;
  RETURN total;
END $$;

-- Record what runs did since their last commit. ``fences`` is [{id, lease}]: only runs that are still held under that lease are
-- written, and their ids are returned; a missing run was cancelled, or is held by another worker. Every other list may be
-- null. A step that was waiting or failed may be told again; a completed one never. Told twice, it is written once: a worker that
-- lost its connection does not know whether its commit was done, and tells it again. ``partials`` are steps under way, and those
-- that are over by now (``is_over``). ``children`` are runs to be started, ``waits`` what runs wait for from outside. ``has_pending``: runs became pending by this commit.
CREATE OR REPLACE FUNCTION journal.commit(
  organizations text, fences json, steps json DEFAULT NULL, events json DEFAULT NULL, checkpoints json DEFAULT NULL,
  writes json DEFAULT NULL, logs json DEFAULT NULL, thoughts json DEFAULT NULL, artifacts json DEFAULT NULL,
  calls json DEFAULT NULL, approvals json DEFAULT NULL, finishes json DEFAULT NULL, partials json DEFAULT NULL, children json DEFAULT NULL,
  waits json DEFAULT NULL,
  OUT held uuid[], OUT told integer, OUT has_pending boolean
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  told := 0;
  has_pending := false;
  PERFORM set_config('app.organization_ids', organizations, true), set_config('app.is_system', 'on', true);
  IF waits IS NOT NULL THEN
    PERFORM control.lock_events(x.organization_id, array_agg(x.name)) FROM json_to_recordset(waits) AS x (organization_id uuid, name text)
      GROUP BY x.organization_id ORDER BY x.organization_id;
  END IF;
  -- By id first, then by status: an index over the status still has an entry for every run that was running a while ago. The
  -- parents of runs that end are locked in the same order, since they may go on now.
  WITH fence AS MATERIALIZED (
    SELECT f.id, f.lease FROM json_to_recordset(fences) AS f (id uuid, lease bigint)
  ), locked AS MATERIALIZED (
    SELECT r.id, r.lease, r.status FROM runs r WHERE r.id = ANY (ARRAY(
      SELECT f.id FROM fence f
      UNION SELECT e.parent_run_id FROM runs e WHERE e.parent_run_id IS NOT NULL
        AND e.id = ANY (ARRAY(SELECT x.run_id FROM json_to_recordset(finishes) AS x (run_id uuid)))))
    ORDER BY r.id FOR NO KEY UPDATE
  )
  SELECT coalesce(array_agg(l.id), '{}') INTO held FROM locked l JOIN fence f ON f.id = l.id AND f.lease = l.lease
    WHERE l.status = 'running';
  IF held = '{}' THEN
    RETURN;
  END IF;
  IF writes IS NOT NULL THEN
    PERFORM journal.write_writes(writes, held);
  END IF;
  IF coalesce(checkpoints, steps, events, logs, thoughts) IS NOT NULL THEN
    BEGIN
      PERFORM journal.write_first(checkpoints, steps, events, logs, thoughts, held);
    EXCEPTION WHEN unique_violation THEN
      PERFORM journal.write_again(checkpoints, steps, events, logs, thoughts, held);
    END;
  END IF;
  IF artifacts IS NOT NULL THEN
    INSERT INTO run_artifacts (id, organization_id, run_id, step_id, name, type, size, url, storage_key, checksum)
    SELECT x.id, x.organization_id, x.run_id, x.step_id, x.name, x.type, x.size, x.url, x.storage_key, x.checksum
    FROM json_to_recordset(artifacts) AS x (id uuid, organization_id uuid, run_id uuid, step_id uuid, name text, type text,
      size bigint, url text, storage_key text, checksum text)
    WHERE x.run_id = ANY (held)
    ON CONFLICT ON CONSTRAINT run_artifacts_pkey DO NOTHING;
  END IF;
  IF calls IS NOT NULL THEN
    PERFORM journal.write_calls(calls, held);
  END IF;
  IF approvals IS NOT NULL THEN
    WITH asked AS (
      INSERT INTO approvals AS a (id, organization_id, run_id, step_id, interrupt_id, kind, tool_name, arguments, reason, form, expires_at,
        on_expiry, assignees, role, quorum, editable, escalation)
      SELECT x.id, x.organization_id, x.run_id, x.step_id, x.interrupt_id, x.kind, x.tool_name, x.arguments, x.reason, x.form, x.expires_at,
        x.on_expiry, coalesce(n.found, '{}'), CASE WHEN n.found = '{}' THEN coalesce(x.role, 'admin') ELSE x.role END, coalesce(x.quorum, 1),
        x.editable, x.escalation
      FROM json_to_recordset(approvals) AS x (id uuid, organization_id uuid, run_id uuid, step_id uuid, interrupt_id text, kind text,
        tool_name text, arguments jsonb, reason text, form jsonb, expires_at timestamptz, on_expiry jsonb, assignees text[], role text,
        quorum integer, editable jsonb, escalation jsonb)
      CROSS JOIN LATERAL (SELECT CASE WHEN x.assignees IS NOT NULL THEN control.deciders_named(x.organization_id, x.assignees) END AS found) n
      WHERE x.run_id = ANY (held)
      ON CONFLICT ON CONSTRAINT approvals_run_id_interrupt_id_key DO NOTHING
      RETURNING a.organization_id, a.id, a.expires_at, a.run_id, a.kind, a.arguments
    ), connecting AS (
      -- The connection may have been given in this very moment: a look that begins after this commit sees both.
      INSERT INTO due_timers (organization_id, kind, subject_id, due_at)
      SELECT DISTINCT q.organization_id, 'approvals.connected', (q.arguments ->> 'connection_id')::uuid, tenant.now() FROM asked q
      WHERE q.kind = 'connect'
      ON CONFLICT ON CONSTRAINT due_timers_organization_id_kind_subject_id_key DO UPDATE SET id = DEFAULT, due_at = excluded.due_at,
        attempts = 0, failed_at = NULL, error = NULL
    ), told_of AS (
      INSERT INTO outbox (organization_id, type, payload)
      SELECT q.organization_id, 'approval.requested', jsonb_build_object('approval_id', q.id, 'run_id', q.run_id) FROM asked q
    )
    INSERT INTO due_timers (organization_id, kind, subject_id, due_at)
      SELECT q.organization_id, 'approvals.expire', q.id, q.expires_at FROM asked q WHERE q.expires_at IS NOT NULL;
    told := told + json_array_length(approvals);
  END IF;
  IF waits IS NOT NULL THEN
    PERFORM control.park(waits, held);
  END IF;
  IF partials IS NOT NULL THEN
    INSERT INTO run_partials AS p (run_id, id, organization_id, lease, parent_step_id, sequence, step_name, step_type, input, output,
      usage, checkpoint_id, started_at, updated_at)
    SELECT x.run_id, x.id, x.organization_id, x.lease, x.parent_step_id, x.sequence, x.step_name, x.step_type, x.input, x.output,
      x.usage, x.checkpoint_id, x.started_at, tenant.now()
    FROM json_to_recordset(partials) AS x (run_id uuid, id uuid, organization_id uuid, lease bigint, parent_step_id uuid,
      sequence integer, step_name text, step_type text, input jsonb, output jsonb, usage jsonb, checkpoint_id text,
      started_at timestamptz, is_over boolean)
    WHERE x.run_id = ANY (held) AND x.is_over IS NULL
    ON CONFLICT ON CONSTRAINT run_partials_pkey DO UPDATE SET lease = excluded.lease, sequence = excluded.sequence,
      input = excluded.input, output = excluded.output, usage = excluded.usage, checkpoint_id = excluded.checkpoint_id,
      started_at = excluded.started_at, updated_at = excluded.updated_at;
    DELETE FROM run_partials p USING json_to_recordset(partials) AS x (run_id uuid, id uuid, is_over boolean)
      WHERE x.is_over AND x.run_id = ANY (held) AND p.run_id = x.run_id AND p.id = x.id;
  END IF;
  IF children IS NOT NULL THEN
    has_pending := control.start_children(children, held) > 0;
  END IF;
  IF finishes IS NOT NULL THEN
    SELECT commit.told + f.told, commit.has_pending OR f.has_pending INTO told, has_pending FROM journal.finish(finishes, held) f;
  END IF;
END $$;

-- End the executions of runs that are held: the status, the result, the end of the job, the outbox events for the packages above.
-- ``told`` is how many events were told: a conversation listens to the runs that answer in it, notifications and alerts to runs
-- that fail outside the playground, a system outside to the runs that it awaits. What is carried out elsewhere tells when it began
-- and ended. ``has_pending``: a parent or a sibling became pending, or the run itself, which had news.
CREATE OR REPLACE FUNCTION journal.finish(finishes json, held uuid[], OUT told integer, OUT has_pending boolean) LANGUAGE plpgsql AS $$
DECLARE
  over uuid[];
  parents uuid[];
  unparked integer;
  those_due uuid[];
  is_family boolean;
BEGIN
  WITH ended AS (
    UPDATE runs r SET
      status = CASE WHEN x.status = 'waiting' AND r.has_news THEN 'pending' ELSE x.status END,
      waiting_reason = CASE WHEN NOT r.has_news THEN x.waiting_reason END, output = x.output, error = x.error,
      error_message = x.error_message, resource_usage = x.resource_usage,
      warning_count = coalesce(x.warning_count, 0), last_sequence = x.last_sequence, leased_by = NULL,
      external_execution_id = coalesce(x.external_execution_id, r.external_execution_id), awaits = x.awaits, wake_at = x.wake_at,
      started_at = coalesce(x.started_at, r.started_at),
      completed_at = CASE WHEN x.status <> 'waiting' THEN coalesce(x.ended_at, tenant.now()) END,
      duration_ms = CASE WHEN x.status <> 'waiting' THEN greatest(0, least(
        extract(epoch FROM coalesce(x.ended_at, tenant.now()) - coalesce(x.started_at, r.started_at)) * 1000, 2147483647))::integer END
    FROM json_to_recordset(finishes) AS x (run_id uuid, status text, waiting_reason text, output jsonb, error jsonb,
      error_message text, resource_usage jsonb, warning_count integer, last_sequence bigint, external_execution_id text, awaits jsonb,
      wake_at timestamptz, started_at timestamptz, ended_at timestamptz)
    WHERE r.id = x.run_id AND r.id = ANY (held)
    RETURNING r.id, r.organization_id, r.agent_id, r.conversation_id, r.status, r.parent_run_id, r.waiting_reason, r.wake_at,
      r.playground, r.is_awaited
  ), news AS (
    INSERT INTO outbox (organization_id, type, payload)
    SELECT e.organization_id, 'run.' || e.status, jsonb_build_object('run_id', e.id, 'agent_id', e.agent_id,
      'conversation_id', e.conversation_id, 'status', e.status) FROM ended e
    WHERE ((e.conversation_id IS NOT NULL AND e.parent_run_id IS NULL) OR (e.status = 'failed' AND NOT e.playground)
      OR (e.status <> 'waiting' AND (e.is_awaited OR EXISTS (
        SELECT FROM webhook_endpoints w WHERE w.organization_id = e.organization_id AND w.status = 'active'))))
      AND e.status <> 'pending'
    RETURNING 1
  )
  SELECT array_agg(e.id), (SELECT count(*) FROM news), coalesce(bool_or(e.parent_run_id IS NOT NULL OR e.waiting_reason = 'members' OR e.wake_at IS NOT NULL), false),
    array_agg(e.id) FILTER (WHERE e.wake_at IS NOT NULL AND e.status = 'waiting'), count(*) FILTER (WHERE e.status = 'pending')
    INTO over, told, is_family, those_due, unparked FROM ended e;
  PERFORM dispatch.remove(over);
  has_pending := unparked > 0;
  IF is_family THEN
    PERFORM dispatch.remind(r.id, r.priority, r.wake_at) FROM runs r WHERE r.id = ANY (those_due);
    IF those_due IS NOT NULL THEN
      PERFORM control.offer_work(those_due);
    END IF;
    SELECT array_agg(r.id) INTO parents FROM runs r WHERE r.id = ANY (over) AND r.waiting_reason = 'members';
    has_pending := control.settle_children(ARRAY(SELECT r.id FROM runs r WHERE r.id = ANY (over) AND r.parent_run_id IS NOT NULL
      AND r.status IN ('completed', 'failed', 'cancelled'))) > 0 OR has_pending;
    has_pending := control.wake_parents(parents) > 0 OR has_pending;
  END IF;
END $$;

-- Add to a cancelled run what its worker had at the moment of the cancellation: the steps under way, and what was used in all.
-- Accepted only from the worker that held the run last; returns whether it was.
CREATE OR REPLACE FUNCTION journal.leave(organization uuid, run uuid, held_lease bigint, steps json, measured jsonb) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.organization_ids', '{' || organization || '}', true), set_config('app.is_system', 'on', true);
  PERFORM FROM runs r WHERE r.id = run AND r.lease = held_lease AND r.status = 'cancelled' FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  PERFORM journal.write_steps(steps, ARRAY[run]);
  UPDATE runs r SET resource_usage = r.resource_usage || measured || control.usage_of_steps(run) WHERE r.id = run;
  RETURN true;
END $$;
