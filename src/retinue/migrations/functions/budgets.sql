-- Budgets: what model calls may spend. Each function is a transaction of its own, which touches the ledger alone: a counter is
-- locked for one short commit, never while a model answers or while another row's commit is awaited. Locks are taken in one
-- order: budgets (shared, so that one who deletes a budget comes before or after), entries, then counters, each by key.

-- When the period of a budget that an instant lies in begins and ends, in the budget's time zone; a total never ends.
CREATE OR REPLACE FUNCTION tenant.budget_period(period text, zone text, at timestamptz, OUT starts_at timestamptz, OUT ends_at timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN period = 'total' THEN 'epoch'::timestamptz ELSE date_trunc(period, at, zone) END,
    CASE WHEN period <> 'total' THEN (date_trunc(period, at AT TIME ZONE zone) + ('1 ' || period)::interval) AT TIME ZONE zone END
$$;

-- Organizations that have budgets; a worker asks nothing more about the runs of all others.
CREATE OR REPLACE FUNCTION tenant.organizations_with_budgets() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT DISTINCT b.organization_id FROM budgets b WHERE b.enabled
$$;

-- The budgets that calls of some runs are under, and the counter of each: a run counts for whatever is on the way from the run
-- that a person, a key or a schedule started down to it.
CREATE OR REPLACE FUNCTION tenant.budgets_of(asked uuid[]) RETURNS TABLE (run_id uuid, budget_id uuid, counted_id uuid, period_start timestamptz)
LANGUAGE sql STABLE AS $$
  WITH RECURSIVE line AS (
    SELECT r.id AS run_id, r.id, r.organization_id, r.parent_run_id, r.type, r.target_id, r.agent_id, r.triggered_by_id, r.api_key_id, 1 AS depth
    FROM runs r WHERE r.id = ANY (asked)
    UNION ALL
    SELECT l.run_id, p.id, p.organization_id, p.parent_run_id, p.type, p.target_id, p.agent_id, p.triggered_by_id, p.api_key_id, l.depth + 1
    FROM line l JOIN runs p ON p.organization_id = l.organization_id AND p.id = l.parent_run_id WHERE l.depth < 100
  ), subject AS (
    SELECT l.run_id, l.organization_id, 'agent' AS scope, coalesce(l.agent_id, l.target_id) AS subject_id FROM line l WHERE l.type = 'agent'
    UNION SELECT l.run_id, l.organization_id, l.type, l.target_id FROM line l WHERE l.type <> 'agent'
    UNION SELECT l.run_id, l.organization_id, 'user', l.triggered_by_id FROM line l WHERE l.triggered_by_id IS NOT NULL
    UNION SELECT l.run_id, l.organization_id, 'api_key', l.api_key_id FROM line l WHERE l.api_key_id IS NOT NULL
    UNION SELECT l.run_id, l.organization_id, 'run', NULL FROM line l WHERE l.parent_run_id IS NULL
    UNION SELECT l.run_id, l.organization_id, 'organization', NULL FROM line l WHERE l.depth = 1
  )
  SELECT s.run_id, b.id,
    CASE WHEN b.scope = 'run' THEN (SELECT l.id FROM line l WHERE l.run_id = s.run_id ORDER BY l.depth DESC LIMIT 1) ELSE b.id END,
    (tenant.budget_period(b.period, b.timezone, tenant.now())).starts_at
  FROM subject s JOIN budgets b ON b.organization_id = s.organization_id AND b.scope = s.scope
    AND b.subject_id IS NOT DISTINCT FROM s.subject_id AND b.enabled
$$;

-- Adds to limits what persons allowed, once each: the approvals of these questions. The counters are locked.
CREATE OR REPLACE FUNCTION tenant.grant_spending(run uuid, questions text[], aims jsonb) RETURNS void LANGUAGE sql AS $$
  WITH allowed AS (
    SELECT a.organization_id, a.interrupt_id, (a.arguments ->> 'budget_id')::uuid AS budget_id,
      coalesce((a.decision #>> '{arguments,amount_usd}')::numeric,
        CASE WHEN a.decision -> 'arguments' ->> 'amount_tokens' IS NULL THEN (a.arguments ->> 'amount_usd')::numeric END, 0) AS usd,
      coalesce((a.decision #>> '{arguments,amount_tokens}')::bigint,
        CASE WHEN a.decision -> 'arguments' ->> 'amount_usd' IS NULL THEN (a.arguments ->> 'amount_tokens')::bigint END, 0) AS tokens
    FROM approvals a WHERE a.run_id = run AND a.interrupt_id = ANY (questions) AND a.kind = 'budget' AND a.status = 'approved'
  ), entered AS (
    INSERT INTO budget_grants (organization_id, budget_id, counted_id, period_start, run_id, question_id, usd, tokens)
    SELECT a.organization_id, a.budget_id, t.counted_id, t.period_start, run, a.interrupt_id, a.usd, a.tokens
    FROM allowed a JOIN jsonb_to_recordset(aims) AS t (run_id uuid, budget_id uuid, counted_id uuid, period_start timestamptz)
      ON t.run_id = run AND t.budget_id = a.budget_id
    ON CONFLICT ON CONSTRAINT budget_grants_pkey DO NOTHING RETURNING budget_id, counted_id, period_start, usd, tokens
  )
  UPDATE budget_counters k SET granted_usd = k.granted_usd + e.usd, granted_tokens = k.granted_tokens + e.tokens
  FROM (SELECT budget_id, counted_id, period_start, sum(usd) AS usd, sum(tokens) AS tokens FROM entered GROUP BY 1, 2, 3) e
  WHERE k.budget_id = e.budget_id AND k.counted_id = e.counted_id AND k.period_start = e.period_start
$$;

-- Reserves the worst cases of calls, each under all of its budgets or not at all. Returns a row for each call that may not be made:
-- the first budget that it does not fit into, one with a cheaper model before one that refuses before one that asks. ``is_spent``:
-- it would not fit either once the calls under way have cost nothing; ``is_news``: for the first time in this period. A call that
-- is asked about again has what it has. ``agent_id`` names an agent that works inside a workflow's run: its budgets count too.
CREATE OR REPLACE FUNCTION tenant.reserve_spending(organizations text, calls json) RETURNS TABLE (
  call_id uuid, budget_id uuid, name text, scope text, period text, at_limit text, limit_usd numeric, limit_tokens bigint,
  granted_usd numeric, granted_tokens bigint, reserved_usd numeric, reserved_tokens bigint, settled_usd numeric, settled_tokens bigint,
  ends_at timestamptz, fallback_provider_id uuid, fallback_model text, is_spent boolean, is_news boolean
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  aims jsonb;
  each record;
  found_one record;
BEGIN
  PERFORM set_config('app.organization_ids', organizations, true), set_config('app.is_system', 'on', true);
  SELECT coalesce(jsonb_agg(to_jsonb(t)), '[]') INTO aims FROM (
    SELECT o.*, NULL::uuid AS agent_id FROM tenant.budgets_of(ARRAY(SELECT DISTINCT x.run_id FROM json_to_recordset(calls) AS x (run_id uuid))) o
    UNION ALL
    SELECT DISTINCT x.run_id, b.id, b.id, (tenant.budget_period(b.period, b.timezone, tenant.now())).starts_at, x.agent_id
    FROM json_to_recordset(calls) AS x (organization_id uuid, run_id uuid, agent_id uuid)
    JOIN budgets b ON b.organization_id = x.organization_id AND b.scope = 'agent' AND b.subject_id = x.agent_id AND b.enabled) t;
  -- A budget that is deleted at the same time limits nothing any more; without its row its counters could not be written.
  WITH kept AS (
    SELECT b.id FROM budgets b WHERE b.id IN (SELECT t.budget_id FROM jsonb_to_recordset(aims) AS t (budget_id uuid)) ORDER BY b.id FOR KEY SHARE
  ) SELECT coalesce(jsonb_agg(t), '[]') INTO aims FROM jsonb_array_elements(aims) t WHERE (t ->> 'budget_id')::uuid IN (SELECT id FROM kept);
  INSERT INTO budget_counters (organization_id, budget_id, counted_id, period_start)
    SELECT DISTINCT b.organization_id, t.budget_id, t.counted_id, t.period_start
    FROM jsonb_to_recordset(aims) AS t (budget_id uuid, counted_id uuid, period_start timestamptz) JOIN budgets b ON b.id = t.budget_id
    ORDER BY t.budget_id, t.counted_id, t.period_start
    ON CONFLICT DO NOTHING;
  PERFORM FROM budget_counters k
    WHERE (k.budget_id, k.counted_id, k.period_start) IN (SELECT t.budget_id, t.counted_id, t.period_start
      FROM jsonb_to_recordset(aims) AS t (budget_id uuid, counted_id uuid, period_start timestamptz))
    ORDER BY k.budget_id, k.counted_id, k.period_start FOR NO KEY UPDATE;
  FOR each IN
    SELECT x.* FROM json_to_recordset(calls) AS x (id uuid, organization_id uuid, run_id uuid, agent_id uuid, step_id uuid,
      interrupted_id uuid, lease bigint, model text, usd numeric, tokens bigint, seconds double precision, is_downgraded boolean,
      questions text[])
  LOOP
    IF EXISTS (SELECT FROM budget_entries e WHERE e.id = each.id) THEN
      CONTINUE;
    END IF;
    IF each.questions <> '{}' THEN
      PERFORM tenant.grant_spending(each.run_id, each.questions, aims);
    END IF;
    SELECT b.*, k.counted_id, k.period_start, k.granted_usd, k.granted_tokens, k.reserved_usd, k.reserved_tokens, k.settled_usd,
      k.settled_tokens, k.exhausted_at, p.ends_at, coalesce(k.settled_usd + coalesce(each.usd, 0) > b.limit_usd + k.granted_usd
        OR (each.usd IS NULL AND k.settled_usd >= b.limit_usd + k.granted_usd), false)
      OR coalesce(k.settled_tokens + each.tokens > b.limit_tokens + k.granted_tokens, false) AS is_spent INTO found_one
    FROM jsonb_to_recordset(aims) AS t (run_id uuid, budget_id uuid, counted_id uuid, period_start timestamptz, agent_id uuid)
    JOIN budget_counters k ON k.budget_id = t.budget_id AND k.counted_id = t.counted_id AND k.period_start = t.period_start
    JOIN budgets b ON b.id = t.budget_id CROSS JOIN LATERAL tenant.budget_period(b.period, b.timezone, tenant.now()) p
    WHERE t.run_id = each.run_id AND (t.agent_id IS NULL OR t.agent_id = each.agent_id) AND (
      (b.limit_usd IS NOT NULL AND each.usd IS DISTINCT FROM 0 AND CASE WHEN each.usd IS NULL
        THEN k.settled_usd + k.reserved_usd >= b.limit_usd + k.granted_usd
        ELSE k.settled_usd + k.reserved_usd + each.usd > b.limit_usd + k.granted_usd END)
      OR k.settled_tokens + k.reserved_tokens + each.tokens > b.limit_tokens + k.granted_tokens)
    ORDER BY CASE b.at_limit WHEN 'downgrade' THEN CASE WHEN each.is_downgraded THEN 2 ELSE 1 END WHEN 'refuse' THEN 2 ELSE 3 END, b.id LIMIT 1;
    IF FOUND THEN
      IF found_one.is_spent AND found_one.exhausted_at IS NULL THEN
        UPDATE budget_counters k SET exhausted_at = tenant.now()
          WHERE k.budget_id = found_one.id AND k.counted_id = found_one.counted_id AND k.period_start = found_one.period_start;
        INSERT INTO outbox (organization_id, type, payload) VALUES (each.organization_id, 'budget.exhausted',
          jsonb_build_object('budget_id', found_one.id, 'run_id', each.run_id, 'period_start', found_one.period_start));
      END IF;
      call_id := each.id; budget_id := found_one.id; name := found_one.name; scope := found_one.scope; period := found_one.period;
      at_limit := found_one.at_limit; limit_usd := found_one.limit_usd; limit_tokens := found_one.limit_tokens;
      granted_usd := found_one.granted_usd; granted_tokens := found_one.granted_tokens; reserved_usd := found_one.reserved_usd;
      reserved_tokens := found_one.reserved_tokens; settled_usd := found_one.settled_usd; settled_tokens := found_one.settled_tokens;
      ends_at := found_one.ends_at; fallback_provider_id := found_one.fallback_provider_id; fallback_model := found_one.fallback_model;
      is_spent := found_one.is_spent; is_news := found_one.is_spent AND found_one.exhausted_at IS NULL;
      RETURN NEXT;
      CONTINUE;
    END IF;
    WITH entered AS (
      INSERT INTO budget_entries AS e (id, organization_id, budget_id, counted_id, period_start, run_id, step_id, interrupted_id, lease,
        model, reserved_usd, reserved_tokens, expires_at)
      SELECT each.id, each.organization_id, t.budget_id, t.counted_id, t.period_start, each.run_id, each.step_id, each.interrupted_id,
        each.lease, each.model, each.usd, each.tokens, tenant.now() + make_interval(secs => each.seconds)
      FROM jsonb_to_recordset(aims) AS t (run_id uuid, budget_id uuid, counted_id uuid, period_start timestamptz, agent_id uuid)
      WHERE t.run_id = each.run_id AND (t.agent_id IS NULL OR t.agent_id = each.agent_id) RETURNING e.budget_id, e.counted_id, e.period_start
    )
    UPDATE budget_counters k SET reserved_usd = k.reserved_usd + coalesce(each.usd, 0), reserved_tokens = k.reserved_tokens + each.tokens
    FROM entered e WHERE k.budget_id = e.budget_id AND k.counted_id = e.counted_id AND k.period_start = e.period_start;
  END LOOP;
END $$;

-- Ends reservations: ``state`` is settled (with what was used) or released (the call was not made, or nobody knows of it). One that
-- was released and turns out to have been made is settled all the same; one that is settled stays. Returns how many events were told.
CREATE OR REPLACE FUNCTION tenant.end_spending(endings json) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  told integer;
BEGIN
  PERFORM FROM budgets b WHERE b.id IN (SELECT e.budget_id FROM budget_entries e
      WHERE e.id IN (SELECT x.id FROM json_to_recordset(endings) AS x (id uuid)) AND e.state <> 'settled') ORDER BY b.id FOR KEY SHARE;
  PERFORM FROM budget_entries e WHERE e.id IN (SELECT x.id FROM json_to_recordset(endings) AS x (id uuid)) AND e.state <> 'settled'
    ORDER BY e.id, e.budget_id FOR NO KEY UPDATE;
  PERFORM FROM budget_counters k WHERE (k.budget_id, k.counted_id, k.period_start) IN (
      SELECT e.budget_id, e.counted_id, e.period_start FROM budget_entries e
      WHERE e.id IN (SELECT x.id FROM json_to_recordset(endings) AS x (id uuid)) AND e.state <> 'settled')
    ORDER BY k.budget_id, k.counted_id, k.period_start FOR NO KEY UPDATE;
  WITH given AS (
    SELECT DISTINCT ON (x.id) x.id, x.state, x.usd, x.tokens
    FROM json_to_recordset(endings) AS x (id uuid, state text, usd numeric, tokens bigint) ORDER BY x.id, x.state DESC
  ), known AS (
    SELECT e.id, e.budget_id, e.state AS was, g.state, g.usd, g.tokens FROM budget_entries e JOIN given g ON g.id = e.id
    WHERE e.state = 'reserved' OR (e.state = 'released' AND g.state = 'settled')
  ), ended AS (
    UPDATE budget_entries e SET state = n.state, settled_usd = CASE n.state WHEN 'settled' THEN n.usd END,
      settled_tokens = CASE n.state WHEN 'settled' THEN n.tokens END, ended_at = tenant.now()
    FROM known n WHERE e.id = n.id AND e.budget_id = n.budget_id
    RETURNING e.budget_id, e.counted_id, e.period_start, n.was, e.state, e.reserved_usd, e.reserved_tokens, e.settled_usd, e.settled_tokens
  ), sums AS (
    SELECT d.budget_id, d.counted_id, d.period_start,
      coalesce(sum(d.reserved_usd) FILTER (WHERE d.was = 'reserved'), 0) AS freed_usd,
      coalesce(sum(d.reserved_tokens) FILTER (WHERE d.was = 'reserved'), 0) AS freed_tokens,
      coalesce(sum(d.settled_usd), 0) AS used_usd, coalesce(sum(d.settled_tokens), 0) AS used_tokens,
      count(*) FILTER (WHERE d.state = 'settled') AS calls,
      count(*) FILTER (WHERE d.state = 'settled' AND d.settled_usd IS NULL) AS unpriced
    FROM ended d GROUP BY d.budget_id, d.counted_id, d.period_start
  ), counted AS (
    UPDATE budget_counters k SET reserved_usd = k.reserved_usd - s.freed_usd, reserved_tokens = k.reserved_tokens - s.freed_tokens,
      settled_usd = k.settled_usd + s.used_usd, settled_tokens = k.settled_tokens + s.used_tokens,
      settled_calls = k.settled_calls + s.calls, unpriced_calls = k.unpriced_calls + s.unpriced,
      warned_at = CASE WHEN k.warned_at IS NULL AND (
          (k.settled_usd + s.used_usd) * 100 >= (b.limit_usd + k.granted_usd) * b.warn_percent
          OR (k.settled_tokens + s.used_tokens) * 100 >= (b.limit_tokens + k.granted_tokens) * b.warn_percent)
        THEN tenant.now() ELSE k.warned_at END
    FROM sums s JOIN budgets b ON b.id = s.budget_id
    JOIN budget_counters o ON o.budget_id = s.budget_id AND o.counted_id = s.counted_id AND o.period_start = s.period_start
    WHERE k.budget_id = s.budget_id AND k.counted_id = s.counted_id AND k.period_start = s.period_start
    RETURNING k.organization_id, k.budget_id, k.period_start, k.warned_at IS NOT NULL AND o.warned_at IS NULL AS is_news
  )
  INSERT INTO outbox (organization_id, type, payload)
  SELECT c.organization_id, 'budget.warning', jsonb_build_object('budget_id', c.budget_id, 'period_start', c.period_start)
  FROM counted c WHERE c.is_news;
  GET DIAGNOSTICS told = ROW_COUNT;
  RETURN told;
END $$;

-- Settles calls of several organizations in one statement of a worker, as the journal does.
CREATE OR REPLACE FUNCTION tenant.settle_spending(organizations text, endings json) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.organization_ids', organizations, true), set_config('app.is_system', 'on', true);
  RETURN tenant.end_spending(endings);
END $$;

-- Ends reservations that nobody will settle: whose time is up, whose run has been over for a while, or, for a run, those of
-- earlier executions. What the run's steps tell of the call is settled: the step itself, unless a later execution made the call
-- again, or the interrupted step that a later execution made of what had arrived. Without any, it is released.
CREATE OR REPLACE FUNCTION tenant.reap_spending(most integer, run uuid DEFAULT NULL, held_lease bigint DEFAULT NULL) RETURNS integer LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  endings json;
BEGIN
  WITH due AS (
    SELECT DISTINCT e.id, e.organization_id, e.run_id, e.step_id, e.interrupted_id, e.lease FROM (
      SELECT o.* FROM budget_entries o WHERE run IS NULL AND o.state = 'reserved' AND (o.expires_at <= tenant.now() OR EXISTS (
        SELECT FROM runs r WHERE r.id = o.run_id AND r.completed_at < tenant.now() - interval '15 seconds'))
      UNION ALL
      SELECT o.* FROM budget_entries o JOIN runs r ON r.id = reap_spending.run
      WHERE o.organization_id = r.organization_id AND o.run_id = r.id AND o.state = 'reserved' AND o.lease < held_lease
    ) e LIMIT most
  ), evidence AS (
    SELECT d.id, sum((s.usage ->> 'cost_usd')::numeric) AS usd, count(*) FILTER (WHERE s.usage ->> 'cost_usd' IS NULL) AS unpriced,
      sum((s.usage ->> 'input_tokens')::bigint + (s.usage ->> 'output_tokens')::bigint) AS tokens
    FROM due d JOIN run_steps s ON s.organization_id = d.organization_id AND s.run_id = d.run_id AND s.usage IS NOT NULL AND (
      s.id = d.interrupted_id OR (s.id = d.step_id AND NOT EXISTS (SELECT FROM budget_entries l
        WHERE l.organization_id = d.organization_id AND l.run_id = d.run_id AND l.step_id = d.step_id AND l.lease > d.lease)))
    GROUP BY d.id
  )
  SELECT json_agg(json_build_object('id', d.id, 'state', CASE WHEN v.id IS NULL THEN 'released' ELSE 'settled' END,
    'usd', CASE WHEN v.unpriced = 0 THEN v.usd END, 'tokens', v.tokens)) INTO endings FROM due d LEFT JOIN evidence v ON v.id = d.id;
  IF endings IS NULL THEN
    RETURN 0;
  END IF;
  PERFORM tenant.end_spending(endings);
  RETURN json_array_length(endings);
END $$;

-- Counts what external agents report to have used in runs that ended: after the fact, so also above a limit. A run that ends again
-- after a resume counts what was added. May be repeated.
CREATE OR REPLACE FUNCTION tenant.count_reported_spending(ended uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  endings json;
BEGIN
  INSERT INTO budget_counters (organization_id, budget_id, counted_id, period_start)
    SELECT DISTINCT b.organization_id, t.budget_id, t.counted_id, t.period_start
    FROM runs r JOIN agents a ON a.organization_id = r.organization_id AND a.id = r.agent_id AND a.runtime = 'external'
    CROSS JOIN LATERAL tenant.budgets_of(ARRAY[r.id]) t JOIN budgets b ON b.id = t.budget_id
    WHERE r.id = ANY (ended) AND r.type = 'agent' AND r.resource_usage <> '{}'
    ORDER BY t.budget_id, t.counted_id, t.period_start ON CONFLICT DO NOTHING;
  WITH told AS (
    SELECT r.id AS run_id, r.organization_id, r.lease, md5(r.id || ':' || r.lease)::uuid AS entry_id,
      (r.resource_usage ->> 'cost_usd')::numeric AS usd, coalesce((r.resource_usage ->> 'input_tokens')::bigint, 0)
        + coalesce((r.resource_usage ->> 'output_tokens')::bigint, 0) AS tokens
    FROM runs r JOIN agents a ON a.organization_id = r.organization_id AND a.id = r.agent_id AND a.runtime = 'external'
    WHERE r.id = ANY (ended) AND r.type = 'agent' AND r.status IN ('completed', 'failed', 'cancelled')
  ), counted AS (
    SELECT o.run_id, sum(o.settled_usd) AS usd, sum(o.settled_tokens) AS tokens FROM (
      SELECT DISTINCT e.run_id, e.id, e.settled_usd, e.settled_tokens FROM budget_entries e JOIN told t
        ON t.organization_id = e.organization_id AND t.run_id = e.run_id AND e.id <> t.entry_id AND e.step_id = e.run_id) o
    GROUP BY o.run_id
  ), added AS (
    SELECT t.*, greatest(t.usd - coalesce(c.usd, 0), 0) AS new_usd, greatest(t.tokens - coalesce(c.tokens, 0), 0) AS new_tokens
    FROM told t LEFT JOIN counted c ON c.run_id = t.run_id
  ), entered AS (
    INSERT INTO budget_entries (id, organization_id, budget_id, counted_id, period_start, run_id, step_id, interrupted_id, lease, model,
      reserved_usd, reserved_tokens, expires_at)
    SELECT n.entry_id, n.organization_id, t.budget_id, t.counted_id, t.period_start, n.run_id, n.run_id, n.run_id, n.lease, 'reported',
      0, 0, tenant.now() + interval '1 hour'
    FROM added n CROSS JOIN LATERAL tenant.budgets_of(ARRAY[n.run_id]) t WHERE n.new_usd > 0 OR n.new_tokens > 0
    ORDER BY n.entry_id, t.budget_id ON CONFLICT DO NOTHING RETURNING id
  )
  SELECT json_agg(json_build_object('id', n.entry_id, 'state', 'settled', 'usd', n.new_usd, 'tokens', n.new_tokens)) INTO endings
    FROM added n WHERE n.entry_id IN (SELECT e.id FROM entered e);
  IF endings IS NOT NULL THEN
    PERFORM tenant.end_spending(endings);
  END IF;
END $$;

-- Deletes entries that ended some days ago, and counters and grants of periods that ended long ago. Returns how many entries.
CREATE OR REPLACE FUNCTION tenant.keep_budgets(entry_days integer, counter_days integer, most integer) RETURNS integer LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  deleted integer;
BEGIN
  DELETE FROM budget_entries WHERE ctid = ANY (ARRAY(SELECT e.ctid FROM budget_entries e
    WHERE e.state <> 'reserved' AND e.ended_at < tenant.now() - make_interval(days => entry_days) ORDER BY e.ended_at LIMIT most));
  GET DIAGNOSTICS deleted = ROW_COUNT;
  DELETE FROM budget_grants g USING budgets b WHERE b.id = g.budget_id AND (b.period <> 'total' OR b.scope = 'run')
    AND g.created_at < tenant.now() - make_interval(days => counter_days);
  DELETE FROM budget_counters k USING budgets b WHERE b.id = k.budget_id AND k.reserved_usd = 0 AND k.reserved_tokens = 0 AND (
    (b.period <> 'total' AND k.period_start < tenant.now() - make_interval(days => counter_days))
    OR (b.scope = 'run' AND NOT EXISTS (SELECT FROM runs r WHERE r.organization_id = k.organization_id AND r.id = k.counted_id)));
  RETURN deleted;
END $$;

REVOKE ALL ON FUNCTION tenant.organizations_with_budgets(), tenant.reap_spending(integer, uuid, bigint), tenant.keep_budgets(integer, integer, integer)
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.organizations_with_budgets(), tenant.reap_spending(integer, uuid, bigint),
  tenant.keep_budgets(integer, integer, integer) TO retinue_app;
