-- The deletion of organizations, in the background: the state of an organization, and a record that outlives it.

ALTER TABLE organizations ADD COLUMN status text NOT NULL DEFAULT 'active'
  CONSTRAINT organizations_status_check CHECK (status IN ('active', 'deleting'));

-- One deletion. ``target_id`` is the organization's id and no reference; the name is kept as a salted hash alone.
CREATE TABLE organization_deletions (
  id uuid PRIMARY KEY,
  target_id uuid NOT NULL,
  name_hash text NOT NULL,
  requested_by uuid CONSTRAINT organization_deletions_requested_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  requested_at timestamptz NOT NULL DEFAULT now(),
  erase_after timestamptz NOT NULL,
  phase text NOT NULL DEFAULT 'scheduled' CONSTRAINT organization_deletions_phase_check
    CHECK (phase IN ('scheduled', 'stopping', 'files', 'rows', 'finished', 'cancelled')),
  rows_total bigint,
  rows_deleted bigint NOT NULL DEFAULT 0,
  files_deleted bigint NOT NULL DEFAULT 0,
  error text,
  started_at timestamptz,
  finished_at timestamptz,
  claimed_until timestamptz NOT NULL DEFAULT '-infinity'
);
CREATE UNIQUE INDEX organization_deletions_open_key ON organization_deletions (target_id)
  WHERE phase NOT IN ('finished', 'cancelled');
CREATE INDEX organization_deletions_requested_by_idx ON organization_deletions (requested_by);
SELECT tenant.force('organization_deletions');
-- Anyone who asked, every owner while there are any, and superusers. Written by functions alone.
CREATE POLICY requester ON organization_deletions FOR SELECT TO retinue_app USING (
  requested_by = (SELECT auth.uid()) OR (SELECT auth.is_superuser()) OR target_id IN (
    SELECT m.organization_id FROM memberships m WHERE m.user_id = (SELECT auth.uid()) AND m.role = 'owner'));
GRANT SELECT (id, target_id, name_hash, requested_by, requested_at, erase_after, phase, rows_total, rows_deleted, files_deleted,
  error, started_at, finished_at) ON organization_deletions TO retinue_app;

-- Deleted in batches by a function, never by one statement of the serving role.
REVOKE DELETE ON organizations FROM retinue_app;

-- References to organizations that had no index: each deletion read these tables from end to end.
CREATE INDEX IF NOT EXISTS sessions_organization_id_idx ON sessions (organization_id) WHERE organization_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS attachments_organization_id_idx ON attachments (organization_id);
