-- Tags and metadata of runs, and the index that lists are filtered by.

ALTER TABLE runs
  ADD COLUMN tags text[] NOT NULL DEFAULT '{}' CONSTRAINT runs_tags_check CHECK (cardinality(tags) <= 20),
  ADD COLUMN metadata jsonb NOT NULL DEFAULT '{}' CONSTRAINT runs_metadata_check CHECK (jsonb_typeof(metadata) = 'object');

-- One row per tag ("tag:NAME") and per metadata entry ("metadata:KEY:VALUE") of a run, written by control.label. A GIN
-- index on the columns themselves cannot serve the application: the operator @> is not leakproof, so PostgreSQL does not use
-- it as an index condition below a row-level security policy. Equality of text is leakproof.
CREATE TABLE run_labels (
  organization_id uuid NOT NULL,
  run_id uuid NOT NULL,
  label text NOT NULL,
  CONSTRAINT run_labels_pkey PRIMARY KEY (run_id, label),
  CONSTRAINT run_labels_run_id_fkey FOREIGN KEY (organization_id, run_id) REFERENCES runs (organization_id, id) ON DELETE CASCADE
);
ALTER TABLE run_labels ALTER COLUMN organization_id SET (n_distinct = 1);
CREATE INDEX run_labels_organization_id_label_idx ON run_labels (organization_id, label, run_id);
SELECT tenant.protect('run_labels');
SELECT tenant.follow_run('run_labels');

-- control.start has two more parameters: without this, the former signature would remain as a second function.
DO $$
DECLARE
  each regprocedure;
BEGIN
  FOR each IN SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'control'::regnamespace AND proname = 'start' LOOP
    EXECUTE format('DROP FUNCTION %s', each);
  END LOOP;
END $$;
