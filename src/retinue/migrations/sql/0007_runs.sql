-- Runs and everything a run records. The run row is the authority; its job is disposable.

CREATE TABLE run_slots (
  organization_id uuid PRIMARY KEY CONSTRAINT run_slots_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  held integer NOT NULL DEFAULT 0 CONSTRAINT run_slots_held_check CHECK (held >= 0)
) WITH (fillfactor = 50);
SELECT tenant.protect('run_slots');

CREATE TABLE runs (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT runs_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  type text NOT NULL CONSTRAINT runs_type_check CHECK (type IN ('agent', 'team', 'workflow')),
  target_id uuid NOT NULL,
  target_name text NOT NULL,
  agent_id uuid,
  agent_version integer,
  workflow_id uuid,
  deployment_id uuid,
  conversation_id uuid,
  parent_run_id uuid,
  forked_from_run_id uuid,
  retry_of_run_id uuid,
  status text NOT NULL DEFAULT 'pending' CONSTRAINT runs_status_check
    CHECK (status IN ('pending', 'running', 'waiting', 'completed', 'failed', 'cancelled')),
  waiting_reason text,
  trigger text NOT NULL CONSTRAINT runs_trigger_check
    CHECK (trigger IN ('manual', 'api', 'schedule', 'webhook', 'conversation', 'external', 'n8n')),
  triggered_by_id uuid CONSTRAINT runs_triggered_by_id_fkey REFERENCES users (id) ON DELETE SET NULL,
  idempotency_key text,
  request_hash bytea,
  plan jsonb NOT NULL,
  input jsonb NOT NULL,
  output jsonb,
  error_message text,
  error jsonb,
  trace_id text NOT NULL,
  external_execution_id text,
  duration_ms integer,
  resource_usage jsonb NOT NULL DEFAULT '{}',
  priority integer NOT NULL DEFAULT 0,
  lease bigint NOT NULL DEFAULT 0,
  leased_by text,
  holds_slot boolean NOT NULL DEFAULT false,
  last_sequence bigint NOT NULL DEFAULT 0,
  deadline_at timestamptz,
  started_at timestamptz,
  completed_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT runs_organization_id_id_key UNIQUE (organization_id, id),
  CONSTRAINT runs_organization_id_idempotency_key_key UNIQUE (organization_id, idempotency_key),
  CONSTRAINT runs_agent_id_fkey FOREIGN KEY (organization_id, agent_id) REFERENCES agents (organization_id, id) ON DELETE SET NULL (agent_id),
  CONSTRAINT runs_parent_run_id_fkey FOREIGN KEY (organization_id, parent_run_id) REFERENCES runs (organization_id, id) ON DELETE SET NULL (parent_run_id)
) WITH (fillfactor = 80);
-- Plan for the largest organization, not for the average one: beside many small ones, reading all runs of the one at hand
-- would look cheaper than finding a few by their ids. (The planner never takes more than the share of the commonest value.)
ALTER TABLE runs ALTER COLUMN organization_id SET (n_distinct = 1);
CREATE INDEX runs_organization_id_created_at_idx ON runs (organization_id, created_at DESC, id DESC);
CREATE INDEX runs_organization_id_agent_id_created_at_idx ON runs (organization_id, agent_id, created_at DESC, id DESC);
CREATE INDEX runs_organization_id_status_created_at_idx ON runs (organization_id, status, created_at DESC, id DESC);
CREATE INDEX runs_conversation_id_idx ON runs (organization_id, conversation_id, created_at DESC) WHERE conversation_id IS NOT NULL;
CREATE INDEX runs_parent_run_id_idx ON runs (organization_id, parent_run_id) WHERE parent_run_id IS NOT NULL;
CREATE INDEX runs_trace_id_idx ON runs (trace_id);
CREATE INDEX runs_unfinished_idx ON runs (created_at) WHERE status IN ('pending', 'running');
CREATE INDEX runs_waiting_for_slot_idx ON runs (organization_id, priority DESC, created_at, id) WHERE status = 'pending' AND NOT holds_slot;
CREATE INDEX runs_holding_slot_idx ON runs (organization_id, agent_id) WHERE holds_slot;
SELECT tenant.protect('runs');

-- Admission: who may start now. It decides when a run is handed to dispatch; it does not dispatch. A run holds a slot from its
-- admission until it ends or waits. Whoever changes slots locks the organization's row first and last of all, so that counts
-- are exact and no two wait for each other; runs are locked before slots, never after, except those that are skipped if held.
CREATE SCHEMA admission;
GRANT USAGE ON SCHEMA admission TO retinue_app;

-- How many more runs of an agent may hold a slot; null: as many as the organization may. Asked under the organization's lock.
CREATE FUNCTION admission.room_of_agent(organization uuid, agent uuid) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  cap integer;
BEGIN
  SELECT (deployment_config ->> 'max_concurrent_runs')::integer INTO cap FROM agents
    WHERE organization_id = organization AND id = agent;
  IF cap IS NULL THEN
    RETURN NULL;
  END IF;
  RETURN cap - (SELECT count(*) FROM runs WHERE organization_id = organization AND agent_id = agent AND holds_slot);
END $$;

-- Locks the organization's slots and takes one; false: there is none free for this agent.
CREATE FUNCTION admission.take_slot(organization uuid, agent uuid) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  room integer;
BEGIN
  LOOP
    SELECT o.max_concurrent_runs - s.held INTO room FROM run_slots s JOIN organizations o ON o.id = s.organization_id
      WHERE s.organization_id = organization FOR NO KEY UPDATE OF s;
    EXIT WHEN FOUND;
    INSERT INTO run_slots (organization_id) VALUES (organization) ON CONFLICT DO NOTHING;
  END LOOP;
  IF room <= 0 OR coalesce(admission.room_of_agent(organization, agent), 1) <= 0 THEN
    RETURN false;
  END IF;
  UPDATE run_slots SET held = held + 1 WHERE organization_id = organization;
  RETURN true;
END $$;

