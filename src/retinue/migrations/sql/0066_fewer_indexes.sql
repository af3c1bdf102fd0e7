-- Indexes that every run pays for and that no statement of this program needs.
DROP INDEX IF EXISTS dispatch.procrastinate_jobs_queue_name_idx_v1, dispatch.procrastinate_jobs_id_lock_idx_v1;

-- Almost all entries are starts of runs, which the index by time finds as quickly.
CREATE INDEX IF NOT EXISTS audit_log_organization_id_other_action_idx ON audit_log (organization_id, action, created_at DESC, id DESC)
  WHERE action <> 'run.started';
DROP INDEX IF EXISTS audit_log_organization_id_action_idx;
