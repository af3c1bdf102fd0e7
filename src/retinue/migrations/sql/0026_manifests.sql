-- Which resources were applied from files, and under which source. A resource that is deleted otherwise leaves its row here,
-- which the next apply of the source removes.
CREATE TABLE applied_resources (
  organization_id uuid NOT NULL CONSTRAINT applied_resources_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  kind text NOT NULL CONSTRAINT applied_resources_kind_check CHECK (length(kind) BETWEEN 1 AND 40),
  resource_id uuid NOT NULL,
  source text NOT NULL CONSTRAINT applied_resources_source_check CHECK (source ~ '^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$'),
  name text NOT NULL CONSTRAINT applied_resources_name_check CHECK (length(name) BETWEEN 1 AND 200),
  applied_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT applied_resources_pkey PRIMARY KEY (organization_id, kind, resource_id)
);
CREATE INDEX applied_resources_organization_id_source_idx ON applied_resources (organization_id, source);
SELECT tenant.protect('applied_resources');
