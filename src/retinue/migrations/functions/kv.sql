-- The key-value store in PostgreSQL: reached by key alone, so a caller that does not know a key cannot list keys.

CREATE OR REPLACE FUNCTION kv.get(keys text[]) RETURNS TABLE (key text, value text)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT e.key, e.value FROM kv.entries e
  WHERE e.key = ANY (keys) AND e.value IS NOT NULL AND e.expires_at > tenant.now()
$$;

CREATE OR REPLACE FUNCTION kv.set(new_key text, new_value text, ttl double precision, only_if_absent boolean) RETURNS SETOF text
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO kv.entries AS e (key, value, expires_at) VALUES (new_key, new_value, tenant.now() + make_interval(secs => ttl))
  ON CONFLICT (key) DO UPDATE SET value = excluded.value, count = NULL, expires_at = excluded.expires_at
  WHERE NOT only_if_absent OR e.expires_at <= tenant.now()
  RETURNING e.key
$$;

-- Stores several values; the keys are in one order, so that two of these calls do not wait for each other in a circle.
CREATE OR REPLACE FUNCTION kv.set_many(new_keys text[], new_values text[], ttl double precision) RETURNS void
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO kv.entries AS e (key, value, expires_at)
  SELECT n.key, n.value, tenant.now() + make_interval(secs => ttl) FROM unnest(new_keys, new_values) AS n (key, value) ORDER BY n.key
  ON CONFLICT (key) DO UPDATE SET value = excluded.value, count = NULL, expires_at = excluded.expires_at
$$;

-- Stores fields, JSON objects of texts, beside those of other names.
CREATE OR REPLACE FUNCTION kv.set_fields(new_keys text[], new_values text[], ttl double precision) RETURNS void
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO kv.entries AS e (key, value, expires_at)
  SELECT n.key, n.value, tenant.now() + make_interval(secs => ttl) FROM unnest(new_keys, new_values) AS n (key, value) ORDER BY n.key
  ON CONFLICT (key) DO UPDATE SET count = NULL, expires_at = excluded.expires_at,
    value = CASE WHEN e.expires_at > tenant.now() AND left(e.value, 1) = '{'
      THEN (e.value::jsonb || excluded.value::jsonb)::text ELSE excluded.value END
$$;

CREATE OR REPLACE FUNCTION kv.delete(keys text[]) RETURNS bigint
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH gone AS (DELETE FROM kv.entries e WHERE e.key = ANY (keys) RETURNING e.expires_at)
  SELECT count(*) FROM gone WHERE expires_at > tenant.now()
$$;

CREATE OR REPLACE FUNCTION kv.add(new_key text, amount bigint, ttl double precision) RETURNS TABLE (value bigint, seconds_left double precision)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO kv.entries AS e (key, count, expires_at) VALUES (new_key, amount, tenant.now() + make_interval(secs => ttl))
  ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN e.expires_at > tenant.now() THEN coalesce(e.count, 0) ELSE 0 END + excluded.count,
    value = NULL,
    expires_at = CASE WHEN e.expires_at > tenant.now() THEN e.expires_at ELSE excluded.expires_at END
  RETURNING e.count, extract(epoch FROM e.expires_at - tenant.now())::double precision
$$;

-- Adds as much of an amount as keeps the counter at its most; a negative amount gives back. What was refused is cut off before
-- anything else is added, so it never stands in the way of what is given back.
CREATE OR REPLACE FUNCTION kv.take(new_key text, amount bigint, most bigint, ttl double precision)
  RETURNS TABLE (granted bigint, remaining bigint, seconds_left double precision)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH counted AS (
    INSERT INTO kv.entries AS e (key, count, expires_at)
    VALUES (new_key, greatest(amount, 0), tenant.now() + make_interval(secs => ttl))
    ON CONFLICT (key) DO UPDATE SET
      count = greatest(CASE WHEN e.expires_at > tenant.now() THEN least(coalesce(e.count, 0), most) ELSE 0 END + amount, 0),
      value = NULL,
      expires_at = CASE WHEN e.expires_at > tenant.now() THEN e.expires_at ELSE excluded.expires_at END
    RETURNING e.count, e.expires_at
  )
  SELECT CASE WHEN amount < 0 THEN amount ELSE greatest(least(amount, most - (count - amount)), 0) END,
    greatest(most - count, 0), extract(epoch FROM expires_at - tenant.now())::double precision
  FROM counted
$$;

CREATE OR REPLACE FUNCTION kv.seconds_left(keys text[]) RETURNS TABLE (key text, seconds_left double precision)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT e.key, extract(epoch FROM e.expires_at - tenant.now())::double precision FROM kv.entries e
  WHERE e.key = ANY (keys) AND e.expires_at > tenant.now()
$$;

CREATE OR REPLACE FUNCTION kv.sweep() RETURNS bigint LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH swept AS (DELETE FROM kv.entries WHERE expires_at <= tenant.now() RETURNING 1) SELECT count(*) FROM swept
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA kv FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA kv TO retinue_app;
