-- Schedules start runs of agents, teams and workflows; each of their due times is an occurrence.
CREATE TABLE agent_schedules (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT agent_schedules_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  created_by uuid CONSTRAINT agent_schedules_created_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  name text NOT NULL CONSTRAINT agent_schedules_name_check CHECK (length(name) BETWEEN 1 AND 200),
  description text NOT NULL DEFAULT '' CONSTRAINT agent_schedules_description_check CHECK (length(description) <= 4000),
  target_type text NOT NULL CONSTRAINT agent_schedules_target_type_check CHECK (target_type IN ('agent', 'team', 'workflow')),
  target_id uuid NOT NULL,
  target_name text NOT NULL,
  enabled boolean NOT NULL DEFAULT false,
  frequency text CONSTRAINT agent_schedules_frequency_check CHECK (frequency IN ('hourly', 'daily', 'weekly', 'monthly', 'once')),
  "interval" integer NOT NULL DEFAULT 1 CONSTRAINT agent_schedules_interval_check CHECK ("interval" BETWEEN 1 AND 1000),
  "time" text CONSTRAINT agent_schedules_time_check CHECK ("time" ~ '^[0-2][0-9]:[0-5][0-9]$'),
  days integer[] NOT NULL DEFAULT '{}',
  "date" integer CONSTRAINT agent_schedules_date_check CHECK ("date" BETWEEN 1 AND 31),
  run_date date,
  missing_date text NOT NULL DEFAULT 'skip' CONSTRAINT agent_schedules_missing_date_check CHECK (missing_date IN ('skip', 'last_day')),
  cron text CONSTRAINT agent_schedules_cron_check CHECK (length(cron) BETWEEN 1 AND 200),
  timezone text NOT NULL,
  start_at timestamptz,
  end_at timestamptz,
  paused_until timestamptz,
  input jsonb NOT NULL DEFAULT '{}',
  jitter_seconds integer NOT NULL DEFAULT 0 CONSTRAINT agent_schedules_jitter_seconds_check CHECK (jitter_seconds BETWEEN 0 AND 3600),
  catch_up text NOT NULL DEFAULT 'last' CONSTRAINT agent_schedules_catch_up_check CHECK (catch_up IN ('skip', 'last', 'all')),
  catch_up_window_seconds integer NOT NULL DEFAULT 86400
    CONSTRAINT agent_schedules_catch_up_window_seconds_check CHECK (catch_up_window_seconds BETWEEN 60 AND 31536000),
  overlap text NOT NULL DEFAULT 'skip' CONSTRAINT agent_schedules_overlap_check CHECK (overlap IN ('skip', 'queue', 'cancel', 'allow')),
  next_due_at timestamptz, -- the first due time that nobody has claimed
  next_run timestamptz,
  last_run timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT agent_schedules_organization_id_id_key UNIQUE (organization_id, id),
  CONSTRAINT agent_schedules_timing_check CHECK (num_nonnulls(frequency, cron) = 1)
);
CREATE INDEX agent_schedules_organization_id_created_at_idx ON agent_schedules (organization_id, created_at DESC, id DESC);
CREATE INDEX agent_schedules_target_id_idx ON agent_schedules (organization_id, target_id);
CREATE INDEX agent_schedules_next_run_idx ON agent_schedules (organization_id, next_run);
-- An occurrence is no change of the schedule.
CREATE TRIGGER set_updated_at BEFORE UPDATE OF name, description, target_type, target_id, enabled, frequency, "interval", "time", days,
  "date", run_date, missing_date, cron, timezone, start_at, end_at, paused_until, input, jitter_seconds, catch_up,
  catch_up_window_seconds, overlap ON agent_schedules FOR EACH ROW EXECUTE FUNCTION tenant.set_updated_at();
SELECT tenant.protect('agent_schedules');

-- The primary key is the lock: who inserts the row has the occurrence. ``is_open``: its run may be unfinished, and may not overlap.
CREATE TABLE schedule_occurrences (
  organization_id uuid NOT NULL,
  schedule_id uuid NOT NULL,
  due_at timestamptz NOT NULL,
  kind text NOT NULL CONSTRAINT schedule_occurrences_kind_check CHECK (kind IN ('scheduled', 'manual', 'backfill')),
  status text NOT NULL
    CONSTRAINT schedule_occurrences_status_check CHECK (status IN ('queued', 'started', 'skipped', 'missed', 'failed')),
  reason_code text,
  reason text,
  run_id uuid,
  is_open boolean NOT NULL DEFAULT false,
  claimed_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  CONSTRAINT schedule_occurrences_pkey PRIMARY KEY (schedule_id, due_at),
  CONSTRAINT schedule_occurrences_schedule_id_fkey FOREIGN KEY (organization_id, schedule_id)
    REFERENCES agent_schedules (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT schedule_occurrences_run_id_fkey FOREIGN KEY (organization_id, run_id)
    REFERENCES runs (organization_id, id) ON DELETE SET NULL (run_id)
);
CREATE INDEX schedule_occurrences_due_at_idx ON schedule_occurrences (organization_id, due_at);
CREATE INDEX schedule_occurrences_run_id_idx ON schedule_occurrences (organization_id, run_id) WHERE run_id IS NOT NULL;
CREATE INDEX schedule_occurrences_queued_idx ON schedule_occurrences (schedule_id, due_at) WHERE status = 'queued';
CREATE INDEX schedule_occurrences_open_idx ON schedule_occurrences (schedule_id) WHERE is_open;
SELECT tenant.protect('schedule_occurrences');
