-- Teams: what must see private runs.

-- How many runs of a team of the transaction's organizations are not finished, private ones included.
CREATE OR REPLACE FUNCTION tenant.count_unfinished_runs_of_team(team uuid) RETURNS bigint LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT count(*) FROM runs WHERE organization_id = ANY (tenant.organizations()) AND type = 'team' AND target_id = team
    AND status IN ('pending', 'running', 'waiting')
$$;

REVOKE ALL ON FUNCTION tenant.count_unfinished_runs_of_team(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.count_unfinished_runs_of_team(uuid) TO retinue_app;
