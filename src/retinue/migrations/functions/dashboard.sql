-- The dashboard: what must see private runs.

-- How many runs of an organization have a status, private ones included. Counting stops at a number.
CREATE OR REPLACE FUNCTION tenant.count_runs(organization uuid, wanted text, most integer) RETURNS integer LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT count(*)::integer FROM (
    SELECT FROM runs r WHERE r.organization_id = organization AND r.organization_id = ANY (tenant.organizations()) AND r.status = wanted
    LIMIT most) counted
$$;

REVOKE ALL ON FUNCTION tenant.count_runs(uuid, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.count_runs(uuid, text, integer) TO retinue_app;
