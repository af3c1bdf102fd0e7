-- Timers of all organizations: which have some due, and when the next one falls due.

-- Names organizations that have due timers of these kinds the one that waited longest first. The oldest 1,000 due timers are
-- looked at; what others hold is among them.
CREATE OR REPLACE FUNCTION tenant.organizations_with_due_timers(kinds text[]) RETURNS SETOF uuid LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT due.organization_id FROM (
    SELECT t.organization_id, t.due_at FROM due_timers t
    WHERE t.failed_at IS NULL AND t.due_at <= tenant.now() AND t.kind = ANY (kinds)
    ORDER BY t.due_at, t.id LIMIT 1000
  ) due GROUP BY due.organization_id ORDER BY min(due.due_at)
$$;

-- The seconds until the next timer of these kinds falls due; negative when one is due already, null when there is none.
CREATE OR REPLACE FUNCTION tenant.seconds_to_next_timer(kinds text[]) RETURNS double precision LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT extract(epoch FROM t.due_at - tenant.now())::double precision FROM due_timers t
  WHERE t.failed_at IS NULL AND t.kind = ANY (kinds) ORDER BY t.due_at, t.id LIMIT 1
$$;

REVOKE ALL ON FUNCTION tenant.organizations_with_due_timers(text[]), tenant.seconds_to_next_timer(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.organizations_with_due_timers(text[]), tenant.seconds_to_next_timer(text[]) TO retinue_app;
