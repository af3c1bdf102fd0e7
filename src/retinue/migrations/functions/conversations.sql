-- Maintenance of conversations over all organizations.

-- Names organizations that have uploads which were never sent with a message.
CREATE OR REPLACE FUNCTION tenant.organizations_with_unused_attachments(before timestamptz) RETURNS SETOF uuid LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT DISTINCT organization_id FROM attachments WHERE conversation_id IS NULL AND created_at < before
$$;

REVOKE ALL ON FUNCTION tenant.organizations_with_unused_attachments(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.organizations_with_unused_attachments(timestamptz) TO retinue_app;
