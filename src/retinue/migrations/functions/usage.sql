-- Use of the API and of models: requests in batches, calls of models from the steps of runs, and sums by the hour.

-- Makes the partitions of metrics and usage from an instant to the present; they are there already, unless no worker has run
-- for weeks.
CREATE OR REPLACE FUNCTION tenant.make_room(since timestamptz) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  first timestamptz := greatest(least(since, tenant.now()), tenant.now() - interval '400 days');
BEGIN
  PERFORM tenant.make_partitions('reported_metrics', first, tenant.now() + interval '1 day'),
    tenant.make_partitions('run_metrics', first, tenant.now() + interval '1 day'),
    tenant.make_partitions('api_usage', first, tenant.now() + interval '1 day');
END $$;

-- Writes requests of several organizations in one statement of an API process, as the journal does. An agent that does not
-- exist (any more) is left out, and so is an organization that is being deleted. Written twice, a request is there once.
CREATE OR REPLACE FUNCTION tenant.record_requests(organizations text, requests json) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  written integer;
  shares json;
BEGIN
  PERFORM set_config('app.organization_ids', organizations, true), set_config('app.is_system', 'on', true);
  PERFORM tenant.make_room((SELECT min(x.created_at) FROM json_to_recordset(requests) AS x (created_at timestamptz)));
  -- Who adds to the sums and who makes them again wait for each other. A request that was sent twice waits here for its first.
  PERFORM pg_advisory_xact_lock(tenant.lock_key('add_up_usage'));
  WITH given AS MATERIALIZED (
    SELECT x.id, x.organization_id, x.user_id, x.api_key_id,
      (SELECT a.id FROM agents a WHERE a.organization_id = x.organization_id AND a.id = x.agent_id) AS agent_id, x.endpoint, x.method,
      x.status_code, x.response_time_ms, x.created_at
    FROM json_to_recordset(requests) AS x (id uuid, organization_id uuid, user_id uuid, api_key_id uuid, agent_id uuid,
      endpoint text, method text, status_code integer, response_time_ms integer, created_at timestamptz)
    WHERE EXISTS (SELECT FROM organizations o WHERE o.id = x.organization_id AND o.status = 'active')
      AND (SELECT true FROM api_usage u WHERE u.organization_id = x.organization_id AND u.id = x.id AND u.created_at = x.created_at) IS NULL
  ), entered AS (
    INSERT INTO api_usage (id, organization_id, kind, user_id, api_key_id, agent_id, endpoint, method, status_code, response_time_ms,
      created_at)
    SELECT g.id, g.organization_id, 'request', g.user_id, g.api_key_id, g.agent_id, g.endpoint, g.method, g.status_code,
      g.response_time_ms, g.created_at FROM given g
  ), share AS (
    SELECT g.organization_id, date_trunc('hour', g.created_at, 'UTC') AS hour, 'request' AS kind, g.user_id, g.api_key_id, g.agent_id,
      g.endpoint, g.method, count(*) AS calls, count(*) FILTER (WHERE g.status_code >= 400) AS failed_calls,
      coalesce(sum(g.response_time_ms), 0) AS response_time_ms
    FROM given g GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
  )
  SELECT coalesce(sum(s.calls), 0), json_agg(s) INTO written, shares FROM share s;
  PERFORM tenant.add_usage(shares);
  RETURN written;
END $$;

