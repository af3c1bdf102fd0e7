-- Admission decides which pending runs may begin; it does not dispatch. Workers ask for it when they claim, for many runs at
-- once, so no request and no ending run waits for a count. Each organization's turn is one lock until the commit, and running
-- runs are counted under it, so limits are exact. Acts as the owner: what counts and chooses must see private runs.

-- Chooses up to so many pending runs of all organizations: by priority, then age; never more of an organization or of an agent
-- than may be running. ``is_full``: others are pending that must wait until one ends.
CREATE OR REPLACE FUNCTION admission.choose(most integer, OUT chosen uuid[], OUT is_full boolean) LANGUAGE plpgsql
  SECURITY DEFINER SET enable_bitmapscan = off SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  each record;
  those jsonb := '[]';
  room integer;
  its jsonb;
  has_more boolean;
BEGIN
  chosen := '{}';
  is_full := false;
  FOR each IN
    WITH RECURSIVE waiting (organization_id) AS (
      (SELECT r.organization_id FROM runs r WHERE r.status = 'pending' ORDER BY r.organization_id LIMIT 1)
      UNION ALL
      SELECT (SELECT r.organization_id FROM runs r WHERE r.status = 'pending' AND r.organization_id > w.organization_id
        ORDER BY r.organization_id LIMIT 1) FROM waiting w WHERE w.organization_id IS NOT NULL
    )
    SELECT w.organization_id AS id, o.max_concurrent_runs FROM waiting w
    JOIN organizations o ON o.id = w.organization_id AND o.status = 'active'
    ORDER BY w.organization_id
  LOOP
    PERFORM pg_advisory_xact_lock(tenant.lock_key('admission.' || each.id));
    SELECT each.max_concurrent_runs - count(*) INTO room FROM (
      SELECT FROM runs r WHERE r.organization_id = each.id AND r.status = 'running' LIMIT each.max_concurrent_runs
    ) running;
    IF room <= 0 THEN
      is_full := true;
      CONTINUE;
    END IF;
    WITH capped AS (
      SELECT a.id, (a.deployment_config ->> 'max_concurrent_runs')::integer - (
        SELECT count(*) FROM runs h WHERE h.organization_id = each.id AND h.agent_id = a.id AND h.status = 'running') AS left_over
      FROM agents a WHERE a.organization_id = each.id AND a.deployment_config ->> 'max_concurrent_runs' IS NOT NULL
    ), waiting AS (
      SELECT r.id, r.agent_id, r.priority, r.created_at FROM runs r
      WHERE r.organization_id = each.id AND r.status = 'pending'
        AND NOT EXISTS (SELECT FROM capped c WHERE c.id = r.agent_id AND c.left_over <= 0)
      ORDER BY r.priority DESC, r.created_at, r.id LIMIT least(room, most) + 200
    ), ranked AS (
      SELECT w.*, row_number() OVER (PARTITION BY w.agent_id ORDER BY w.priority DESC, w.created_at, w.id) AS place FROM waiting w
    ), picked AS (
      SELECT k.id, k.priority, k.created_at FROM ranked k LEFT JOIN capped c ON c.id = k.agent_id
      WHERE c.id IS NULL OR k.place <= c.left_over ORDER BY k.priority DESC, k.created_at, k.id LIMIT least(room, most)
    )
    SELECT coalesce(jsonb_agg(jsonb_build_array(p.priority, p.created_at, p.id)), '[]'),
      (SELECT count(*) FROM waiting) > count(*) OR EXISTS (
        SELECT FROM capped c JOIN runs r ON r.agent_id = c.id WHERE c.left_over <= 0 AND r.organization_id = each.id AND r.status = 'pending')
      INTO its, has_more FROM picked p;
    those := those || its;
    is_full := is_full OR has_more;
  END LOOP;
  SELECT coalesce(array_agg(t.id ORDER BY t.place), '{}') INTO chosen FROM (
    SELECT (value ->> 2)::uuid AS id,
      row_number() OVER (ORDER BY (value ->> 0)::integer DESC, (value ->> 1)::timestamptz, (value ->> 2)::uuid) AS place
    FROM jsonb_array_elements(those)
  ) t WHERE t.place <= most;
END $$;

REVOKE ALL ON FUNCTION admission.choose(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION admission.choose(integer) TO retinue_app;
