-- Few runs are forks or retries of others; a run names its own by these.
CREATE INDEX IF NOT EXISTS runs_forked_from_run_id_idx ON runs (organization_id, forked_from_run_id) WHERE forked_from_run_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS runs_retry_of_run_id_idx ON runs (organization_id, retry_of_run_id) WHERE retry_of_run_id IS NOT NULL;
