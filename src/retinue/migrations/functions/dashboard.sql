-- The dashboard: what must see private runs.

-- How many runs of an organization have a status, private ones included. Counting stops at a number. Written out for the statuses
-- that have an index of their own, which a parameter would not find.
CREATE OR REPLACE FUNCTION tenant.count_runs(organization uuid, wanted text, most integer) RETURNS integer LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT count(*)::integer FROM (
    SELECT FROM runs r WHERE r.organization_id = organization AND r.organization_id = ANY (tenant.organizations())
      AND wanted = 'running' AND r.status = 'running'
    UNION ALL
    SELECT FROM runs r WHERE r.organization_id = organization AND r.organization_id = ANY (tenant.organizations())
      AND wanted = 'pending' AND r.status = 'pending'
    UNION ALL
    SELECT FROM runs r WHERE r.organization_id = organization AND r.organization_id = ANY (tenant.organizations())
      AND wanted NOT IN ('running', 'pending') AND r.status = wanted
    LIMIT most) counted
$$;

REVOKE ALL ON FUNCTION tenant.count_runs(uuid, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.count_runs(uuid, text, integer) TO retinue_app;
