-- Timers of all organizations: which have some due, and when the next one falls due. Those of ``resting`` kinds do not count while
-- their organization is being deleted: it may be opened again, and they stay until then.

-- Names organizations that have due timers of these kinds the one that waited longest first. The oldest 1,000 due timers are
-- looked at; what others hold is among them.
CREATE OR REPLACE FUNCTION tenant.organizations_with_due_timers(kinds text[], resting text[] DEFAULT '{}') RETURNS SETOF uuid
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT due.organization_id FROM (
    SELECT t.organization_id, t.due_at FROM due_timers t
    WHERE t.failed_at IS NULL AND t.due_at <= tenant.now() AND t.kind = ANY (kinds)
      AND (t.kind <> ALL (resting) OR EXISTS (SELECT FROM organizations o WHERE o.id = t.organization_id AND o.status = 'active'))
    ORDER BY t.due_at, t.id LIMIT 1000
  ) due GROUP BY due.organization_id ORDER BY min(due.due_at)
$$;

-- The seconds until the next timer of these kinds falls due; negative when one is due already, null when there is none.
CREATE OR REPLACE FUNCTION tenant.seconds_to_next_timer(kinds text[], resting text[] DEFAULT '{}') RETURNS double precision
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT extract(epoch FROM t.due_at - tenant.now())::double precision FROM due_timers t
  WHERE t.failed_at IS NULL AND t.kind = ANY (kinds)
    AND (t.kind <> ALL (resting) OR EXISTS (SELECT FROM organizations o WHERE o.id = t.organization_id AND o.status = 'active'))
  ORDER BY t.due_at, t.id LIMIT 1
$$;

-- Whether an organization is open. Its deletion then waits for the end of this transaction.
CREATE OR REPLACE FUNCTION tenant.hold_open(organization uuid) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM FROM organizations WHERE id = organization AND status = 'active' FOR KEY SHARE;
  RETURN FOUND;
END $$;

REVOKE ALL ON FUNCTION tenant.organizations_with_due_timers(text[], text[]), tenant.seconds_to_next_timer(text[], text[]),
  tenant.hold_open(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.organizations_with_due_timers(text[], text[]), tenant.seconds_to_next_timer(text[], text[]),
  tenant.hold_open(uuid) TO retinue_app;
