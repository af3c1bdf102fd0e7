-- Maintenance of conversations over all organizations.

-- Names organizations that have uploads which were never sent with a message.
CREATE OR REPLACE FUNCTION tenant.organizations_with_unused_attachments(before timestamptz) RETURNS SETOF uuid LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT DISTINCT organization_id FROM attachments WHERE conversation_id IS NULL AND created_at < before
$$;

-- Names organizations in which a person has conversations or uploads, memberships of before included.
CREATE OR REPLACE FUNCTION tenant.organizations_with_conversations_of(person uuid) RETURNS SETOF uuid LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT organization_id FROM conversations WHERE user_id = person
  UNION SELECT organization_id FROM attachments WHERE user_id = person
$$;

REVOKE ALL ON FUNCTION tenant.organizations_with_unused_attachments(timestamptz),
  tenant.organizations_with_conversations_of(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.organizations_with_unused_attachments(timestamptz),
  tenant.organizations_with_conversations_of(uuid) TO retinue_app;
