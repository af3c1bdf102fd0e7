-- Notifications: the one way to write one, the trigger on the status of agents, and maintenance over all organizations.

-- Notifies a member of an organization as their preferences say; returns the notification, null when there is none. With ``fold`` a
-- repetition counts on the unread notification of that key instead of being another one.
CREATE OR REPLACE FUNCTION tenant.write_notification(organization uuid, person uuid, kind text, new_title text, new_message text, new_data jsonb,
  new_priority text, fold text) RETURNS uuid
  LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  is_shown boolean;
  mails text;
  made uuid;
BEGIN
  IF NOT EXISTS (SELECT FROM memberships m WHERE m.user_id = person AND m.organization_id = organization) THEN
    RETURN NULL;
  END IF;
  SELECT p.in_app, p.email INTO is_shown, mails FROM notification_preferences p
    WHERE p.user_id = person AND p.organization_id = organization AND p.type = kind;
  IF NOT coalesce(is_shown, true) AND coalesce(mails, 'off') = 'off' THEN
    RETURN NULL;
  END IF;
  INSERT INTO notifications AS n (id, organization_id, user_id, type, title, message, data, priority, fold_key, in_app, email_due_at,
    expires_at, created_at)
  VALUES (gen_random_uuid(), organization, person, kind, left(new_title, 255), left(new_message, 4000), new_data, new_priority, fold,
    coalesce(is_shown, true), CASE mails
      WHEN 'instant' THEN tenant.now()
      WHEN 'hourly' THEN date_trunc('hour', tenant.now()) + interval '1 hour'
      WHEN 'daily' THEN date_trunc('day', tenant.now() AT TIME ZONE 'UTC' - interval '8 hours') AT TIME ZONE 'UTC' + interval '32 hours'
    END, tenant.now() + interval '30 days', tenant.now())
  ON CONFLICT (user_id, organization_id, fold_key) WHERE read_at IS NULL AND fold_key IS NOT NULL DO UPDATE SET
    count = n.count + 1, title = EXCLUDED.title, message = EXCLUDED.message, data = EXCLUDED.data, priority = EXCLUDED.priority,
    created_at = EXCLUDED.created_at, expires_at = EXCLUDED.expires_at, email_due_at = coalesce(n.email_due_at, EXCLUDED.email_due_at)
  RETURNING n.id INTO made;
  RETURN made;
END $$;

-- Notifies the creator of something; when they are gone or no member (any more), the owners and admins. Returns who was notified.
CREATE OR REPLACE FUNCTION tenant.write_notifications(organization uuid, creator uuid, kind text, new_title text, new_message text,
  new_data jsonb, new_priority text, fold text) RETURNS SETOF uuid
  LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  each uuid;
BEGIN
  FOR each IN
    SELECT m.user_id FROM memberships m WHERE m.organization_id = organization AND CASE
      WHEN EXISTS (SELECT FROM memberships c WHERE c.organization_id = organization AND c.user_id = creator) THEN m.user_id = creator
      ELSE m.role IN ('owner', 'admin') END
    ORDER BY m.user_id
  LOOP
    IF tenant.write_notification(organization, each, kind, new_title, new_message, new_data, new_priority, fold) IS NOT NULL THEN
      RETURN NEXT each;
    END IF;
  END LOOP;
END $$;

-- The same for the application, in the organizations of its transaction.
CREATE OR REPLACE FUNCTION tenant.notify_responsible(organization uuid, creator uuid, kind text, new_title text, new_message text,
  new_data jsonb, new_priority text, fold text DEFAULT NULL) RETURNS SETOF uuid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT organization = ANY (tenant.organizations()) THEN
    RAISE EXCEPTION 'not an organization of this transaction';
  END IF;
  RETURN QUERY SELECT * FROM tenant.write_notifications(organization, creator, kind, new_title, new_message, new_data, new_priority,
    fold);
END $$;

-- Notifies members of an organization of the transaction; returns who was notified.
CREATE OR REPLACE FUNCTION tenant.notify_persons(organization uuid, persons uuid[], kind text, new_title text, new_message text,
  new_data jsonb, new_priority text, fold text DEFAULT NULL) RETURNS SETOF uuid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  each uuid;
BEGIN
  IF NOT organization = ANY (tenant.organizations()) THEN
    RAISE EXCEPTION 'not an organization of this transaction';
  END IF;
  FOR each IN SELECT DISTINCT p FROM unnest(persons) AS p ORDER BY p LOOP
    IF tenant.write_notification(organization, each, kind, new_title, new_message, new_data, new_priority, fold) IS NOT NULL THEN
      RETURN NEXT each;
    END IF;
  END LOOP;
END $$;

