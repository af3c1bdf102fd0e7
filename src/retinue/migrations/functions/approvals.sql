-- Approvals: who may decide, how decisions are counted, and who is asked next when the time is up. The run's row is locked first, as
-- everywhere, so that those who decide at once take turns.

-- Returns the members of an organization who are named by e-mail address or id, and whose role lets them decide.
CREATE OR REPLACE FUNCTION control.deciders_named(organization uuid, names text[]) RETURNS uuid[] LANGUAGE sql STABLE AS $$
  SELECT coalesce(array_agg(DISTINCT m.user_id), '{}') FROM memberships m JOIN users u ON u.id = m.user_id
  WHERE m.organization_id = organization AND m.role IN ('owner', 'admin', 'agent_manager')
    AND (lower(u.email) = ANY (SELECT lower(n) FROM unnest(names) n) OR u.id::text = ANY (SELECT lower(n) FROM unnest(names) n))
$$;

-- Returns the members who may decide on an approval now. One of a run that is private to a person is that person's alone.
CREATE OR REPLACE FUNCTION control.approvers(approval uuid) RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
  SELECT m.user_id FROM approvals a JOIN runs r ON r.id = a.run_id JOIN memberships m ON m.organization_id = a.organization_id
  JOIN users u ON u.id = m.user_id
  WHERE a.id = approval AND m.role IN ('owner', 'admin', 'agent_manager') AND u.is_active
    AND (a.kind <> 'budget' OR m.role IN ('owner', 'admin')) -- who may change budgets
    AND (r.private_to_user_id IS NULL OR r.private_to_user_id = m.user_id)
    AND ((a.role IS NULL AND a.assignees = '{}') OR m.user_id = ANY (a.assignees)
      OR array_position(ARRAY['owner', 'admin', 'agent_manager'], m.role) <= array_position(ARRAY['owner', 'admin', 'agent_manager'], a.role))
$$;

-- Enters a person's decision and, when enough say the same, or one rejects, decides the approval and lets the run go on. ``outcome``
-- is decided, counted, unassigned, given (by this person before, or before by a link) or ended; no row where there is no approval.
CREATE OR REPLACE FUNCTION control.enter_decision(approval uuid, entry uuid, new_status text, new_decision jsonb, person uuid, remark text,
  is_link boolean) RETURNS TABLE (outcome text, run_id uuid, organization_id uuid, sequence bigint, is_reopened boolean)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  its approvals;
  before approval_decisions;
  agreeing integer;
  is_given boolean;
BEGIN
  PERFORM FROM runs r WHERE r.id = (SELECT a.run_id FROM approvals a WHERE a.id = approval) FOR NO KEY UPDATE;
  SELECT * INTO its FROM approvals a WHERE a.id = approval;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  IF its.status <> 'pending' THEN
    RETURN QUERY SELECT 'ended', its.run_id, its.organization_id, NULL::bigint, false;
    RETURN;
  END IF;
  IF (its.role IS NOT NULL OR its.assignees <> '{}') AND NOT EXISTS (SELECT FROM control.approvers(approval) p WHERE p = person) THEN
    RETURN QUERY SELECT 'unassigned', its.run_id, its.organization_id, NULL::bigint, false;
    RETURN;
  END IF;
  SELECT * INTO before FROM approval_decisions d WHERE d.approval_id = approval AND d.user_id = person AND d.replaced_at IS NULL;
  -- The same once more counts no more than before, but may be enough by now: fewer must approve, or others may decide again.
  is_given := FOUND AND (is_link OR before.decision - 'comment' = new_decision - 'comment');
  IF is_given AND (is_link OR 1 + (SELECT count(*) FROM approval_decisions d WHERE d.approval_id = approval AND d.replaced_at IS NULL
      AND d.id <> before.id AND d.decision - 'comment' = new_decision - 'comment'
      AND d.user_id IN (SELECT p FROM control.approvers(approval) p)) < its.quorum) THEN
    RETURN QUERY SELECT 'given', its.run_id, its.organization_id, NULL::bigint, false;
    RETURN;
  END IF;
  UPDATE approval_decisions d SET replaced_at = tenant.now() WHERE d.id = before.id;
  INSERT INTO approval_decisions (id, organization_id, run_id, approval_id, user_id, status, decision, comment, by_link, created_at)
    VALUES (entry, its.organization_id, its.run_id, approval, person, new_status, new_decision, remark, is_link, tenant.now());
  SELECT count(*) INTO agreeing FROM approval_decisions d WHERE d.approval_id = approval AND d.replaced_at IS NULL
    AND d.decision - 'comment' = new_decision - 'comment'
    AND (d.id = entry OR d.user_id IN (SELECT p FROM control.approvers(approval) p));
  IF new_status <> 'rejected' AND agreeing < its.quorum THEN
    RETURN QUERY SELECT 'counted', its.run_id, its.organization_id, NULL::bigint, false;
    RETURN;
  END IF;
  INSERT INTO outbox (organization_id, type, payload)
    VALUES (its.organization_id, 'approval.decided', jsonb_build_object('approval_id', approval, 'run_id', its.run_id));
  RETURN QUERY SELECT 'decided', d.run_id, d.organization_id, d.sequence, d.is_reopened
    FROM control.decide(approval, new_status, new_decision, person, remark) d;
END $$;

-- Asks the next ones when the time of an approval is up: once. Returns when theirs is; no row when there is nobody to ask, or it was
-- decided in the meantime.
CREATE OR REPLACE FUNCTION control.escalate(approval uuid) RETURNS TABLE (run_id uuid, expires_at timestamptz) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  PERFORM FROM runs r WHERE r.id = (SELECT a.run_id FROM approvals a WHERE a.id = approval) FOR NO KEY UPDATE;
  RETURN QUERY
    UPDATE approvals a SET escalated_at = tenant.now(), assignees = n.found,
      role = CASE WHEN n.found = '{}' THEN coalesce(a.escalation ->> 'role', 'admin') ELSE a.escalation ->> 'role' END,
      expires_at = tenant.now() + make_interval(secs => (a.escalation ->> 'seconds')::double precision)
    FROM (SELECT control.deciders_named(e.organization_id, ARRAY(SELECT jsonb_array_elements_text(e.escalation -> 'assignees'))) AS found
      FROM approvals e WHERE e.id = approval) n
    WHERE a.id = approval AND a.status = 'pending' AND a.escalation IS NOT NULL AND a.escalated_at IS NULL
    RETURNING a.run_id, a.expires_at;
END $$;

-- Approves what waits for a connection by OAuth that was given in the meantime, to the organization or to the member who is asked.
CREATE OR REPLACE FUNCTION control.decide_connected(connection uuid) RETURNS TABLE (approval_id uuid, run_id uuid, organization_id uuid,
  sequence bigint, is_reopened boolean) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  each record;
BEGIN
  FOR each IN
    SELECT a.id, g.granted_by FROM approvals a
    JOIN connection_grants g ON g.organization_id = a.organization_id AND g.connection_id = connection AND g.status = 'active'
      AND g.user_id IS NOT DISTINCT FROM (a.arguments ->> 'user_id')::uuid
    WHERE a.kind = 'connect' AND a.status = 'pending' AND a.arguments ->> 'connection_id' = connection::text
    ORDER BY a.id LIMIT 1000
  LOOP
    RETURN QUERY SELECT each.id, d.run_id, d.organization_id, d.sequence, d.is_reopened
      FROM control.decide(each.id, 'approved', '{"decision": "approve", "connected": true}', each.granted_by, NULL) d;
  END LOOP;
END $$;
