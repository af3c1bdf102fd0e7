-- Deployments: what the URL of a target serves, before any tenant is known, and maintenance over all organizations.

-- The deployed version of a target, unless its organization is being deleted.
CREATE OR REPLACE FUNCTION tenant.find_deployed(target uuid)
  RETURNS TABLE (id uuid, organization_id uuid, target_type text, target_id uuid, version integer, snapshot jsonb)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT d.id, d.organization_id, d.target_type, d.target_id, d.version, d.snapshot
  FROM deployments d JOIN organizations o ON o.id = d.organization_id
  WHERE d.target_id = target AND d.status = 'deployed' AND o.status = 'active'
$$;

-- Names organizations that have visitors who were not seen since an instant.
CREATE OR REPLACE FUNCTION tenant.organizations_with_expired_visitors(before timestamptz) RETURNS SETOF uuid LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT o.id FROM organizations o WHERE EXISTS (
    SELECT FROM deployment_visitors v WHERE v.organization_id = o.id AND v.last_seen_at < before)
$$;

REVOKE ALL ON FUNCTION tenant.find_deployed(uuid), tenant.organizations_with_expired_visitors(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.find_deployed(uuid), tenant.organizations_with_expired_visitors(timestamptz) TO retinue_app;
