-- Control: what users do to runs, each in the caller's transaction. The journal never waits for these: its fence finds the
-- changed status and refuses the worker's writes.

-- Adds an event of a run that no worker holds (any more). The caller has locked the run's row, so no other can come between.
CREATE OR REPLACE FUNCTION control.tell(run uuid, event_type text, event_data jsonb) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  following bigint;
BEGIN
  SELECT coalesce(max(sequence), 0) + 1 INTO following FROM run_events WHERE run_id = run;
  INSERT INTO run_events (organization_id, run_id, sequence, type, data)
    SELECT organization_id, id, following, event_type, event_data FROM runs WHERE id = run;
  UPDATE runs SET last_sequence = following WHERE id = run;
  RETURN following;
END $$;

-- Writes the rows of run_labels that a run's tags and metadata ask for, and removes those they no longer do.
CREATE OR REPLACE FUNCTION control.label(run uuid, organization uuid, run_tags text[], run_metadata jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  wanted text[] := ARRAY(
    SELECT 'tag:' || tag FROM unnest(run_tags) AS given (tag)
    UNION ALL SELECT 'metadata:' || entry.key || ':' || entry.value FROM jsonb_each_text(run_metadata) entry);
BEGIN
  DELETE FROM run_labels l WHERE l.run_id = run AND l.label <> ALL (wanted);
  INSERT INTO run_labels (organization_id, run_id, label) SELECT organization, run, unnest(wanted) ON CONFLICT DO NOTHING;
END $$;

-- Replaces a run's tags and metadata; null leaves either as it is.
CREATE OR REPLACE FUNCTION control.relabel(run uuid, run_tags text[], run_metadata jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  each record;
BEGIN
  UPDATE runs SET tags = coalesce(run_tags, tags), metadata = coalesce(run_metadata, metadata) WHERE id = run
    RETURNING organization_id, tags, metadata INTO each;
  PERFORM control.label(run, each.organization_id, each.tags, each.metadata);
END $$;

-- Whether a plan is stored, and was used within the hour.
CREATE OR REPLACE FUNCTION control.has_plan(organization uuid, its_hash bytea) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN EXISTS (SELECT FROM run_plans p WHERE p.organization_id = organization AND p.hash = its_hash
    AND p.used_at > tenant.now() - interval '1 hour');
END $$;

-- Stores a plan for all runs that follow it, and returns its hash. ``used_at`` is kept within an hour, so that the plans of
-- running installations are seldom written; no run refers to a plan by a foreign key, whose check would write to it.
CREATE OR REPLACE FUNCTION control.store_plan(organization uuid, plan jsonb) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
  its_hash bytea := sha256(convert_to(plan::text, 'UTF8'));
BEGIN
  IF NOT control.has_plan(organization, its_hash) THEN
    INSERT INTO run_plans AS p (organization_id, hash, document) VALUES (organization, its_hash, plan)
      ON CONFLICT ON CONSTRAINT run_plans_pkey DO UPDATE SET used_at = tenant.now();
  END IF;
  RETURN its_hash;
END $$;

-- Returns a run's plan: its own, or the one it shares.
CREATE OR REPLACE FUNCTION control.plan_of(run runs) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT coalesce(run.plan, (SELECT p.document FROM run_plans p WHERE p.organization_id = run.organization_id AND p.hash = run.plan_hash))
$$;

-- What the plan of a run of an agent is made of, as the versions of its rows: while this text is the same, so is the plan. Null:
-- there is no such agent, or it may call others, whose rows are not looked at.
CREATE OR REPLACE FUNCTION control.sources_of(organization uuid, agent uuid) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (
    SELECT concat_ws(' ', a.xmin, a.ctid,
      coalesce((SELECT string_agg(concat(v.xmin, v.ctid), ',' ORDER BY v.ctid) FROM agent_variables v WHERE v.agent_id = a.id), '-'),
      coalesce((SELECT string_agg(concat(v.xmin, v.ctid), ',' ORDER BY v.ctid) FROM organization_variables v
        WHERE v.organization_id = organization), '-'),
      coalesce((SELECT string_agg(concat(t.xmin, t.ctid), ',' ORDER BY t.ctid) FROM tools t WHERE a.config -> 'tools' <> '[]'
        AND t.name IN (SELECT u.value ->> 'name' FROM jsonb_array_elements(a.config -> 'tools') u)), '-'),
      coalesce((SELECT string_agg(concat(p.xmin, p.ctid, (SELECT string_agg(concat('+', o.xmin, o.ctid), '' ORDER BY o.ctid)
          FROM model_overrides o WHERE o.provider_id = p.id)), ',' ORDER BY p.ctid)
        FROM model_providers p WHERE p.organization_id = organization
        AND CASE WHEN a.config #>> '{model,provider_id}' IS NULL THEN p.is_default ELSE p.id = (a.config #>> '{model,provider_id}')::uuid END), '-'))
    FROM agents a
    WHERE a.organization_id = organization AND a.id = agent AND a.runtime = 'hosted' AND coalesce(a.config -> 'agents', '[]') = '[]'
  );
END $$;

-- Starts a run: it is pending until a worker asks admission for it. With a key that was used before, nothing is made: the run of that key is
-- named, with the hash of what it was asked for, so that the caller can tell a repetition from a mistake. A run of a conversation
-- is private to its person, and so is whatever descends from it, which also belongs to the conversation. With ``entering`` it is a
-- transaction by itself (tenant.enter), and with ``known_plan`` the hash of a plan that was made of ``sources``: no row when that
-- plan is not stored any more, or was made of something else.
CREATE OR REPLACE FUNCTION control.start(
  run uuid, organization uuid, run_type text, target uuid, target_label text, agent uuid DEFAULT NULL,
  version_number integer DEFAULT NULL, conversation uuid DEFAULT NULL, parent uuid DEFAULT NULL, forked_from uuid DEFAULT NULL,
  retry_of uuid DEFAULT NULL, run_trigger text DEFAULT 'api', is_trial boolean DEFAULT false, person uuid DEFAULT NULL, key text DEFAULT NULL,
  hash bytea DEFAULT NULL, run_plan jsonb DEFAULT '{}', run_input jsonb DEFAULT '{}', trace text DEFAULT '',
  wanted_priority integer DEFAULT NULL, run_tags text[] DEFAULT '{}', run_metadata jsonb DEFAULT '{}', audit_entry jsonb DEFAULT NULL,
  deployment uuid DEFAULT NULL, visitor uuid DEFAULT NULL, caller_span text DEFAULT NULL, is_dry boolean DEFAULT false,
  known_plan bytea DEFAULT NULL, sources text DEFAULT NULL, entering text[] DEFAULT NULL
) RETURNS TABLE (run_id uuid, is_new boolean, known_hash bytea, made_at timestamptz, run_priority integer, person_name text, plan_hash bytea)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  source uuid := coalesce(parent, forked_from, retry_of);
  owner uuid := CASE WHEN conversation IS NOT NULL THEN person END;
  its_plan bytea := known_plan;
  chosen integer;
BEGIN
  IF entering IS NOT NULL THEN
    PERFORM tenant.enter(entering);
  END IF;
  IF known_plan IS NOT NULL AND (control.sources_of(organization, agent) IS DISTINCT FROM sources
    OR NOT control.has_plan(organization, known_plan)) THEN
    RETURN;
  END IF;
  chosen := coalesce(wanted_priority,
    (SELECT (a.deployment_config ->> 'priority')::integer FROM agents a WHERE a.organization_id = organization AND a.id = agent), 0);
  PERFORM tenant.require_open(organization);
  IF key IS NOT NULL THEN
    RETURN QUERY SELECT r.id, false, r.request_hash, r.created_at, r.priority, NULL::text, NULL::bytea FROM runs r
      WHERE r.organization_id = organization AND r.idempotency_key = key;
    IF FOUND THEN
      RETURN;
    END IF;
  END IF;
  IF source IS NOT NULL THEN
    SELECT coalesce(owner, r.private_to_user_id), coalesce(conversation, r.conversation_id), coalesce(visitor, r.visitor_id)
      INTO owner, conversation, visitor
      FROM runs r WHERE r.id = source;
  END IF;
  its_plan := coalesce(its_plan, control.store_plan(organization, run_plan));
  RETURN QUERY
    INSERT INTO runs AS r (id, organization_id, type, target_id, target_name, agent_id, agent_version, conversation_id, parent_run_id,
      forked_from_run_id, retry_of_run_id, trigger, playground, triggered_by_id, idempotency_key, request_hash, plan_hash, input, trace_id, priority,
      private_to_user_id, tags, metadata, deployment_id, visitor_id, api_key_id, caller_span_id, dry_run)
    VALUES (run, organization, run_type, target, target_label, agent, version_number, conversation, parent, forked_from, retry_of,
      run_trigger, is_trial, person, key, hash, its_plan, run_input, trace, chosen, owner, run_tags, run_metadata,
      deployment, visitor, nullif(current_setting('app.api_key_id', true), '')::uuid, caller_span, is_dry)
    ON CONFLICT (organization_id, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
    RETURNING r.id, true, r.request_hash, r.created_at, r.priority, (SELECT u.full_name FROM users u WHERE u.id = person), its_plan;
  IF NOT FOUND THEN
    -- Another request used the key in this very moment, or it belongs to another person's private run.
    RETURN QUERY SELECT r.id, false, r.request_hash, r.created_at, r.priority, NULL::text, NULL::bytea FROM runs r
      WHERE r.organization_id = organization AND r.idempotency_key = key;
    IF NOT FOUND THEN
      RETURN QUERY SELECT run, false, NULL::bytea, tenant.now(), chosen, NULL::text, NULL::bytea;
    END IF;
    RETURN;
  END IF;
  IF run_tags <> '{}' OR run_metadata <> '{}' THEN
    PERFORM control.label(run, organization, run_tags, run_metadata);
  END IF;
  IF audit_entry IS NOT NULL THEN
    PERFORM tenant.audit(audit_entry);
  END IF;
END $$;

-- Starts the runs that running runs ask for: each belongs to the family of its parent, with its person, its conversation and its
-- trace. One that was started before is left as it is. Of many, those without a turn wait until a sibling ends. Returns how many
-- were started.
CREATE OR REPLACE FUNCTION control.start_children(children json, held uuid[]) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  started integer;
BEGIN
  INSERT INTO runs (id, organization_id, type, target_id, target_name, agent_id, agent_version, conversation_id, parent_run_id,
    parent_step_id, parent_wave, member_attempt, trigger, playground, triggered_by_id, plan_hash, input, trace_id, priority,
    private_to_user_id, deployment_id, visitor_id, api_key_id, dry_run, status, waiting_reason)
  SELECT x.id, p.organization_id, x.type, x.target_id, x.target_name,
    (SELECT a.id FROM agents a WHERE a.organization_id = p.organization_id AND a.id = x.agent_id), x.agent_version, p.conversation_id,
    p.id, x.parent_step_id, x.parent_wave, x.member_attempt, p.trigger, p.playground, p.triggered_by_id,
    control.store_plan(p.organization_id, x.plan), x.input, p.trace_id, p.priority, p.private_to_user_id,
    p.deployment_id, p.visitor_id, p.api_key_id, p.dry_run, CASE WHEN x.has_turn THEN 'pending' ELSE 'waiting' END, CASE WHEN NOT x.has_turn THEN 'turn' END
  FROM json_to_recordset(children) AS x (run_id uuid, id uuid, type text, target_id uuid, target_name text, agent_id uuid,
    agent_version integer, parent_step_id uuid, parent_wave integer, member_attempt integer, plan jsonb, input jsonb, has_turn boolean)
  JOIN runs p ON p.id = x.run_id
  WHERE p.id = ANY (held)
  ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS started = ROW_COUNT;
  RETURN started;
END $$;

-- Lets those of some runs go on that wait for members and need to wait no longer: all of their children have ended, or as many
-- have completed as they await. The caller has locked them. Returns how many go on.
CREATE OR REPLACE FUNCTION control.wake_parents(parents uuid[]) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  woken uuid[];
BEGIN
  WITH woke AS (
    UPDATE runs p SET status = 'pending', waiting_reason = NULL, deadline_at = NULL, wake_at = NULL
    WHERE p.id = ANY (parents) AND p.status = 'waiting'
      AND (p.waiting_reason = 'members' OR (p.type = 'workflow' AND p.waiting_reason <> 'turn')) AND (
      NOT EXISTS (SELECT FROM runs c WHERE c.organization_id = p.organization_id AND c.parent_run_id = p.id
        AND c.status IN ('pending', 'running', 'waiting'))
      OR (p.awaits IS NOT NULL AND (p.awaits ->> 'completed')::integer <= (
        SELECT count(*) FROM runs c WHERE c.organization_id = p.organization_id AND c.parent_run_id = p.id
          AND c.parent_wave = (p.awaits ->> 'wave')::integer AND c.status = 'completed')))
    RETURNING p.id
  ) SELECT coalesce(array_agg(w.id), '{}') INTO woken FROM woke w;
  PERFORM dispatch.forget(woken);
  RETURN cardinality(woken);
END $$;

-- Takes note that children have ended: for each, the next sibling of its wave that waits for its turn has it, and the parent goes
-- on when it needs to wait no longer. The caller has locked the parents. Returns how many runs became pending.
CREATE OR REPLACE FUNCTION control.settle_children(ended uuid[]) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  each record;
  moved integer := 0;
  its integer;
BEGIN
  FOR each IN SELECT r.organization_id, r.parent_run_id, r.parent_wave, count(*) AS places FROM runs r
    WHERE r.id = ANY (ended) AND r.parent_run_id IS NOT NULL GROUP BY r.organization_id, r.parent_run_id, r.parent_wave
    ORDER BY r.parent_run_id, r.parent_wave
  LOOP
    UPDATE runs r SET status = 'pending', waiting_reason = NULL WHERE r.id = ANY (ARRAY(
      SELECT c.id FROM runs c WHERE c.organization_id = each.organization_id AND c.parent_run_id = each.parent_run_id
        AND c.parent_wave IS NOT DISTINCT FROM each.parent_wave AND c.status = 'waiting' AND c.waiting_reason = 'turn' ORDER BY c.created_at, c.id LIMIT each.places FOR NO KEY UPDATE));
    GET DIAGNOSTICS its = ROW_COUNT;
    moved := moved + its + control.wake_parents(ARRAY[each.parent_run_id]);
    UPDATE runs p SET has_news = true WHERE p.id = each.parent_run_id AND p.type = 'workflow' AND p.status = 'running';
  END LOOP;
  RETURN moved;
END $$;

-- What the recorded steps of a run used, as ``runs.resource_usage`` has it: a cancelled run has no worker that would write it.
CREATE OR REPLACE FUNCTION control.usage_of_steps(run uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('steps', u.steps, 'model_calls', u.model_calls, 'tool_calls', u.tool_calls,
    'input_tokens', u.input_tokens, 'output_tokens', u.output_tokens, 'cost_usd', u.cost_usd::text,
    'is_estimated', u.estimated > 0, 'cost_state', CASE WHEN u.unpriced > 0 AND u.priced > 0 THEN 'partial' WHEN u.unpriced > 0 THEN 'unknown'
      WHEN u.priced > 0 THEN 'known' ELSE 'none' END)
  FROM (
    SELECT count(*) FILTER (WHERE status <> 'waiting') AS steps, count(*) FILTER (WHERE step_type = 'llm_call') AS model_calls,
      count(*) FILTER (WHERE step_type = 'tool' AND status <> 'waiting') AS tool_calls,
      coalesce(sum((usage ->> 'input_tokens')::bigint), 0) AS input_tokens,
      coalesce(sum((usage ->> 'output_tokens')::bigint), 0) AS output_tokens, sum((usage ->> 'cost_usd')::numeric) AS cost_usd,
      count(*) FILTER (WHERE usage ->> 'cost_usd' IS NOT NULL) AS priced,
      count(*) FILTER (WHERE usage ? 'cost_usd' AND usage ->> 'cost_usd' IS NULL) AS unpriced,
      count(*) FILTER (WHERE usage -> 'is_estimated' = 'true') AS estimated
    FROM run_steps WHERE run_id = run) u
$$;

-- Makes cancelled steps of what had arrived of model calls under way. The worker, if it lives, adds the rest (journal.leave).
CREATE OR REPLACE FUNCTION control.cancel_partials(family uuid[]) RETURNS void LANGUAGE sql AS $$
  WITH left_over AS (
    DELETE FROM run_partials p WHERE p.run_id = ANY (family) RETURNING p.*
  )
  INSERT INTO run_steps (id, organization_id, run_id, parent_step_id, sequence, step_name, step_type, status, input, output, usage,
    checkpoint_id, started_at, completed_at)
  SELECT l.id, l.organization_id, l.run_id, l.parent_step_id, l.sequence, l.step_name, l.step_type, 'cancelled', l.input,
    l.output || '{"finish_reason": "cancelled"}', l.usage, l.checkpoint_id, l.started_at, l.updated_at
  FROM left_over l ON CONFLICT ON CONSTRAINT run_steps_pkey DO NOTHING
$$;

-- Cancels a run and all that descend from it. Returns those that were not over yet, with the event that tells it and the job
-- to abort, if one is running.
CREATE OR REPLACE FUNCTION control.cancel(root uuid, person uuid) RETURNS TABLE (
  run_id uuid, organization_id uuid, sequence bigint, job_id bigint
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  family uuid[];
  freed uuid[];
  unanswered uuid[];
  unmet uuid[];
BEGIN
  WITH RECURSIVE descent AS (
    SELECT r.id FROM runs r WHERE r.id = root
    UNION
    SELECT r.id FROM runs r JOIN descent d ON r.parent_run_id = d.id
  )
  SELECT array_agg(d.id) INTO family FROM descent d;
  -- The root's parent with them, in the one order: it may go on now.
  SELECT array_agg(l.id) FILTER (WHERE l.id = ANY (family) AND l.status IN ('pending', 'running', 'waiting')),
    array_agg(l.id) FILTER (WHERE l.id = root AND l.status IN ('pending', 'running', 'waiting') AND l.waiting_reason IS DISTINCT FROM 'turn')
    INTO family, freed FROM (
    SELECT r.id, r.status, r.waiting_reason FROM runs r
    WHERE r.id = ANY (family) OR r.id = (SELECT o.parent_run_id FROM runs o WHERE o.id = root)
    ORDER BY r.id FOR NO KEY UPDATE
  ) l;
  PERFORM control.cancel_partials(family);
  UPDATE runs r SET status = 'cancelled', waiting_reason = NULL, leased_by = NULL, completed_at = tenant.now(),
    duration_ms = least(extract(epoch FROM tenant.now() - r.started_at) * 1000, 2147483647)::integer,
    resource_usage = r.resource_usage || control.usage_of_steps(r.id)
    WHERE r.id = ANY (family);
  WITH expired AS (
    UPDATE approvals a SET status = 'expired', decided_at = tenant.now() WHERE a.run_id = ANY (family) AND a.status = 'pending'
    RETURNING a.id, a.expires_at, a.run_id, a.organization_id
  ), told AS (
    INSERT INTO outbox (organization_id, type, payload)
    SELECT e.organization_id, 'approval.decided', jsonb_build_object('approval_id', e.id, 'run_id', e.run_id) FROM expired e
  ) SELECT array_agg(e.id) INTO unanswered FROM expired e WHERE e.expires_at IS NOT NULL;
  WITH ended AS (
    UPDATE event_waits w SET status = 'cancelled', ended_at = tenant.now() WHERE w.run_id = ANY (family) AND w.status = 'pending'
    RETURNING w.id
  ) SELECT array_agg(e.id) INTO unmet FROM ended e;
  IF unanswered IS NOT NULL OR unmet IS NOT NULL THEN
    PERFORM control.forget_timers(r.organization_id, 'approvals.expire', unanswered),
      control.forget_timers(r.organization_id, 'events.expire', unmet) FROM runs r WHERE r.id = root;
  END IF;
  INSERT INTO outbox (organization_id, type, payload)
    SELECT r.organization_id, 'run.cancelled', jsonb_build_object('run_id', r.id, 'agent_id', r.agent_id,
      'conversation_id', r.conversation_id, 'status', r.status) FROM runs r WHERE r.id = ANY (family)
        AND ((r.conversation_id IS NOT NULL AND r.parent_run_id IS NULL) OR r.is_awaited OR EXISTS (
          SELECT FROM webhook_endpoints w WHERE w.organization_id = r.organization_id AND w.status = 'active'));
  PERFORM control.settle_children(freed);
  IF freed IS NULL AND root = ANY (family) THEN
    PERFORM control.wake_parents(ARRAY(SELECT r.parent_run_id FROM runs r WHERE r.id = root));
  END IF;
  RETURN QUERY SELECT r.id, r.organization_id,
      control.tell(r.id, 'run.cancelled', jsonb_build_object('status', 'cancelled', 'cancelled_by', person)),
      dispatch.cancel(r.id)
    FROM runs r WHERE r.id = ANY (family) ORDER BY r.id;
END $$;

-- Lets a run that is failed or waiting go on: it is pending again. Says whether it was in one of these states (still).
CREATE OR REPLACE FUNCTION control.reopen(run uuid, new_limits jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  UPDATE runs r SET status = 'pending', waiting_reason = NULL, error = NULL, error_message = NULL, output = NULL,
    completed_at = NULL, duration_ms = NULL, deadline_at = NULL, wake_at = NULL,
    plan = CASE WHEN new_limits IS NULL THEN r.plan ELSE jsonb_set(control.plan_of(r), '{limits}', new_limits) END
    WHERE r.id = run AND r.status IN ('failed', 'waiting');
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  PERFORM dispatch.forget(ARRAY[run]);
  RETURN true;
END $$;

-- Resumes a failed run. Its failed model calls are made again under the ids they have as steps, so what they used is kept under
-- others: those of the tries since the run was last claimed. Returns what ``control.reopen`` does.
CREATE OR REPLACE FUNCTION control.resume(run uuid, new_limits jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  each record;
  claimed_at timestamptz;
BEGIN
  PERFORM FROM runs r WHERE r.id = run AND r.status = 'failed' FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  SELECT max(e.created_at) INTO claimed_at FROM run_event_stream e WHERE e.run_id = run AND e.type IN ('run.started', 'run.resumed');
  FOR each IN SELECT s.id, gen_random_uuid() AS kept_id FROM run_steps s WHERE s.run_id = run AND s.step_type = 'llm_call'
    AND s.status IN ('failed', 'cancelled') AND s.created_at >= claimed_at
  LOOP
    UPDATE run_steps s SET id = each.kept_id WHERE s.run_id = run AND s.id = each.id;
    UPDATE run_logs l SET step_id = each.kept_id WHERE l.run_id = run AND l.step_id = each.id;
  END LOOP;
  UPDATE external_work w SET state = 'closed' WHERE w.run_id = run;
  RETURN control.reopen(run, new_limits);
END $$;

-- Tells an event of a run that no worker holds. While one does, the event's number is the worker's to give, and it is not told.
CREATE OR REPLACE FUNCTION control.tell_parked(run uuid, event_type text, event_data jsonb) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  its record;
BEGIN
  SELECT r.status, r.last_sequence INTO its FROM runs r WHERE r.id = run;
  RETURN CASE WHEN its.status = 'running' THEN its.last_sequence ELSE control.tell(run, event_type, event_data) END;
END $$;

-- Removes timers of a kind. One that a worker handles just now is left to it: that worker waits for the run, which is locked here,
-- and will find nothing to do.
CREATE OR REPLACE FUNCTION control.forget_timers(organization uuid, timer_kind text, subjects uuid[]) RETURNS void LANGUAGE sql AS $$
  DELETE FROM due_timers t WHERE t.id IN (SELECT d.id FROM due_timers d
    WHERE d.organization_id = organization AND d.kind = timer_kind AND d.subject_id = ANY (subjects) FOR UPDATE SKIP LOCKED)
$$;

-- Lets a run go on that was given an answer: a workflow at each answer, another run at the last one that it waits for. One that
-- is executed just now goes on when it would wait. The caller has locked it. Returns whether the run became pending.
CREATE OR REPLACE FUNCTION control.wake(run uuid) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  UPDATE runs r SET has_news = true WHERE r.id = run AND r.status = 'running';
  IF EXISTS (SELECT FROM runs r WHERE r.id = run AND r.status = 'waiting' AND (r.type = 'workflow'
    OR NOT EXISTS (SELECT FROM approvals a WHERE a.run_id = run AND a.status = 'pending'))) THEN
    RETURN control.reopen(run, NULL);
  END IF;
  RETURN false;
END $$;

-- Puts a person's decision down, and lets the run go on when it was the last one it waited for. Returns no row when the
-- approval is not pending (any more): of many who decide at once, one does.
CREATE OR REPLACE FUNCTION control.decide(approval uuid, new_status text, new_decision jsonb, person uuid, remark text) RETURNS TABLE (
  run_id uuid, organization_id uuid, sequence bigint, is_reopened boolean
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  of_run uuid;
  each record;
  told bigint;
  is_reopened boolean := false;
BEGIN
  -- The run first, as everywhere: two approvals of one run that are decided at once then take turns.
  SELECT a.run_id INTO of_run FROM approvals a WHERE a.id = approval;
  PERFORM FROM runs r WHERE r.id = of_run FOR NO KEY UPDATE;
  UPDATE approvals a SET status = new_status, decision = new_decision, decided_by = person, decided_at = tenant.now(), comment = remark
    WHERE a.id = approval AND a.status = 'pending'
    RETURNING a.run_id, a.organization_id, a.interrupt_id, a.step_id, a.tool_name, a.kind INTO each;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  told := control.tell_parked(each.run_id, 'approval.decided', jsonb_build_object('approval_id', approval, 'interrupt_id', each.interrupt_id,
    'step_id', each.step_id, 'kind', each.kind, 'tool_name', each.tool_name, 'status', new_status,
    'decision', new_decision ->> 'decision', 'comment', remark, 'decided_by', person));
  PERFORM control.forget_timers(each.organization_id, 'approvals.expire', ARRAY[approval]);
  is_reopened := control.wake(each.run_id);
  RETURN QUERY SELECT each.run_id, each.organization_id, told, is_reopened;
END $$;

-- Copies into a new run what another had done before a step: its checkpoints up to the one the step began from, with what
-- finished siblings of the step wrote, and the steps, thoughts and tool calls of all that. The new run's row exists already.
CREATE OR REPLACE FUNCTION control.copy_progress(source uuid, step uuid, target uuid) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  origin uuid := source; -- run_steps has a column of the parameter's name
  head text;
  namespace text := '';
  past text[];
  kept uuid[];
BEGIN
  SELECT s.checkpoint_id INTO head FROM run_steps s WHERE s.run_id = origin AND s.id = step;
  WITH RECURSIVE chain AS (
    SELECT c.checkpoint_id, c.parent_checkpoint_id FROM checkpoints c
      WHERE c.run_id = origin AND c.checkpoint_ns = namespace AND c.checkpoint_id = head
    UNION
    SELECT c.checkpoint_id, c.parent_checkpoint_id FROM checkpoints c JOIN chain ON c.checkpoint_id = chain.parent_checkpoint_id
      WHERE c.run_id = origin AND c.checkpoint_ns = namespace
  )
  SELECT coalesce(array_agg(checkpoint_id), '{}') INTO past FROM chain;
  INSERT INTO checkpoints (organization_id, run_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, document, metadata)
    SELECT organization_id, target, checkpoint_ns, checkpoint_id, parent_checkpoint_id, document, metadata
    FROM checkpoints WHERE run_id = origin AND checkpoint_ns = namespace AND checkpoint_id = ANY (past);
  INSERT INTO checkpoint_writes (organization_id, run_id, checkpoint_ns, checkpoint_id, task_id, idx, channel, value, task_path)
    SELECT organization_id, target, checkpoint_ns, checkpoint_id, task_id, idx, channel, value, task_path
    FROM checkpoint_writes WHERE run_id = origin AND checkpoint_ns = namespace AND checkpoint_id = head
      AND task_id <> step::text AND idx >= 0;
  SELECT coalesce(array_agg(s.id), '{}') INTO kept FROM run_steps s WHERE s.run_id = origin AND (
    s.checkpoint_id = ANY (array_remove(past, head)) OR EXISTS (
      SELECT FROM checkpoint_writes w WHERE w.run_id = target AND w.task_id = s.id::text));
  INSERT INTO run_steps (id, organization_id, run_id, parent_step_id, sequence, step_name, step_type, status, input, output,
      error_message, usage, warnings, checkpoint_id, node_id, visit, item_index, source, started_at, completed_at)
    SELECT s.id, s.organization_id, target, s.parent_step_id, s.sequence, s.step_name, s.step_type, s.status, s.input, s.output,
      s.error_message, s.usage, s.warnings, s.checkpoint_id, s.node_id, s.visit, s.item_index, s.source, s.started_at, s.completed_at
    FROM run_steps s WHERE s.run_id = origin AND s.id = ANY (kept);
  INSERT INTO tool_calls (id, organization_id, run_id, step_id, call_id, tool_id, tool_name, arguments, arguments_hash, effect,
      state, idempotency_key, attempts, result, error_message, started_at, completed_at)
    SELECT c.id, c.organization_id, target, c.step_id, c.call_id, c.tool_id, c.tool_name, c.arguments, c.arguments_hash, c.effect,
      c.state, c.idempotency_key, c.attempts, c.result, c.error_message, c.started_at, c.completed_at
    FROM tool_calls c WHERE c.run_id = origin AND c.step_id = ANY (kept);
  INSERT INTO agent_thoughts (id, organization_id, agent_id, run_id, node_id, node_type, content, metadata, parent_node_id,
      confidence_score, processing_time_ms, created_at)
    SELECT gen_random_uuid(), t.organization_id, t.agent_id, target, t.node_id, t.node_type, t.content, t.metadata, t.parent_node_id,
      t.confidence_score, t.processing_time_ms, t.created_at
    FROM agent_thoughts t WHERE t.run_id = origin AND NOT EXISTS (
      SELECT FROM run_steps s WHERE s.run_id = origin AND s.id::text = t.node_id AND s.id <> ALL (kept));
  RETURN cardinality(kept);
END $$;

-- Returns what an event tells. Of a completed step or run, of its thoughts and of log lines the event holds only which row it
-- is about: these rows never change again, and hold the rest.
CREATE OR REPLACE FUNCTION control.event_data(e run_event_stream) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE told jsonb;
BEGIN
  IF e.type = 'step.completed' AND NOT e.data ? 'status' THEN
    SELECT jsonb_build_object('step_id', s.id, 'sequence', s.sequence, 'step_name', s.step_name, 'step_type', s.step_type,
        'parent_step_id', s.parent_step_id, 'started_at', s.started_at, 'status', s.status, 'completed_at', s.completed_at,
        'duration_ms', round(extract(epoch FROM s.completed_at - s.started_at) * 1000)::bigint,
        'usage', s.usage, 'error_message', s.error_message, 'warnings', s.warnings, 'source', s.source)
        || CASE WHEN s.node_id IS NULL THEN '{}' ELSE jsonb_build_object('node_id', s.node_id, 'visit', s.visit) END
        || CASE WHEN s.item_index IS NULL THEN '{}' ELSE jsonb_build_object('item_index', s.item_index) END INTO told
      FROM run_steps s WHERE s.run_id = e.run_id AND s.id = (e.data ->> 'step_id')::uuid;
  ELSIF e.type = 'thought' AND NOT e.data ? 'content' THEN
    SELECT jsonb_build_object('id', t.id, 'node_id', t.node_id, 'node_type', t.node_type, 'content', t.content,
        'parent_node_id', t.parent_node_id, 'confidence_score', t.confidence_score, 'processing_time_ms', t.processing_time_ms) INTO told
      FROM agent_thoughts t WHERE t.run_id = e.run_id AND t.node_id = e.data ->> 'node_id';
  ELSIF e.type = 'log' AND NOT e.data ? 'message' THEN
    SELECT jsonb_build_object('id', l.id, 'step_id', l.step_id, 'level', l.level, 'message', l.message) INTO told
      FROM run_logs l WHERE l.run_id = e.run_id AND l.id = (e.data ->> 'id')::uuid;
  ELSIF e.type = 'run.completed' AND NOT e.data ? 'status' THEN
    SELECT jsonb_build_object('status', r.status, 'warning_count', r.warning_count, 'output', r.output) INTO told
      FROM runs r WHERE r.id = e.run_id AND r.status = 'completed';
  END IF;
  RETURN coalesce(told, e.data);
END $$;

-- For anyone who follows runs: events after a place of each, at most so many of each, and how each run stands in the same moment.
-- A run without newer events has one row of nulls. One statement that sets its own tenants, as the journal's do.
CREATE OR REPLACE FUNCTION control.events_after(organizations text, wanted uuid[], afters bigint[], most integer) RETURNS TABLE (
  run_id uuid, status text, sequence bigint, type text, data text, created_at timestamptz
) LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
  PERFORM set_config('app.organization_ids', organizations, true), set_config('app.is_system', 'on', true);
  RETURN QUERY
    SELECT r.id, r.status, e.sequence, e.type, e.told::text, e.created_at
    FROM unnest(wanted, afters) AS w (id, after) JOIN runs r ON r.id = w.id
    LEFT JOIN LATERAL (
      SELECT v.sequence, v.type, v.created_at, control.event_data(v) AS told FROM run_event_stream v
      WHERE v.run_id = w.id AND v.last_sequence > w.after AND v.sequence > w.after ORDER BY v.last_sequence, v.sequence LIMIT most
    ) e ON true
    ORDER BY r.id, e.sequence;
END $$;

-- Names those of some runs that exist for who enters (tenant.enter). One statement that is a transaction by itself.
CREATE OR REPLACE FUNCTION control.readable(entering text[], wanted uuid[]) RETURNS SETOF uuid LANGUAGE plpgsql AS $$
BEGIN
  PERFORM tenant.enter(entering);
  RETURN QUERY SELECT r.id FROM runs r WHERE r.id = ANY (wanted);
END $$;

-- For anyone who has waited for runs that they started: what of them changed since then. Sets its own tenants, as the one before.
CREATE OR REPLACE FUNCTION control.results_of(organizations text, wanted uuid[]) RETURNS TABLE (
  id uuid, status text, waiting_reason text, output jsonb, error_message text, error jsonb, external_execution_id text,
  duration_ms integer, queued_ms bigint, resource_usage jsonb, warning_count integer, started_at timestamptz,
  completed_at timestamptz, last_sequence bigint, tags text[], metadata jsonb, model text
) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.organization_ids', organizations, true), set_config('app.is_system', 'on', true);
  RETURN QUERY
    SELECT r.id, r.status, r.waiting_reason, r.output, r.error_message, r.error, r.external_execution_id, r.duration_ms,
      round(extract(epoch FROM r.started_at - r.created_at) * 1000)::bigint, r.resource_usage, r.warning_count, r.started_at,
      r.completed_at, r.last_sequence, r.tags, r.metadata,
      (SELECT s.usage ->> 'model' FROM run_steps s WHERE s.run_id = r.id AND s.step_type = 'llm_call' ORDER BY s.sequence DESC LIMIT 1)
    FROM runs r WHERE r.id = ANY (wanted);
END $$;

-- For anyone who follows an organization: how some of its runs stand, and the approvals they wait for. ``person`` is whom a run
-- is private to; its news is given to no one else.
CREATE OR REPLACE FUNCTION control.news_of_runs(organization uuid, wanted uuid[]) RETURNS TABLE (kind text, document text, person uuid) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.organization_ids', '{' || organization || '}', true), set_config('app.is_system', 'on', true);
  RETURN QUERY
    SELECT 'run', jsonb_build_object('id', r.id, 'type', r.type, 'status', r.status, 'waiting_reason', r.waiting_reason,
      'target_id', r.target_id, 'target_name', r.target_name, 'agent_id', r.agent_id, 'conversation_id', r.conversation_id,
      'trigger', r.trigger, 'error_message', r.error_message, 'duration_ms', r.duration_ms, 'created_at', r.created_at,
      'started_at', r.started_at, 'completed_at', r.completed_at)::text, r.private_to_user_id
    FROM runs r WHERE r.id = ANY (wanted);
  RETURN QUERY
    SELECT 'approval', jsonb_build_object('id', a.id, 'run_id', a.run_id, 'kind', a.kind, 'tool_name', a.tool_name,
      'status', a.status, 'target_name', r.target_name, 'created_at', a.created_at)::text, r.private_to_user_id
    FROM approvals a JOIN runs r ON r.id = a.run_id WHERE a.run_id = ANY (wanted) AND a.status = 'pending' AND r.status = 'waiting';
END $$;
