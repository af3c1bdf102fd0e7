-- Look-ups before a tenant is known, each by one secret, and changes that the application role may make only through a function.

-- Whether the person of this transaction is a superuser and acts in person: an API key never has a superuser's rights.
CREATE OR REPLACE FUNCTION auth.is_superuser() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS
$$ SELECT EXISTS (SELECT FROM users WHERE id = auth.uid() AND is_superuser AND is_active
  AND coalesce(current_setting('app.api_key_id', true), '') = '') $$;

-- An organization always has an owner, unless it is being deleted. The lock makes two owners who step down at once take turns.
CREATE OR REPLACE FUNCTION tenant.keep_an_owner() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM FROM organizations WHERE id = OLD.organization_id AND status = 'active' FOR NO KEY UPDATE;
  IF FOUND AND NOT EXISTS (SELECT FROM memberships WHERE organization_id = OLD.organization_id AND role = 'owner') THEN
    RAISE EXCEPTION 'an organization needs an owner'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'memberships_owner_check', TABLE = 'memberships';
  END IF;
  RETURN NULL;
END $$;

-- What ends with a membership, permanently: the API keys that the member created, the organization of their sessions, and the
-- open invitations they sent. A lower role ends the invitations that it could not send.
CREATE OR REPLACE FUNCTION tenant.end_membership() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  rest text := CASE WHEN TG_OP = 'UPDATE' THEN NEW.role END;
BEGIN
  DELETE FROM invitations i
    WHERE i.organization_id = OLD.organization_id AND i.invited_by = OLD.user_id AND i.accepted_at IS NULL
      AND (rest IS NULL OR rest NOT IN ('owner', 'admin') OR (rest = 'admin' AND i.role = 'owner'));
  IF TG_OP = 'DELETE' THEN
    UPDATE api_keys SET revoked_at = tenant.now()
      WHERE organization_id = OLD.organization_id AND created_by = OLD.user_id AND revoked_at IS NULL;
    UPDATE sessions SET organization_id = NULL
      WHERE organization_id = OLD.organization_id AND user_id = OLD.user_id;
  END IF;
  RETURN NULL;
END $$;

-- A live session, with the wanted organization's role (without a wish: the session's organization, else the oldest
-- membership). At most once a minute it notes that the session was seen and moves its expiry.
CREATE OR REPLACE FUNCTION auth.find_session(hash bytea, wanted uuid, instant timestamptz, idle interval)
  RETURNS TABLE (session_id uuid, user_id uuid, organization_id uuid, role text, is_superuser boolean, is_noted boolean,
                 needs_two_factor boolean)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH found AS (
    SELECT s.id, s.user_id, s.organization_id, s.last_seen_at, u.is_superuser, u.has_two_factor
    FROM sessions s JOIN users u ON u.id = s.user_id
    WHERE s.token_hash = hash AND s.expires_at > instant AND s.ends_at > instant AND u.is_active
  ), seen AS (
    UPDATE sessions s SET last_seen_at = instant, expires_at = least(instant + idle, s.ends_at)
    FROM found WHERE s.id = found.id AND found.last_seen_at <= instant - interval '1 minute'
    RETURNING s.id
  )
  SELECT found.id, found.user_id, chosen.organization_id, chosen.role, found.is_superuser, EXISTS (SELECT FROM seen),
         coalesce(chosen.require_two_factor AND NOT found.has_two_factor, false)
  FROM found LEFT JOIN LATERAL (
    SELECT m.organization_id, m.role, o.require_two_factor FROM memberships m JOIN organizations o ON o.id = m.organization_id
    WHERE m.user_id = found.user_id AND (wanted IS NULL OR m.organization_id = wanted) AND o.status = 'active'
    ORDER BY m.organization_id IS NOT DISTINCT FROM found.organization_id DESC, m.granted_at, m.organization_id
    LIMIT 1
  ) chosen ON true
$$;

CREATE OR REPLACE FUNCTION auth.discard_session(hash bytea) RETURNS void LANGUAGE sql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$ DELETE FROM sessions WHERE token_hash = hash $$;

