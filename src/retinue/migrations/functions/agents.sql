-- Maintenance of agents over all organizations.

-- What the runs of all organizations say about their agents: writes last_activity, and returns which agents should change
-- their status, with why. An agent fails when its last five runs since its status changed all failed; it recovers with the
-- next one that completes. A private run gives no reason. Playground runs are left out: they may be of a draft. One worker at a time does this; the others
-- return at once.
CREATE OR REPLACE FUNCTION tenant.review_agents() RETURNS TABLE (organization_id uuid, agent_id uuid, is_failing boolean, reason text)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  IF NOT pg_try_advisory_xact_lock(tenant.lock_key('review_agents')) THEN
    RETURN;
  END IF;
  UPDATE agents a SET last_activity = newest.at
  FROM agents b CROSS JOIN LATERAL (
    SELECT greatest(r.created_at, r.started_at, r.completed_at) AS at FROM runs r
    WHERE r.organization_id = b.organization_id AND r.agent_id = b.id ORDER BY r.created_at DESC, r.id DESC LIMIT 1) newest
  WHERE a.id = b.id AND (a.last_activity IS NULL OR a.last_activity < newest.at);
  RETURN QUERY
  SELECT a.organization_id, a.id, a.status = 'active',
    (array_agg(CASE WHEN NOT last.is_private THEN last.error_message END ORDER BY last.number))[1]
  FROM agents a CROSS JOIN LATERAL (
    SELECT r.status, r.error_message, r.private_to_user_id IS NOT NULL AS is_private, row_number() OVER (ORDER BY r.created_at DESC, r.id DESC) AS number
    FROM runs r
    WHERE r.organization_id = a.organization_id AND r.agent_id = a.id AND r.status IN ('completed', 'failed')
      AND NOT r.playground
      AND r.created_at > a.status_changed_at
    ORDER BY r.created_at DESC, r.id DESC LIMIT 5) last
  WHERE a.status IN ('active', 'error')
  GROUP BY a.organization_id, a.id, a.status
  HAVING (a.status = 'active' AND count(*) = 5 AND bool_and(last.status = 'failed'))
    OR (a.status = 'error' AND bool_or(last.status = 'completed' AND last.number = 1));
END $$;

-- How many runs of an agent of the transaction's organizations are not finished, private ones included.
CREATE OR REPLACE FUNCTION tenant.count_unfinished_runs(agent uuid) RETURNS bigint LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT count(*) FROM runs WHERE organization_id = ANY (tenant.organizations()) AND agent_id = agent
    AND status IN ('pending', 'running', 'waiting')
$$;

-- The agents of the transaction's organizations that were most used since an instant, private runs included. Counting stops at
-- 1,000 runs an agent, so a busy one costs no more.
CREATE OR REPLACE FUNCTION tenant.popular_agents(since timestamptz, most integer) RETURNS SETOF uuid LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT a.id FROM agents a CROSS JOIN LATERAL (
    SELECT count(*) AS run_count FROM (
      SELECT FROM runs r WHERE r.organization_id = a.organization_id AND r.agent_id = a.id AND r.created_at > since LIMIT 1000
    ) recent) used
  WHERE a.organization_id = ANY (tenant.organizations()) AND used.run_count > 0
  ORDER BY used.run_count DESC, a.id LIMIT most
$$;

REVOKE ALL ON FUNCTION tenant.count_unfinished_runs(uuid), tenant.popular_agents(timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.count_unfinished_runs(uuid), tenant.popular_agents(timestamptz, integer) TO retinue_app;
REVOKE ALL ON FUNCTION tenant.review_agents() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.review_agents() TO retinue_app;

-- What an agent's variables are called, and those of the organization of which it has none of its own.
CREATE OR REPLACE FUNCTION tenant.variables_of(organization uuid, agent uuid) RETURNS TABLE (name text, is_secret boolean, is_empty boolean)
  LANGUAGE sql STABLE AS $$
  SELECT v.name, v.is_secret, v.value IS NULL AND v.value_encrypted IS NULL FROM agent_variables v WHERE v.agent_id = agent
  UNION ALL
  SELECT o.name, o.is_secret, o.value IS NULL AND o.value_encrypted IS NULL FROM organization_variables o
  WHERE o.organization_id = organization
    AND NOT EXISTS (SELECT FROM agent_variables v WHERE v.agent_id = agent AND v.name = o.name)
$$;
