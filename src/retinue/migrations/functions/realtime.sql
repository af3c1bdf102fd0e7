-- Row changes for subscriptions: which tables and columns are published, the triggers that enter changes, who sees a change,
-- and the reading of the feed. What differs by table is written out at the end of this file, from the catalogue, at each
-- upgrade: so a verdict is always that of the table's own policies.

-- What subscribers may name. The columns are those that the API shows of the same things: no secrets, no hashes.
CREATE OR REPLACE FUNCTION realtime.published() RETURNS TABLE (table_name text, keys text[], columns text[]) LANGUAGE sql IMMUTABLE AS $$
  SELECT p.table_name, string_to_array(p.keys, ' '), string_to_array(p.columns, ' ') FROM (VALUES
    ('agents', 'id', 'id organization_id created_by name description icon category type agent_type runtime template_id is_custom'
      ' instructions config deployment_config webhook_url status status_reason last_heartbeat last_activity version created_at updated_at'),
    ('agent_templates', 'id', 'id organization_id created_by name description type category icon default_config required_params'
      ' is_public created_at updated_at'),
    ('agent_schedules', 'id', 'id organization_id created_by name description target_type target_id target_name enabled frequency'
      ' interval time days date run_date cron timezone start_at end_at paused_until input next_run last_run created_at updated_at'),
    ('teams', 'id', 'id organization_id created_by name description icon type instructions config version created_at updated_at'),
    ('team_members', 'id', 'id organization_id team_id agent_id member_team_id position role created_at'),
    ('tools', 'id', 'id organization_id name description tool_type effect is_active version created_at updated_at'),
    ('workflows', 'id', 'id organization_id created_by agent_id name description definition version active_version is_active'
      ' is_paused next_execution created_at updated_at'),
    ('deployments', 'id', 'id organization_id target_type target_id agent_id team_id version status trigger_type note checks'
      ' deployment_url error_message created_by deployed_at stopped_at created_at updated_at'),
    ('runs', 'id', 'id organization_id type target_id target_name agent_id agent_version workflow_id deployment_id conversation_id'
      ' parent_run_id forked_from_run_id retry_of_run_id status waiting_reason trigger triggered_by_id input output error_message error'
      ' trace_id external_execution_id duration_ms resource_usage priority warning_count playground tags metadata started_at'
      ' completed_at created_at'),
    ('run_steps', 'run_id id', 'id organization_id run_id parent_step_id sequence step_name step_type status input output error_message'
      ' usage node_id visit item_index started_at completed_at created_at'),
    ('run_logs', 'run_id id', 'id organization_id run_id step_id message level details timestamp'),
    ('run_artifacts', 'id', 'id organization_id run_id step_id name type size url checksum created_at'),
    ('agent_thoughts', 'id', 'id organization_id agent_id run_id node_id node_type content metadata parent_node_id confidence_score'
      ' processing_time_ms created_at'),
    ('approvals', 'id', 'id organization_id run_id step_id kind tool_name arguments reason status decision decided_by decided_at comment'
      ' expires_at created_at'),
    ('conversations', 'id', 'id organization_id user_id agent_id team_id workflow_id title last_message last_message_time message_count created_at'
      ' updated_at'),
    ('messages', 'id', 'id organization_id conversation_id user_id sequence content sender_type attachments run_id status created_at'),
    ('alert_configs', 'id', 'id organization_id created_by agent_id team_id workflow_id name conditions enabled severity runbook_url'
      ' version created_at updated_at'),
    ('alerts', 'id', 'id organization_id config_id config_name agent_id target_name severity status started_at triggered_at'
      ' acknowledged_at acknowledged_by resolved_at resolved_reason value threshold details created_at'),
    ('notifications', 'id', 'id organization_id user_id type title message data priority count read_at expires_at created_at'),
    ('agent_metrics', 'id', 'id organization_id agent_id metric_type value unit metadata recorded_at'),
    ('api_usage', 'id', 'id organization_id user_id agent_id endpoint method status_code response_time_ms cost_usd created_at')
  ) p (table_name, keys, columns)
$$;

