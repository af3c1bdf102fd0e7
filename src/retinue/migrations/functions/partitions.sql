-- Tables that are partitioned by week: a partition is named by the Monday it begins with, in UTC, as run_metrics_20261123.

-- Makes the partitions of a table that hold the time from one instant to another. One that exists is left as it is.
-- It is attached after it was made, which unlike PARTITION OF does not keep others from reading and writing the table.
CREATE OR REPLACE FUNCTION tenant.make_partitions(parent regclass, since timestamptz, until timestamptz) RETURNS void LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  week timestamptz := date_trunc('week', since, 'UTC');
  part text;
BEGIN
  WHILE week <= until LOOP
    part := format('public.%I', parent::text || '_' || to_char(week AT TIME ZONE 'UTC', 'YYYYMMDD'));
    IF to_regclass(part) IS NULL THEN
      PERFORM set_config('lock_timeout', '5s', true);
      PERFORM pg_advisory_xact_lock(tenant.lock_key('make_partitions'));
      IF to_regclass(part) IS NULL THEN
        EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part, parent);
        EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)', parent, part, week, week + interval '7 days');
      END IF;
    END IF;
    week := week + interval '7 days';
  END LOOP;
END $$;

-- The partitions of a table by the instant they begin with.
CREATE OR REPLACE FUNCTION tenant.list_partitions(parent regclass) RETURNS TABLE (part regclass, week timestamptz) LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT i.inhrelid::regclass, to_date(right(c.relname, 8), 'YYYYMMDD')::timestamp AT TIME ZONE 'UTC'
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = parent
$$;

-- The instant from which on rows are still there; older ones were dropped, or never had a place.
CREATE OR REPLACE FUNCTION tenant.oldest_partition(parent regclass) RETURNS timestamptz LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$ SELECT min(week) FROM tenant.list_partitions(parent) $$;

-- Drops the partitions whose rows are all older than an instant; says how many.
CREATE OR REPLACE FUNCTION tenant.drop_partitions(parent regclass, before timestamptz) RETURNS integer LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  each record;
  dropped integer := 0;
BEGIN
  PERFORM set_config('lock_timeout', '5s', true);
  FOR each IN SELECT p.part FROM tenant.list_partitions(parent) p WHERE p.week + interval '7 days' <= before LOOP
    EXECUTE format('DROP TABLE %s', each.part);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END $$;

REVOKE ALL ON FUNCTION tenant.make_partitions(regclass, timestamptz, timestamptz), tenant.drop_partitions(regclass, timestamptz),
  tenant.list_partitions(regclass), tenant.oldest_partition(regclass) FROM PUBLIC;