-- A live API key whose creator is still an active member; the role is the creator's current one. Notes its use at most once a
-- minute.
CREATE OR REPLACE FUNCTION auth.find_api_key(hash bytea, instant timestamptz)
  RETURNS TABLE (api_key_id uuid, organization_id uuid, user_id uuid, role text, scopes text[], subscription_tier text)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH found AS (
    SELECT k.id, k.organization_id, k.created_by, k.scopes, k.last_used_at, m.role, u.subscription_tier
    FROM api_keys k
    JOIN users u ON u.id = k.created_by AND u.is_active
    JOIN memberships m ON m.user_id = k.created_by AND m.organization_id = k.organization_id
    JOIN organizations o ON o.id = k.organization_id AND o.status = 'active'
    WHERE k.secret_hash = hash AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > instant)
  ), used AS (
    UPDATE api_keys k SET last_used_at = instant
    FROM found WHERE k.id = found.id AND (found.last_used_at IS NULL OR found.last_used_at <= instant - interval '1 minute')
  )
  SELECT found.id, found.organization_id, found.created_by, found.role, found.scopes, found.subscription_tier FROM found
$$;

-- What credentials that were checked some time ago grant now, all by one statement: an API key, or a session in an
-- organization. No row: the credential has ended, or its person is disabled. No role: the person is not a member.
CREATE OR REPLACE FUNCTION auth.list_grants(keys uuid[], session_ids uuid[], persons uuid[], places uuid[], instant timestamptz)
  RETURNS TABLE (number bigint, role text, scopes text[], needs_two_factor boolean)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT asked.number, m.role, k.scopes, s.id IS NOT NULL AND coalesce(o.require_two_factor AND NOT u.has_two_factor, false)
  FROM unnest(keys, session_ids, persons, places) WITH ORDINALITY asked (key_id, session_id, user_id, organization_id, number)
  JOIN users u ON u.id = asked.user_id AND u.is_active
  LEFT JOIN organizations o ON o.id = asked.organization_id AND o.status = 'active'
  LEFT JOIN memberships m ON m.user_id = asked.user_id AND m.organization_id = o.id
  LEFT JOIN api_keys k ON k.id = asked.key_id AND k.created_by = u.id AND k.organization_id = o.id
    AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > instant)
  LEFT JOIN sessions s ON s.id = asked.session_id AND s.user_id = u.id AND s.expires_at > instant AND s.ends_at > instant
  WHERE k.id IS NOT NULL OR s.id IS NOT NULL
$$;

-- The organizations that sessions grant now, all by one statement; a session of a person without any has one row with nulls. No
-- row: the session has ended, or its person is disabled.
CREATE OR REPLACE FUNCTION auth.list_places(session_ids uuid[], persons uuid[], instant timestamptz)
  RETURNS TABLE (number bigint, organization_id uuid, role text, needs_two_factor boolean)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT asked.number, place.organization_id, place.role, coalesce(place.require_two_factor AND NOT u.has_two_factor, false)
  FROM unnest(session_ids, persons) WITH ORDINALITY asked (session_id, user_id, number)
  JOIN users u ON u.id = asked.user_id AND u.is_active
  JOIN sessions s ON s.id = asked.session_id AND s.user_id = u.id AND s.expires_at > instant AND s.ends_at > instant
  LEFT JOIN LATERAL (
    SELECT m.organization_id, m.role, o.require_two_factor FROM memberships m
    JOIN organizations o ON o.id = m.organization_id AND o.status = 'active' WHERE m.user_id = u.id
  ) place ON true
$$;

CREATE OR REPLACE FUNCTION auth.find_user_for_sign_in(wanted text)
  RETURNS TABLE (user_id uuid, password_hash text, is_active boolean, has_two_factor boolean)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS
$$ SELECT id, password_hash, is_active, has_two_factor FROM users WHERE lower(email) = lower(wanted) $$;

