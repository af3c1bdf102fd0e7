-- Users, organizations and how they are joined; sessions, keys, invitations; the audit log.

CREATE TABLE users (
  id uuid PRIMARY KEY,
  email text NOT NULL CONSTRAINT users_email_check CHECK (length(email) BETWEEN 3 AND 320),
  username text NOT NULL CONSTRAINT users_username_check CHECK (length(username) BETWEEN 1 AND 64),
  full_name text NOT NULL DEFAULT '' CONSTRAINT users_full_name_check CHECK (length(full_name) <= 200),
  avatar_url text,
  password_hash text NOT NULL,
  is_active boolean NOT NULL DEFAULT true,
  is_superuser boolean NOT NULL DEFAULT false,
  subscription_tier text NOT NULL DEFAULT 'free',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX users_email_key ON users (lower(email));
CREATE UNIQUE INDEX users_username_key ON users (lower(username));
SELECT tenant.touch('users');

CREATE TABLE organizations (
  id uuid PRIMARY KEY,
  name text NOT NULL CONSTRAINT organizations_name_check CHECK (length(name) BETWEEN 1 AND 200),
  slug text NOT NULL CONSTRAINT organizations_slug_key UNIQUE
    CONSTRAINT organizations_slug_check CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  plan text NOT NULL DEFAULT 'starter',
  created_by uuid CONSTRAINT organizations_created_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  max_concurrent_runs integer NOT NULL DEFAULT 100 CONSTRAINT organizations_max_concurrent_runs_check CHECK (max_concurrent_runs BETWEEN 1 AND 100000),
  run_retention_days integer NOT NULL DEFAULT 90 CONSTRAINT organizations_run_retention_days_check CHECK (run_retention_days BETWEEN 1 AND 3650),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
SELECT tenant.touch('organizations');

CREATE TABLE memberships (
  user_id uuid NOT NULL CONSTRAINT memberships_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
  organization_id uuid NOT NULL CONSTRAINT memberships_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  role text NOT NULL CONSTRAINT memberships_role_check CHECK (role IN ('owner', 'admin', 'agent_manager', 'viewer')),
  granted_by uuid CONSTRAINT memberships_granted_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  granted_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, organization_id)
);
CREATE INDEX memberships_organization_id_idx ON memberships (organization_id, granted_at, user_id);

CREATE TABLE invitations (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT invitations_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  email text NOT NULL CONSTRAINT invitations_email_check CHECK (length(email) BETWEEN 3 AND 320),
  role text NOT NULL CONSTRAINT invitations_role_check CHECK (role IN ('owner', 'admin', 'agent_manager', 'viewer')),
  token_hash bytea NOT NULL CONSTRAINT invitations_token_hash_key UNIQUE,
  invited_by uuid CONSTRAINT invitations_invited_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  expires_at timestamptz NOT NULL,
  accepted_at timestamptz,
  accepted_by uuid CONSTRAINT invitations_accepted_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX invitations_open_key ON invitations (organization_id, lower(email)) WHERE accepted_at IS NULL;
CREATE INDEX invitations_organization_id_created_at_idx ON invitations (organization_id, created_at DESC, id DESC);
SELECT tenant.protect('invitations');

CREATE TABLE api_keys (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT api_keys_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  name text NOT NULL CONSTRAINT api_keys_name_check CHECK (length(name) BETWEEN 1 AND 200),
  prefix text NOT NULL,
  secret_hash bytea NOT NULL CONSTRAINT api_keys_secret_hash_key UNIQUE,
  scopes text[] NOT NULL,
  created_by uuid NOT NULL CONSTRAINT api_keys_created_by_fkey REFERENCES users (id) ON DELETE CASCADE,
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX api_keys_organization_id_created_at_idx ON api_keys (organization_id, created_at DESC, id DESC);
CREATE INDEX api_keys_created_by_idx ON api_keys (created_by);
SELECT tenant.protect('api_keys');

CREATE TABLE sessions (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL CONSTRAINT sessions_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
  organization_id uuid CONSTRAINT sessions_organization_id_fkey REFERENCES organizations (id) ON DELETE SET NULL,
  token_hash bytea NOT NULL CONSTRAINT sessions_token_hash_key UNIQUE,
  user_agent text,
  ip text,
  last_seen_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sessions_user_id_created_at_idx ON sessions (user_id, created_at DESC, id DESC);
CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);

-- The link by which the first owner takes a fresh installation. The serving role reaches it through functions alone.
CREATE TABLE claim_tokens (
  token_hash bytea PRIMARY KEY,
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);
SELECT tenant.force('claim_tokens');

CREATE TABLE audit_log (
  id uuid PRIMARY KEY,
  organization_id uuid CONSTRAINT audit_log_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  actor_kind text NOT NULL,
  actor_id uuid,
  api_key_id uuid,
  action text NOT NULL,
  target_type text NOT NULL,
  target_id uuid NOT NULL,
  before jsonb,
  after jsonb,
  ip text,
  user_agent text,
  request_id text,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX audit_log_organization_id_created_at_idx ON audit_log (organization_id, created_at DESC, id DESC);
CREATE INDEX audit_log_organization_id_action_idx ON audit_log (organization_id, action, created_at DESC, id DESC);
CREATE INDEX audit_log_organization_id_actor_id_idx ON audit_log (organization_id, actor_id, created_at DESC, id DESC);
CREATE INDEX audit_log_organization_id_target_id_idx ON audit_log (organization_id, target_id, created_at DESC, id DESC);

-- Whether the person of this transaction runs the installation.
CREATE FUNCTION auth.is_superuser() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS
$$ SELECT EXISTS (SELECT FROM users WHERE id = auth.uid() AND is_superuser AND is_active) $$;

-- Memberships: those of the transaction's organization, and one's own everywhere.
SELECT tenant.protect('memberships');
CREATE POLICY own ON memberships FOR SELECT TO retinue_app USING (user_id = (SELECT auth.uid()));

-- Users: oneself, the members of the transaction's organization, and for a superuser everyone. A password hash can be
-- written but not read; what a user may not change of himself has no grant.
SELECT tenant.force('users');
CREATE POLICY self ON users TO retinue_app USING (id = (SELECT auth.uid())) WITH CHECK (id = (SELECT auth.uid()));
CREATE POLICY co_member ON users FOR SELECT TO retinue_app USING (EXISTS (
  SELECT FROM memberships m WHERE m.user_id = users.id AND m.organization_id = ANY ((SELECT tenant.organizations())::uuid[])));
CREATE POLICY superuser ON users FOR SELECT TO retinue_app USING ((SELECT auth.is_superuser()));
GRANT SELECT (id, email, username, full_name, avatar_url, is_active, is_superuser, subscription_tier, created_at, updated_at),
  INSERT (id, email, username, full_name, avatar_url, password_hash),
  UPDATE (email, username, full_name, avatar_url, password_hash) ON users TO retinue_app;

-- Organizations: that of the transaction, and those one belongs to. Made by auth.create_organization alone.
SELECT tenant.force('organizations');
CREATE POLICY tenant ON organizations TO retinue_app USING (id = ANY ((SELECT tenant.organizations())::uuid[]))
  WITH CHECK (id = ANY ((SELECT tenant.organizations())::uuid[]));
CREATE POLICY member ON organizations FOR SELECT TO retinue_app USING (id IN (
  SELECT m.organization_id FROM memberships m WHERE m.user_id = (SELECT auth.uid())));
CREATE POLICY superuser ON organizations FOR SELECT TO retinue_app USING ((SELECT auth.is_superuser()));
GRANT SELECT, UPDATE (name, slug, max_concurrent_runs, run_retention_days), DELETE ON organizations TO retinue_app;

SELECT tenant.force('sessions');
CREATE POLICY own ON sessions TO retinue_app USING (user_id = (SELECT auth.uid())) WITH CHECK (user_id = (SELECT auth.uid()));
GRANT SELECT (id, user_id, organization_id, user_agent, ip, last_seen_at, expires_at, ends_at, created_at),
  INSERT, UPDATE (organization_id), DELETE ON sessions TO retinue_app;

-- The audit log only grows. Entries of no organization (a failed sign-in of an unknown address) are for superusers.
SELECT tenant.force('audit_log');
CREATE POLICY tenant ON audit_log FOR SELECT TO retinue_app
  USING (organization_id = ANY ((SELECT tenant.organizations())::uuid[]));
CREATE POLICY superuser ON audit_log FOR SELECT TO retinue_app
  USING (organization_id IS NULL AND (SELECT auth.is_superuser()));
CREATE POLICY append ON audit_log FOR INSERT TO retinue_app
  WITH CHECK (organization_id IS NULL OR organization_id = ANY ((SELECT tenant.organizations())::uuid[]));
GRANT SELECT, INSERT ON audit_log TO retinue_app;

-- An organization always has an owner. The lock makes two owners who step down at once take turns.
CREATE FUNCTION tenant.keep_an_owner() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM FROM organizations WHERE id = OLD.organization_id FOR NO KEY UPDATE;
  IF FOUND AND NOT EXISTS (SELECT FROM memberships WHERE organization_id = OLD.organization_id AND role = 'owner') THEN
    RAISE EXCEPTION 'an organization needs an owner'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'memberships_owner_check', TABLE = 'memberships';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER keep_an_owner AFTER UPDATE OR DELETE ON memberships FOR EACH ROW WHEN (OLD.role = 'owner')
  EXECUTE FUNCTION tenant.keep_an_owner();

-- Look-ups before a tenant is known: each returns what one secret stands for, and nothing else.

-- A live session, with the wanted organization's role (without a wish: the session's organization, else the oldest
-- membership). At most once a minute it notes that the session was seen and moves its expiry.
CREATE FUNCTION auth.find_session(hash bytea, wanted uuid, instant timestamptz, idle interval)
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

CREATE FUNCTION auth.discard_session(hash bytea) RETURNS void LANGUAGE sql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$ DELETE FROM sessions WHERE token_hash = hash $$;

-- A live API key whose maker is still an active member; the role is the maker's present one. Notes its use at most once a
-- minute.
CREATE FUNCTION auth.find_api_key(hash bytea, instant timestamptz)
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

CREATE FUNCTION auth.find_user_for_sign_in(wanted text)
  RETURNS TABLE (user_id uuid, password_hash text, is_active boolean)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS
$$ SELECT id, password_hash, is_active FROM users WHERE lower(email) = lower(wanted) $$;

CREATE FUNCTION auth.find_invitation(hash bytea, instant timestamptz)
  RETURNS TABLE (invitation_id uuid, organization_id uuid, organization_name text, email text, role text,
                 invited_by_name text, expires_at timestamptz, has_account boolean)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT i.id, o.id, o.name, i.email, i.role, u.full_name, i.expires_at,
         EXISTS (SELECT FROM users a WHERE lower(a.email) = lower(i.email))
  FROM invitations i JOIN organizations o ON o.id = i.organization_id LEFT JOIN users u ON u.id = i.invited_by
  WHERE i.token_hash = hash AND i.accepted_at IS NULL AND i.expires_at > instant
$$;

-- An organization and its first owner, who is the person of this transaction. No row: the slug is taken.
CREATE FUNCTION auth.create_organization(new_id uuid, new_name text, new_slug text) RETURNS SETOF uuid
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

CREATE FUNCTION auth.is_claimed() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$ SELECT EXISTS (SELECT FROM users) $$;

-- Lays down a claim token while nobody has an account. No row: there is an account.
CREATE FUNCTION auth.issue_claim_token(hash bytea, instant timestamptz, expires timestamptz) RETURNS SETOF bytea
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM users) THEN
    RETURN;
  END IF;
  DELETE FROM claim_tokens WHERE expires_at <= instant;
  RETURN QUERY INSERT INTO claim_tokens (token_hash, expires_at) VALUES (hash, expires) RETURNING token_hash;
END $$;

CREATE FUNCTION auth.is_claim_token(hash bytea, instant timestamptz) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM claim_tokens WHERE token_hash = hash AND used_at IS NULL AND expires_at > instant)
     AND NOT EXISTS (SELECT FROM users)
$$;

-- Uses up a claim token and makes its bearer, who is the person of this transaction, the first user. No row: the token is
-- not good (any more). The lock makes claims at once, with one token or several, take turns.
CREATE FUNCTION auth.claim(hash bytea, instant timestamptz, new_email text, new_username text, new_name text, new_hash text)
  RETURNS SETOF uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(7304118229);
  UPDATE claim_tokens SET used_at = instant WHERE token_hash = hash AND used_at IS NULL AND expires_at > instant;
  IF NOT FOUND OR EXISTS (SELECT FROM users) THEN
    RETURN;
  END IF;
  RETURN QUERY INSERT INTO users (id, email, username, full_name, password_hash, is_superuser)
    VALUES (auth.uid(), new_email, new_username, new_name, new_hash, true) RETURNING id;
END $$;

-- What a superuser alone may change of a user; who is switched off is signed out.
CREATE FUNCTION auth.administer_user(wanted uuid, new_is_active boolean, new_is_superuser boolean, new_tier text)
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
CREATE FUNCTION auth.set_plan(wanted uuid, new_plan text) RETURNS SETOF uuid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT auth.is_superuser() THEN
    RAISE EXCEPTION 'not a superuser' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN QUERY UPDATE organizations SET plan = new_plan WHERE id = wanted RETURNING id;
END $$;

-- One entry for each organization of a person who tried to sign in, so that its admins see it; one of no organization when
-- there is no such person or membership.
CREATE FUNCTION auth.record_sign_in(person uuid, event text, facts jsonb, origin text, agent text, request text) RETURNS void
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  INSERT INTO audit_log (id, organization_id, actor_kind, actor_id, action, target_type, target_id, after, ip, user_agent, request_id)
  SELECT gen_random_uuid(), m.organization_id, CASE WHEN event = 'session.refused' THEN 'anonymous' ELSE 'user' END,
         CASE WHEN event = 'session.refused' THEN NULL ELSE person END, event, 'user',
         coalesce(person, '00000000-0000-0000-0000-000000000000'), facts, origin, agent, request
  FROM (SELECT 1) one LEFT JOIN memberships m ON m.user_id = person
$$;

-- Sweeps what has run out: sessions, claim tokens.
CREATE FUNCTION auth.delete_expired(instant timestamptz) RETURNS bigint LANGUAGE sql VOLATILE SECURITY DEFINER
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
REVOKE ALL ON FUNCTION tenant.keep_an_owner() FROM PUBLIC;

-- Keyed facts that may be forgotten (rate limits, presence, who was seen): not logged, not copied, swept by their time.
-- Reached by key alone, through functions: whoever does not know a key cannot list them.
CREATE SCHEMA kv;
GRANT USAGE ON SCHEMA kv TO retinue_app;
CREATE UNLOGGED TABLE kv.entries (
  key text PRIMARY KEY,
  value text,
  count bigint,
  expires_at timestamptz
) WITH (fillfactor = 70);
CREATE INDEX entries_expires_at_idx ON kv.entries (expires_at);

CREATE FUNCTION kv.get(keys text[]) RETURNS TABLE (key text, value text)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT e.key, e.value FROM kv.entries e
  WHERE e.key = ANY (keys) AND e.value IS NOT NULL AND e.expires_at > clock_timestamp()
$$;

CREATE FUNCTION kv.set(new_key text, new_value text, ttl double precision, only_if_absent boolean) RETURNS SETOF text
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO kv.entries AS e (key, value, expires_at) VALUES (new_key, new_value, clock_timestamp() + make_interval(secs => ttl))
  ON CONFLICT (key) DO UPDATE SET value = excluded.value, count = NULL, expires_at = excluded.expires_at
  WHERE NOT only_if_absent OR e.expires_at <= clock_timestamp()
  RETURNING e.key
$$;

CREATE FUNCTION kv.delete(keys text[]) RETURNS bigint
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH gone AS (DELETE FROM kv.entries e WHERE e.key = ANY (keys) RETURNING e.expires_at)
  SELECT count(*) FROM gone WHERE expires_at > clock_timestamp()
$$;

CREATE FUNCTION kv.add(new_key text, amount bigint, ttl double precision) RETURNS TABLE (value bigint, seconds_left double precision)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO kv.entries AS e (key, count, expires_at) VALUES (new_key, amount, clock_timestamp() + make_interval(secs => ttl))
  ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN e.expires_at > clock_timestamp() THEN coalesce(e.count, 0) ELSE 0 END + excluded.count,
    value = NULL,
    expires_at = CASE WHEN e.expires_at > clock_timestamp() THEN e.expires_at ELSE excluded.expires_at END
  RETURNING e.count, extract(epoch FROM e.expires_at - clock_timestamp())::double precision
$$;

CREATE FUNCTION kv.sweep() RETURNS bigint LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH swept AS (DELETE FROM kv.entries WHERE expires_at <= clock_timestamp() RETURNING 1) SELECT count(*) FROM swept
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA kv FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA kv TO retinue_app;
