-- Notifications of persons; alert rules, their states, alerts, and what is sent about them.

CREATE TABLE notifications (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT notifications_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  user_id uuid NOT NULL,
  type text NOT NULL CONSTRAINT notifications_type_check CHECK (length(type) BETWEEN 1 AND 100),
  title text NOT NULL CONSTRAINT notifications_title_check CHECK (length(title) <= 255),
  message text NOT NULL,
  data jsonb NOT NULL DEFAULT '{}' CONSTRAINT notifications_data_check CHECK (jsonb_typeof(data) = 'object'),
  priority text NOT NULL DEFAULT 'medium' CONSTRAINT notifications_priority_check CHECK (priority IN ('low', 'medium', 'high', 'critical')),
  fold_key text, -- a repetition counts on the unread notification of the same key
  count integer NOT NULL DEFAULT 1,
  in_app boolean NOT NULL DEFAULT true,
  email_due_at timestamptz,
  email_attempts integer NOT NULL DEFAULT 0,
  emailed_at timestamptz,
  read_at timestamptz,
  expires_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT notifications_membership_fkey FOREIGN KEY (user_id, organization_id) REFERENCES memberships (user_id, organization_id)
    ON DELETE CASCADE
);
CREATE INDEX notifications_user_id_idx ON notifications (user_id, organization_id, created_at DESC, id DESC);
CREATE INDEX notifications_organization_id_idx ON notifications (organization_id);
CREATE INDEX notifications_created_at_idx ON notifications (created_at);
CREATE INDEX notifications_priority_idx ON notifications (priority);
CREATE INDEX notifications_unread_idx ON notifications (user_id, created_at) WHERE read_at IS NULL;
CREATE UNIQUE INDEX notifications_fold_key_key ON notifications (user_id, organization_id, fold_key)
  WHERE read_at IS NULL AND fold_key IS NOT NULL;
