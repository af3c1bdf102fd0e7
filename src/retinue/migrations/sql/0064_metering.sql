-- What runs add to metrics and usage is added to the sums at once; ``is_rebuild`` has these made again from all rows.
ALTER TABLE run_endings ADD COLUMN is_rebuild boolean NOT NULL DEFAULT false;
DROP FUNCTION IF EXISTS tenant.write_run_metrics(uuid[]), tenant.write_model_calls(uuid[]);
-- Their rows are updated in place while their hour goes on.
ALTER TABLE usage_hours SET (fillfactor = 70);