-- Hands a pending run to dispatch when there is room, else leaves it for ``release``; says whether it has a job now.
CREATE FUNCTION admission.admit(run uuid, organization uuid, agent uuid, job_priority integer, not_before timestamptz)
  RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF NOT admission.take_slot(organization, agent) THEN
    RETURN false;
  END IF;
  UPDATE runs SET holds_slot = true WHERE id = run;
  PERFORM dispatch.submit(run, job_priority, not_before);
  RETURN true;
END $$;

-- Gives slots back, one for each mention of an organization, and admits as many pending runs as there is room for: by
-- priority, then age; a run whose agent is at its own limit is passed over. The caller has set ``holds_slot`` to false
-- already. Returns how many were admitted; workers are woken after the commit when it is not 0.
CREATE FUNCTION admission.release(organizations uuid[]) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  each record;
  total integer := 0;
BEGIN
  FOR each IN SELECT id, count(*)::integer AS slots FROM unnest(organizations) AS given (id) WHERE id IS NOT NULL GROUP BY id ORDER BY id
  LOOP
    PERFORM FROM run_slots WHERE organization_id = each.id FOR NO KEY UPDATE;
    UPDATE run_slots SET held = greatest(held - each.slots, 0) WHERE organization_id = each.id;
    total := total + admission.admit_next(each.id);
  END LOOP;
  RETURN total;
END $$;

CREATE FUNCTION admission.admit_next(organization uuid) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  free integer;
  each record;
  total integer := 0;
BEGIN
  SELECT o.max_concurrent_runs - s.held INTO free FROM run_slots s JOIN organizations o ON o.id = s.organization_id
    WHERE s.organization_id = organization;
  IF coalesce(free, 0) <= 0 OR NOT EXISTS (
    SELECT FROM runs WHERE organization_id = organization AND status = 'pending' AND NOT holds_slot
  ) THEN
    RETURN 0;
  END IF;
  FOR each IN
    WITH capped AS (
      SELECT a.id, (a.deployment_config ->> 'max_concurrent_runs')::integer
        - (SELECT count(*) FROM runs h WHERE h.organization_id = organization AND h.agent_id = a.id AND h.holds_slot) AS room
      FROM agents a WHERE a.organization_id = organization AND a.deployment_config ->> 'max_concurrent_runs' IS NOT NULL
    ), waiting AS (
      SELECT r.id, r.agent_id, r.priority, r.created_at FROM runs r
      WHERE r.organization_id = organization AND r.status = 'pending' AND NOT r.holds_slot
        AND NOT EXISTS (SELECT FROM capped c WHERE c.id = r.agent_id AND c.room <= 0)
      ORDER BY r.priority DESC, r.created_at, r.id LIMIT free + 200 FOR NO KEY UPDATE SKIP LOCKED
    ), ranked AS (
      SELECT w.*, row_number() OVER (PARTITION BY w.agent_id ORDER BY w.priority DESC, w.created_at, w.id) AS place FROM waiting w
    ), chosen AS (
      UPDATE runs SET holds_slot = true WHERE id IN (
        SELECT k.id FROM ranked k LEFT JOIN capped c ON c.id = k.agent_id
        WHERE c.id IS NULL OR k.place <= c.room ORDER BY k.priority DESC, k.created_at, k.id LIMIT free
      ) RETURNING id, priority, created_at
    )
    SELECT id, priority FROM chosen ORDER BY priority DESC, created_at, id
  LOOP
    PERFORM dispatch.submit(each.id, each.priority, NULL);
    total := total + 1;
  END LOOP;
  UPDATE run_slots SET held = held + total WHERE organization_id = organization AND total > 0;
  RETURN total;
END $$;

-- Control: what persons do to runs from outside, each in the caller's transaction. The journal never waits for these: it finds
-- the status changed under its feet, and is fenced.
CREATE SCHEMA control;
GRANT USAGE ON SCHEMA control TO retinue_app;

-- Adds an event of a run that no worker holds (any more). The caller has locked the run's row, so no other can come between.
CREATE FUNCTION control.tell(run uuid, event_type text, event_data jsonb) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  following bigint;
BEGIN
  SELECT coalesce(max(sequence), 0) + 1 INTO following FROM run_events WHERE run_id = run;
  INSERT INTO run_events (organization_id, run_id, sequence, type, data)
    SELECT organization_id, id, following, event_type, event_data FROM runs WHERE id = run;
  UPDATE runs SET last_sequence = following WHERE id = run;
  RETURN following;
END $$;

-- Starts a run, with its job when a slot is free. With a key that was used before, nothing is made: the run of that key is
-- named, with the hash of what it was asked for, so that the caller can tell a repetition from a mistake.
CREATE FUNCTION control.start(
  run uuid, organization uuid, run_type text, target uuid, target_label text, agent uuid, version_number integer,
  conversation uuid, parent uuid, forked_from uuid, retry_of uuid, run_trigger text, person uuid, key text, hash bytea,
  run_plan jsonb, run_input jsonb, trace text, wanted_priority integer, is_held_back boolean
) RETURNS TABLE (run_id uuid, is_new boolean, known_hash bytea, has_job boolean, made_at timestamptz, run_priority integer, person_name text)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  admitted boolean;
  chosen integer := coalesce(wanted_priority,
    (SELECT (a.deployment_config ->> 'priority')::integer FROM agents a WHERE a.organization_id = organization AND a.id = agent), 0);
BEGIN
  IF key IS NOT NULL THEN
    RETURN QUERY SELECT r.id, false, r.request_hash, false, r.created_at, r.priority, NULL::text FROM runs r
      WHERE r.organization_id = organization AND r.idempotency_key = key;
    IF FOUND THEN
      RETURN;
    END IF;
  END IF;
  admitted := NOT is_held_back AND admission.take_slot(organization, agent);
  RETURN QUERY
    INSERT INTO runs AS r (id, organization_id, type, target_id, target_name, agent_id, agent_version, conversation_id, parent_run_id,
      forked_from_run_id, retry_of_run_id, trigger, triggered_by_id, idempotency_key, request_hash, plan, input, trace_id, priority,
      holds_slot)
    VALUES (run, organization, run_type, target, target_label, agent, version_number, conversation, parent, forked_from, retry_of,
      run_trigger, person, key, hash, run_plan, run_input, trace, chosen, admitted)
    ON CONFLICT ON CONSTRAINT runs_organization_id_idempotency_key_key DO NOTHING
    RETURNING r.id, true, r.request_hash, admitted, r.created_at, r.priority, (SELECT u.full_name FROM users u WHERE u.id = person);
  IF NOT FOUND THEN
    -- Somebody else used the key in this very moment.
    UPDATE run_slots SET held = held - 1 WHERE organization_id = organization AND admitted;
    RETURN QUERY SELECT r.id, false, r.request_hash, false, r.created_at, r.priority, NULL::text FROM runs r
      WHERE r.organization_id = organization AND r.idempotency_key = key;
  ELSIF admitted THEN
    PERFORM dispatch.submit(run, chosen, NULL);
  END IF;
