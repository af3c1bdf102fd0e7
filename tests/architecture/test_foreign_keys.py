"""A reference without an index makes each deletion of what it refers to read the whole table: deletion becomes quadratic."""

import psycopg

from tests.conftest import Postgres

_RARE = "an account is deleted rarely, one at a time; an index would cost every write"
_UNINDEXED = {
    "agent_schedules_created_by_fkey": _RARE,
    "n8n_connections_created_by_fkey": _RARE,
    "agent_templates_created_by_fkey": _RARE,
    "agent_versions_created_by_fkey": _RARE,
    "approval_decisions_user_id_fkey": _RARE,
    "approvals_decided_by_fkey": _RARE,
    "budgets_created_by_fkey": _RARE,
    "deployments_created_by_fkey": _RARE,
    "events_created_by_fkey": _RARE,
    "invitations_accepted_by_fkey": _RARE,
    "invitations_invited_by_fkey": _RARE,
    "memberships_granted_by_fkey": _RARE,
    "model_providers_created_by_fkey": _RARE,
    "organization_variables_created_by_fkey": _RARE,
    "organizations_created_by_fkey": _RARE,
    "password_resets_created_by_fkey": _RARE,
    "run_feedback_user_id_fkey": _RARE,
    "runs_private_to_user_id_fkey": _RARE,
    "runs_triggered_by_id_fkey": _RARE,
    "team_versions_created_by_fkey": _RARE,
    "teams_created_by_fkey": _RARE,
    "tool_versions_created_by_fkey": _RARE,
    "workflow_versions_created_by_fkey": _RARE,
    "workflows_created_by_fkey": _RARE,
}
# An index serves a reference when its first column is one of the reference's and, where that is the organization (which
# may have all rows), its second is one as well.
_WITHOUT = """
SELECT c.conname FROM pg_constraint c WHERE c.contype = 'f' AND NOT EXISTS (
  SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = ANY (c.conkey) AND (
    cardinality(c.conkey) = 1 OR i.indkey[1] = ANY (c.conkey) OR i.indkey[0] <> (
      SELECT a.attnum FROM pg_attribute a WHERE a.attrelid = c.conrelid AND a.attname = 'organization_id')))
"""


def test_references_have_an_index_or_say_why_not(postgres: Postgres) -> None:
    with psycopg.connect(postgres.owner_url) as owner:
        found = {name for (name,) in owner.execute(_WITHOUT).fetchall()}

    assert found == set(_UNINDEXED), "add an index that begins with the reference's columns, or list it with a reason"
