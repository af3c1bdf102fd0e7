-- The outbox: claim and delete events of all organizations.

-- Claims due events of every organization for a while: a claim that is not completed in time expires.
CREATE OR REPLACE FUNCTION tenant.claim_outbox(wanted integer, instant timestamptz, hold interval) RETURNS SETOF outbox LANGUAGE sql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  UPDATE outbox SET not_before = instant + hold, attempts = attempts + 1 WHERE id IN (
    SELECT id FROM outbox WHERE failed_at IS NULL AND not_before <= instant ORDER BY not_before, id LIMIT wanted
    FOR NO KEY UPDATE SKIP LOCKED
  ) RETURNING *
$$;

-- Removes events that nobody listens to.
CREATE OR REPLACE FUNCTION tenant.forget_outbox(unwanted bigint[]) RETURNS void LANGUAGE sql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$ DELETE FROM outbox WHERE id = ANY (unwanted) $$;

REVOKE ALL ON FUNCTION tenant.claim_outbox(integer, timestamptz, interval), tenant.forget_outbox(bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.claim_outbox(integer, timestamptz, interval), tenant.forget_outbox(bigint[]) TO retinue_app;
