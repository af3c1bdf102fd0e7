-- The complete erasure of a person, an agent or an organization: asked for, carried out in batches, counted by table.

-- Whether the person of this transaction may have something erased.
CREATE OR REPLACE FUNCTION tenant.may_erase(kind text, target uuid, organization uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT coalesce(current_setting('app.api_key_id', true), '') = '' AND (tenant.is_system() OR CASE kind
    WHEN 'person' THEN target = auth.uid() OR auth.is_superuser()
    ELSE EXISTS (SELECT FROM memberships m WHERE m.organization_id = organization AND m.user_id = auth.uid()
      AND (m.role = 'owner' OR (m.role = 'admin' AND kind = 'agent'))) END)
$$;

-- Enters an erasure. No row: the same is being erased already.
CREATE OR REPLACE FUNCTION tenant.request_erasure(new_id uuid, new_kind text, target uuid, organization uuid, hash text) RETURNS SETOF uuid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT tenant.may_erase(new_kind, target, organization) THEN
    RAISE EXCEPTION 'not allowed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN QUERY INSERT INTO erasures (id, kind, target_id, of_organization_id, name_hash, requested_by)
    VALUES (new_id, new_kind, target, organization, hash, auth.uid())
    ON CONFLICT (target_id) WHERE phase <> 'finished' DO NOTHING RETURNING id;
END $$;

-- Hands erasures that nobody carries out to a worker for a while; one that does not renew its claim in time is followed by another.
CREATE OR REPLACE FUNCTION tenant.claim_erasures(wanted integer, hold interval)
  RETURNS TABLE (id uuid, kind text, target_id uuid, organization_id uuid, phase text, attempts integer, terms_encrypted bytea)
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  UPDATE erasures e SET claimed_until = tenant.now() + hold, started_at = coalesce(e.started_at, tenant.now()), attempts = e.attempts + 1
  WHERE e.id IN (
    SELECT due.id FROM erasures due WHERE due.phase <> 'finished' AND due.claimed_until <= tenant.now()
    ORDER BY due.requested_at, due.id LIMIT wanted FOR NO KEY UPDATE SKIP LOCKED)
  RETURNING e.id, e.kind, e.target_id, e.of_organization_id, e.phase, e.attempts, e.terms_encrypted
$$;

-- Adds counts by table to those there are.
CREATE OR REPLACE FUNCTION tenant.add_counts(counts jsonb, more jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE
  SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT coalesce(jsonb_object_agg(s.name, s.sums), '{}') FROM (
    SELECT t.name, jsonb_object_agg(t.what, t.total) AS sums FROM (
      SELECT e.key AS name, w.key AS what, sum(w.value::bigint) AS total
      FROM (SELECT * FROM jsonb_each(counts) UNION ALL SELECT * FROM jsonb_each(more)) e CROSS JOIN LATERAL jsonb_each_text(e.value) w
      GROUP BY e.key, w.key) t GROUP BY t.name) s
$$;

-- Notes how far an erasure is and renews its claim; null leaves a value. A phase never goes back.
CREATE OR REPLACE FUNCTION tenant.note_erasure(wanted uuid, hold interval, new_phase text, more jsonb, files bigint, keys bigint,
  terms bytea, problem text) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  UPDATE erasures SET claimed_until = tenant.now() + hold, tables = tenant.add_counts(tables, more), error = problem,
    files_deleted = files_deleted + files, keys_deleted = keys_deleted + keys, terms_encrypted = coalesce(terms, terms_encrypted),
    phase = CASE WHEN array_position(ARRAY['requested', 'runs', 'rows', 'search'], new_phase)
      > array_position(ARRAY['requested', 'runs', 'rows', 'search'], phase) THEN new_phase ELSE phase END
  WHERE id = wanted AND phase <> 'finished'
$$;

-- Gives an erasure back that waits for something; it is no attempt.
CREATE OR REPLACE FUNCTION tenant.put_erasure_back(wanted uuid, pause interval) RETURNS void LANGUAGE sql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
  UPDATE erasures SET claimed_until = tenant.now() + pause, attempts = greatest(attempts - 1, 0) WHERE id = wanted AND phase <> 'finished'
$$;

-- Removes an erasure of an organization whose deletion was cancelled: everything is as it was.
CREATE OR REPLACE FUNCTION tenant.drop_erasure(wanted uuid) RETURNS void LANGUAGE sql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
  DELETE FROM erasures WHERE id = wanted AND kind = 'organization' AND phase IN ('requested', 'rows') AND EXISTS (
    SELECT FROM organizations o WHERE o.id = target_id AND o.status = 'active')
$$;

CREATE OR REPLACE FUNCTION tenant.finish_erasure(wanted uuid, document jsonb) RETURNS SETOF timestamptz LANGUAGE sql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
  UPDATE erasures SET phase = 'finished', finished_at = tenant.now(), certificate = document, terms_encrypted = NULL, error = NULL
  WHERE id = wanted AND phase = 'search' RETURNING finished_at
$$;

-- What names a person: the addresses of today and of before, and the username.
CREATE OR REPLACE FUNCTION tenant.names_of_person(person uuid) RETURNS SETOF text LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT DISTINCT known.name FROM (
    SELECT auth.emails_of(person) AS name UNION ALL SELECT lower(u.username) FROM users u WHERE u.id = person) known
  WHERE length(known.name) >= 5 AND tenant.is_system()
$$;

-- Names runs that go with what is erased, and their organizations: those of the agent with the runs they started, and those that the
-- person started by hand or in a conversation.
CREATE OR REPLACE FUNCTION tenant.list_runs_to_erase(wanted uuid, most integer) RETURNS TABLE (organization_id uuid, run_id uuid)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  each erasures;
BEGIN
  SELECT * INTO each FROM erasures e WHERE e.id = wanted;
  IF each.kind = 'agent' THEN
    RETURN QUERY WITH RECURSIVE family AS (
      (SELECT r.organization_id AS o, r.id AS i FROM runs r WHERE r.organization_id = each.of_organization_id AND r.agent_id = each.target_id
        LIMIT most)
      UNION
      SELECT c.organization_id, c.id FROM family f JOIN runs c ON c.organization_id = f.o AND c.parent_run_id = f.i
    ) SELECT f.o, f.i FROM family f;
  ELSIF each.kind = 'person' THEN
    RETURN QUERY SELECT r.organization_id, r.id FROM runs r
      WHERE r.private_to_user_id = each.target_id OR (r.triggered_by_id = each.target_id AND r.trigger IN ('manual', 'conversation'))
      ORDER BY r.organization_id LIMIT most;
  END IF;
END $$;

-- Deletes up to so many rows that refer to these runs, then the runs; notes them. False: rows are left, call again.
CREATE OR REPLACE FUNCTION tenant.erase_runs(wanted uuid, organization uuid, ids uuid[], most integer, hold interval) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET enable_seqscan = off SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  each record;
  gone integer;
  total integer := 0;
  counts jsonb := '{}';
BEGIN
  FOR each IN
    SELECT f.conrelid::regclass AS child, (SELECT a.attname FROM pg_attribute a
      WHERE a.attrelid = f.conrelid AND a.attnum = ANY (f.conkey) AND a.attname <> 'organization_id') AS reference
    FROM pg_constraint f WHERE f.contype = 'f' AND f.confrelid = 'runs'::regclass AND f.confdeltype = 'c' AND f.conrelid <> f.confrelid
    ORDER BY f.conrelid
  LOOP
    EXECUTE format('DELETE FROM %1$s WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM %1$s WHERE organization_id = $1 AND %2$I = ANY ($2) LIMIT $3))', each.child, each.reference)
      USING organization, ids, most - total;
    GET DIAGNOSTICS gone = ROW_COUNT;
    counts := tenant.add_counts(counts, jsonb_build_object(each.child::text, jsonb_build_object('deleted', gone)));
    total := total + gone;
    EXIT WHEN total >= most;
  END LOOP;
  IF total < most THEN
    DELETE FROM runs WHERE organization_id = organization AND id = ANY (ids);
    GET DIAGNOSTICS gone = ROW_COUNT;
    counts := tenant.add_counts(counts, jsonb_build_object('runs', jsonb_build_object('deleted', gone)));
    DELETE FROM dispatch.procrastinate_jobs j WHERE (j.status = 'todo' AND j.queueing_lock = ANY (ids::text[]))
      OR (j.status = 'doing' AND j.lock = ANY (ids::text[]));
  END IF;
  PERFORM tenant.note_erasure(wanted, hold, NULL, counts, 0, 0, NULL, NULL);
  RETURN total < most;
END $$;

-- Deletes up to so many roll-ups of an agent, and makes the totals again that they were part of. One at a time, as when
-- metrics are rolled up.
CREATE OR REPLACE FUNCTION tenant.erase_rollups(organization uuid, agent uuid, most integer) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  width text;
  types text[];
  instants timestamptz[];
  widths text[];
BEGIN
  PERFORM pg_advisory_xact_lock(tenant.lock_key('roll_up_metrics'));
  WITH gone AS (
    DELETE FROM metric_rollups WHERE ctid = ANY (ARRAY(
      SELECT r.ctid FROM metric_rollups r WHERE r.organization_id = organization AND r.agent_id = agent LIMIT most))
    RETURNING metric_type, bucket, resolution
  )
  SELECT array_agg(g.metric_type), array_agg(g.bucket), array_agg(g.resolution) INTO types, instants, widths FROM gone g;
  FOREACH width IN ARRAY ARRAY['hour', 'day'] LOOP
    PERFORM tenant.merge_agents(width, array_agg(organization), array_agg(c.metric_type), array_agg(c.at))
    FROM unnest(types, instants, widths) AS c (metric_type, at, resolution) WHERE c.resolution = width HAVING count(*) > 0;
  END LOOP;
  RETURN coalesce(cardinality(types), 0);
END $$;

-- The rows that name an agent ($2, of organization $1) or a person ($2) without referring to it, and what happens to them. The rows that
-- refer to it are found in the catalogue. ``reference`` is the column in which the id, or the address, stands.
CREATE OR REPLACE FUNCTION tenant.rows_without_reference(of_kind text)
  RETURNS TABLE (target text, reference text, what text, condition text) LANGUAGE sql IMMUTABLE
  SET search_path = pg_catalog, public, pg_temp AS $f$
  SELECT k.target, k.reference, k.what, k.condition FROM (VALUES
    -- Documents of the audit log about the agent, and about what goes with it: first, while that is there.
    ('agent', 'audit_log', 'target_id', 'anonymized', $c$(t.before IS NOT NULL OR t.after IS NOT NULL) AND (t.target_id = $2
      OR t.before::text LIKE '%' || $2 || '%' OR t.after::text LIKE '%' || $2 || '%'
      OR t.target_id IN (SELECT v.id FROM agent_variables v WHERE v.organization_id = $1 AND v.agent_id = $2)
      OR t.target_id IN (SELECT s.id FROM agent_schedules s WHERE s.organization_id = $1 AND s.target_id = $2)
      OR t.target_id IN (SELECT b.id FROM budgets b WHERE b.organization_id = $1 AND b.subject_id = $2)
      OR t.target_id IN (SELECT w.id FROM webhook_endpoints w WHERE w.organization_id = $1 AND w.target_id = $2)
      OR t.target_id IN (SELECT d.id FROM deployments d WHERE d.organization_id = $1 AND d.agent_id = $2))$c$),
    ('agent', 'reported_metrics', 'agent_id', 'deleted', 't.agent_id = $2'),
    ('agent', 'run_metrics', 'agent_id', 'deleted', 't.agent_id = $2'),
    ('agent', 'metric_changes', 'agent_id', 'deleted', 't.agent_id = $2'),
    ('agent', 'alerts', 'agent_id', 'deleted', 't.agent_id = $2'),
    ('agent', 'notifications', 'data', 'deleted', $c$t.data ->> 'agent_id' = $2::text$c$),
    ('agent', 'agent_schedules', 'target_id', 'deleted', $c$t.target_type = 'agent' AND t.target_id = $2$c$),
    ('agent', 'budgets', 'subject_id', 'deleted', $c$t.scope = 'agent' AND t.subject_id = $2$c$),
    ('agent', 'webhook_endpoints', 'target_id', 'deleted', 't.target_id = $2'),
    ('agent', 'applied_resources', 'resource_id', 'deleted', 't.resource_id = $2'),
    ('agent', 'due_timers', 'subject_id', 'deleted', 't.subject_id = $2'),
    ('agent', 'outbox', 'payload', 'deleted', $c$t.payload::text LIKE '%' || $2 || '%'$c$),
    ('agent', 'run_plans', 'document', 'deleted', $c$t.document::text LIKE '%' || $2 || '%' AND NOT EXISTS (
      SELECT FROM runs r WHERE r.organization_id = t.organization_id AND r.plan_hash = t.hash)$c$),
    ('person', 'notifications', 'user_id', 'deleted', 't.user_id = $2'),
    ('person', 'notification_preferences', 'user_id', 'deleted', 't.user_id = $2'),
    ('person', 'invitations', 'email', 'deleted', 'lower(t.email) IN (SELECT auth.emails_of($2))'),
    ('person', 'budgets', 'subject_id', 'deleted', $c$t.scope = 'user' AND t.subject_id = $2$c$),
    ('person', 'approvals', 'assignees', 'anonymized', '$2 = ANY (t.assignees)'),
    ('person', 'audit_log', 'actor_id', 'anonymized', 't.actor_id = $2'),
    ('person', 'audit_log', 'target_id', 'anonymized', 't.target_id = $2'),
    ('person', 'users', 'id', 'deleted', 't.id = $2')
  ) k (kind, target, reference, what, condition) WHERE k.kind = of_kind
$f$;

-- Deletes or clears up to so many rows that name an agent without referring to it, and at the end the agent with all that refers to it.
-- Returns how many rows; 0: nothing is left.
CREATE OR REPLACE FUNCTION tenant.erase_agent_rows(wanted uuid, most integer, hold interval) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  erasure erasures;
  each record;
  gone integer := 0;
  total integer := 0;
  counts jsonb := '{}';
BEGIN
  SELECT * INTO erasure FROM erasures e WHERE e.id = wanted AND e.kind = 'agent' AND e.phase = 'rows' FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  FOR each IN SELECT * FROM tenant.rows_without_reference('agent') LOOP
    EXECUTE format(CASE each.what
        WHEN 'deleted' THEN 'DELETE FROM %1$I d USING (SELECT t.tableoid AS o, t.ctid AS c FROM %1$I t WHERE t.organization_id = $1 AND %2$s
          LIMIT $3 FOR UPDATE) old WHERE d.tableoid = old.o AND d.ctid = old.c'
        ELSE 'UPDATE %1$I d SET before = NULL, after = NULL FROM (SELECT t.ctid AS c FROM %1$I t WHERE t.organization_id = $1 AND %2$s
          LIMIT $3 FOR UPDATE) old WHERE d.ctid = old.c' END, each.target, each.condition)
      USING erasure.of_organization_id, erasure.target_id, most - total;
    GET DIAGNOSTICS gone = ROW_COUNT;
    counts := tenant.add_counts(counts, jsonb_build_object(each.target, jsonb_build_object(each.what, gone)));
    total := total + gone;
    EXIT WHEN total >= most;
  END LOOP;
  IF total = 0 THEN
    FOR each IN
      SELECT f.conrelid::regclass AS child, f.confdeltype, (SELECT a.attname FROM pg_attribute a
        WHERE a.attrelid = f.conrelid AND a.attnum = ANY (f.conkey) AND a.attname <> 'organization_id') AS reference
      FROM pg_constraint f WHERE f.contype = 'f' AND f.confrelid = 'agents'::regclass AND f.conrelid <> f.confrelid
      ORDER BY f.conrelid
    LOOP
      IF each.confdeltype = 'c' THEN
        IF each.child = 'metric_rollups'::regclass THEN
          gone := tenant.erase_rollups(erasure.of_organization_id, erasure.target_id, most - total);
        ELSE
          EXECUTE format('DELETE FROM %1$s WHERE ctid = ANY (ARRAY(SELECT ctid FROM %1$s WHERE organization_id = $1 AND %2$I = $2 LIMIT $3))',
            each.child, each.reference) USING erasure.of_organization_id, erasure.target_id, most - total;
          GET DIAGNOSTICS gone = ROW_COUNT;
        END IF;
        counts := tenant.add_counts(counts, jsonb_build_object(each.child::text, jsonb_build_object('deleted', gone)));
        total := total + gone;
        EXIT WHEN total >= most;
      END IF;
    END LOOP;
  END IF;
  IF total = 0 THEN
    -- A type of metrics is a name that an agent chose: those that nothing is left of go with it.
    DELETE FROM metric_types t WHERE t.organization_id = erasure.of_organization_id
      AND NOT EXISTS (SELECT FROM agents a JOIN metric_rollups r ON r.organization_id = a.organization_id AND r.agent_id = a.id
        WHERE a.organization_id = t.organization_id AND a.id <> erasure.target_id AND r.metric_type = t.metric_type)
      AND NOT EXISTS (SELECT FROM metric_changes c WHERE c.organization_id = t.organization_id AND c.metric_type = t.metric_type);
    GET DIAGNOSTICS gone = ROW_COUNT;
    counts := tenant.add_counts(counts, jsonb_build_object('metric_types', jsonb_build_object('deleted', gone)));
    DELETE FROM agents WHERE organization_id = erasure.of_organization_id AND id = erasure.target_id;
    GET DIAGNOSTICS total = ROW_COUNT;
    counts := tenant.add_counts(counts, jsonb_build_object('agents', jsonb_build_object('deleted', total)));
  END IF;
  PERFORM tenant.note_erasure(wanted, hold, NULL, counts, 0, 0, NULL, NULL);
  RETURN total;
END $$;

-- Counts the rows that go with an account or lose their reference to it, clears what the person wrote beside them, and goes on to the
-- next phase, in one transaction: so that each is counted once.
CREATE OR REPLACE FUNCTION tenant.begin_person_rows(wanted uuid, hold interval) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  person uuid;
  each record;
  gone bigint;
  counts jsonb := '{}';
BEGIN
  SELECT target_id INTO person FROM erasures WHERE id = wanted AND kind = 'person' AND phase = 'runs' FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  FOR each IN
    SELECT f.conrelid::regclass::text AS target, CASE f.confdeltype WHEN 'c' THEN 'deleted' ELSE 'anonymized' END AS what,
      format('t.%I = $2', a.attname) AS condition
    FROM pg_constraint f JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = f.conkey[1]
    WHERE f.contype = 'f' AND f.confrelid = 'users'::regclass
    UNION ALL SELECT r.target, r.what, r.condition FROM tenant.rows_without_reference('person') r
  LOOP
    EXECUTE format('SELECT count(*) FROM %I t WHERE %s', each.target, each.condition) INTO gone USING NULL::uuid, person;
    counts := tenant.add_counts(counts, jsonb_build_object(each.target, jsonb_build_object(each.what, gone)));
  END LOOP;
  UPDATE approvals SET comment = NULL, decision = decision - 'comment' WHERE decided_by = person AND (comment IS NOT NULL OR decision ? 'comment');
  UPDATE approval_decisions SET comment = NULL, decision = decision - 'comment'
    WHERE user_id = person AND (comment IS NOT NULL OR decision ? 'comment');
  UPDATE run_events e SET data = e.data - 'comment' FROM approvals a WHERE a.decided_by = person AND e.organization_id = a.organization_id
    AND e.run_id = a.run_id AND e.type = 'approval.decided' AND e.data ->> 'decided_by' = person::text;
  UPDATE audit_log SET after = after - 'comment' WHERE actor_id = person AND after ? 'comment';
  -- Left to the admins and owners when nobody else was asked: without assignees and role, anybody could decide.
  UPDATE approvals SET assignees = array_remove(assignees, person),
    role = CASE WHEN assignees = ARRAY[person] THEN coalesce(role, 'admin') ELSE role END WHERE person = ANY (assignees);
  DELETE FROM budgets WHERE scope = 'user' AND subject_id = person;
  PERFORM tenant.note_erasure(wanted, hold, 'rows', counts, 0, 0, NULL, NULL);
END $$;

-- Counts the rows of an organization by table and goes on to the next phase, in one transaction.
CREATE OR REPLACE FUNCTION tenant.begin_organization_rows(wanted uuid, hold interval) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  organization uuid;
  each record;
  gone bigint;
  counts jsonb := '{"organizations": {"deleted": 1}}';
BEGIN
  SELECT target_id INTO organization FROM erasures WHERE id = wanted AND kind = 'organization' AND phase IN ('requested', 'runs')
    FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  FOR each IN
    SELECT c.oid::regclass AS target, CASE WHEN EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conrelid = c.oid
      AND f.confrelid = 'organizations'::regclass AND f.confdeltype = 'n') THEN 'anonymized' ELSE 'deleted' END AS what
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organization_id' AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace ORDER BY 1
  LOOP
    EXECUTE format('SELECT count(*) FROM %s WHERE organization_id = $1', each.target) INTO gone USING organization;
    counts := tenant.add_counts(counts, jsonb_build_object(each.target::text, jsonb_build_object(each.what, gone)));
  END LOOP;
  PERFORM tenant.note_erasure(wanted, hold, 'rows', counts, 0, 0, NULL, NULL);