CREATE OR REPLACE FUNCTION auth.find_invitation(hash bytea, instant timestamptz)
  RETURNS TABLE (invitation_id uuid, organization_id uuid, organization_name text, email text, role text,
                 invited_by_name text, expires_at timestamptz, has_account boolean)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT i.id, o.id, o.name, i.email, i.role, u.full_name, i.expires_at,
         EXISTS (SELECT FROM users a WHERE lower(a.email) = lower(i.email))
  FROM invitations i JOIN organizations o ON o.id = i.organization_id AND o.status = 'active' LEFT JOIN users u ON u.id = i.invited_by
  WHERE i.token_hash = hash AND i.accepted_at IS NULL AND i.expires_at > instant
$$;

-- Stores the picture of the person of this transaction, or deletes it (null). The address changes with the content.
CREATE OR REPLACE FUNCTION auth.set_avatar(new_type text, new_content bytea, new_checksum text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF new_content IS NULL THEN
    DELETE FROM user_avatars WHERE user_id = auth.uid();
    UPDATE users SET avatar_url = NULL WHERE id = auth.uid();
    RETURN;
  END IF;
  INSERT INTO user_avatars (user_id, type, content, checksum) VALUES (auth.uid(), new_type, new_content, new_checksum)
    ON CONFLICT (user_id) DO UPDATE SET type = new_type, content = new_content, checksum = new_checksum;
  UPDATE users SET avatar_url = format('/api/v1/users/%s/avatar?v=%s', id, left(new_checksum, 16)) WHERE id = auth.uid();
END $$;

-- A picture, for the person, for anyone who shares an organization with them (the given one, where one is given), and for a
-- superuser.
CREATE OR REPLACE FUNCTION auth.find_avatar(person uuid, only_organization uuid)
  RETURNS TABLE (type text, content bytea, checksum text)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT a.type, a.content, a.checksum FROM user_avatars a
  WHERE a.user_id = person AND (
    (only_organization IS NULL AND (person = auth.uid() OR auth.is_superuser()))
    OR EXISTS (SELECT FROM memberships mine JOIN memberships theirs USING (organization_id)
               WHERE mine.user_id = auth.uid() AND theirs.user_id = person
                 AND (only_organization IS NULL OR organization_id = only_organization)))
$$;

-- An organization and its first owner, who is the person of this transaction. No row: the slug is taken.
CREATE OR REPLACE FUNCTION auth.create_organization(new_id uuid, new_name text, new_slug text) RETURNS SETOF uuid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF auth.uid() IS NULL THEN
    RAISE EXCEPTION 'nobody is signed in' USING ERRCODE = 'insufficient_privilege';
  END IF;
  INSERT INTO organizations (id, name, slug, created_by) VALUES (new_id, new_name, new_slug, auth.uid())
    ON CONFLICT ON CONSTRAINT organizations_slug_key DO NOTHING;
  IF FOUND THEN
    INSERT INTO memberships (user_id, organization_id, role, granted_by) VALUES (auth.uid(), new_id, 'owner', auth.uid());
    RETURN NEXT new_id;
  END IF;
END $$;

CREATE OR REPLACE FUNCTION auth.is_claimed() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$ SELECT EXISTS (SELECT FROM users) $$;

-- Stores a claim token, in place of those before it, while there is no account. No row: there is an account. The lock makes
-- calls at once take turns, so that the newest link is the only valid one.
CREATE OR REPLACE FUNCTION auth.issue_claim_token(hash bytea, instant timestamptz, expires timestamptz) RETURNS SETOF bytea
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM users) THEN
    RETURN;
  END IF;
  PERFORM pg_advisory_xact_lock(tenant.lock_key('claim_installation'));
  DELETE FROM claim_tokens WHERE used_at IS NULL;
  RETURN QUERY INSERT INTO claim_tokens (token_hash, expires_at) VALUES (hash, expires) RETURNING token_hash;
END $$;

CREATE OR REPLACE FUNCTION auth.is_claim_token(hash bytea, instant timestamptz) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM claim_tokens WHERE token_hash = hash AND used_at IS NULL AND expires_at > instant)
     AND NOT EXISTS (SELECT FROM users)
$$;

