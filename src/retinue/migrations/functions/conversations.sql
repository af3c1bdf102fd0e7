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

-- What a link to a conversation shows, by the hash of its token: no row when there is none, it has expired, its person may not sign in
-- or is no member any more, or it is for members and the transaction is of another organization. Messages that came later, answers that
-- are being written, and what is not said (steps, files) are not shown.
CREATE OR REPLACE FUNCTION tenant.open_conversation_share(hash bytea, is_public boolean) RETURNS TABLE (title text, partner_name text,
  person_name text, organization_name text, audience text, created_at timestamptz, expires_at timestamptz, messages jsonb)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT c.title, coalesce(a.name, t.name, w.name), coalesce(nullif(u.full_name, ''), u.username), o.name, s.audience, s.created_at,
    s.expires_at, coalesce((
      SELECT jsonb_agg(jsonb_build_object('sequence', m.sequence, 'sender_type', m.sender_type, 'content', m.content, 'status', m.status,
        'created_at', m.created_at, 'attachments', (SELECT coalesce(jsonb_agg(f ->> 'name'), '[]') FROM jsonb_array_elements(m.attachments) f))
        ORDER BY m.sequence)
      FROM messages m WHERE m.organization_id = s.organization_id AND m.conversation_id = s.conversation_id
        AND m.sequence <= s.last_sequence AND m.status <> 'streaming'), '[]')
  FROM conversation_shares s
  JOIN conversations c ON c.organization_id = s.organization_id AND c.id = s.conversation_id AND c.user_id = s.user_id
  JOIN organizations o ON o.id = s.organization_id AND o.status = 'active'
  JOIN users u ON u.id = s.user_id AND u.is_active
  JOIN memberships p ON p.user_id = s.user_id AND p.organization_id = s.organization_id
  LEFT JOIN agents a ON a.organization_id = c.organization_id AND a.id = c.agent_id
  LEFT JOIN teams t ON t.organization_id = c.organization_id AND t.id = c.team_id
  LEFT JOIN workflows w ON w.organization_id = c.organization_id AND w.id = c.workflow_id
  WHERE s.token_hash = hash AND s.expires_at > tenant.now()
    AND ((s.audience = 'anyone' AND is_public) OR s.organization_id = ANY (tenant.organizations()))
$$;

-- Deletes links of all organizations that have expired, up to a number; returns how many.
CREATE OR REPLACE FUNCTION tenant.delete_expired_conversation_shares(most integer) RETURNS integer LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  total integer;
BEGIN
  DELETE FROM conversation_shares WHERE id IN (
    SELECT s.id FROM conversation_shares s WHERE s.expires_at <= tenant.now() ORDER BY s.expires_at LIMIT most FOR UPDATE SKIP LOCKED);
  GET DIAGNOSTICS total = ROW_COUNT;
  RETURN total;
END $$;
REVOKE ALL ON FUNCTION tenant.open_conversation_share(bytea, boolean), tenant.delete_expired_conversation_shares(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.open_conversation_share(bytea, boolean), tenant.delete_expired_conversation_shares(integer) TO retinue_app;
