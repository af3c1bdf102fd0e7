-- The runs of a window that failed or have warnings, for rules that watch them: few of many, so that a look need not read all.
CREATE INDEX IF NOT EXISTS runs_target_amiss_idx ON runs (organization_id, target_id, completed_at, id)
  WHERE status IN ('completed', 'failed') AND (status = 'failed' OR warning_count > 0);
CREATE INDEX IF NOT EXISTS runs_amiss_idx ON runs (organization_id, completed_at, id)
  WHERE status IN ('completed', 'failed') AND (status = 'failed' OR warning_count > 0);
