-- Work that falls due at an instant: one way for all packages. A timer and what it brings about are one commit.
CREATE TABLE due_timers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT due_timers_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  kind text NOT NULL CONSTRAINT due_timers_kind_check CHECK (kind ~ '^[a-z_]+[.][a-z_]+$'),
  subject_id uuid NOT NULL,
  payload jsonb NOT NULL DEFAULT '{}',
  due_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  failed_at timestamptz,
  error text,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT due_timers_organization_id_kind_subject_id_key UNIQUE (organization_id, kind, subject_id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
CREATE INDEX due_timers_due_at_idx ON due_timers (due_at, id) WHERE failed_at IS NULL;
SELECT tenant.protect('due_timers');
