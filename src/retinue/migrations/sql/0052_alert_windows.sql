-- Alerts: maintenance windows, quiet hours, messages that tell of several alerts, escalation, pauses, tags, and whether rules are evaluated.

ALTER TABLE alert_configs
  ADD COLUMN tag text CONSTRAINT alert_configs_tag_check CHECK (length(tag) BETWEEN 1 AND 50),
  ADD COLUMN escalate_after_seconds integer NOT NULL DEFAULT 0
    CONSTRAINT alert_configs_escalate_after_seconds_check CHECK (escalate_after_seconds BETWEEN 0 AND 604800),
  ADD COLUMN escalate_channels jsonb NOT NULL DEFAULT '{}'
    CONSTRAINT alert_configs_escalate_channels_check CHECK (jsonb_typeof(escalate_channels) = 'object'),
  ADD COLUMN paused_until timestamptz;
DROP TRIGGER set_updated_at ON alert_configs;
CREATE TRIGGER set_updated_at BEFORE UPDATE OF name, conditions, channels, enabled, severity, for_seconds, keep_firing_seconds, no_data,
  renotify_seconds, notify_resolved, group_by, runbook_url, agent_id, team_id, workflow_id, tag, escalate_after_seconds, escalate_channels,
  paused_until ON alert_configs FOR EACH ROW EXECUTE FUNCTION tenant.set_updated_at();

ALTER TABLE alert_channels ADD COLUMN quiet_hours jsonb
  CONSTRAINT alert_channels_quiet_hours_check CHECK (jsonb_typeof(quiet_hours) = 'object');

ALTER TABLE alerts
  ADD COLUMN unacknowledged_at timestamptz, -- when the second channels were told
  DROP CONSTRAINT alerts_resolved_reason_check,
  ADD CONSTRAINT alerts_resolved_reason_check CHECK (resolved_reason IN ('cleared', 'manual', 'rule_deleted', 'rule_changed', 'rule_disabled',
    'rule_paused', 'period_rollover', 'target_deleted'));

ALTER TABLE alert_events DROP CONSTRAINT alert_events_type_check,
  ADD CONSTRAINT alert_events_type_check CHECK (type IN ('opened', 'escalated', 'reminder', 'acknowledged', 'resolved', 'reopened', 'unsilenced',
    'unacknowledged', 'channel_failed'));
-- How many alerts of an organization opened within some minutes.
CREATE INDEX IF NOT EXISTS alert_events_opened_idx ON alert_events (organization_id, created_at) WHERE type IN ('opened', 'reopened');

-- A delivery that is part of the message of another is grouped: it ends as that one does.
ALTER TABLE alert_deliveries
  ADD COLUMN group_id uuid,
  ADD COLUMN is_digest boolean NOT NULL DEFAULT false,
  DROP CONSTRAINT alert_deliveries_event_type_check,
  ADD CONSTRAINT alert_deliveries_event_type_check CHECK (event_type IN ('opened', 'escalated', 'reminder', 'acknowledged', 'resolved',
    'reopened', 'unsilenced', 'unacknowledged', 'channel_failed')),
  DROP CONSTRAINT alert_deliveries_state_check,
  ADD CONSTRAINT alert_deliveries_state_check CHECK (state IN ('queued', 'sending', 'sent', 'dead', 'suppressed', 'grouped')),
  ADD CONSTRAINT alert_deliveries_group_id_check CHECK ((group_id IS NULL) OR NOT is_digest);
CREATE INDEX IF NOT EXISTS alert_deliveries_group_id_idx ON alert_deliveries (organization_id, group_id) WHERE group_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS alert_deliveries_digest_idx ON alert_deliveries (organization_id, channel_id, created_at DESC) WHERE is_digest;

ALTER TABLE alert_silences
  ADD COLUMN tag text CONSTRAINT alert_silences_tag_check CHECK (length(tag) BETWEEN 1 AND 50),
  ADD COLUMN alert_id uuid,
  ADD COLUMN ends_when_resolved boolean NOT NULL DEFAULT false,
  ADD CONSTRAINT alert_silences_ends_when_resolved_check CHECK (alert_id IS NOT NULL OR NOT ends_when_resolved),
  ADD CONSTRAINT alert_silences_alert_id_fkey FOREIGN KEY (organization_id, alert_id) REFERENCES alerts (organization_id, id) ON DELETE CASCADE;
CREATE INDEX IF NOT EXISTS alert_silences_alert_id_idx ON alert_silences (organization_id, alert_id) WHERE alert_id IS NOT NULL;

CREATE TABLE alert_maintenance_windows (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT alert_maintenance_windows_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  created_by uuid CONSTRAINT alert_maintenance_windows_created_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  name text NOT NULL CONSTRAINT alert_maintenance_windows_name_check CHECK (length(name) BETWEEN 1 AND 255),
  reason text NOT NULL DEFAULT '' CONSTRAINT alert_maintenance_windows_reason_check CHECK (length(reason) <= 1000),
  enabled boolean NOT NULL DEFAULT true,
  recurrence jsonb NOT NULL CONSTRAINT alert_maintenance_windows_recurrence_check CHECK (jsonb_typeof(recurrence) = 'object'),
  duration_minutes integer NOT NULL
    CONSTRAINT alert_maintenance_windows_duration_minutes_check CHECK (duration_minutes BETWEEN 1 AND 10080),
  config_id uuid,
  agent_id uuid,
  tag text CONSTRAINT alert_maintenance_windows_tag_check CHECK (length(tag) BETWEEN 1 AND 50),
  severity text CONSTRAINT alert_maintenance_windows_severity_check CHECK (severity IN ('info', 'warning', 'critical')),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT alert_maintenance_windows_config_id_fkey FOREIGN KEY (organization_id, config_id)
    REFERENCES alert_configs (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT alert_maintenance_windows_agent_id_fkey FOREIGN KEY (organization_id, agent_id)
    REFERENCES agents (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX alert_maintenance_windows_organization_id_idx ON alert_maintenance_windows (organization_id, created_at DESC, id DESC);
CREATE INDEX alert_maintenance_windows_config_id_idx ON alert_maintenance_windows (organization_id, config_id) WHERE config_id IS NOT NULL;
CREATE INDEX alert_maintenance_windows_agent_id_idx ON alert_maintenance_windows (organization_id, agent_id) WHERE agent_id IS NOT NULL;
CREATE INDEX alert_maintenance_windows_created_by_idx ON alert_maintenance_windows (created_by);
SELECT tenant.touch('alert_maintenance_windows');
SELECT tenant.protect('alert_maintenance_windows');

-- One row: when any worker last evaluated what was due, since when it does without a pause, and when a monitor outside was told.
CREATE TABLE alert_engine (
  id boolean PRIMARY KEY DEFAULT true CONSTRAINT alert_engine_id_check CHECK (id),
  last_sweep_at timestamptz NOT NULL DEFAULT now(),
  resumed_at timestamptz,
  last_ping_at timestamptz NOT NULL DEFAULT 'epoch'
);
INSERT INTO alert_engine DEFAULT VALUES;
