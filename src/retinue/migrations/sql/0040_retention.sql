-- How long an organization keeps each kind of record: kind → days. A kind that is not in it follows runs or the installation; runs
-- and the audit log have columns of their own.
ALTER TABLE organizations ADD COLUMN retention jsonb NOT NULL DEFAULT '{}'
  CONSTRAINT organizations_retention_check CHECK (jsonb_typeof(retention) = 'object');
GRANT UPDATE (retention) ON organizations TO retinue_app;