-- A failure to notify never prevents the change of the status.
CREATE OR REPLACE FUNCTION tenant.notify_agent_status_change() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF OLD.status IS DISTINCT FROM NEW.status THEN
    PERFORM tenant.write_notifications(NEW.organization_id, NEW.created_by, 'agent_status_change', 'Agent Status Updated',
      'Agent "' || NEW.name || '" status changed from ' || OLD.status || ' to ' || NEW.status,
      jsonb_build_object('agent_id', NEW.id, 'old_status', OLD.status, 'new_status', NEW.status),
      CASE WHEN NEW.status = 'error' THEN 'high' WHEN NEW.status = 'active' THEN 'medium' ELSE 'low' END, NULL);
  END IF;
  RETURN NEW;
EXCEPTION WHEN OTHERS THEN
  RAISE WARNING 'No notification of the status of agent %: %', NEW.id, SQLERRM;
  RETURN NEW;
END $$;

-- Notifies superusers, in each of their organizations, of something about the installation, once a day for one message and fold key;
-- without a message what was told is over. Returns who has news.
CREATE OR REPLACE FUNCTION tenant.notify_superusers(kind text, new_title text, fold text, new_message text)
RETURNS TABLE (organization_id uuid, user_id uuid) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  each record;
  as_system text := current_setting('app.is_system', true);
BEGIN
  PERFORM set_config('app.is_system', 'on', true);
  IF new_message IS NULL THEN
    -- Without the key the next time is told, however soon it comes.
    RETURN QUERY WITH told AS (
      SELECT n.id, n.read_at IS NULL AS is_unread FROM notifications n WHERE n.fold_key = fold AND n.user_id IN (
        SELECT u.id FROM users u WHERE u.is_superuser)
    ), settled AS (
      UPDATE notifications n SET read_at = coalesce(n.read_at, tenant.now()), fold_key = NULL FROM told t WHERE n.id = t.id
      RETURNING n.organization_id AS place, n.user_id AS person, t.is_unread
    ) SELECT s.place, s.person FROM settled s WHERE s.is_unread;
  ELSE
    -- Several workers look at the same time.
    PERFORM pg_advisory_xact_lock(tenant.lock_key('notify_superusers'));
    FOR each IN
      SELECT m.organization_id AS place, m.user_id AS person FROM memberships m JOIN users u ON u.id = m.user_id
      WHERE u.is_superuser AND u.is_active AND NOT EXISTS (
        SELECT FROM notifications n WHERE n.user_id = m.user_id AND n.organization_id = m.organization_id
          AND n.fold_key = fold AND n.message = left(new_message, 4000) AND n.created_at > tenant.now() - interval '1 day')
      ORDER BY m.organization_id, m.user_id
    LOOP
      IF tenant.write_notification(each.place, each.person, kind, new_title, new_message, '{}', 'high', fold) IS NOT NULL THEN
        organization_id := each.place;
        user_id := each.person;
        RETURN NEXT;
      END IF;
    END LOOP;
  END IF;
  PERFORM set_config('app.is_system', coalesce(as_system, ''), true);
END $$;
REVOKE ALL ON FUNCTION tenant.notify_superusers(text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.notify_superusers(text, text, text, text) TO retinue_app;

-- Deletes notifications that have expired, of all organizations, up to a number; returns how many.
CREATE OR REPLACE FUNCTION tenant.delete_expired_notifications(most integer) RETURNS integer LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  total integer;
BEGIN
  DELETE FROM notifications WHERE id IN (
    SELECT n.id FROM notifications n WHERE n.expires_at <= tenant.now() LIMIT most FOR UPDATE SKIP LOCKED);
  GET DIAGNOSTICS total = ROW_COUNT;
  RETURN total;
END $$;

-- Organizations whose members are due e-mail about notifications.
CREATE OR REPLACE FUNCTION tenant.organizations_with_due_emails(most integer) RETURNS SETOF uuid LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT DISTINCT d.organization_id FROM (
    SELECT n.organization_id FROM notifications n WHERE n.email_due_at <= tenant.now() ORDER BY n.email_due_at LIMIT most) d
$$;

REVOKE ALL ON FUNCTION tenant.write_notification(uuid, uuid, text, text, text, jsonb, text, text),
  tenant.write_notifications(uuid, uuid, text, text, text, jsonb, text, text),
  tenant.notify_responsible(uuid, uuid, text, text, text, jsonb, text, text),
  tenant.notify_persons(uuid, uuid[], text, text, text, jsonb, text, text), tenant.notify_agent_status_change(),
  tenant.delete_expired_notifications(integer), tenant.organizations_with_due_emails(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.notify_responsible(uuid, uuid, text, text, text, jsonb, text, text),
  tenant.notify_persons(uuid, uuid[], text, text, text, jsonb, text, text),
  tenant.delete_expired_notifications(integer), tenant.organizations_with_due_emails(integer) TO retinue_app;
