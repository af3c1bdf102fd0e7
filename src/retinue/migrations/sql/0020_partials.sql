-- Model calls that are under way: what had arrived of each, so that nothing is lost with a worker. A row exists only while its
-- call runs, from the second second on.

CREATE TABLE run_partials (
  run_id uuid NOT NULL,
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  lease bigint NOT NULL,
  parent_step_id uuid,
  sequence integer NOT NULL,
  step_name text NOT NULL,
  step_type text NOT NULL,
  input jsonb,
  output jsonb,
  usage jsonb,
  checkpoint_id text,
  started_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT run_partials_pkey PRIMARY KEY (run_id, id),
  CONSTRAINT run_partials_run_id_fkey FOREIGN KEY (organization_id, run_id) REFERENCES runs (organization_id, id) ON DELETE CASCADE
);
ALTER TABLE run_partials ALTER COLUMN organization_id SET (n_distinct = 1);
SELECT tenant.protect('run_partials');
SELECT tenant.follow_run('run_partials');

ALTER TABLE run_steps DROP CONSTRAINT run_steps_status_check;
ALTER TABLE run_steps ADD CONSTRAINT run_steps_status_check
  CHECK (status IN ('completed', 'failed', 'waiting', 'cancelled', 'interrupted'));

-- They have one column or parameter more.
DROP FUNCTION IF EXISTS journal.claim(uuid[], text);
DROP FUNCTION IF EXISTS journal.commit(text, json, json, json, json, json, json, json, json, json, json, json);
