-- Admission decides when a run is handed to dispatch; it does not dispatch. A run holds a slot from its admission until it
-- ends or waits. A transaction that changes slots locks the organization's row, so counts are exact. Runs are locked before
-- slots, never after, except with SKIP LOCKED: this order prevents deadlocks. What counts runs or chooses among them acts as
-- the owner: the person whose request frees a slot does not see the private runs that wait for it.

-- How many more runs of an agent may hold a slot; null: as many as the organization may. Asked under the organization's lock.
CREATE OR REPLACE FUNCTION admission.room_of_agent(organization uuid, agent uuid) RETURNS integer LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  cap integer;
BEGIN
  SELECT (deployment_config ->> 'max_concurrent_runs')::integer INTO cap FROM agents
    WHERE organization_id = organization AND id = agent;
  IF cap IS NULL THEN
    RETURN NULL;
  END IF;
  RETURN cap - (SELECT count(*) FROM runs WHERE organization_id = organization AND agent_id = agent AND holds_slot);
END $$;

-- Locks the organization's slots and takes one; false: there is none free for this agent.
CREATE OR REPLACE FUNCTION admission.take_slot(organization uuid, agent uuid) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  room integer;
BEGIN
  LOOP
    SELECT o.max_concurrent_runs - s.held INTO room FROM run_slots s JOIN organizations o ON o.id = s.organization_id
      WHERE s.organization_id = organization FOR NO KEY UPDATE OF s;
    EXIT WHEN FOUND;
    INSERT INTO run_slots (organization_id) VALUES (organization) ON CONFLICT DO NOTHING;
  END LOOP;
  IF room <= 0 OR coalesce(admission.room_of_agent(organization, agent), 1) <= 0 THEN
    RETURN false;
  END IF;
  UPDATE run_slots SET held = held + 1 WHERE organization_id = organization;
  RETURN true;
END $$;

-- Hands a pending run to dispatch when there is room, else leaves it for ``release``; says whether it has a job now.
CREATE OR REPLACE FUNCTION admission.admit(run uuid, organization uuid, agent uuid, job_priority integer, not_before timestamptz)
  RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF NOT admission.take_slot(organization, agent) THEN
    RETURN false;
  END IF;
  UPDATE runs SET holds_slot = true WHERE id = run;
  PERFORM dispatch.submit(run, job_priority, not_before);
  RETURN true;
END $$;

-- Gives slots back, one for each mention of an organization, and admits as many pending runs as there is room for: by
-- priority, then age; a run whose agent is at its own limit is passed over. The caller has set ``holds_slot`` to false
-- already. Returns how many were admitted; workers are woken after the commit when it is not 0.
CREATE OR REPLACE FUNCTION admission.release(organizations uuid[]) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  each record;
  total integer := 0;
BEGIN
  FOR each IN SELECT id, count(*)::integer AS slots FROM unnest(organizations) AS given (id) WHERE id IS NOT NULL GROUP BY id ORDER BY id
  LOOP
    PERFORM FROM run_slots WHERE organization_id = each.id FOR NO KEY UPDATE;
    UPDATE run_slots SET held = greatest(held - each.slots, 0) WHERE organization_id = each.id;
    total := total + admission.admit_next(each.id);
  END LOOP;
  RETURN total;
END $$;

CREATE OR REPLACE FUNCTION admission.admit_next(organization uuid) RETURNS integer LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  free integer;
  each record;
  total integer := 0;
BEGIN
  SELECT o.max_concurrent_runs - s.held INTO free FROM run_slots s JOIN organizations o ON o.id = s.organization_id
    WHERE s.organization_id = organization;
  IF coalesce(free, 0) <= 0 OR NOT EXISTS (
    SELECT FROM runs WHERE organization_id = organization AND status = 'pending' AND NOT holds_slot
  ) THEN
    RETURN 0;
  END IF;
  FOR each IN
    WITH capped AS (
      SELECT a.id, (a.deployment_config ->> 'max_concurrent_runs')::integer
        - (SELECT count(*) FROM runs h WHERE h.organization_id = organization AND h.agent_id = a.id AND h.holds_slot) AS room
      FROM agents a WHERE a.organization_id = organization AND a.deployment_config ->> 'max_concurrent_runs' IS NOT NULL
    ), waiting AS (
      SELECT r.id, r.agent_id, r.priority, r.created_at FROM runs r
      WHERE r.organization_id = organization AND r.status = 'pending' AND NOT r.holds_slot
        AND NOT EXISTS (SELECT FROM capped c WHERE c.id = r.agent_id AND c.room <= 0)
      ORDER BY r.priority DESC, r.created_at, r.id LIMIT free + 200 FOR NO KEY UPDATE SKIP LOCKED
    ), ranked AS (
      SELECT w.*, row_number() OVER (PARTITION BY w.agent_id ORDER BY w.priority DESC, w.created_at, w.id) AS place FROM waiting w
    ), chosen AS (
      UPDATE runs SET holds_slot = true WHERE id IN (
        SELECT k.id FROM ranked k LEFT JOIN capped c ON c.id = k.agent_id
        WHERE c.id IS NULL OR k.place <= c.room ORDER BY k.priority DESC, k.created_at, k.id LIMIT free
      ) RETURNING id, priority, created_at
    )
    SELECT id, priority FROM chosen ORDER BY priority DESC, created_at, id
  LOOP
    PERFORM dispatch.submit(each.id, each.priority, NULL);
    total := total + 1;
  END LOOP;
  UPDATE run_slots SET held = held + total WHERE organization_id = organization AND total > 0;
  RETURN total;
END $$;

REVOKE ALL ON FUNCTION admission.room_of_agent(uuid, uuid), admission.admit_next(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION admission.room_of_agent(uuid, uuid), admission.admit_next(uuid) TO retinue_app;