-- Adds to the sums of hours what was written for the first time. The caller holds the lock under which these are made.
CREATE OR REPLACE FUNCTION tenant.add_usage(shares json) RETURNS void LANGUAGE sql AS $$
  WITH share AS MATERIALIZED (
    SELECT row_number() OVER () AS number, x.organization_id, x.hour, x.kind, x.user_id, x.api_key_id, x.agent_id, x.endpoint, x.method, x.model,
      x.calls, x.failed_calls, coalesce(x.unpriced_calls, 0) AS unpriced_calls, coalesce(x.input_tokens, 0) AS input_tokens,
      coalesce(x.output_tokens, 0) AS output_tokens, coalesce(x.cost_usd, 0) AS cost_usd, x.response_time_ms
    FROM json_to_recordset(shares) AS x (organization_id uuid, hour timestamptz, kind text, user_id uuid, api_key_id uuid, agent_id uuid,
      endpoint text, method text, model text, calls bigint, failed_calls bigint, unpriced_calls bigint, input_tokens bigint,
      output_tokens bigint, cost_usd numeric, response_time_ms bigint)
  ), added AS (
    UPDATE usage_hours h SET calls = h.calls + s.calls, failed_calls = h.failed_calls + s.failed_calls,
      unpriced_calls = h.unpriced_calls + s.unpriced_calls, input_tokens = h.input_tokens + s.input_tokens,
      output_tokens = h.output_tokens + s.output_tokens, cost_usd = h.cost_usd + s.cost_usd,
      response_time_ms = h.response_time_ms + s.response_time_ms
    FROM share s WHERE h.organization_id = s.organization_id AND h.hour = s.hour AND h.kind = s.kind AND h.endpoint = s.endpoint
      AND h.method = s.method AND coalesce(h.user_id, '00000000-0000-0000-0000-000000000000')
        = coalesce(s.user_id, '00000000-0000-0000-0000-000000000000')
      AND coalesce(h.agent_id, '00000000-0000-0000-0000-000000000000') = coalesce(s.agent_id, '00000000-0000-0000-0000-000000000000')
      AND h.api_key_id IS NOT DISTINCT FROM s.api_key_id AND h.model IS NOT DISTINCT FROM s.model
    RETURNING s.number
  )
  INSERT INTO usage_hours (organization_id, hour, kind, user_id, api_key_id, agent_id, endpoint, method, model, calls, failed_calls,
    unpriced_calls, input_tokens, output_tokens, cost_usd, response_time_ms)
  SELECT s.organization_id, s.hour, s.kind, s.user_id, s.api_key_id, s.agent_id, s.endpoint, s.method, s.model, s.calls, s.failed_calls,
    s.unpriced_calls, s.input_tokens, s.output_tokens, s.cost_usd, s.response_time_ms
  FROM share s WHERE s.number NOT IN (SELECT a.number FROM added a)
$$;