-- The published columns in the order of the table, with the types of the catalogue.
CREATE OR REPLACE FUNCTION realtime.describe() RETURNS TABLE (table_name text, column_name text, type text, is_key boolean)
LANGUAGE sql STABLE AS $$
  SELECT p.table_name, a.attname::text, t.typname::text, a.attname = ANY (p.keys)
  FROM realtime.published() p
  JOIN pg_catalog.pg_attribute a ON a.attrelid = ('public.' || p.table_name)::regclass AND a.attname = ANY (p.columns)
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  ORDER BY p.table_name, a.attnum
$$;

-- Tells that changes of tables of organizations (in pairs) are wanted for a while. Returns the transaction whose end the caller waits
-- for, when an interest began now; null when all of them were there.
CREATE OR REPLACE FUNCTION realtime.want(organizations uuid[], tables text[], hold interval) RETURNS xid8 LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  begun integer;
BEGIN
  WITH wanted AS (
    SELECT DISTINCT o.id, w.name FROM unnest(organizations, tables) w (id, name) JOIN public.organizations o ON o.id = w.id
    ORDER BY o.id, w.name
  ), held AS (
    INSERT INTO realtime_interests AS i (organization_id, table_name, began_at, until)
    SELECT w.id, w.name, tenant.now(), tenant.now() + hold FROM wanted w
    ON CONFLICT (organization_id, table_name) DO UPDATE
      SET until = excluded.until, began_at = CASE WHEN i.until > tenant.now() THEN i.began_at ELSE tenant.now() END
    RETURNING i.began_at = tenant.now() AS is_new
  )
  SELECT count(*) FILTER (WHERE is_new) INTO begun FROM held;
  RETURN CASE WHEN begun > 0 THEN pg_current_xact_id() END;
END $$;

-- Whether every transaction that began before one has ended: what they wrote without entering it is visible.
CREATE OR REPLACE FUNCTION realtime.is_settled(entered xid8) RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT pg_snapshot_xmin(pg_current_snapshot()) > entered $$;

