-- The deletion of organizations: asked for by a person, carried out by workers in batches, over whatever tables there are.

-- Shuts an organization and enters its deletion. The lock waits for runs that are being started at this moment, so that each
-- is either seen by the process that stops runs, or finds the organization shut. No row: it is being deleted already.
CREATE OR REPLACE FUNCTION tenant.request_deletion(new_id uuid, organization uuid, grace_seconds double precision) RETURNS SETOF uuid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF coalesce(current_setting('app.api_key_id', true), '') <> '' OR NOT (tenant.is_system() OR EXISTS (
    SELECT FROM memberships WHERE organization_id = organization AND user_id = auth.uid() AND role = 'owner')) THEN
    RAISE EXCEPTION 'not allowed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  PERFORM FROM organizations WHERE id = organization AND status = 'active' FOR UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  UPDATE organizations SET status = 'deleting' WHERE id = organization;
  UPDATE sessions SET organization_id = NULL WHERE organization_id = organization;
  RETURN QUERY INSERT INTO organization_deletions (id, target_id, name_hash, requested_by, requested_at, erase_after)
    SELECT new_id, o.id, encode(sha256(convert_to(o.id || ':' || o.name, 'UTF8')), 'hex'), auth.uid(), tenant.now(),
      tenant.now() + make_interval(secs => grace_seconds)
    FROM organizations o WHERE o.id = organization RETURNING id;
END $$;

