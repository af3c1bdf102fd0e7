-- External agents: whom a key stands for, before any tenant is known, and heartbeats that are kept no longer.

-- A live key of an agent that runs elsewhere, in an organization that is open. Notes its use at most once a minute.
CREATE OR REPLACE FUNCTION auth.find_agent_key(hash bytea, instant timestamptz)
  RETURNS TABLE (key_id uuid, organization_id uuid, agent_id uuid, subscription_tier text)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH found AS (
    SELECT k.id, k.organization_id, k.agent_id, k.last_used_at, coalesce(u.subscription_tier, 'free') AS subscription_tier
    FROM agent_keys k
    JOIN agents a ON a.organization_id = k.organization_id AND a.id = k.agent_id AND a.runtime = 'external'
    JOIN organizations o ON o.id = k.organization_id AND o.status = 'active'
    LEFT JOIN users u ON u.id = k.created_by
    WHERE k.secret_hash = hash AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > instant)
  ), used AS (
    UPDATE agent_keys k SET last_used_at = instant
    FROM found WHERE k.id = found.id AND (found.last_used_at IS NULL OR found.last_used_at <= instant - interval '1 minute')
  )
  SELECT found.id, found.organization_id, found.agent_id, found.subscription_tier FROM found
$$;
REVOKE ALL ON FUNCTION auth.find_agent_key(bytea, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION auth.find_agent_key(bytea, timestamptz) TO retinue_app;

-- Deletes heartbeats of all organizations that are older than two days; returns how many.
CREATE OR REPLACE FUNCTION tenant.delete_old_heartbeats(most integer) RETURNS integer LANGUAGE sql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
  WITH deleted AS (
    DELETE FROM agent_heartbeats WHERE id = ANY (ARRAY(
      SELECT h.id FROM agent_heartbeats h WHERE h.received_at < tenant.now() - interval '2 days' ORDER BY h.received_at LIMIT most))
    RETURNING 1
  ) SELECT count(*)::integer FROM deleted
$$;
REVOKE ALL ON FUNCTION tenant.delete_old_heartbeats(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.delete_old_heartbeats(integer) TO retinue_app;
