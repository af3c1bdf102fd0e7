-- n8n: what is asked before a tenant is known, or over all organizations.

-- Whose a run is that n8n carries out and is not over, and the hash of the token that a callback must show.
CREATE OR REPLACE FUNCTION tenant.find_n8n_token(run uuid) RETURNS TABLE (organization_id uuid, token_hash bytea)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT e.organization_id, e.token_hash FROM n8n_executions e JOIN organizations o ON o.id = e.organization_id
  WHERE e.run_id = run AND e.token_hash IS NOT NULL AND o.status = 'active'
$$;

-- Links, open executions and unsent results that no timer would bring about, as after a restored backup.
CREATE OR REPLACE FUNCTION tenant.n8n_without_timer(most integer) RETURNS TABLE (organization_id uuid, kind text, subject_id uuid)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT w.organization_id, w.kind, w.subject_id FROM (
    SELECT l.organization_id, 'n8n.list' AS kind, l.workflow_id AS subject_id FROM n8n_links l
    UNION ALL
    SELECT e.organization_id, 'n8n.follow', e.run_id FROM n8n_executions e WHERE e.state <> 'ended'
    UNION ALL
    SELECT s.organization_id, 'n8n.resume', s.run_id FROM n8n_resumes s
      WHERE s.state = 'sending' OR (s.state = 'waiting' AND EXISTS (SELECT FROM runs r WHERE r.id = s.run_id
        AND r.status IN ('completed', 'failed', 'cancelled')))
  ) w JOIN organizations o ON o.id = w.organization_id AND o.status = 'active'
  WHERE NOT EXISTS (SELECT FROM due_timers t WHERE t.organization_id = w.organization_id AND t.kind = w.kind
    AND t.subject_id = w.subject_id AND t.failed_at IS NULL)
  LIMIT most
$$;

REVOKE ALL ON FUNCTION tenant.find_n8n_token(uuid), tenant.n8n_without_timer(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.find_n8n_token(uuid), tenant.n8n_without_timer(integer) TO retinue_app;
