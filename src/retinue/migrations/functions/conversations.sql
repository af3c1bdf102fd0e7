-- Maintenance of conversations over all organizations.

-- Names organizations that have uploads which were never sent with a message.
CREATE OR REPLACE FUNCTION tenant.organizations_with_unused_attachments(before timestamptz) RETURNS SETOF uuid LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT DISTINCT organization_id FROM attachments WHERE conversation_id IS NULL AND created_at < before
$$;

-- Names organizations that keep messages longer than they want to.
CREATE OR REPLACE FUNCTION tenant.organizations_with_expired_messages(instant timestamptz) RETURNS SETOF uuid LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT o.id FROM organizations o WHERE EXISTS (
    SELECT FROM messages m WHERE m.organization_id = o.id AND m.created_at < instant - make_interval(days => tenant.retention_days(o.retention, 'messages', o.run_retention_days))
  ) OR EXISTS (
    SELECT FROM conversations c WHERE c.organization_id = o.id
      AND coalesce(c.last_message_time, c.created_at) < instant - make_interval(days => tenant.retention_days(o.retention, 'messages', o.run_retention_days)))
$$;

-- Names organizations in which a person has conversations or uploads, memberships of before included.
CREATE OR REPLACE FUNCTION tenant.organizations_with_conversations_of(person uuid) RETURNS SETOF uuid LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT organization_id FROM conversations WHERE user_id = person
  UNION SELECT organization_id FROM attachments WHERE user_id = person
$$;

REVOKE ALL ON FUNCTION tenant.organizations_with_unused_attachments(timestamptz),
  tenant.organizations_with_expired_messages(timestamptz), tenant.organizations_with_conversations_of(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.organizations_with_unused_attachments(timestamptz),
  tenant.organizations_with_expired_messages(timestamptz), tenant.organizations_with_conversations_of(uuid) TO retinue_app;