END $$;

-- Every table of the catalogue, for the search at the end; partitions are searched with their table.
CREATE OR REPLACE FUNCTION tenant.list_searched_tables() RETURNS SETOF text LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
    AND c.oid <> 'public.erasures'::regclass ORDER BY 1
$$;

-- Counts the rows of a table in which any of some texts stands, in whatever column, whatever the case of its letters.
CREATE OR REPLACE FUNCTION tenant.count_mentions(target text, terms text[]) RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  gone bigint;
BEGIN
  IF NOT tenant.is_system() OR target NOT IN (SELECT tenant.list_searched_tables()) THEN
    RAISE EXCEPTION 'not allowed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  EXECUTE format('SELECT count(*) FROM %s t WHERE EXISTS (SELECT FROM unnest($1) w WHERE position(w IN lower(t::text)) > 0)', target)
    INTO gone USING terms;
  RETURN gone;
END $$;

DO $$
DECLARE
  each record;
BEGIN
  FOR each IN SELECT p.oid::regprocedure AS signature, p.proname FROM pg_proc p WHERE p.pronamespace = 'tenant'::regnamespace
    AND p.proname IN ('may_erase', 'request_erasure', 'claim_erasures', 'add_counts', 'note_erasure', 'put_erasure_back', 'drop_erasure', 'finish_erasure',
      'names_of_person', 'rows_without_reference', 'list_runs_to_erase', 'erase_runs', 'erase_rollups', 'erase_agent_rows', 'begin_person_rows', 'begin_organization_rows',
      'list_searched_tables', 'count_mentions')
  LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', each.signature);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO retinue_app', each.signature);
  END LOOP;
END $$;
