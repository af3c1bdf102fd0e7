-- Look-ups before a tenant is known, each by one secret, and changes that the application role may make only through a function.

-- Whether the person of this transaction is a superuser and acts in person: an API key never has a superuser's rights.
CREATE OR REPLACE FUNCTION auth.is_superuser() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS
$$ SELECT EXISTS (SELECT FROM users WHERE id = auth.uid() AND is_superuser AND is_active
  AND coalesce(current_setting('app.api_key_id', true), '') = '') $$;

-- An organization always has an owner. The lock makes two owners who step down at once take turns.
CREATE OR REPLACE FUNCTION tenant.keep_an_owner() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM FROM organizations WHERE id = OLD.organization_id FOR NO KEY UPDATE;
  IF FOUND AND NOT EXISTS (SELECT FROM memberships WHERE organization_id = OLD.organization_id AND role = 'owner') THEN
    RAISE EXCEPTION 'an organization needs an owner'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'memberships_owner_check', TABLE = 'memberships';
  END IF;
  RETURN NULL;
END $$;

-- What ends with a membership, for good: the API keys that the member created, the organization of their sessions, and the
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
  RETURNS TABLE (session_id uuid, user_id uuid, organization_id uuid, role text, is_superuser boolean, is_noted boolean)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH found AS (
    SELECT s.id, s.user_id, s.organization_id, s.last_seen_at, u.is_superuser
    FROM sessions s JOIN users u ON u.id = s.user_id
    WHERE s.token_hash = hash AND s.expires_at > instant AND s.ends_at > instant AND u.is_active
  ), seen AS (
    UPDATE sessions s SET last_seen_at = instant, expires_at = least(instant + idle, s.ends_at)
    FROM found WHERE s.id = found.id AND found.last_seen_at <= instant - interval '1 minute'
    RETURNING s.id
  )
  SELECT found.id, found.user_id, chosen.organization_id, chosen.role, found.is_superuser, EXISTS (SELECT FROM seen)
  FROM found LEFT JOIN LATERAL (
    SELECT m.organization_id, m.role FROM memberships m
    WHERE m.user_id = found.user_id AND (wanted IS NULL OR m.organization_id = wanted)
    ORDER BY m.organization_id IS NOT DISTINCT FROM found.organization_id DESC, m.granted_at, m.organization_id
    LIMIT 1
  ) chosen ON true
$$;

CREATE OR REPLACE FUNCTION auth.discard_session(hash bytea) RETURNS void LANGUAGE sql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$ DELETE FROM sessions WHERE token_hash = hash $$;

-- A live API key whose maker is still an active member; the role is the maker's present one. Notes its use at most once a
-- minute.
CREATE OR REPLACE FUNCTION auth.find_api_key(hash bytea, instant timestamptz)
  RETURNS TABLE (api_key_id uuid, organization_id uuid, user_id uuid, role text, scopes text[], subscription_tier text)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH found AS (
    SELECT k.id, k.organization_id, k.created_by, k.scopes, k.last_used_at, m.role, u.subscription_tier
    FROM api_keys k
    JOIN users u ON u.id = k.created_by AND u.is_active
    JOIN memberships m ON m.user_id = k.created_by AND m.organization_id = k.organization_id
    WHERE k.secret_hash = hash AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > instant)
  ), used AS (
    UPDATE api_keys k SET last_used_at = instant
    FROM found WHERE k.id = found.id AND (found.last_used_at IS NULL OR found.last_used_at <= instant - interval '1 minute')
  )
  SELECT found.id, found.organization_id, found.created_by, found.role, found.scopes, found.subscription_tier FROM found
$$;

CREATE OR REPLACE FUNCTION auth.find_user_for_sign_in(wanted text)
  RETURNS TABLE (user_id uuid, password_hash text, is_active boolean)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS
$$ SELECT id, password_hash, is_active FROM users WHERE lower(email) = lower(wanted) $$;

CREATE OR REPLACE FUNCTION auth.find_invitation(hash bytea, instant timestamptz)
  RETURNS TABLE (invitation_id uuid, organization_id uuid, organization_name text, email text, role text,
                 invited_by_name text, expires_at timestamptz, has_account boolean)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT i.id, o.id, o.name, i.email, i.role, u.full_name, i.expires_at,
         EXISTS (SELECT FROM users a WHERE lower(a.email) = lower(i.email))
  FROM invitations i JOIN organizations o ON o.id = i.organization_id LEFT JOIN users u ON u.id = i.invited_by
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

-- A picture, for the person, for whoever shares an organization with them (the given one, where one is given), and for a
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

-- What a superuser alone may change of a user; who is switched off is signed out.
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

-- Sweeps what has run out: sessions, claim tokens.
CREATE OR REPLACE FUNCTION auth.delete_expired(instant timestamptz) RETURNS bigint LANGUAGE sql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
  WITH swept_sessions AS (DELETE FROM sessions WHERE expires_at <= instant RETURNING 1),
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
