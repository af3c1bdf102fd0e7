-- History is bounded: messages follow the retention of runs, and the audit log has its own.

ALTER TABLE organizations ADD COLUMN audit_retention_days integer NOT NULL DEFAULT 365
  CONSTRAINT organizations_audit_retention_days_check CHECK (audit_retention_days BETWEEN 30 AND 3650);
GRANT UPDATE (audit_retention_days) ON organizations TO retinue_app;

-- It takes who deletes as well.
DROP FUNCTION IF EXISTS auth.delete_user(uuid);

CREATE INDEX IF NOT EXISTS messages_organization_id_created_at_idx ON messages (organization_id, created_at);
CREATE INDEX IF NOT EXISTS conversations_organization_id_last_idx ON conversations (organization_id, (coalesce(last_message_time, created_at)));