-- Changes that were committed between two snapshots, in the order in which they were entered, after one of a given number. Without
-- ``upto`` the snapshot is that of now, which every row returns; there is always one row, so that a reader advances.
CREATE OR REPLACE FUNCTION realtime.read(since pg_snapshot, upto pg_snapshot, after bigint, most integer)
RETURNS TABLE (seen text, id bigint, organization_id uuid, table_name text, operation text, record text, before text, changed_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT coalesce(upto, pg_current_snapshot())::text, c.id, c.organization_id, c.table_name, c.operation, c.record::text,
    (c.record || c.before)::text, c.changed_at
  FROM (SELECT 1) one LEFT JOIN LATERAL (
    SELECT * FROM realtime_changes e
    WHERE e.xid >= pg_snapshot_xmin(since) AND NOT pg_visible_in_snapshot(e.xid, since)
      AND pg_visible_in_snapshot(e.xid, coalesce(upto, pg_current_snapshot())) AND e.id > after
    ORDER BY e.id LIMIT most
  ) c ON true
$$;

-- Changes of tables of organizations since an instant, for a subscriber who was away: those that one snapshot has not seen and a later
-- one (that of now, without ``upto``; every row returns it) has, after one of a given number. ``columns`` and ``texts`` name, in the same
-- places, a value that the row must have or have had; null for every row. ``is_whole``: they have been entered since the instant.
-- Transactions of ``overlap`` before are returned too: one that began then may have been committed later.
CREATE OR REPLACE FUNCTION realtime.missed(since timestamptz, overlap interval, known pg_snapshot, upto pg_snapshot, after bigint,
  organizations uuid[], tables text[], columns text[], texts text[], most integer)
RETURNS TABLE (is_whole boolean, seen text, id bigint, organization_id uuid, table_name text, operation text, record text, before text,
               changed_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT NOT EXISTS (
      SELECT FROM unnest(organizations, tables) w (id, name)
      LEFT JOIN realtime_interests i ON i.organization_id = w.id AND i.table_name = w.name
      WHERE i.began_at IS NULL OR i.began_at > since),
    coalesce(upto, pg_current_snapshot())::text,
    c.id, c.organization_id, c.table_name, c.operation, c.record::text, (c.record || c.before)::text, c.changed_at
  FROM (SELECT 1) one LEFT JOIN LATERAL (
    SELECT * FROM realtime_changes e
    WHERE e.changed_at >= since - overlap AND e.id > after
      AND EXISTS (SELECT FROM unnest(organizations, tables, columns, texts) w (id, name, col, val)
                  WHERE w.id = e.organization_id AND w.name = e.table_name
                    AND (w.col IS NULL OR e.record ->> w.col = w.val OR e.before ->> w.col = w.val))
      AND pg_visible_in_snapshot(e.xid, coalesce(upto, pg_current_snapshot()))
      AND (known IS NULL OR NOT pg_visible_in_snapshot(e.xid, known))
    ORDER BY e.id LIMIT most
  ) c ON true
$$;

-- The same as processes of the version before ask for it.
CREATE OR REPLACE FUNCTION realtime.replay(upto pg_snapshot, organizations uuid[], tables text[], since timestamptz, most integer)
RETURNS TABLE (is_whole boolean, id bigint, organization_id uuid, table_name text, operation text, record text, before text,
               changed_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT NOT EXISTS (
      SELECT FROM unnest(organizations, tables) w (id, name)
      LEFT JOIN realtime_interests i ON i.organization_id = w.id AND i.table_name = w.name
      WHERE i.began_at IS NULL OR i.began_at > since),
    c.id, c.organization_id, c.table_name, c.operation, c.record::text, (c.record || c.before)::text, c.changed_at
  FROM (SELECT 1) one LEFT JOIN LATERAL (
    SELECT * FROM realtime_changes e
    WHERE e.changed_at >= since
      AND EXISTS (SELECT FROM unnest(organizations, tables) w (id, name) WHERE w.id = e.organization_id AND w.name = e.table_name)
      AND pg_visible_in_snapshot(e.xid, upto)
    ORDER BY e.id LIMIT most
  ) c ON true
$$;

-- Deletes changes that nobody can ask for any more, and interests that ended; returns how many changes.
CREATE OR REPLACE FUNCTION realtime.delete_expired(age interval) RETURNS bigint LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
  WITH ended AS (DELETE FROM realtime_interests WHERE until < tenant.now() - age),
       gone AS (DELETE FROM realtime_changes WHERE changed_at < tenant.now() - age RETURNING 1)
  SELECT count(*) FROM gone
$$;

-- The present snapshot, from which a reader begins.
CREATE OR REPLACE FUNCTION realtime.now_seen() RETURNS text LANGUAGE sql STABLE AS $$ SELECT pg_current_snapshot()::text $$;

-- For each reader (a person and the organizations they act in), the numbers of the rows that the table's policies let them read.
-- Runs as the caller: what policies look up is subject to the policies of its table.
CREATE OR REPLACE FUNCTION realtime.judge(target text, images text[], persons uuid[], places text[])
RETURNS TABLE (reader integer, image integer) LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN QUERY EXECUTE format('SELECT * FROM realtime.%I($1, $2, $3)', 'judge_' || target) USING images, persons, places;
END $$;

-- Enters the points of metrics that a run adds, which are one row of it.
CREATE OR REPLACE FUNCTION realtime.enter_run_metrics() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM realtime_interests i WHERE i.table_name = 'agent_metrics' AND i.until > tenant.now()) THEN
    RETURN NULL;
  END IF;
  IF TG_OP = 'INSERT' THEN
    INSERT INTO realtime_changes (organization_id, table_name, operation, record)
      SELECT p.organization_id, 'agent_metrics', TG_OP, to_jsonb(p)
      FROM new_rows n JOIN realtime_interests i ON i.organization_id = n.organization_id AND i.table_name = 'agent_metrics'
        AND i.until > tenant.now() CROSS JOIN LATERAL tenant.points_of(ROW(n.*)::run_metrics) p;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO realtime_changes (organization_id, table_name, operation, record)
      SELECT p.organization_id, 'agent_metrics', TG_OP, to_jsonb(p)
      FROM old_rows o JOIN realtime_interests i ON i.organization_id = o.organization_id AND i.table_name = 'agent_metrics'
        AND i.until > tenant.now() CROSS JOIN LATERAL tenant.points_of(ROW(o.*)::run_metrics) p;
  ELSE
    INSERT INTO realtime_changes (organization_id, table_name, operation, record, before)
      SELECT i.organization_id, 'agent_metrics', CASE WHEN o.point IS NULL THEN 'INSERT' WHEN n.point IS NULL THEN 'DELETE' ELSE 'UPDATE' END,
        coalesce(n.point, o.point), CASE WHEN n.point IS NOT NULL AND o.point IS NOT NULL THEN (
          SELECT jsonb_object_agg(e.key, e.value) FROM jsonb_each(o.point) e WHERE e.value IS DISTINCT FROM n.point -> e.key) END
      FROM (SELECT p.id, p.organization_id, p.metric_type, to_jsonb(p) AS point
        FROM new_rows r CROSS JOIN LATERAL tenant.points_of(ROW(r.*)::run_metrics) p) n
      FULL JOIN (SELECT p.id, p.organization_id, p.metric_type, to_jsonb(p) AS point
        FROM old_rows r CROSS JOIN LATERAL tenant.points_of(ROW(r.*)::run_metrics) p) o ON o.id = n.id AND o.metric_type = n.metric_type
      JOIN realtime_interests i ON i.organization_id = coalesce(n.organization_id, o.organization_id) AND i.table_name = 'agent_metrics' AND i.until > tenant.now()
      WHERE n.point IS DISTINCT FROM o.point;
  END IF;
  RETURN NULL;
END $$;

-- Writes out the triggers and the verdicts. Called at each upgrade, after all steps: a policy may have changed.
CREATE OR REPLACE FUNCTION realtime.write_out() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  each record;
  judged text[];
  permitted text;
  required text;
  built text;
  largest text;
  operation text;
  path_before text := current_setting('search_path');
  large constant integer := 65536;
BEGIN
  PERFORM set_config('search_path', 'pg_catalog, public, pg_temp', true);
  -- Points of metrics are published as the view of them; those of runs have ``enter_run_metrics``.
  FOR each IN SELECT p.*, ('public.' || CASE p.table_name WHEN 'agent_metrics' THEN 'reported_metrics' ELSE p.table_name END)::regclass AS target
    FROM realtime.published() p LOOP
    -- The policies for reading, as PostgreSQL joins them, and the columns that they look at.
    SELECT coalesce(string_agg(format('(%s)', pg_get_expr(p.polqual, p.polrelid)), ' OR ') FILTER (WHERE p.polpermissive), 'false'),
           coalesce(string_agg(format(' AND (%s)', pg_get_expr(p.polqual, p.polrelid)), '') FILTER (WHERE NOT p.polpermissive), '')
      INTO permitted, required
      FROM pg_policy p WHERE p.polrelid = each.target AND p.polcmd IN ('*', 'r')
        AND p.polroles && ARRAY['retinue_app'::regrole::oid, 0::oid];
    SELECT array_agg(DISTINCT a.attname::text) INTO judged
      FROM pg_policy p JOIN pg_depend d ON d.classid = 'pg_policy'::regclass AND d.objid = p.oid AND d.refobjid = each.target
      JOIN pg_attribute a ON a.attrelid = each.target AND a.attnum = d.refobjsubid AND a.attnum > 0
      WHERE p.polrelid = each.target;
    -- A row as it is entered; ``@`` stands for the row's name.
    SELECT string_agg(format('%L, CASE WHEN pg_column_size(@.%I) <= %s THEN @.%I END', a.attname, a.attname, large, a.attname), ', '
                      ORDER BY a.attnum),
           string_agg(format('pg_column_size(@.%I)', a.attname), ', ') FILTER (WHERE a.attlen = -1)
      INTO built, largest
      FROM pg_attribute a WHERE a.attrelid = each.target AND a.attnum > 0 AND NOT a.attisdropped
        AND (a.attname = ANY (each.columns) OR a.attname = ANY (judged));
    built := format('jsonb_build_object(%s) || CASE WHEN greatest(%s) > %s THEN ''{"~large": true}''::jsonb ELSE ''{}''::jsonb END',
                    built, coalesce(largest, '0'), large);
    EXECUTE format(
      'CREATE OR REPLACE FUNCTION realtime.%I(images text[], persons uuid[], places text[]) RETURNS TABLE (reader integer, image integer)'
      ' LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $judge$'
      ' DECLARE entered %s[] := ARRAY(SELECT jsonb_populate_record(NULL::%s, t.image::jsonb)'
      '   FROM unnest(images) WITH ORDINALITY t (image, n) ORDER BY t.n);'
      ' BEGIN'
      '  FOR reader IN 1 .. cardinality(persons) LOOP'
      '   PERFORM set_config(''app.user_id'', persons[reader]::text, true),'
      '     set_config(''app.organization_ids'', places[reader], true);'
      '   RETURN QUERY SELECT reader, ordinality::integer FROM unnest(entered) WITH ORDINALITY AS %I WHERE (%s)%s;'
      '  END LOOP;'
      ' END $judge$',
      'judge_' || each.table_name, each.target, each.target, each.table_name, permitted, required);
    EXECUTE format(
      'CREATE OR REPLACE FUNCTION realtime.%I() RETURNS trigger LANGUAGE plpgsql'
      ' SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $note$'
      ' BEGIN'
      '  IF NOT EXISTS (SELECT FROM realtime_interests i WHERE i.table_name = %L AND i.until > tenant.now()) THEN RETURN NULL; END IF;'
      '  IF TG_OP = ''INSERT'' THEN'
      '   INSERT INTO realtime_changes (organization_id, table_name, operation, record)'
      '    SELECT n.organization_id, %L, TG_OP, %s FROM new_rows n JOIN realtime_interests i'
      '     ON i.organization_id = n.organization_id AND i.table_name = %L AND i.until > tenant.now();'
      '  ELSIF TG_OP = ''DELETE'' THEN'
      '   INSERT INTO realtime_changes (organization_id, table_name, operation, record)'
      '    SELECT o.organization_id, %L, TG_OP, %s FROM old_rows o JOIN realtime_interests i'
      '     ON i.organization_id = o.organization_id AND i.table_name = %L AND i.until > tenant.now();'
      '  ELSE'
      '   INSERT INTO realtime_changes (organization_id, table_name, operation, record, before)'
      '    SELECT c.organization_id, %L, TG_OP, c.record, d.before FROM ('
      '     SELECT n.organization_id, %s AS record, %s AS earlier'
      '      FROM new_rows n JOIN old_rows o USING (%s) JOIN realtime_interests i'
      '      ON i.organization_id = n.organization_id AND i.table_name = %L AND i.until > tenant.now() OFFSET 0) c'
      '     CROSS JOIN LATERAL (SELECT jsonb_object_agg(e.key, e.value) AS before FROM jsonb_each(c.earlier) e'
      '      WHERE e.value IS DISTINCT FROM c.record -> e.key) d'
      '     WHERE d.before IS NOT NULL;'
      '  END IF;'
      '  RETURN NULL;'
      ' END $note$',
      'note_' || each.table_name, each.table_name,
      each.table_name, replace(built, '@.', 'n.'), each.table_name,
      each.table_name, replace(built, '@.', 'o.'), each.table_name,
      each.table_name, replace(built, '@.', 'n.'), replace(built, '@.', 'o.'), array_to_string(each.keys, ', '), each.table_name);
    FOREACH operation IN ARRAY ARRAY['INSERT', 'UPDATE', 'DELETE'] LOOP
      IF NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = each.target AND t.tgname = 'realtime_' || lower(operation)) THEN
        EXECUTE format('CREATE TRIGGER %I AFTER %s ON %s REFERENCING %s FOR EACH STATEMENT EXECUTE FUNCTION realtime.%I()',
          'realtime_' || lower(operation), operation, each.target,
          CASE operation WHEN 'INSERT' THEN 'NEW TABLE AS new_rows' WHEN 'DELETE' THEN 'OLD TABLE AS old_rows'
            ELSE 'OLD TABLE AS old_rows NEW TABLE AS new_rows' END,
          'note_' || each.table_name);
      END IF;
    END LOOP;
  END LOOP;
  FOR each IN SELECT p.oid::regprocedure AS signature, p.proname FROM pg_proc p WHERE p.pronamespace = 'realtime'::regnamespace LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', each.signature);
    IF each.proname NOT LIKE 'note\_%' AND each.proname NOT IN ('write_out', 'enter_run_metrics') THEN
      EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO retinue_app', each.signature);
    END IF;
  END LOOP;
  PERFORM set_config('search_path', path_before, true);
END $$;

SELECT realtime.write_out();
