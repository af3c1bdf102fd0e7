-- Approvals have assignees or a role, a quorum, and an escalation; each decision of a person is a row.

ALTER TABLE approvals
  ADD COLUMN assignees uuid[] NOT NULL DEFAULT '{}',
  ADD COLUMN role text CONSTRAINT approvals_role_check CHECK (role IN ('owner', 'admin', 'agent_manager')),
  ADD COLUMN quorum integer NOT NULL DEFAULT 1 CONSTRAINT approvals_quorum_check CHECK (quorum BETWEEN 1 AND 50),
  ADD COLUMN editable jsonb,
  ADD COLUMN escalation jsonb,
  ADD COLUMN escalated_at timestamptz,
  ADD CONSTRAINT approvals_organization_id_id_key UNIQUE (organization_id, id);

-- What a person decided. A person's later decision replaces their earlier one, which is kept.
CREATE TABLE approval_decisions (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  run_id uuid NOT NULL,
  approval_id uuid NOT NULL,
  user_id uuid CONSTRAINT approval_decisions_user_id_fkey REFERENCES users (id) ON DELETE SET NULL,
  status text NOT NULL CONSTRAINT approval_decisions_status_check CHECK (status IN ('approved', 'rejected', 'answered')),
  decision jsonb NOT NULL,
  comment text,
  by_link boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  replaced_at timestamptz,
  CONSTRAINT approval_decisions_run_id_fkey FOREIGN KEY (organization_id, run_id) REFERENCES runs (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT approval_decisions_approval_id_fkey FOREIGN KEY (organization_id, approval_id)
    REFERENCES approvals (organization_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX approval_decisions_active_key ON approval_decisions (approval_id, user_id) WHERE replaced_at IS NULL;
CREATE INDEX approval_decisions_approval_id_idx ON approval_decisions (organization_id, approval_id);
CREATE INDEX approval_decisions_run_id_idx ON approval_decisions (organization_id, run_id);
SELECT tenant.protect('approval_decisions');
SELECT tenant.follow_run('approval_decisions');

-- What was decided before counts as the decision of its person.
INSERT INTO approval_decisions (id, organization_id, run_id, approval_id, user_id, status, decision, comment, created_at)
SELECT gen_random_uuid(), a.organization_id, a.run_id, a.id, a.decided_by, a.status, a.decision, a.comment, a.decided_at
FROM approvals a WHERE a.status IN ('approved', 'rejected', 'answered') AND a.decision IS NOT NULL AND a.decided_at IS NOT NULL;