END $$;

-- Cancels a run and all that descend from it. Returns those that were not over yet, with the event that tells it and the job
-- to abort, if one is running; ``admitted`` says how many others got their slots.
CREATE FUNCTION control.cancel(root uuid, person uuid) RETURNS TABLE (
  run_id uuid, organization_id uuid, sequence bigint, job_id bigint, admitted integer
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  family uuid[];
  given_back uuid[];
  next_admitted integer;
BEGIN
  WITH RECURSIVE descent AS (
    SELECT r.id FROM runs r WHERE r.id = root
    UNION
    SELECT r.id FROM runs r JOIN descent d ON r.parent_run_id = d.id
  )
  SELECT array_agg(d.id) INTO family FROM descent d;
  SELECT array_agg(l.id), array_agg(l.organization_id) FILTER (WHERE l.holds_slot) INTO family, given_back FROM (
    SELECT r.id, r.organization_id, r.holds_slot FROM runs r WHERE r.id = ANY (family) AND r.status IN ('pending', 'running', 'waiting')
    ORDER BY r.id FOR NO KEY UPDATE
  ) l;
  UPDATE runs r SET status = 'cancelled', waiting_reason = NULL, holds_slot = false, leased_by = NULL, completed_at = now(),
    duration_ms = least(extract(epoch FROM now() - r.started_at) * 1000, 2147483647)::integer
    WHERE r.id = ANY (family);
  UPDATE approvals a SET status = 'expired', decided_at = now() WHERE a.run_id = ANY (family) AND a.status = 'pending';
  INSERT INTO outbox (organization_id, type, payload)
    SELECT r.organization_id, 'run.cancelled', jsonb_build_object('run_id', r.id, 'agent_id', r.agent_id,
      'conversation_id', r.conversation_id, 'status', r.status) FROM runs r WHERE r.id = ANY (family);
  next_admitted := coalesce(admission.release(given_back), 0);
  RETURN QUERY SELECT r.id, r.organization_id,
      control.tell(r.id, 'run.cancelled', jsonb_build_object('status', 'cancelled', 'cancelled_by', person)),
      dispatch.cancel(r.id), next_admitted
    FROM runs r WHERE r.id = ANY (family) ORDER BY r.id;
END $$;

-- Lets a run that is failed or waiting go on: pending, with its job when a slot is free. Returns null when it is in neither
-- state (any more).
CREATE FUNCTION control.reopen(run uuid, new_limits jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  each record;
BEGIN
  UPDATE runs SET status = 'pending', waiting_reason = NULL, error = NULL, error_message = NULL, output = NULL,
    completed_at = NULL, duration_ms = NULL, deadline_at = NULL,
    plan = CASE WHEN new_limits IS NULL THEN plan ELSE jsonb_set(plan, '{limits}', new_limits) END
    WHERE id = run AND status IN ('failed', 'waiting') RETURNING organization_id, agent_id, priority INTO each;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  RETURN admission.admit(run, each.organization_id, each.agent_id, each.priority, NULL);
END $$;

-- Puts a person's decision down, and lets the run go on when it was the last one it waited for. Returns no row when the
-- approval is not pending (any more): of many who decide at once, one does.
CREATE FUNCTION control.decide(approval uuid, new_status text, new_decision jsonb, person uuid, remark text) RETURNS TABLE (
  run_id uuid, organization_id uuid, sequence bigint, is_reopened boolean, has_job boolean
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  of_run uuid;
  each record;
  told bigint;
  has_job boolean;
BEGIN
  -- The run first, as everywhere: two approvals of one run that are decided at once then take turns.
  SELECT a.run_id INTO of_run FROM approvals a WHERE a.id = approval;
  PERFORM FROM runs r WHERE r.id = of_run FOR NO KEY UPDATE;
  UPDATE approvals a SET status = new_status, decision = new_decision, decided_by = person, decided_at = now(), comment = remark
    WHERE a.id = approval AND a.status = 'pending'
    RETURNING a.run_id, a.organization_id, a.interrupt_id, a.step_id, a.tool_name, a.kind INTO each;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  told := control.tell(each.run_id, 'approval.decided', jsonb_build_object('approval_id', approval, 'interrupt_id', each.interrupt_id,
    'step_id', each.step_id, 'kind', each.kind, 'tool_name', each.tool_name, 'status', new_status,
    'decision', new_decision ->> 'decision', 'comment', remark, 'decided_by', person));
  IF EXISTS (SELECT FROM runs r WHERE r.id = each.run_id AND r.status = 'waiting')
    AND NOT EXISTS (SELECT FROM approvals a WHERE a.run_id = each.run_id AND a.status = 'pending') THEN
    has_job := control.reopen(each.run_id, NULL);
  END IF;
  RETURN QUERY SELECT each.run_id, each.organization_id, told, has_job IS NOT NULL, coalesce(has_job, false);
END $$;

-- Copies into a new run what another had done before a step: its checkpoints up to the one the step began from, with what
-- finished siblings of the step wrote, and the steps, thoughts and tool calls of all that. The new run's row exists already and
-- has no job yet.
CREATE FUNCTION control.copy_progress(source uuid, step uuid, target uuid) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  head text;
  namespace text := '';
  past text[];
  kept uuid[];
BEGIN
  SELECT checkpoint_id INTO head FROM run_steps WHERE run_id = source AND id = step;
  WITH RECURSIVE chain AS (
    SELECT c.checkpoint_id, c.parent_checkpoint_id FROM checkpoints c
      WHERE c.run_id = source AND c.checkpoint_ns = namespace AND c.checkpoint_id = head
    UNION
    SELECT c.checkpoint_id, c.parent_checkpoint_id FROM checkpoints c JOIN chain ON c.checkpoint_id = chain.parent_checkpoint_id
      WHERE c.run_id = source AND c.checkpoint_ns = namespace
  )
  SELECT coalesce(array_agg(checkpoint_id), '{}') INTO past FROM chain;
  INSERT INTO checkpoints (organization_id, run_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, document, metadata)
    SELECT organization_id, target, checkpoint_ns, checkpoint_id, parent_checkpoint_id, document, metadata
    FROM checkpoints WHERE run_id = source AND checkpoint_ns = namespace AND checkpoint_id = ANY (past);
  INSERT INTO checkpoint_writes (organization_id, run_id, checkpoint_ns, checkpoint_id, task_id, idx, channel, value, task_path)
    SELECT organization_id, target, checkpoint_ns, checkpoint_id, task_id, idx, channel, value, task_path
    FROM checkpoint_writes WHERE run_id = source AND checkpoint_ns = namespace AND checkpoint_id = head
      AND task_id <> step::text AND idx >= 0;
  SELECT coalesce(array_agg(s.id), '{}') INTO kept FROM run_steps s WHERE s.run_id = source AND (
    s.checkpoint_id = ANY (array_remove(past, head)) OR EXISTS (
      SELECT FROM checkpoint_writes w WHERE w.run_id = target AND w.task_id = s.id::text));
  INSERT INTO run_steps (id, organization_id, run_id, parent_step_id, sequence, step_name, step_type, status, input, output,
      error_message, usage, checkpoint_id, started_at, completed_at)
    SELECT id, organization_id, target, parent_step_id, sequence, step_name, step_type, status, input, output,
      error_message, usage, checkpoint_id, started_at, completed_at
    FROM run_steps WHERE run_id = source AND id = ANY (kept);
  INSERT INTO tool_calls (id, organization_id, run_id, step_id, call_id, tool_id, tool_name, arguments, arguments_hash, effect,
      state, idempotency_key, attempts, result, error_message, started_at, completed_at)
    SELECT c.id, c.organization_id, target, c.step_id, c.call_id, c.tool_id, c.tool_name, c.arguments, c.arguments_hash, c.effect,
      c.state, c.idempotency_key, c.attempts, c.result, c.error_message, c.started_at, c.completed_at
    FROM tool_calls c WHERE c.run_id = source AND c.step_id = ANY (kept);
  INSERT INTO agent_thoughts (id, organization_id, agent_id, run_id, node_id, node_type, content, metadata, parent_node_id,
      confidence_score, processing_time_ms, created_at)
    SELECT gen_random_uuid(), t.organization_id, t.agent_id, target, t.node_id, t.node_type, t.content, t.metadata, t.parent_node_id,
      t.confidence_score, t.processing_time_ms, t.created_at
    FROM agent_thoughts t WHERE t.run_id = source AND NOT EXISTS (
      SELECT FROM run_steps s WHERE s.run_id = source AND s.id::text = t.node_id AND s.id <> ALL (kept));
  RETURN cardinality(kept);
END $$;

-- For whoever follows runs: events after a place of each, at most so many of each, and how each run stands in the same moment.
-- A run without newer events has one row of nulls. One statement that sets its own tenants, as the journal's do.
CREATE FUNCTION control.events_after(organizations text, wanted uuid[], afters bigint[], most integer) RETURNS TABLE (
  run_id uuid, status text, sequence bigint, type text, data text, created_at timestamptz
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  PERFORM set_config('app.organization_ids', organizations, true);
  RETURN QUERY
    SELECT r.id, r.status, e.sequence, e.type, e.data::text, e.created_at
    FROM unnest(wanted, afters) AS w (id, after) JOIN runs r ON r.id = w.id
    LEFT JOIN LATERAL (
      SELECT * FROM run_events v WHERE v.run_id = w.id AND v.sequence > w.after ORDER BY v.sequence LIMIT most
    ) e ON true
    ORDER BY r.id, e.sequence;
END $$;

-- For whoever follows an organization: how some of its runs stand, and the approvals they wait for.
CREATE FUNCTION control.news_of_runs(organization uuid, wanted uuid[]) RETURNS TABLE (kind text, document text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.organization_ids', '{' || organization || '}', true);
  RETURN QUERY
    SELECT 'run', jsonb_build_object('id', r.id, 'type', r.type, 'status', r.status, 'waiting_reason', r.waiting_reason,
      'target_id', r.target_id, 'target_name', r.target_name, 'agent_id', r.agent_id, 'conversation_id', r.conversation_id,
      'trigger', r.trigger, 'error_message', r.error_message, 'duration_ms', r.duration_ms, 'created_at', r.created_at,
      'started_at', r.started_at, 'completed_at', r.completed_at)::text
    FROM runs r WHERE r.id = ANY (wanted);
  RETURN QUERY
    SELECT 'approval', jsonb_build_object('id', a.id, 'run_id', a.run_id, 'kind', a.kind, 'tool_name', a.tool_name,
      'status', a.status, 'target_name', r.target_name, 'created_at', a.created_at)::text
    FROM approvals a JOIN runs r ON r.id = a.run_id WHERE a.run_id = ANY (wanted) AND a.status = 'pending' AND r.status = 'waiting';
END $$;

-- Repairs, over all organizations, what no transaction leaves behind but a lost job, a restored backup or a hand might: runs
-- that may go on and have no job, slots that are not what is held, runs that wait for nothing. Safe to run at any time.
CREATE FUNCTION tenant.reconcile_runs() RETURNS TABLE (resubmitted integer, corrected integer, admitted integer, reopened integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  each record;
BEGIN
  resubmitted := 0;
  corrected := 0;
  admitted := 0;
  reopened := 0;
  IF NOT pg_try_advisory_xact_lock(7304118229) THEN
    RETURN NEXT;
    RETURN;
  END IF;
  UPDATE runs SET holds_slot = false WHERE holds_slot AND status NOT IN ('pending', 'running');
  FOR each IN SELECT s.organization_id FROM run_slots s
    WHERE s.held <> (SELECT count(*) FROM runs r WHERE r.organization_id = s.organization_id AND r.holds_slot)
  LOOP
    PERFORM FROM run_slots WHERE organization_id = each.organization_id FOR NO KEY UPDATE;
    UPDATE run_slots SET held = (SELECT count(*) FROM runs r WHERE r.organization_id = each.organization_id AND r.holds_slot)
      WHERE organization_id = each.organization_id
        AND held <> (SELECT count(*) FROM runs r WHERE r.organization_id = each.organization_id AND r.holds_slot);
    IF FOUND THEN
      corrected := corrected + 1;
    END IF;
  END LOOP;
  FOR each IN SELECT r.id, r.priority FROM runs r WHERE r.status IN ('pending', 'running') AND r.holds_slot
    AND NOT EXISTS (SELECT FROM dispatch.procrastinate_jobs j WHERE j.lock = r.id::text AND j.status IN ('todo', 'doing'))
    FOR NO KEY UPDATE SKIP LOCKED
  LOOP
    PERFORM dispatch.submit(each.id, each.priority, NULL);
    resubmitted := resubmitted + 1;
  END LOOP;
  FOR each IN SELECT r.id FROM runs r WHERE r.status = 'waiting' AND r.waiting_reason IN ('approval', 'unknown_outcome')
    AND EXISTS (SELECT FROM approvals a WHERE a.run_id = r.id)
    AND NOT EXISTS (SELECT FROM approvals a WHERE a.run_id = r.id AND a.status = 'pending') FOR NO KEY UPDATE SKIP LOCKED
  LOOP
    PERFORM control.reopen(each.id, NULL);
    reopened := reopened + 1;
  END LOOP;
  FOR each IN SELECT DISTINCT r.organization_id FROM runs r WHERE r.status = 'pending' AND NOT r.holds_slot LOOP
    PERFORM FROM run_slots WHERE organization_id = each.organization_id FOR NO KEY UPDATE;
    admitted := admitted + admission.admit_next(each.organization_id);
  END LOOP;
  RETURN NEXT;
END $$;

-- Names organizations that keep runs longer than they want to.
CREATE FUNCTION tenant.organizations_with_expired_runs(instant timestamptz) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT o.id FROM organizations o WHERE EXISTS (
    SELECT FROM runs r WHERE r.organization_id = o.id AND r.created_at < instant - make_interval(days => o.run_retention_days)
      AND r.status IN ('completed', 'failed', 'cancelled'))
$$;
REVOKE ALL ON FUNCTION tenant.reconcile_runs(), tenant.organizations_with_expired_runs(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.reconcile_runs(), tenant.organizations_with_expired_runs(timestamptz) TO retinue_app;

CREATE TABLE run_steps (
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  run_id uuid NOT NULL,
  parent_step_id uuid,
  sequence integer NOT NULL,
  step_name text NOT NULL,
  step_type text NOT NULL,
  status text NOT NULL CONSTRAINT run_steps_status_check CHECK (status IN ('completed', 'failed', 'waiting')),
  input jsonb,
  output jsonb,
  error_message text,
  usage jsonb,
  checkpoint_id text,
  started_at timestamptz NOT NULL,
  completed_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT run_steps_pkey PRIMARY KEY (run_id, id),
  CONSTRAINT run_steps_run_id_fkey FOREIGN KEY (organization_id, run_id) REFERENCES runs (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX run_steps_run_id_sequence_idx ON run_steps (run_id, sequence);
SELECT tenant.protect('run_steps');

CREATE TABLE run_events (
  organization_id uuid NOT NULL,
  run_id uuid NOT NULL,
  sequence bigint NOT NULL,
  type text NOT NULL,
  data jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT run_events_pkey PRIMARY KEY (run_id, sequence),
  CONSTRAINT run_events_run_id_fkey FOREIGN KEY (organization_id, run_id) REFERENCES runs (organization_id, id) ON DELETE CASCADE
);
SELECT tenant.protect('run_events');

CREATE TABLE run_logs (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  run_id uuid NOT NULL,
  step_id uuid,
  message text NOT NULL,
  level text NOT NULL DEFAULT 'info' CONSTRAINT run_logs_level_check CHECK (level IN ('debug', 'info', 'warning', 'error')),
  details jsonb,
  timestamp timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT run_logs_run_id_fkey FOREIGN KEY (organization_id, run_id) REFERENCES runs (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX run_logs_run_id_id_idx ON run_logs (run_id, id);
SELECT tenant.protect('run_logs');

CREATE TABLE run_artifacts (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  run_id uuid NOT NULL,
  step_id uuid,
  name text NOT NULL,
  type text NOT NULL,
  size bigint NOT NULL,
  url text NOT NULL,
  storage_key text NOT NULL,
  checksum text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT run_artifacts_run_id_fkey FOREIGN KEY (organization_id, run_id) REFERENCES runs (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX run_artifacts_run_id_idx ON run_artifacts (run_id, id);
SELECT tenant.protect('run_artifacts');

CREATE TABLE agent_thoughts (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  agent_id uuid NOT NULL,
  run_id uuid NOT NULL,
  node_id text NOT NULL,
  node_type text NOT NULL CONSTRAINT agent_thoughts_node_type_check CHECK (node_type IN ('input', 'processing', 'action', 'output')),
  content text NOT NULL,
  metadata jsonb NOT NULL DEFAULT '{}',
  parent_node_id text,
  confidence_score numeric(3, 2) CONSTRAINT agent_thoughts_confidence_score_check CHECK (confidence_score BETWEEN 0 AND 1),
  processing_time_ms integer,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT agent_thoughts_run_id_fkey FOREIGN KEY (organization_id, run_id) REFERENCES runs (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT agent_thoughts_run_id_node_id_key UNIQUE (run_id, node_id)
);
CREATE INDEX agent_thoughts_agent_id_idx ON agent_thoughts (organization_id, agent_id, created_at);
SELECT tenant.protect('agent_thoughts');

-- The tool ledger: entered and committed before a call is made.
CREATE TABLE tool_calls (
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  run_id uuid NOT NULL,
  step_id uuid NOT NULL,
  call_id text NOT NULL,
  tool_id uuid,
  tool_name text NOT NULL,
  arguments jsonb NOT NULL,
  arguments_hash bytea NOT NULL,
  effect text NOT NULL CONSTRAINT tool_calls_effect_check CHECK (effect IN ('read_only', 'idempotent', 'dangerous')),
  state text NOT NULL CONSTRAINT tool_calls_state_check CHECK (state IN ('planned', 'started', 'succeeded', 'failed', 'unknown')),
  idempotency_key text NOT NULL,
  attempts integer NOT NULL DEFAULT 1,
  result jsonb,
  error_message text,
  started_at timestamptz,
  completed_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT tool_calls_pkey PRIMARY KEY (run_id, id),
  CONSTRAINT tool_calls_run_id_fkey FOREIGN KEY (organization_id, run_id) REFERENCES runs (organization_id, id) ON DELETE CASCADE
);
SELECT tenant.protect('tool_calls');

CREATE TABLE approvals (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  run_id uuid NOT NULL,
  step_id uuid NOT NULL,
  interrupt_id text NOT NULL,
  kind text NOT NULL CONSTRAINT approvals_kind_check CHECK (kind IN ('tool_call', 'unknown_outcome')),
  tool_name text NOT NULL,
  arguments jsonb NOT NULL,
  reason text NOT NULL DEFAULT '',
  status text NOT NULL DEFAULT 'pending' CONSTRAINT approvals_status_check CHECK (status IN ('pending', 'approved', 'rejected', 'expired')),
  decision jsonb,
  decided_by uuid CONSTRAINT approvals_decided_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  decided_at timestamptz,
  comment text,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT approvals_run_id_fkey FOREIGN KEY (organization_id, run_id) REFERENCES runs (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT approvals_run_id_interrupt_id_key UNIQUE (run_id, interrupt_id)
);
CREATE INDEX approvals_pending_idx ON approvals (organization_id, created_at DESC, id DESC) WHERE status = 'pending';
SELECT tenant.protect('approvals');

-- LangGraph's checkpoints, one row each: its document holds the channels that changed, and of a list that only grew what was
-- appended, so a run's history is linear in size. The state is read by following the parents (runs/checkpoints.py).
CREATE TABLE checkpoints (
  organization_id uuid NOT NULL,
  run_id uuid NOT NULL,
  checkpoint_ns text NOT NULL,
  checkpoint_id text NOT NULL,
  parent_checkpoint_id text,
  document json NOT NULL,
  metadata json NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT checkpoints_pkey PRIMARY KEY (run_id, checkpoint_ns, checkpoint_id),
  CONSTRAINT checkpoints_run_id_fkey FOREIGN KEY (organization_id, run_id) REFERENCES runs (organization_id, id) ON DELETE CASCADE
);
SELECT tenant.protect('checkpoints');

-- What a finished task of an unfinished superstep wrote, so that a crash repeats no finished sibling.
CREATE TABLE checkpoint_writes (
  organization_id uuid NOT NULL,
  run_id uuid NOT NULL,
  checkpoint_ns text NOT NULL,
  checkpoint_id text NOT NULL,
  task_id text NOT NULL,
  idx integer NOT NULL,
  channel text NOT NULL,
  value json NOT NULL,
  task_path text NOT NULL DEFAULT '',
  CONSTRAINT checkpoint_writes_pkey PRIMARY KEY (run_id, checkpoint_ns, checkpoint_id, task_id, idx),
  CONSTRAINT checkpoint_writes_run_id_fkey FOREIGN KEY (organization_id, run_id) REFERENCES runs (organization_id, id) ON DELETE CASCADE
);
SELECT tenant.protect('checkpoint_writes');

-- News of the rooms below for the rooms above, written in the transaction of what it tells.
CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT outbox_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  type text NOT NULL,
  payload jsonb NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  not_before timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now(),
  failed_at timestamptz,
  error text
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
CREATE INDEX outbox_due_idx ON outbox (not_before, id) WHERE failed_at IS NULL;
CREATE INDEX outbox_organization_id_idx ON outbox (organization_id);
SELECT tenant.protect('outbox');

-- Claims due events of every organization for a while: whoever does not say in time what became of them loses them again.
CREATE FUNCTION tenant.claim_outbox(wanted integer, instant timestamptz, hold interval) RETURNS SETOF outbox LANGUAGE sql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  UPDATE outbox SET not_before = instant + hold, attempts = attempts + 1 WHERE id IN (
    SELECT id FROM outbox WHERE failed_at IS NULL AND not_before <= instant ORDER BY not_before, id LIMIT wanted
    FOR NO KEY UPDATE SKIP LOCKED
  ) RETURNING *
$$;
-- Takes away events that nobody listens to.
CREATE FUNCTION tenant.forget_outbox(unwanted bigint[]) RETURNS void LANGUAGE sql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$ DELETE FROM outbox WHERE id = ANY (unwanted) $$;
REVOKE ALL ON FUNCTION tenant.claim_outbox(integer, timestamptz, interval), tenant.forget_outbox(bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.claim_outbox(integer, timestamptz, interval), tenant.forget_outbox(bigint[]) TO retinue_app;

CREATE FUNCTION tenant.organization_of_run(run uuid) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$ SELECT organization_id FROM runs WHERE id = run $$;
CREATE FUNCTION tenant.organizations_of_runs(wanted uuid[]) RETURNS TABLE (run_id uuid, organization_id uuid) LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$ SELECT id, organization_id FROM runs WHERE id = ANY (wanted) $$;
REVOKE ALL ON FUNCTION tenant.organization_of_run(uuid), tenant.organizations_of_runs(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.organization_of_run(uuid), tenant.organizations_of_runs(uuid[]) TO retinue_app;

-- The journal: each function is one statement of the worker's and therefore one transaction. It sets its own tenants from what
-- it is given, as core/db does for a context; it runs as its caller, so the policies hold. No NOTIFY in here, ever.
CREATE SCHEMA journal;
GRANT USAGE ON SCHEMA journal TO retinue_app;

-- Claim runs for a worker: the lease is raised, which shuts out whoever held them. A run that is finished, cancelled or waiting
-- is left alone and not returned. The deadline begins anew after a pause, and goes on after a crash.
CREATE FUNCTION journal.claim(wanted uuid[], worker text) RETURNS TABLE (
  run_id uuid, organization_id uuid, lease bigint, plan text, input jsonb, agent_id uuid, runtime text,
  last_sequence bigint, seconds_left double precision, is_begun boolean
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  PERFORM set_config('app.organization_ids', coalesce(array_agg(DISTINCT o.organization_id), '{}')::text, true)
    FROM tenant.organizations_of_runs(wanted) o;
  RETURN QUERY
  WITH locked AS MATERIALIZED (
    SELECT r.id, r.status FROM runs r WHERE r.id = ANY (wanted) ORDER BY r.id FOR NO KEY UPDATE
  ), claimed AS (
    UPDATE runs r SET
      lease = r.lease + 1, leased_by = worker, status = 'running', waiting_reason = NULL,
      started_at = coalesce(r.started_at, now()),
      deadline_at = CASE WHEN l.status = 'running' AND r.deadline_at IS NOT NULL THEN r.deadline_at
        ELSE now() + make_interval(secs => coalesce((r.plan #>> '{limits,timeout_seconds}')::double precision, 900)) END
    FROM locked l WHERE r.id = l.id AND l.status IN ('pending', 'running')
    RETURNING r.id, r.organization_id, r.lease, r.plan::text AS plan, r.input, r.agent_id, r.plan ->> 'runtime' AS runtime,
      (SELECT coalesce(max(e.sequence), 0) + 1 FROM run_events e WHERE e.run_id = r.id) AS sequence,
      extract(epoch FROM r.deadline_at - now())::double precision AS seconds_left
  ), told AS (
    INSERT INTO run_events (organization_id, run_id, sequence, type, data)
    SELECT c.organization_id, c.id, c.sequence, CASE WHEN c.lease = 1 THEN 'run.started' ELSE 'run.resumed' END,
      jsonb_build_object('attempt', c.lease) FROM claimed c
  )
  SELECT c.id, c.organization_id, c.lease, c.plan, c.input, c.agent_id, c.runtime, c.sequence, c.seconds_left,
    EXISTS (SELECT FROM checkpoints k WHERE k.run_id = c.id) FROM claimed c;
END $$;

-- Record what runs did since their last commit. ``fences`` is [{id, lease}]: only runs that are still held under that lease are
-- written, and their ids are returned; whoever is missing was cancelled, or is held by another worker. Every other list may be
-- null. A step that was waiting or failed may be told again; a completed one never. Told twice, it is written once: a worker that
-- lost its connection does not know whether its commit was done, and tells it again.
CREATE FUNCTION journal.commit(
  organizations text, fences json, steps json, events json, checkpoints json, writes json, logs json, thoughts json,
  artifacts json, calls json, approvals json, finishes json, OUT held uuid[], OUT admitted integer
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  admitted := 0;
  PERFORM set_config('app.organization_ids', organizations, true);
  -- By id first, then by status: an index over the status still has an entry for every run that was running a while ago.
  WITH fence AS MATERIALIZED (
    SELECT f.id, f.lease FROM json_to_recordset(fences) AS f (id uuid, lease bigint)
  ), locked AS MATERIALIZED (
    SELECT r.id, r.lease, r.status FROM runs r WHERE r.id = ANY (ARRAY(SELECT f.id FROM fence f)) ORDER BY r.id FOR NO KEY UPDATE
  )
  SELECT coalesce(array_agg(l.id), '{}') INTO held FROM locked l JOIN fence f ON f.id = l.id AND f.lease = l.lease
    WHERE l.status = 'running';
  IF held = '{}' THEN
    RETURN;
  END IF;
  IF checkpoints IS NOT NULL THEN
    INSERT INTO checkpoints AS c (organization_id, run_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, document, metadata)
    SELECT x.organization_id, x.run_id, x.checkpoint_ns, x.checkpoint_id, x.parent_checkpoint_id, x.document, x.metadata
    FROM json_to_recordset(checkpoints) AS x (organization_id uuid, run_id uuid, checkpoint_ns text, checkpoint_id text,
      parent_checkpoint_id text, document json, metadata json)
    WHERE x.run_id = ANY (held)
    ON CONFLICT ON CONSTRAINT checkpoints_pkey DO UPDATE SET document = excluded.document, metadata = excluded.metadata;
  END IF;
  IF writes IS NOT NULL THEN
    INSERT INTO checkpoint_writes AS w (organization_id, run_id, checkpoint_ns, checkpoint_id, task_id, idx, channel, value, task_path)
    SELECT x.organization_id, x.run_id, x.checkpoint_ns, x.checkpoint_id, x.task_id, x.idx, x.channel, x.value, x.task_path
    FROM json_to_recordset(writes) AS x (organization_id uuid, run_id uuid, checkpoint_ns text, checkpoint_id text, task_id text,
      idx integer, channel text, value json, task_path text)
    WHERE x.run_id = ANY (held)
    ON CONFLICT ON CONSTRAINT checkpoint_writes_pkey DO UPDATE SET channel = excluded.channel, value = excluded.value
      WHERE w.idx < 0;
  END IF;
  IF steps IS NOT NULL THEN
    INSERT INTO run_steps AS s (id, organization_id, run_id, parent_step_id, sequence, step_name, step_type, status, input, output,
      error_message, usage, checkpoint_id, started_at, completed_at)
    SELECT x.id, x.organization_id, x.run_id, x.parent_step_id, x.sequence, x.step_name, x.step_type, x.status, x.input, x.output,
      x.error_message, x.usage, x.checkpoint_id, x.started_at, x.completed_at
    FROM json_to_recordset(steps) AS x (id uuid, organization_id uuid, run_id uuid, parent_step_id uuid, sequence integer,
      step_name text, step_type text, status text, input jsonb, output jsonb, error_message text, usage jsonb, checkpoint_id text,
      started_at timestamptz, completed_at timestamptz)
    WHERE x.run_id = ANY (held)
    ON CONFLICT ON CONSTRAINT run_steps_pkey DO UPDATE SET status = excluded.status, input = excluded.input,
      output = excluded.output, error_message = excluded.error_message, usage = excluded.usage,
      started_at = excluded.started_at, completed_at = excluded.completed_at
      WHERE s.status <> 'completed';
  END IF;
  IF events IS NOT NULL THEN
    INSERT INTO run_events (organization_id, run_id, sequence, type, data)
    SELECT x.organization_id, x.run_id, x.sequence, x.type, x.data
    FROM json_to_recordset(events) AS x (organization_id uuid, run_id uuid, sequence bigint, type text, data jsonb)
    WHERE x.run_id = ANY (held)
    ON CONFLICT ON CONSTRAINT run_events_pkey DO NOTHING;
  END IF;
  IF logs IS NOT NULL THEN
    INSERT INTO run_logs (id, organization_id, run_id, step_id, message, level, details, timestamp)
    SELECT x.id, x.organization_id, x.run_id, x.step_id, x.message, x.level, x.details, x.timestamp
    FROM json_to_recordset(logs) AS x (id uuid, organization_id uuid, run_id uuid, step_id uuid, message text, level text,
      details jsonb, timestamp timestamptz)
    WHERE x.run_id = ANY (held)
    ON CONFLICT ON CONSTRAINT run_logs_pkey DO NOTHING;
  END IF;
  IF thoughts IS NOT NULL THEN
    INSERT INTO agent_thoughts (id, organization_id, agent_id, run_id, node_id, node_type, content, metadata, parent_node_id,
      confidence_score, processing_time_ms)
    SELECT x.id, x.organization_id, x.agent_id, x.run_id, x.node_id, x.node_type, x.content, x.metadata, x.parent_node_id,
      x.confidence_score, x.processing_time_ms
    FROM json_to_recordset(thoughts) AS x (id uuid, organization_id uuid, agent_id uuid, run_id uuid, node_id text, node_type text,
      content text, metadata jsonb, parent_node_id text, confidence_score numeric, processing_time_ms integer)
    WHERE x.run_id = ANY (held)
    ON CONFLICT ON CONSTRAINT agent_thoughts_run_id_node_id_key DO UPDATE SET content = excluded.content,
      node_type = excluded.node_type, metadata = excluded.metadata, processing_time_ms = excluded.processing_time_ms;
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
    INSERT INTO tool_calls AS t (id, organization_id, run_id, step_id, call_id, tool_id, tool_name, arguments, arguments_hash, effect,
      state, idempotency_key, attempts, result, error_message, started_at, completed_at)
    SELECT x.id, x.organization_id, x.run_id, x.step_id, x.call_id, x.tool_id, x.tool_name, x.arguments,
      sha256(convert_to(x.arguments::text, 'UTF8')), x.effect, x.state, x.idempotency_key, x.attempts, x.result, x.error_message,
      x.started_at, x.completed_at
    FROM json_to_recordset(calls) AS x (id uuid, organization_id uuid, run_id uuid, step_id uuid, call_id text, tool_id uuid,
      tool_name text, arguments jsonb, effect text, state text, idempotency_key text, attempts integer, result jsonb,
      error_message text, started_at timestamptz, completed_at timestamptz)
    WHERE x.run_id = ANY (held)
    ON CONFLICT ON CONSTRAINT tool_calls_pkey DO UPDATE SET state = excluded.state, attempts = excluded.attempts,
      arguments = excluded.arguments, arguments_hash = excluded.arguments_hash, result = excluded.result,
      error_message = excluded.error_message, started_at = excluded.started_at, completed_at = excluded.completed_at;
  END IF;
  IF approvals IS NOT NULL THEN
    INSERT INTO approvals (id, organization_id, run_id, step_id, interrupt_id, kind, tool_name, arguments, reason)
    SELECT x.id, x.organization_id, x.run_id, x.step_id, x.interrupt_id, x.kind, x.tool_name, x.arguments, x.reason
    FROM json_to_recordset(approvals) AS x (id uuid, organization_id uuid, run_id uuid, step_id uuid, interrupt_id text, kind text,
      tool_name text, arguments jsonb, reason text)
    WHERE x.run_id = ANY (held)
    ON CONFLICT ON CONSTRAINT approvals_run_id_interrupt_id_key DO NOTHING;
  END IF;
  IF finishes IS NOT NULL THEN
    admitted := journal.finish(finishes, held);
  END IF;
END $$;

-- End the executions of runs that are held: the status, what came of it, the news for the rooms above, the slots for the next.
-- Returns how many runs were admitted: workers are then to be woken.
CREATE FUNCTION journal.finish(finishes json, held uuid[]) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  given_back uuid[];
BEGIN
  WITH was AS (
    SELECT r.id, r.holds_slot FROM runs r WHERE r.id = ANY (held)
  ), ended AS (
    UPDATE runs r SET
      status = x.status, waiting_reason = x.waiting_reason, output = x.output, error = x.error,
      error_message = x.error_message, resource_usage = x.resource_usage, last_sequence = x.last_sequence, leased_by = NULL,
      external_execution_id = coalesce(x.external_execution_id, r.external_execution_id), holds_slot = false,
      completed_at = CASE WHEN x.status <> 'waiting' THEN now() END,
      duration_ms = CASE WHEN x.status <> 'waiting' THEN least(extract(epoch FROM now() - r.started_at) * 1000, 2147483647)::integer END
    FROM json_to_recordset(finishes) AS x (run_id uuid, status text, waiting_reason text, output jsonb, error jsonb,
      error_message text, resource_usage jsonb, last_sequence bigint, external_execution_id text)
    JOIN was ON was.id = x.run_id
    WHERE r.id = x.run_id
    RETURNING r.id, r.organization_id, r.agent_id, r.conversation_id, r.status, was.holds_slot AS held_slot
  ), told AS (
    INSERT INTO outbox (organization_id, type, payload)
    SELECT e.organization_id, 'run.' || e.status, jsonb_build_object('run_id', e.id, 'agent_id', e.agent_id,
      'conversation_id', e.conversation_id, 'status', e.status) FROM ended e
  )
  SELECT array_agg(e.organization_id) FILTER (WHERE e.held_slot) INTO given_back FROM ended e;
  RETURN CASE WHEN given_back IS NULL THEN 0 ELSE admission.release(given_back) END;
END $$;
