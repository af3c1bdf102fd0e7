-- The budget by which a rule blocks model calls.
ALTER TABLE alert_configs ADD COLUMN budget_id uuid,
  ADD CONSTRAINT alert_configs_budget_id_fkey FOREIGN KEY (organization_id, budget_id) REFERENCES budgets (organization_id, id)
    ON DELETE SET NULL (budget_id);
CREATE INDEX IF NOT EXISTS alert_configs_budget_id_idx ON alert_configs (organization_id, budget_id) WHERE budget_id IS NOT NULL;