-- Uses up a claim token and makes its bearer, who is the person of this transaction, the first user. No row: the token is
-- not good (any more). The lock makes claims at once, with one token or several, take turns.
CREATE OR REPLACE FUNCTION auth.claim(hash bytea, instant timestamptz, new_email text, new_username text, new_name text, new_hash text)
  RETURNS SETOF uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(tenant.lock_key('claim_installation'));
  UPDATE claim_tokens SET used_at = instant WHERE token_hash = hash AND used_at IS NULL AND expires_at > instant;
  IF NOT FOUND OR EXISTS (SELECT FROM users) THEN
    RETURN;
  END IF;
  RETURN QUERY INSERT INTO users (id, email, username, full_name, password_hash, is_superuser)
    VALUES (auth.uid(), new_email, new_username, new_name, new_hash, true) RETURNING id;
END $$;

-- What a superuser alone may change of a user; who is disabled is signed out.
CREATE OR REPLACE FUNCTION auth.administer_user(wanted uuid, new_is_active boolean, new_is_superuser boolean, new_tier text)
  RETURNS SETOF uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT auth.is_superuser() THEN
    RAISE EXCEPTION 'not a superuser' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF NOT new_is_active THEN
    DELETE FROM sessions WHERE user_id = wanted;
  END IF;
  RETURN QUERY UPDATE users SET is_active = new_is_active, is_superuser = new_is_superuser, subscription_tier = new_tier
    WHERE id = wanted RETURNING id;
END $$;

-- The same for an organization's plan.
CREATE OR REPLACE FUNCTION auth.set_plan(wanted uuid, new_plan text) RETURNS SETOF uuid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT auth.is_superuser() THEN
    RAISE EXCEPTION 'not a superuser' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN QUERY UPDATE organizations SET plan = new_plan WHERE id = wanted RETURNING id;
END $$;

-- One entry for each organization of a person who tried to sign in, so that its admins see it; one of no organization when
-- there is no such person or membership.
CREATE OR REPLACE FUNCTION auth.record_sign_in(person uuid, event text, facts jsonb, origin text, agent text, request text) RETURNS void
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  INSERT INTO audit_log (id, organization_id, actor_kind, actor_id, action, target_type, target_id, after, ip, user_agent, request_id)
  SELECT gen_random_uuid(), m.organization_id, CASE WHEN event = 'session.refused' THEN 'anonymous' ELSE 'user' END,
         CASE WHEN event = 'session.refused' THEN NULL ELSE person END, event, 'user',
         coalesce(person, '00000000-0000-0000-0000-000000000000'), facts, origin, agent, request
  FROM (SELECT 1) one LEFT JOIN memberships m ON m.user_id = person
$$;

-- Who a person is to anyone who wants to help them back in: for a superuser everyone, else members of the transaction's
-- organization. ``role`` is the one there.
CREATE OR REPLACE FUNCTION auth.find_for_recovery(person uuid)
  RETURNS TABLE (user_id uuid, email text, role text, organization_count bigint, is_superuser boolean, has_two_factor boolean)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT u.id, u.email, here.role, (SELECT count(*) FROM memberships m WHERE m.user_id = u.id), u.is_superuser, u.has_two_factor
  FROM users u LEFT JOIN memberships here
    ON here.user_id = u.id AND here.organization_id = ANY (tenant.organizations())
  WHERE u.id = person AND (here.role IS NOT NULL OR auth.is_superuser())
$$;