-- Writes the calls of models of some runs, as their steps have them. What is new is added to the sums of its hour at once: the
-- caller holds the lock under which these are made. What changes something, and what is ``rebuilt``, has its hours added up again
-- from all rows. A step that is carried out again has another time, and so another place: the earlier one is removed. A fork has
-- copies of steps under the ids and times that they have, which are the calls of the run that made them.
CREATE OR REPLACE FUNCTION tenant.write_model_calls(wanted uuid[], rebuilt uuid[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  oldest timestamptz := tenant.oldest_partition('api_usage');
  shares json;
BEGIN
  WITH step AS (
    SELECT s.id, s.organization_id, r.created_at - CASE WHEN r.forked_from_run_id IS NULL THEN interval '1 day' ELSE '0' END AS since, coalesce(s.completed_at, s.started_at) AS at
    FROM runs r CROSS JOIN LATERAL (SELECT * FROM run_steps s WHERE s.run_id = r.id AND s.step_type = 'llm_call' OFFSET 0) s
    WHERE r.id = ANY (wanted) AND r.lease > 1
  ), removed AS (
    DELETE FROM api_usage u USING step s WHERE u.organization_id = s.organization_id AND u.id = s.id AND u.kind = 'model_call'
      AND u.created_at >= s.since AND u.created_at <> s.at RETURNING u.organization_id, u.created_at
  )
  INSERT INTO usage_changes (organization_id, hour)
  SELECT DISTINCT x.organization_id, date_trunc('hour', x.created_at, 'UTC') FROM removed x;
  WITH step AS (
    SELECT DISTINCT ON (s.id, coalesce(s.completed_at, s.started_at)) s.id, s.organization_id, r.triggered_by_id AS user_id, r.api_key_id,
      CASE WHEN s.usage ? 'agent_id' THEN (SELECT a.id FROM agents a WHERE a.organization_id = r.organization_id AND a.id = (s.usage ->> 'agent_id')::uuid) ELSE r.agent_id END AS agent_id,
      CASE s.status WHEN 'completed' THEN 200 WHEN 'cancelled' THEN 499 ELSE 502 END AS status_code,
      least(extract(epoch FROM s.completed_at - s.started_at) * 1000, 2147483647)::integer AS response_time_ms,
      (s.usage ->> 'cost_usd')::numeric AS cost_usd, s.usage ->> 'model' AS model,
      coalesce((s.usage ->> 'input_tokens')::bigint, 0) AS input_tokens,
      coalesce((s.usage ->> 'output_tokens')::bigint, 0) AS output_tokens, coalesce(s.completed_at, s.started_at) AS created_at,
      r.id = ANY (rebuilt) AS is_rebuilt
    -- With OFFSET 0, so that the steps of each run are looked up by their index, whatever is known of the table's size.
    FROM runs r CROSS JOIN LATERAL (SELECT * FROM run_steps s WHERE s.run_id = r.id AND s.step_type = 'llm_call' OFFSET 0) s
    WHERE r.id = ANY (wanted) AND s.status <> 'waiting' AND coalesce(s.completed_at, s.started_at) >= oldest
      AND (r.forked_from_run_id IS NULL OR NOT EXISTS (SELECT FROM run_steps o WHERE o.run_id = r.forked_from_run_id AND o.id = s.id
        AND coalesce(o.completed_at, o.started_at) = coalesce(s.completed_at, s.started_at)))
    ORDER BY s.id, coalesce(s.completed_at, s.started_at), r.created_at
  ), call AS MATERIALIZED (
    -- As a sub-query, so that each is looked up by its key.
    SELECT s.*, s.is_rebuilt OR (SELECT true FROM api_usage u WHERE u.organization_id = s.organization_id AND u.id = s.id
      AND u.created_at = s.created_at) IS NOT NULL AS is_known FROM step s
  ), entered AS (
    INSERT INTO api_usage (id, organization_id, kind, user_id, api_key_id, agent_id, endpoint, method, status_code, response_time_ms,
      cost_usd, model, input_tokens, output_tokens, created_at)
    SELECT c.id, c.organization_id, 'model_call', c.user_id, c.api_key_id, c.agent_id, 'model_call', 'POST', c.status_code,
      c.response_time_ms, c.cost_usd, c.model, c.input_tokens, c.output_tokens, c.created_at FROM call c WHERE NOT c.is_known
  ), replaced AS (
    INSERT INTO api_usage AS u (id, organization_id, kind, user_id, api_key_id, agent_id, endpoint, method, status_code, response_time_ms,
      cost_usd, model, input_tokens, output_tokens, created_at)
    SELECT c.id, c.organization_id, 'model_call', c.user_id, c.api_key_id, c.agent_id, 'model_call', 'POST', c.status_code,
      c.response_time_ms, c.cost_usd, c.model, c.input_tokens, c.output_tokens, c.created_at FROM call c WHERE c.is_known
    ON CONFLICT ON CONSTRAINT api_usage_pkey DO UPDATE SET user_id = excluded.user_id, agent_id = excluded.agent_id,
      status_code = excluded.status_code, response_time_ms = excluded.response_time_ms, cost_usd = excluded.cost_usd,
      model = excluded.model, input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens
      WHERE (u.user_id, u.agent_id, u.status_code, u.response_time_ms, u.cost_usd, u.model, u.input_tokens, u.output_tokens)
        IS DISTINCT FROM (excluded.user_id, excluded.agent_id, excluded.status_code, excluded.response_time_ms, excluded.cost_usd,
          excluded.model, excluded.input_tokens, excluded.output_tokens)
    RETURNING u.organization_id, u.created_at
  ), changed AS (
    INSERT INTO usage_changes (organization_id, hour)
    SELECT e.organization_id, date_trunc('hour', e.created_at, 'UTC') FROM replaced e
    UNION SELECT c.organization_id, date_trunc('hour', c.created_at, 'UTC') FROM call c WHERE c.is_rebuilt
  ), share AS (
    SELECT c.organization_id, date_trunc('hour', c.created_at, 'UTC') AS hour, 'model_call' AS kind, c.user_id, c.api_key_id, c.agent_id,
      'model_call' AS endpoint, 'POST' AS method, c.model, count(*) AS calls, count(*) FILTER (WHERE c.status_code >= 400) AS failed_calls,
      count(*) FILTER (WHERE c.cost_usd IS NULL) AS unpriced_calls, sum(c.input_tokens) AS input_tokens,
      sum(c.output_tokens) AS output_tokens, coalesce(sum(c.cost_usd), 0)::text AS cost_usd,
      coalesce(sum(c.response_time_ms), 0) AS response_time_ms
    FROM call c WHERE NOT c.is_known GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
  )
  SELECT json_agg(s) INTO shares FROM share s;
  PERFORM tenant.add_usage(shares);
END $$;

-- Adds up again the hours of which rows were replaced or removed, from all of their rows, so that it may be repeated. One worker at a time:
-- two would each miss what the other has not committed. Returns how many changes were taken.
CREATE OR REPLACE FUNCTION tenant.add_up_usage(most integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  oldest timestamptz := tenant.oldest_partition('api_usage');
  organizations uuid[];
  hours timestamptz[];
  taken integer;
BEGIN
  IF NOT pg_try_advisory_xact_lock(tenant.lock_key('add_up_usage')) THEN
    RETURN 0;
  END IF;
  WITH gone AS (
    DELETE FROM usage_changes WHERE ctid = ANY (ARRAY(
      SELECT c.ctid FROM usage_changes c JOIN organizations o ON o.id = c.organization_id WHERE o.status = 'active' LIMIT most)) RETURNING organization_id, hour
  )
  SELECT array_agg(g.organization_id), array_agg(g.hour), coalesce(sum(g.number), 0) INTO organizations, hours, taken
    FROM (SELECT g.organization_id, g.hour, count(*) AS number FROM gone g GROUP BY g.organization_id, g.hour) g;
  DELETE FROM usage_hours h USING unnest(organizations, hours) AS c (organization_id, hour)
    WHERE h.organization_id = c.organization_id AND h.hour = c.hour AND c.hour >= oldest;
  INSERT INTO usage_hours (organization_id, hour, kind, user_id, api_key_id, agent_id, endpoint, method, model, calls, failed_calls,
    unpriced_calls, input_tokens, output_tokens, cost_usd, response_time_ms)
  SELECT c.organization_id, c.hour, u.kind, u.user_id, u.api_key_id, u.agent_id, u.endpoint, u.method, u.model, count(*),
    count(*) FILTER (WHERE u.status_code >= 400), count(*) FILTER (WHERE u.kind = 'model_call' AND u.cost_usd IS NULL),
    sum(u.input_tokens), sum(u.output_tokens), coalesce(sum(u.cost_usd), 0), coalesce(sum(u.response_time_ms), 0)
  FROM unnest(organizations, hours) AS c (organization_id, hour)
  JOIN api_usage u ON u.organization_id = c.organization_id AND u.created_at >= c.hour AND u.created_at < c.hour + interval '1 hour'
  WHERE c.hour >= oldest
  GROUP BY c.organization_id, c.hour, u.kind, u.user_id, u.api_key_id, u.agent_id, u.endpoint, u.method, u.model;
  RETURN taken;
END $$;

-- Makes partitions ahead, and deletes what is older than it is kept: calls by whole weeks, sums in batches. Returns how many sums.
CREATE OR REPLACE FUNCTION tenant.keep_usage(days integer, hours_days integer, most integer) RETURNS integer LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  deleted integer;
BEGIN
  PERFORM tenant.make_partitions('api_usage', tenant.now() - make_interval(days => days), tenant.now() + interval '4 weeks');
  PERFORM tenant.drop_partitions('api_usage', tenant.now() - make_interval(days => days));
  DELETE FROM usage_hours WHERE ctid = ANY (ARRAY(
    SELECT h.ctid FROM usage_hours h WHERE h.hour < tenant.now() - make_interval(days => hours_days) ORDER BY h.hour LIMIT most));
  GET DIAGNOSTICS deleted = ROW_COUNT;
  RETURN deleted;
END $$;

REVOKE ALL ON FUNCTION tenant.write_model_calls(uuid[], uuid[]), tenant.make_room(timestamptz), tenant.add_up_usage(integer), tenant.keep_usage(integer, integer, integer)
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.make_room(timestamptz), tenant.add_up_usage(integer), tenant.keep_usage(integer, integer, integer) TO retinue_app;