CREATE INDEX notifications_expires_at_idx ON notifications (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX notifications_email_due_at_idx ON notifications (email_due_at) WHERE email_due_at IS NOT NULL;
SELECT tenant.protect('notifications');
SELECT tenant.keep_to_user('notifications');

CREATE TABLE notification_preferences (
  organization_id uuid NOT NULL,
  user_id uuid NOT NULL,
  type text NOT NULL CONSTRAINT notification_preferences_type_check CHECK (length(type) BETWEEN 1 AND 100),
  in_app boolean NOT NULL DEFAULT true,
  email text NOT NULL DEFAULT 'off' CONSTRAINT notification_preferences_email_check CHECK (email IN ('off', 'instant', 'hourly', 'daily')),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT notification_preferences_pkey PRIMARY KEY (user_id, organization_id, type),
  CONSTRAINT notification_preferences_membership_fkey FOREIGN KEY (user_id, organization_id)
    REFERENCES memberships (user_id, organization_id) ON DELETE CASCADE
);
SELECT tenant.touch('notification_preferences');
SELECT tenant.protect('notification_preferences');
SELECT tenant.keep_to_user('notification_preferences');

CREATE TRIGGER agent_status_notification AFTER UPDATE ON agents FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
  EXECUTE FUNCTION tenant.notify_agent_status_change();

-- What is evaluated: a run that ended, of a target or of the whole organization, by its end.
CREATE INDEX IF NOT EXISTS runs_target_ended_idx ON runs (organization_id, target_id, completed_at DESC, id DESC) WHERE status IN ('completed', 'failed');
CREATE INDEX IF NOT EXISTS runs_ended_idx ON runs (organization_id, completed_at DESC, id DESC) WHERE status IN ('completed', 'failed');

CREATE TABLE alert_channels (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT alert_channels_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  created_by uuid CONSTRAINT alert_channels_created_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  kind text NOT NULL CONSTRAINT alert_channels_kind_check CHECK (kind IN ('email', 'slack', 'webhook')),
  name text NOT NULL CONSTRAINT alert_channels_name_check CHECK (length(name) BETWEEN 1 AND 320),
  address text, -- shown: an e-mail address or the URL of a webhook; the URL of a Slack webhook is a secret
  secret_encrypted bytea,
  former_secret_encrypted bytea,
  former_until timestamptz,
  send_on text[] NOT NULL DEFAULT '{opened,resolved,reminder}',
  min_severity text NOT NULL DEFAULT 'info' CONSTRAINT alert_channels_min_severity_check CHECK (min_severity IN ('info', 'warning', 'critical')),
  status text NOT NULL DEFAULT 'active'
    CONSTRAINT alert_channels_status_check CHECK (status IN ('unverified', 'active', 'disabled', 'failed')),
  last_error text,
  last_delivery_at timestamptz,
  dead_in_row integer NOT NULL DEFAULT 0,
  sent_count bigint NOT NULL DEFAULT 0,
  dead_count bigint NOT NULL DEFAULT 0,
  verified_at timestamptz,
  code_hash bytea,
  code_expires_at timestamptz,
  code_attempts integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT alert_channels_organization_id_id_key UNIQUE (organization_id, id),
  CONSTRAINT alert_channels_name_key UNIQUE (organization_id, kind, name)
);
CREATE INDEX alert_channels_created_by_idx ON alert_channels (created_by);
SELECT tenant.touch('alert_channels');
SELECT tenant.protect('alert_channels');

CREATE TABLE alert_configs (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT alert_configs_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  created_by uuid CONSTRAINT alert_configs_created_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  agent_id uuid,
  team_id uuid,
  workflow_id uuid,
  name text NOT NULL CONSTRAINT alert_configs_name_check CHECK (length(name) BETWEEN 1 AND 255),
  conditions jsonb NOT NULL CONSTRAINT alert_configs_conditions_check CHECK (jsonb_typeof(conditions) = 'object'),
  channels jsonb NOT NULL DEFAULT '{}' CONSTRAINT alert_configs_channels_check CHECK (jsonb_typeof(channels) = 'object'),
  enabled boolean NOT NULL DEFAULT true,
  severity text NOT NULL DEFAULT 'warning' CONSTRAINT alert_configs_severity_check CHECK (severity IN ('info', 'warning', 'critical')),
  for_seconds integer NOT NULL DEFAULT 0 CONSTRAINT alert_configs_for_seconds_check CHECK (for_seconds BETWEEN 0 AND 604800),
  keep_firing_seconds integer NOT NULL DEFAULT 0
    CONSTRAINT alert_configs_keep_firing_seconds_check CHECK (keep_firing_seconds BETWEEN 0 AND 604800),
  no_data text NOT NULL DEFAULT 'ok' CONSTRAINT alert_configs_no_data_check CHECK (no_data IN ('ok', 'keep', 'no_data', 'fire')),
  renotify_seconds integer NOT NULL DEFAULT 0 CONSTRAINT alert_configs_renotify_seconds_check CHECK (renotify_seconds BETWEEN 0 AND 2592000),
  notify_resolved boolean NOT NULL DEFAULT true,
  group_by text CONSTRAINT alert_configs_group_by_check CHECK (group_by IN ('agent')),
  runbook_url text CONSTRAINT alert_configs_runbook_url_check CHECK (length(runbook_url) <= 2000),
  watches_failures boolean NOT NULL DEFAULT false,
  next_eval_at timestamptz,
  last_eval_at timestamptz,
  eval_error text,
  eval_failures integer NOT NULL DEFAULT 0,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT alert_configs_organization_id_id_key UNIQUE (organization_id, id),
  CONSTRAINT alert_configs_scope_check CHECK (num_nonnulls(agent_id, team_id, workflow_id) <= 1),
  CONSTRAINT alert_configs_agent_id_fkey FOREIGN KEY (organization_id, agent_id) REFERENCES agents (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT alert_configs_team_id_fkey FOREIGN KEY (organization_id, team_id) REFERENCES teams (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT alert_configs_workflow_id_fkey FOREIGN KEY (organization_id, workflow_id) REFERENCES workflows (organization_id, id)
    ON DELETE CASCADE
) WITH (fillfactor = 70);
CREATE INDEX alert_configs_organization_id_created_at_idx ON alert_configs (organization_id, created_at DESC, id DESC);
CREATE INDEX alert_configs_agent_id_idx ON alert_configs (organization_id, agent_id) WHERE agent_id IS NOT NULL;
CREATE INDEX alert_configs_team_id_idx ON alert_configs (organization_id, team_id) WHERE team_id IS NOT NULL;
CREATE INDEX alert_configs_workflow_id_idx ON alert_configs (organization_id, workflow_id) WHERE workflow_id IS NOT NULL;
CREATE INDEX alert_configs_created_by_idx ON alert_configs (created_by);
CREATE INDEX alert_configs_next_eval_at_idx ON alert_configs (next_eval_at) WHERE next_eval_at IS NOT NULL;
CREATE TRIGGER set_updated_at BEFORE UPDATE OF name, conditions, channels, enabled, severity, for_seconds, keep_firing_seconds, no_data,
  renotify_seconds, notify_resolved, group_by, runbook_url, agent_id, team_id, workflow_id ON alert_configs
  FOR EACH ROW EXECUTE FUNCTION tenant.set_updated_at();
SELECT tenant.protect('alert_configs');

-- One row per rule and group that is not simply ok: without a row the state is ok.
CREATE TABLE alert_states (
  organization_id uuid NOT NULL,
  config_id uuid NOT NULL,
  group_key text NOT NULL DEFAULT '',
  state text NOT NULL CONSTRAINT alert_states_state_check CHECK (state IN ('ok', 'pending', 'firing', 'recovering', 'no_data')),
  since timestamptz NOT NULL,
  pending_since timestamptz,
  clear_since timestamptz,
  counts_from timestamptz, -- after a person resolved the alert, earlier runs do not count
  is_held boolean NOT NULL DEFAULT false, -- a person resolved it: nothing fires before the condition was false once
  value double precision,
  CONSTRAINT alert_states_pkey PRIMARY KEY (config_id, group_key),
  CONSTRAINT alert_states_config_id_fkey FOREIGN KEY (organization_id, config_id) REFERENCES alert_configs (organization_id, id)
    ON DELETE CASCADE
) WITH (fillfactor = 70);
CREATE INDEX alert_states_config_id_idx ON alert_states (organization_id, config_id);
SELECT tenant.protect('alert_states');

CREATE TABLE alerts (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT alerts_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  config_id uuid,
  config_name text NOT NULL,
  agent_id uuid,
  target_name text,
  group_key text NOT NULL DEFAULT '',
  fingerprint text NOT NULL,
  severity text NOT NULL CONSTRAINT alerts_severity_check CHECK (severity IN ('info', 'warning', 'critical')),
  status text NOT NULL DEFAULT 'open' CONSTRAINT alerts_status_check CHECK (status IN ('open', 'acknowledged', 'resolved')),
  started_at timestamptz NOT NULL,
  triggered_at timestamptz NOT NULL DEFAULT now(),
  acknowledged_at timestamptz,
  acknowledged_by uuid CONSTRAINT alerts_acknowledged_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  resolved_at timestamptz,
  resolved_reason text CONSTRAINT alerts_resolved_reason_check
    CHECK (resolved_reason IN ('cleared', 'manual', 'rule_deleted', 'rule_changed', 'rule_disabled', 'period_rollover', 'target_deleted')),
  last_notified_at timestamptz,
  notify_count integer NOT NULL DEFAULT 0,
  flap_times timestamptz[] NOT NULL DEFAULT '{}',
  is_flapping boolean NOT NULL DEFAULT false,
  is_silenced boolean NOT NULL DEFAULT false,
  sequence integer NOT NULL DEFAULT 0,
  value double precision,
  threshold double precision,
  details jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT alerts_organization_id_id_key UNIQUE (organization_id, id),
  CONSTRAINT alerts_config_id_fkey FOREIGN KEY (organization_id, config_id) REFERENCES alert_configs (organization_id, id)
    ON DELETE SET NULL (config_id),
  CONSTRAINT alerts_agent_id_fkey FOREIGN KEY (organization_id, agent_id) REFERENCES agents (organization_id, id) ON DELETE SET NULL (agent_id)
);
CREATE UNIQUE INDEX alerts_open_fingerprint_key ON alerts (fingerprint) WHERE status <> 'resolved';
CREATE INDEX alerts_fingerprint_idx ON alerts (fingerprint, resolved_at DESC) WHERE status = 'resolved';
CREATE INDEX alerts_organization_id_triggered_at_idx ON alerts (organization_id, triggered_at DESC, id DESC);
CREATE INDEX alerts_open_idx ON alerts (organization_id, triggered_at DESC, id DESC) WHERE status <> 'resolved';
CREATE INDEX alerts_config_id_idx ON alerts (organization_id, config_id) WHERE config_id IS NOT NULL;
CREATE INDEX alerts_agent_id_idx ON alerts (organization_id, agent_id) WHERE agent_id IS NOT NULL;
CREATE INDEX alerts_acknowledged_by_idx ON alerts (acknowledged_by) WHERE acknowledged_by IS NOT NULL;
SELECT tenant.protect('alerts');

CREATE TABLE alert_events (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  alert_id uuid NOT NULL,
  type text NOT NULL CONSTRAINT alert_events_type_check
    CHECK (type IN ('opened', 'escalated', 'reminder', 'acknowledged', 'resolved', 'reopened', 'unsilenced')),
  data jsonb NOT NULL DEFAULT '{}',
  actor_id uuid CONSTRAINT alert_events_actor_id_fkey REFERENCES users (id) ON DELETE SET NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT alert_events_organization_id_id_key UNIQUE (organization_id, id),
  CONSTRAINT alert_events_alert_id_fkey FOREIGN KEY (organization_id, alert_id) REFERENCES alerts (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX alert_events_alert_id_idx ON alert_events (organization_id, alert_id, id);
CREATE INDEX alert_events_actor_id_idx ON alert_events (actor_id) WHERE actor_id IS NOT NULL;
SELECT tenant.protect('alert_events');
REVOKE UPDATE, DELETE ON alert_events FROM retinue_app;

-- The outbox: what is to be sent to a channel about an event. Its id is the idempotency id that receivers see.
CREATE TABLE alert_deliveries (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  event_id uuid NOT NULL,
  alert_id uuid NOT NULL,
  event_type text NOT NULL CONSTRAINT alert_deliveries_event_type_check
    CHECK (event_type IN ('opened', 'escalated', 'reminder', 'acknowledged', 'resolved', 'reopened', 'unsilenced')),
  sequence integer NOT NULL, -- of the alert: what is sent about it keeps this order
  channel_id uuid NOT NULL,
  state text NOT NULL DEFAULT 'queued'
    CONSTRAINT alert_deliveries_state_check CHECK (state IN ('queued', 'sending', 'sent', 'dead', 'suppressed')),
  reason text,
  payload jsonb NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz,
  give_up_at timestamptz,
  sent_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT alert_deliveries_organization_id_id_key UNIQUE (organization_id, id),
  CONSTRAINT alert_deliveries_event_id_channel_id_key UNIQUE (event_id, channel_id),
  CONSTRAINT alert_deliveries_event_id_fkey FOREIGN KEY (organization_id, event_id) REFERENCES alert_events (organization_id, id)
    ON DELETE CASCADE,
  CONSTRAINT alert_deliveries_alert_id_fkey FOREIGN KEY (organization_id, alert_id) REFERENCES alerts (organization_id, id)
    ON DELETE CASCADE,
  CONSTRAINT alert_deliveries_channel_id_fkey FOREIGN KEY (organization_id, channel_id) REFERENCES alert_channels (organization_id, id)
    ON DELETE CASCADE
);
CREATE INDEX alert_deliveries_event_id_idx ON alert_deliveries (organization_id, event_id);
CREATE INDEX alert_deliveries_alert_id_idx ON alert_deliveries (organization_id, alert_id, channel_id);
CREATE INDEX alert_deliveries_channel_id_idx ON alert_deliveries (organization_id, channel_id, id);
CREATE INDEX alert_deliveries_waiting_idx ON alert_deliveries (next_attempt_at) WHERE state IN ('queued', 'sending');
CREATE INDEX alert_deliveries_waiting_of_channel_idx ON alert_deliveries (channel_id, next_attempt_at) WHERE state IN ('queued', 'sending');
SELECT tenant.protect('alert_deliveries');

CREATE TABLE alert_attempts (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  delivery_id uuid NOT NULL,
  number integer NOT NULL,
  outcome text NOT NULL CONSTRAINT alert_attempts_outcome_check CHECK (outcome IN ('sent', 'failed', 'refused', 'lost')),
  status_code integer,
  response text CONSTRAINT alert_attempts_response_check CHECK (length(response) <= 2000),
  error text CONSTRAINT alert_attempts_error_check CHECK (length(error) <= 2000),
  duration_ms integer NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT alert_attempts_delivery_id_fkey FOREIGN KEY (organization_id, delivery_id) REFERENCES alert_deliveries (organization_id, id)
    ON DELETE CASCADE
);
CREATE INDEX alert_attempts_delivery_id_idx ON alert_attempts (organization_id, delivery_id, number);
SELECT tenant.protect('alert_attempts');

CREATE TABLE alert_silences (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT alert_silences_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  created_by uuid CONSTRAINT alert_silences_created_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  config_id uuid,
  agent_id uuid,
  severity text CONSTRAINT alert_silences_severity_check CHECK (severity IN ('info', 'warning', 'critical')),
  reason text NOT NULL DEFAULT '' CONSTRAINT alert_silences_reason_check CHECK (length(reason) <= 1000),
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT alert_silences_ends_at_check CHECK (ends_at > starts_at AND ends_at <= starts_at + interval '31 days'),
  CONSTRAINT alert_silences_config_id_fkey FOREIGN KEY (organization_id, config_id) REFERENCES alert_configs (organization_id, id)
    ON DELETE CASCADE,
  CONSTRAINT alert_silences_agent_id_fkey FOREIGN KEY (organization_id, agent_id) REFERENCES agents (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX alert_silences_organization_id_ends_at_idx ON alert_silences (organization_id, ends_at DESC, id DESC);
CREATE INDEX alert_silences_config_id_idx ON alert_silences (organization_id, config_id) WHERE config_id IS NOT NULL;
CREATE INDEX alert_silences_agent_id_idx ON alert_silences (organization_id, agent_id) WHERE agent_id IS NOT NULL;
CREATE INDEX alert_silences_created_by_idx ON alert_silences (created_by);
SELECT tenant.protect('alert_silences');
