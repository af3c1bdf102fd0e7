-- Warnings about the answers of models: cut off, filtered, blocked or empty. Each step lists its own, the run counts them all.
ALTER TABLE runs ADD COLUMN warning_count integer NOT NULL DEFAULT 0
  CONSTRAINT runs_warning_count_check CHECK (warning_count >= 0);
ALTER TABLE run_steps ADD COLUMN warnings jsonb NOT NULL DEFAULT '[]'
  CONSTRAINT run_steps_warnings_check CHECK (jsonb_typeof(warnings) = 'array');

-- Few runs have warnings: their page is read off this index, and a run without one adds nothing to it.
CREATE INDEX IF NOT EXISTS runs_with_warnings_idx ON runs (organization_id, created_at DESC, id DESC) WHERE warning_count > 0;
