-- Use of the API and of models: requests in batches, calls of models from the steps of runs, and sums by the hour.

-- Makes the partitions of metrics and usage from an instant to the present; they are there already, unless no worker has run
-- for weeks.
CREATE OR REPLACE FUNCTION tenant.make_room(since timestamptz) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  first timestamptz := greatest(least(since, tenant.now()), tenant.now() - interval '400 days');
BEGIN
  PERFORM tenant.make_partitions('agent_metrics', first, tenant.now() + interval '1 day'),
    tenant.make_partitions('api_usage', first, tenant.now() + interval '1 day');
END $$;

-- Writes requests of several organizations in one statement of an API process, as the journal does. An agent that does not
-- exist (any more) is left out, and so is an organization that is being deleted. Written twice, a request is there once.
CREATE OR REPLACE FUNCTION tenant.record_requests(organizations text, requests json) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  written integer;
BEGIN
  PERFORM set_config('app.organization_ids', organizations, true), set_config('app.is_system', 'on', true);
  PERFORM tenant.make_room((SELECT min(x.created_at) FROM json_to_recordset(requests) AS x (created_at timestamptz)));
  WITH given AS (
    SELECT x.* FROM json_to_recordset(requests) AS x (id uuid, organization_id uuid, user_id uuid, api_key_id uuid, agent_id uuid,
      endpoint text, method text, status_code integer, response_time_ms integer, created_at timestamptz)
    WHERE EXISTS (SELECT FROM organizations o WHERE o.id = x.organization_id AND o.status = 'active')
  ), entered AS (
    INSERT INTO api_usage (id, organization_id, kind, user_id, api_key_id, agent_id, endpoint, method, status_code, response_time_ms,
      created_at)
    SELECT g.id, g.organization_id, 'request', g.user_id, g.api_key_id,
      (SELECT a.id FROM agents a WHERE a.organization_id = g.organization_id AND a.id = g.agent_id), g.endpoint, g.method,
      g.status_code, g.response_time_ms, g.created_at FROM given g
    ON CONFLICT ON CONSTRAINT api_usage_pkey DO NOTHING RETURNING organization_id, created_at
  ), changed AS (
    INSERT INTO usage_changes (organization_id, hour)
    SELECT DISTINCT e.organization_id, date_trunc('hour', e.created_at, 'UTC') FROM entered e
  )
  SELECT count(*) INTO written FROM entered;
  RETURN written;
END $$;

-- Writes the calls of models of some runs, as their steps have them; what was written of them before is replaced. A step that
-- is carried out again has another time, and so another place: the earlier one is removed. A fork has copies of steps under their
-- the ids and times that they have, which are the calls of the run that made them.
CREATE OR REPLACE FUNCTION tenant.write_model_calls(wanted uuid[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  oldest timestamptz := tenant.oldest_partition('api_usage');
BEGIN
  WITH step AS (
    SELECT s.id, s.organization_id, r.created_at - CASE WHEN r.forked_from_run_id IS NULL THEN interval '1 day' ELSE '0' END AS since, coalesce(s.completed_at, s.started_at) AS at
    FROM runs r JOIN run_steps s ON s.run_id = r.id WHERE r.id = ANY (wanted) AND r.lease > 1 AND s.step_type = 'llm_call'
  ), removed AS (
    DELETE FROM api_usage u USING step s WHERE u.organization_id = s.organization_id AND u.id = s.id AND u.kind = 'model_call'
      AND u.created_at >= s.since AND u.created_at <> s.at RETURNING u.organization_id, u.created_at
  )
  INSERT INTO usage_changes (organization_id, hour)
  SELECT DISTINCT x.organization_id, date_trunc('hour', x.created_at, 'UTC') FROM removed x;
  WITH entered AS (
    INSERT INTO api_usage AS u (id, organization_id, kind, user_id, api_key_id, agent_id, endpoint, method, status_code, response_time_ms,
      cost_usd, model, input_tokens, output_tokens, created_at)
    SELECT DISTINCT ON (s.id, coalesce(s.completed_at, s.started_at)) s.id, s.organization_id, 'model_call', r.triggered_by_id, r.api_key_id,
      CASE WHEN s.usage ? 'agent_id' THEN (SELECT a.id FROM agents a WHERE a.organization_id = r.organization_id AND a.id = (s.usage ->> 'agent_id')::uuid) ELSE r.agent_id END,
      'model_call', 'POST',
      CASE s.status WHEN 'completed' THEN 200 WHEN 'cancelled' THEN 499 ELSE 502 END,
      least(extract(epoch FROM s.completed_at - s.started_at) * 1000, 2147483647)::integer, (s.usage ->> 'cost_usd')::numeric,
      s.usage ->> 'model', coalesce((s.usage ->> 'input_tokens')::bigint, 0), coalesce((s.usage ->> 'output_tokens')::bigint, 0),
      coalesce(s.completed_at, s.started_at)
    FROM runs r JOIN run_steps s ON s.run_id = r.id
    WHERE r.id = ANY (wanted) AND s.step_type = 'llm_call' AND s.status <> 'waiting' AND coalesce(s.completed_at, s.started_at) >= oldest
      AND NOT EXISTS (SELECT FROM run_steps o WHERE r.forked_from_run_id IS NOT NULL AND o.run_id = r.forked_from_run_id AND o.id = s.id
        AND coalesce(o.completed_at, o.started_at) = coalesce(s.completed_at, s.started_at))
    ORDER BY s.id, coalesce(s.completed_at, s.started_at), r.created_at
    ON CONFLICT ON CONSTRAINT api_usage_pkey DO UPDATE SET user_id = excluded.user_id, agent_id = excluded.agent_id,
      status_code = excluded.status_code, response_time_ms = excluded.response_time_ms, cost_usd = excluded.cost_usd,
      model = excluded.model, input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens
    RETURNING u.organization_id, u.created_at
  )
  INSERT INTO usage_changes (organization_id, hour)
  SELECT DISTINCT e.organization_id, date_trunc('hour', e.created_at, 'UTC') FROM entered e;
END $$;

-- Adds up the hours that changed, from all of their rows, so that it may be repeated and late rows count. One worker at a time:
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

REVOKE ALL ON FUNCTION tenant.write_model_calls(uuid[]), tenant.make_room(timestamptz), tenant.add_up_usage(integer), tenant.keep_usage(integer, integer, integer)
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.make_room(timestamptz), tenant.add_up_usage(integer), tenant.keep_usage(integer, integer, integer) TO retinue_app;
