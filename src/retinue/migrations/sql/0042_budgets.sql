-- Budgets, and the ledger of what model calls reserve and settle.
CREATE TABLE budgets (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT budgets_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  created_by uuid CONSTRAINT budgets_created_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  name text NOT NULL CONSTRAINT budgets_name_check CHECK (length(name) BETWEEN 1 AND 200),
  scope text NOT NULL
    CONSTRAINT budgets_scope_check CHECK (scope IN ('organization', 'agent', 'team', 'workflow', 'user', 'api_key', 'run')),
  subject_id uuid,
  period text NOT NULL CONSTRAINT budgets_period_check CHECK (period IN ('day', 'month', 'total')),
  timezone text NOT NULL DEFAULT 'UTC',
  limit_usd numeric CONSTRAINT budgets_limit_usd_check CHECK (limit_usd BETWEEN 0 AND 1000000000),
  limit_tokens bigint CONSTRAINT budgets_limit_tokens_check CHECK (limit_tokens BETWEEN 0 AND 1000000000000000),
  at_limit text NOT NULL DEFAULT 'refuse' CONSTRAINT budgets_at_limit_check CHECK (at_limit IN ('refuse', 'ask', 'downgrade')),
  fallback_provider_id uuid,
  fallback_model text,
  warn_percent integer NOT NULL DEFAULT 80 CONSTRAINT budgets_warn_percent_check CHECK (warn_percent BETWEEN 1 AND 100),
  enabled boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT tenant.now(),
  updated_at timestamptz NOT NULL DEFAULT tenant.now(),
  CONSTRAINT budgets_organization_id_id_key UNIQUE (organization_id, id)
);
CREATE INDEX budgets_organization_id_created_at_idx ON budgets (organization_id, created_at DESC, id DESC);
SELECT tenant.touch('budgets');
SELECT tenant.protect('budgets');

-- What was used in a period: the one row that calls made at the same time wait for. ``counted_id`` is the budget's id, or the run
-- of a budget that counts each run by itself. Its sums are those of ``budget_entries``, which are kept for a shorter time.
CREATE TABLE budget_counters (
  organization_id uuid NOT NULL,
  budget_id uuid NOT NULL,
  counted_id uuid NOT NULL,
  period_start timestamptz NOT NULL,
  reserved_usd numeric NOT NULL DEFAULT 0 CONSTRAINT budget_counters_reserved_usd_check CHECK (reserved_usd >= 0),
  reserved_tokens bigint NOT NULL DEFAULT 0 CONSTRAINT budget_counters_reserved_tokens_check CHECK (reserved_tokens >= 0),
  settled_usd numeric NOT NULL DEFAULT 0,
  settled_tokens bigint NOT NULL DEFAULT 0,
  granted_usd numeric NOT NULL DEFAULT 0,
  granted_tokens bigint NOT NULL DEFAULT 0,
  settled_calls bigint NOT NULL DEFAULT 0,
  unpriced_calls bigint NOT NULL DEFAULT 0,
  warned_at timestamptz,
  exhausted_at timestamptz,
  CONSTRAINT budget_counters_pkey PRIMARY KEY (budget_id, counted_id, period_start),
  CONSTRAINT budget_counters_budget_id_fkey FOREIGN KEY (organization_id, budget_id)
    REFERENCES budgets (organization_id, id) ON DELETE CASCADE
) WITH (fillfactor = 50);
CREATE INDEX budget_counters_organization_id_budget_id_idx ON budget_counters (organization_id, budget_id);
SELECT tenant.protect('budget_counters');

-- A call under a budget: reserved before it is made, then settled, or released when it was not made.
CREATE TABLE budget_entries (
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  budget_id uuid NOT NULL,
  counted_id uuid NOT NULL,
  period_start timestamptz NOT NULL,
  run_id uuid NOT NULL,
  step_id uuid NOT NULL,
  interrupted_id uuid NOT NULL,
  lease bigint NOT NULL,
  model text NOT NULL,
  state text NOT NULL DEFAULT 'reserved' CONSTRAINT budget_entries_state_check CHECK (state IN ('reserved', 'settled', 'released')),
  reserved_usd numeric,
  reserved_tokens bigint NOT NULL,
  settled_usd numeric,
  settled_tokens bigint,
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT tenant.now(),
  ended_at timestamptz,
  CONSTRAINT budget_entries_pkey PRIMARY KEY (id, budget_id),
  CONSTRAINT budget_entries_budget_id_fkey FOREIGN KEY (organization_id, budget_id)
    REFERENCES budgets (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX budget_entries_organization_id_budget_id_idx ON budget_entries (organization_id, budget_id, created_at);
CREATE INDEX budget_entries_run_id_idx ON budget_entries (organization_id, run_id);
CREATE INDEX budget_entries_open_idx ON budget_entries (expires_at) WHERE state = 'reserved';
CREATE INDEX budget_entries_ended_at_idx ON budget_entries (ended_at) WHERE state <> 'reserved';
SELECT tenant.protect('budget_entries');

-- What persons allowed beyond a limit, for the rest of a period; the key is that of the question, so that it counts once.
CREATE TABLE budget_grants (
  organization_id uuid NOT NULL,
  budget_id uuid NOT NULL,
  counted_id uuid NOT NULL,
  period_start timestamptz NOT NULL,
  run_id uuid NOT NULL,
  question_id text NOT NULL,
  usd numeric NOT NULL,
  tokens bigint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT tenant.now(),
  CONSTRAINT budget_grants_pkey PRIMARY KEY (run_id, question_id),
  CONSTRAINT budget_grants_budget_id_fkey FOREIGN KEY (organization_id, budget_id)
    REFERENCES budgets (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX budget_grants_organization_id_budget_id_idx ON budget_grants (organization_id, budget_id);
SELECT tenant.protect('budget_grants');

ALTER TABLE approvals DROP CONSTRAINT approvals_kind_check,
  ADD CONSTRAINT approvals_kind_check CHECK (kind IN ('tool_call', 'unknown_outcome', 'node', 'question', 'budget'));
