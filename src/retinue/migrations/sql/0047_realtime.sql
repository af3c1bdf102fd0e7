-- The feed of row changes that subscriptions receive (docs/decisions/0018). Triggers enter a change only where someone subscribes.

CREATE SCHEMA realtime;
GRANT USAGE ON SCHEMA realtime TO retinue_app;

-- Which tables of which organizations are subscribed to. Processes renew what their subscribers read; ``began_at`` is since when
-- changes have been entered without a gap.
CREATE TABLE realtime_interests (
  organization_id uuid NOT NULL CONSTRAINT realtime_interests_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  table_name text NOT NULL,
  began_at timestamptz NOT NULL DEFAULT now(),
  until timestamptz NOT NULL,
  CONSTRAINT realtime_interests_pkey PRIMARY KEY (organization_id, table_name)
);
SELECT tenant.protect('realtime_interests');

-- Rows as they became (or were, when deleted), and what changed columns held before. ``xid`` is the transaction, so that readers
-- take each committed change once. There is no reference to the organization: its deletion enters changes of its rows.
CREATE TABLE realtime_changes (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT realtime_changes_pkey PRIMARY KEY,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  organization_id uuid NOT NULL,
  table_name text NOT NULL,
  operation text NOT NULL CONSTRAINT realtime_changes_operation_check CHECK (operation IN ('INSERT', 'UPDATE', 'DELETE')),
  record jsonb NOT NULL,
  before jsonb,
  changed_at timestamptz NOT NULL DEFAULT now()
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
CREATE INDEX realtime_changes_xid_idx ON realtime_changes (xid);
CREATE INDEX realtime_changes_organization_id_idx ON realtime_changes (organization_id, id);
CREATE INDEX realtime_changes_changed_at_idx ON realtime_changes (changed_at);
SELECT tenant.protect('realtime_changes');
