-- The complete erasure of a person, an agent or an organization: how far it is, and the certificate of what went and what stays.
-- ``target_id`` and ``organization_id`` are no references: the record outlives what was erased, without its name.
CREATE TABLE erasures (
  id uuid CONSTRAINT erasures_pkey PRIMARY KEY,
  kind text NOT NULL CONSTRAINT erasures_kind_check CHECK (kind IN ('person', 'agent', 'organization')),
  target_id uuid NOT NULL,
  of_organization_id uuid,
  name_hash text NOT NULL,
  requested_by uuid CONSTRAINT erasures_requested_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  requested_at timestamptz NOT NULL DEFAULT tenant.now(),
  phase text NOT NULL DEFAULT 'requested'
    CONSTRAINT erasures_phase_check CHECK (phase IN ('requested', 'runs', 'rows', 'search', 'finished')),
  attempts integer NOT NULL DEFAULT 0,
  tables jsonb NOT NULL DEFAULT '{}', -- table → {"deleted": n, "anonymized": n}
  files_deleted bigint NOT NULL DEFAULT 0,
  keys_deleted bigint NOT NULL DEFAULT 0,
  terms_encrypted bytea, -- what the search at the end looks for; gone when it is over
  certificate jsonb,
  error text,
  started_at timestamptz,
  finished_at timestamptz,
  claimed_until timestamptz NOT NULL DEFAULT '-infinity',
  CONSTRAINT erasures_finished_at_check CHECK ((phase = 'finished') = (finished_at IS NOT NULL))
);
CREATE UNIQUE INDEX erasures_open_key ON erasures (target_id) WHERE phase <> 'finished';
CREATE INDEX erasures_requested_by_idx ON erasures (requested_by);
SELECT tenant.force('erasures');
-- The platform, who asked, superusers, and the owners and admins of the organization while there is one. Written by functions alone.
CREATE POLICY requester ON erasures FOR SELECT TO retinue_app USING (
  (SELECT tenant.is_system()) OR requested_by = (SELECT auth.uid()) OR (SELECT auth.is_superuser()) OR of_organization_id IN (
    SELECT m.organization_id FROM memberships m WHERE m.user_id = (SELECT auth.uid()) AND m.role IN ('owner', 'admin')));
GRANT SELECT (id, kind, target_id, of_organization_id, name_hash, requested_by, requested_at, phase, attempts, tables, files_deleted,
  keys_deleted, certificate, error, started_at, finished_at) ON erasures TO retinue_app;