-- Whether the person of this transaction may help another one back in; the same rules, with their reasons, are in the
-- program.
CREATE OR REPLACE FUNCTION auth.may_recover(person uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT auth.is_superuser() OR EXISTS (
    SELECT FROM auth.find_for_recovery(person) found
    JOIN memberships mine ON mine.user_id = auth.uid() AND mine.organization_id = ANY (tenant.organizations())
    WHERE mine.role IN ('owner', 'admin') AND (found.role <> 'owner' OR mine.role = 'owner')
      AND found.organization_count = 1 AND NOT found.is_superuser)
$$;

-- A password reset link, in place of the person's earlier one.
CREATE OR REPLACE FUNCTION auth.issue_password_reset(new_id uuid, person uuid, hash bytea, expires timestamptz) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT auth.may_recover(person) THEN
    RAISE EXCEPTION 'not allowed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  INSERT INTO password_resets (id, user_id, token_hash, created_by, expires_at)
    VALUES (new_id, person, hash, auth.uid(), expires)
    ON CONFLICT (user_id) DO UPDATE SET id = new_id, token_hash = hash, created_by = auth.uid(), expires_at = expires,
      created_at = tenant.now();
END $$;

CREATE OR REPLACE FUNCTION auth.find_password_reset(hash bytea, instant timestamptz)
  RETURNS TABLE (user_id uuid, email text, username text, full_name text, expires_at timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT u.id, u.email, u.username, u.full_name, r.expires_at FROM password_resets r JOIN users u ON u.id = r.user_id
  WHERE r.token_hash = hash AND r.expires_at > instant AND u.is_active
$$;

-- Uses up a link: the new password, and the end of every session, whose ids are returned. No row: the link is not valid
-- (any more).
CREATE OR REPLACE FUNCTION auth.use_password_reset(hash bytea, instant timestamptz, new_hash text)
  RETURNS TABLE (user_id uuid, session_ids uuid[])
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  person uuid;
  ended uuid[];
BEGIN
  DELETE FROM password_resets r WHERE r.token_hash = hash AND r.expires_at > instant RETURNING r.user_id INTO person;
  UPDATE users SET password_hash = new_hash WHERE id = person AND is_active;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  WITH gone AS (DELETE FROM sessions s WHERE s.user_id = person RETURNING s.id)
  SELECT coalesce(array_agg(id), '{}') INTO ended FROM gone;
  RETURN QUERY SELECT person, ended;
END $$;

-- Removes the second factor of a person who has lost it.
CREATE OR REPLACE FUNCTION auth.reset_two_factor(person uuid) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT auth.may_recover(person) THEN
    RAISE EXCEPTION 'not allowed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  DELETE FROM two_factor_secrets WHERE user_id = person;
  DELETE FROM recovery_codes WHERE user_id = person;
  UPDATE users SET has_two_factor = false WHERE id = person;
END $$;

-- The organizations whose only owner a person is.
CREATE OR REPLACE FUNCTION auth.list_sole_ownerships(person uuid) RETURNS SETOF text LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT o.name FROM memberships mine JOIN organizations o ON o.id = mine.organization_id
  WHERE mine.user_id = person AND mine.role = 'owner' AND o.status = 'active' AND (person = auth.uid() OR auth.is_superuser())
    AND NOT EXISTS (SELECT FROM memberships m
                    WHERE m.organization_id = mine.organization_id AND m.role = 'owner' AND m.user_id <> person)
  ORDER BY o.name
$$;

CREATE OR REPLACE FUNCTION auth.is_last_superuser(person uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM users WHERE id = person AND is_superuser)
     AND NOT EXISTS (SELECT FROM users WHERE id <> person AND is_superuser AND is_active)
     AND EXISTS (SELECT FROM users WHERE id <> person)
$$;

-- A person's addresses in lower case: of today and, as the audit log has them, of before.
CREATE OR REPLACE FUNCTION auth.emails_of(person uuid) RETURNS SETOF text LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT DISTINCT lower(known.email) FROM (
    SELECT u.email FROM users u WHERE u.id = person
    UNION ALL SELECT a.before ->> 'email' FROM audit_log a WHERE a.target_type = 'user' AND a.target_id = person
    UNION ALL SELECT a.after ->> 'email' FROM audit_log a WHERE a.target_type = 'user' AND a.target_id = person) known
  WHERE known.email IS NOT NULL
$$;

-- Deletes an account; what refers to it is deleted or loses the reference by its foreign keys. The audit log keeps its
-- entries without the person's addresses, names and documents, and gets one of no organization for superusers as well. With
-- ``is_operator`` anyone who is at the machine acts in the person's place. Returns the ids of the sessions; null: no such account.
CREATE OR REPLACE FUNCTION auth.delete_user(person uuid, is_operator boolean) RETURNS uuid[]
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  ended uuid[];
  emails text[];
BEGIN
  IF coalesce(current_setting('app.api_key_id', true), '') <> ''
     OR NOT (person IS NOT DISTINCT FROM auth.uid() OR auth.is_superuser()) THEN
    RAISE EXCEPTION 'not allowed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  -- Deletions take turns: two owners of one organization who leave at once would wait for each other's rows.
  PERFORM pg_advisory_xact_lock(tenant.lock_key('delete_user'));
  PERFORM FROM users WHERE id = person FOR UPDATE;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  SELECT array_agg(known) INTO emails FROM auth.emails_of(person) known;
  UPDATE audit_log SET ip = NULL, user_agent = NULL WHERE actor_id = person;
  UPDATE audit_log SET ip = NULL, user_agent = NULL, before = NULL, after = NULL
    WHERE target_type = 'user' AND target_id = person AND action NOT LIKE 'member.%';
  UPDATE audit_log SET before = NULL, after = NULL
    WHERE lower(before ->> 'email') = ANY (emails) OR lower(after ->> 'email') = ANY (emails);
  DELETE FROM invitations WHERE lower(email) = ANY (emails);
  INSERT INTO audit_log (id, organization_id, actor_kind, actor_id, action, target_type, target_id)
    SELECT gen_random_uuid(), place.organization_id, CASE WHEN is_operator THEN 'system' ELSE 'user' END,
           CASE WHEN NOT is_operator THEN auth.uid() END, 'user.deleted', 'user', person
    FROM (SELECT m.organization_id FROM memberships m WHERE m.user_id = person UNION ALL SELECT NULL) place;
  SELECT coalesce(array_agg(id), '{}') INTO ended FROM sessions WHERE user_id = person;
  DELETE FROM users WHERE id = person;
  RETURN ended;
END $$;

-- Deletes up to ``batch`` entries of the audit log that are older than their organization keeps them, or, of no organization,
-- older than ``installation_days``; returns how many.
CREATE OR REPLACE FUNCTION auth.delete_expired_audit(instant timestamptz, installation_days integer, batch integer) RETURNS bigint
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH expired AS (
    (SELECT old.place FROM organizations o CROSS JOIN LATERAL (
       SELECT a.ctid AS place FROM audit_log a WHERE a.organization_id = o.id
         AND a.created_at < instant - make_interval(days => o.audit_retention_days) ORDER BY a.created_at LIMIT batch) old
     LIMIT batch)
    UNION ALL
    (SELECT a.ctid AS place FROM audit_log a WHERE a.organization_id IS NULL
       AND a.created_at < instant - make_interval(days => installation_days) ORDER BY a.created_at LIMIT batch)
  ), gone AS (DELETE FROM audit_log WHERE ctid = ANY (ARRAY(SELECT e.place FROM expired e)) RETURNING 1)
  SELECT count(*) FROM gone
$$;

-- Sweeps what has expired: sessions, claim tokens, password reset links.
CREATE OR REPLACE FUNCTION auth.delete_expired(instant timestamptz) RETURNS bigint LANGUAGE sql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
  WITH swept_sessions AS (DELETE FROM sessions WHERE expires_at <= instant RETURNING 1),
       swept_resets AS (DELETE FROM password_resets WHERE expires_at <= instant),
       swept_tokens AS (DELETE FROM claim_tokens WHERE expires_at <= instant - interval '30 days' RETURNING 1)
  SELECT (SELECT count(*) FROM swept_sessions) + (SELECT count(*) FROM swept_tokens)
$$;

DO $$
DECLARE
  each record;
BEGIN
  FOR each IN SELECT p.oid::regprocedure AS signature FROM pg_proc p WHERE p.pronamespace = 'auth'::regnamespace LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', each.signature);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO retinue_app', each.signature);
  END LOOP;
END $$;
REVOKE ALL ON FUNCTION tenant.keep_an_owner(), tenant.end_membership() FROM PUBLIC;
REVOKE ALL ON FUNCTION auth.emails_of(uuid) FROM retinue_app;
