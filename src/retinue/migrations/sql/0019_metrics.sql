-- Waiting runs, counted for the metrics over all organizations; pending and running ones have runs_unfinished_idx.
CREATE INDEX IF NOT EXISTS runs_waiting_idx ON runs (created_at) WHERE status = 'waiting';