-- Refuses an organization that is being deleted, or makes its deletion wait for the end of this transaction.
CREATE OR REPLACE FUNCTION tenant.require_open(organization uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM FROM organizations WHERE id = organization AND status = 'active' FOR KEY SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the organization is being deleted' USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
END $$;

-- Whether the person of this transaction may cancel or hasten a deletion: an owner of the organization, or a superuser.
CREATE OR REPLACE FUNCTION tenant.may_change_deletion(organization uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT coalesce(current_setting('app.api_key_id', true), '') = '' AND (tenant.is_system() OR auth.is_superuser() OR EXISTS (
    SELECT FROM memberships WHERE organization_id = organization AND user_id = auth.uid() AND role = 'owner'))
$$;

-- Opens the organization again, as long as nothing has been deleted. No row: too late, or there is no such deletion.
CREATE OR REPLACE FUNCTION tenant.cancel_deletion(wanted uuid) RETURNS SETOF uuid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  organization uuid;
BEGIN
  UPDATE organization_deletions SET phase = 'cancelled', finished_at = tenant.now()
    WHERE id = wanted AND phase = 'scheduled' AND tenant.may_change_deletion(target_id) RETURNING target_id INTO organization;
  IF FOUND THEN
    UPDATE organizations SET status = 'active' WHERE id = organization;
    RETURN NEXT organization;
  END IF;
END $$;

-- Ends the grace period now. No row: it has ended, or there is no such deletion.
CREATE OR REPLACE FUNCTION tenant.hasten_deletion(wanted uuid) RETURNS SETOF uuid
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  UPDATE organization_deletions SET erase_after = least(erase_after, tenant.now())
    WHERE id = wanted AND phase = 'scheduled' AND tenant.may_change_deletion(target_id) RETURNING target_id
$$;

-- Ends the grace period of the newest deletion of an organization, for the platform, and tells how far it is. No row: there is none.
CREATE OR REPLACE FUNCTION tenant.carry_deletion_on(organization uuid, OUT phase text, OUT files bigint) RETURNS SETOF record
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  IF NOT tenant.is_system() THEN
    RAISE EXCEPTION 'not allowed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  UPDATE organization_deletions d SET erase_after = least(d.erase_after, tenant.now())
    WHERE d.target_id = organization AND d.phase = 'scheduled';
  RETURN QUERY SELECT d.phase, d.files_deleted FROM organization_deletions d WHERE d.target_id = organization
    ORDER BY d.requested_at DESC LIMIT 1;
END $$;

-- Hands deletions that are due to a worker for a while. One that does not renew its claim in time is handed to another.
CREATE OR REPLACE FUNCTION tenant.claim_deletions(wanted integer, hold interval)
  RETURNS TABLE (id uuid, organization_id uuid, phase text, requested_by uuid)
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  UPDATE organization_deletions d SET claimed_until = tenant.now() + hold,
    phase = CASE WHEN d.phase = 'scheduled' THEN 'stopping' ELSE d.phase END, started_at = coalesce(d.started_at, tenant.now())
  WHERE d.id IN (
    SELECT due.id FROM organization_deletions due
    WHERE due.phase NOT IN ('finished', 'cancelled') AND due.erase_after <= tenant.now() AND due.claimed_until <= tenant.now()
    ORDER BY due.erase_after, due.id LIMIT wanted FOR NO KEY UPDATE SKIP LOCKED)
  RETURNING d.id, d.target_id, d.phase, d.requested_by
$$;

-- Notes how far a deletion is and renews the claim; ``new_phase`` null: still the same one. A phase never goes back.
CREATE OR REPLACE FUNCTION tenant.note_deletion(wanted uuid, hold interval, new_phase text, files bigint, problem text) RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  UPDATE organization_deletions SET claimed_until = tenant.now() + hold, files_deleted = files_deleted + files, error = problem,
    phase = CASE WHEN array_position(ARRAY['stopping', 'files', 'rows'], new_phase)
      > array_position(ARRAY['stopping', 'files', 'rows'], phase) THEN new_phase ELSE phase END
  WHERE id = wanted AND phase IN ('stopping', 'files', 'rows')
$$;

-- Deletions that ended lately, whose files are looked for once more: a stopped worker may have stored one since.
CREATE OR REPLACE FUNCTION tenant.list_finished_deletions(since interval) RETURNS SETOF uuid
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT target_id FROM organization_deletions WHERE phase = 'finished' AND finished_at > tenant.now() - since
$$;

-- The tables from which rows of an organization are deleted in batches, those that refer to others first: those with an index that
-- begins with the organization, and queues, which have no index at all. The rest goes with the rows it refers to. Taken from the catalogue, so that a new table
-- is among them. ``has_id``: rows can be found by (organization_id, id), and are deleted in this order.
CREATE OR REPLACE FUNCTION tenant.tables_of_organizations() RETURNS TABLE (target regclass, has_id boolean) LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH RECURSIVE reference AS (
    SELECT DISTINCT conrelid AS child, confrelid AS parent FROM pg_constraint WHERE contype = 'f' AND conrelid <> confrelid
  ), path AS (
    SELECT 'organizations'::regclass::oid AS id, ARRAY['organizations'::regclass::oid] AS way
    UNION ALL
    SELECT r.child, p.way || r.child FROM path p JOIN reference r ON r.parent = p.id WHERE r.child <> ALL (p.way)
  ), depth AS (
    SELECT id, max(cardinality(way)) AS level FROM path GROUP BY id
  ), owned AS (
    SELECT c.oid AS id, a.attnum AS organization,
      (SELECT i.attnum FROM pg_attribute i WHERE i.attrelid = c.oid AND i.attname = 'id' AND i.atttypid = 'uuid'::regtype) AS key
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organization_id' AND NOT a.attisdropped
    WHERE c.relkind = 'r' AND NOT EXISTS (
      SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conrelid = c.oid AND f.confrelid = 'organizations'::regclass
        AND f.confdeltype = 'n')
  )
  SELECT o.id::regclass, EXISTS (
      SELECT FROM pg_index x WHERE x.indrelid = o.id AND x.indpred IS NULL AND x.indkey[0] = o.organization AND x.indkey[1] = o.key)
  FROM owned o LEFT JOIN depth d ON d.id = o.id
  WHERE EXISTS (SELECT FROM pg_index x WHERE x.indrelid = o.id AND x.indpred IS NULL AND x.indkey[0] = o.organization)
    OR NOT EXISTS (SELECT FROM pg_index x WHERE x.indrelid = o.id)
  ORDER BY coalesce(d.level, 0) DESC, o.id::regclass::text
$$;

-- Counts what is to be deleted, once: the rows that ``erase_rows`` counts.
CREATE OR REPLACE FUNCTION tenant.count_rows_to_erase(wanted uuid) RETURNS bigint LANGUAGE plpgsql
  SECURITY DEFINER SET enable_seqscan = off SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  each record;
  found bigint;
  total bigint := 0;
  organization uuid;
BEGIN
  SELECT target_id INTO organization FROM organization_deletions WHERE id = wanted AND phase = 'rows';
  FOR each IN SELECT * FROM tenant.tables_of_organizations() LOOP
    EXECUTE format('SELECT count(*) FROM %s WHERE organization_id = $1', each.target) INTO found USING organization;
    total := total + found;
  END LOOP;
  UPDATE organization_deletions SET rows_total = rows_deleted + total WHERE id = wanted AND rows_total IS NULL;
  RETURN total;
END $$;

-- Deletes up to so many of the rows that go with these rows of a table; says how many. Left to the references, one row would
-- take any number of others with it in one transaction.
CREATE OR REPLACE FUNCTION tenant.erase_rows_below(parent regclass, organization uuid, ids uuid[], most integer) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET enable_seqscan = off SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  each record;
  found integer;
  total integer := 0;
BEGIN
  FOR each IN
    SELECT f.conrelid::regclass AS child, (SELECT a.attname FROM pg_attribute a
      WHERE a.attrelid = f.conrelid AND a.attnum = ANY (f.conkey) AND a.attname <> 'organization_id') AS reference
    FROM pg_constraint f WHERE f.contype = 'f' AND f.confrelid = parent AND f.confdeltype = 'c' AND f.conrelid <> f.confrelid
    ORDER BY f.conrelid
  LOOP
    EXECUTE format('DELETE FROM %1$s WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM %1$s WHERE organization_id = $1 AND %2$I = ANY ($2) LIMIT $3))', each.child, each.reference)
      USING organization, ids, most - total;
    GET DIAGNOSTICS found = ROW_COUNT;
    total := total + found;
    EXIT WHEN total >= most;
  END LOOP;
  RETURN total;
END $$;

-- Deletes up to so many rows of one table, with what refers to them and their jobs, and notes it. Returns how many; 0: no table
-- has any (any more). ``start`` is where the last batch ended (table, id), so that no batch looks at the dead rows of those
-- before it; a new worker starts again.
CREATE OR REPLACE FUNCTION tenant.erase_rows(
  wanted uuid, most integer, hold interval, IN OUT in_table text, IN OUT after uuid, OUT deleted bigint
) LANGUAGE plpgsql SECURITY DEFINER SET enable_seqscan = off SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  each record;
  organization uuid;
  ids uuid[];
  own bigint := 0; -- progress: only rows that ``count_rows_to_erase`` counts
BEGIN
  deleted := 0;
  SELECT target_id INTO organization FROM organization_deletions WHERE id = wanted AND phase = 'rows' FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  FOR each IN SELECT t.* FROM tenant.tables_of_organizations() WITH ORDINALITY AS t (target, has_id, place)
    WHERE in_table IS NULL OR t.place >= (
      SELECT f.place FROM tenant.tables_of_organizations() WITH ORDINALITY AS f (target, has_id, place)
      WHERE f.target::text = in_table)
    ORDER BY t.place
  LOOP
    IF each.target::text IS DISTINCT FROM in_table THEN
      in_table := each.target::text;
      after := NULL;
    END IF;
    IF each.has_id THEN
      EXECUTE format('SELECT array_agg(id ORDER BY id) FROM (
          SELECT id FROM %s WHERE organization_id = $1 AND ($3 IS NULL OR id > $3) ORDER BY organization_id, id LIMIT $2) t',
        each.target) INTO ids USING organization, greatest(most / 10, 1), after;
      CONTINUE WHEN ids IS NULL;
      deleted := tenant.erase_rows_below(each.target, organization, ids, greatest(most - cardinality(ids), 1));
      IF deleted < greatest(most - cardinality(ids), 1) THEN
        EXECUTE format('DELETE FROM %s WHERE organization_id = $1 AND id = ANY ($2)', each.target) USING organization, ids;
        GET DIAGNOSTICS own = ROW_COUNT;
        deleted := deleted + own;
        after := ids[cardinality(ids)];
        DELETE FROM dispatch.procrastinate_jobs j WHERE (j.status = 'todo' AND j.queueing_lock = ANY (ids::text[]))
          OR (j.status = 'doing' AND j.lock = ANY (ids::text[]));
      END IF;
    ELSE
      EXECUTE format('DELETE FROM %1$s WHERE ctid = ANY (ARRAY(SELECT ctid FROM %1$s WHERE organization_id = $1 LIMIT $2))',
        each.target) USING organization, most;
      GET DIAGNOSTICS own = ROW_COUNT;
      deleted := own;
    END IF;
    EXIT WHEN deleted > 0;
  END LOOP;
  UPDATE organization_deletions SET rows_deleted = rows_deleted + own, claimed_until = tenant.now() + hold, error = NULL
    WHERE id = wanted;
END $$;

-- Deletes the organization itself, with what may be left of it, and ends the deletion. False: someone else did it. Of what was
-- counted, workers may have taken rows out of queues in the meantime, such as ended runs that metrics have yet to count.
CREATE OR REPLACE FUNCTION tenant.finish_deletion(wanted uuid) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  each organization_deletions;
BEGIN
  UPDATE organization_deletions SET phase = 'finished', finished_at = tenant.now(), error = NULL,
    rows_total = least(rows_total, rows_deleted)
    WHERE id = wanted AND phase = 'rows' RETURNING * INTO each;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  DELETE FROM organizations WHERE id = each.target_id AND status = 'deleting';
  DELETE FROM realtime_changes WHERE organization_id = each.target_id; -- also what this deletion has entered
  RETURN true;
END $$;

-- The sessions of the members of an organization: the key-value store knows where they were seen last.
CREATE OR REPLACE FUNCTION tenant.list_sessions_of_members() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT s.id FROM memberships m JOIN sessions s ON s.user_id = m.user_id
  WHERE m.organization_id = ANY (tenant.organizations()) AND tenant.is_system()
$$;

DO $$
DECLARE
  each record;
BEGIN
  FOR each IN SELECT p.oid::regprocedure AS signature FROM pg_proc p WHERE p.pronamespace = 'tenant'::regnamespace
    AND p.proname IN ('request_deletion', 'require_open', 'may_change_deletion', 'cancel_deletion', 'hasten_deletion', 'carry_deletion_on', 'claim_deletions',
      'note_deletion', 'list_finished_deletions', 'tables_of_organizations', 'count_rows_to_erase', 'erase_rows',
      'finish_deletion', 'list_sessions_of_members')
  LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', each.signature);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO retinue_app', each.signature);
  END LOOP;
END $$;

REVOKE ALL ON FUNCTION tenant.erase_rows_below(regclass, uuid, uuid[], integer) FROM PUBLIC;
