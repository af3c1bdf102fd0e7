"""The audit log at size: a page of a person's entries, of one thing's, of an action or of all is read off an index."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest

from retinue.identity.audit import repository
from retinue.identity.audit.types import AuditFilter
from retinue.process import Process
from tests.cast import Cast
from tests.conftest import Postgres
from tests.explaining import explaining

_FILL = """
INSERT INTO audit_log (id, organization_id, actor_kind, actor_id, action, target_type, target_id, created_at)
SELECT gen_random_uuid(), %(organization)s, 'user', CASE WHEN n %% 500 = 0 THEN %(person)s::uuid ELSE gen_random_uuid() END,
  CASE WHEN n %% 200 = 1 THEN 'run.retried' ELSE 'run.started' END, 'run', gen_random_uuid(), now() - n * interval '1 second'
FROM generate_series(1, 20000) n
"""
_ONE = "SELECT target_id FROM audit_log WHERE action = 'run.retried' AND organization_id = %s LIMIT 1"


@pytest.fixture
def target(cast: Cast, postgres: Postgres) -> UUID:
    """Give a run of Acme's that was started again, among many entries of Acme's and of Globex's."""
    with psycopg.connect(postgres.owner_url, autocommit=True) as owner:
        for organization in (cast.acme, cast.globex):
            owner.execute(_FILL, {"organization": organization, "person": cast.vera.user_id})
        owner.execute("VACUUM ANALYZE audit_log")
        row = owner.execute(_ONE, (cast.acme,)).fetchone()
    assert row is not None
    return row[0]


async def test_a_page_of_the_audit_log_is_read_off_an_index(process: Process, cast: Cast, target: UUID) -> None:
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    wanted = {
        "audit_log_organization_id_created_at_idx": (AuditFilter(created_before=hour_ago), 50),
        "audit_log_organization_id_actor_id_idx": (AuditFilter(actor_id=cast.vera.user_id), 40),
        "audit_log_target_id_idx": (AuditFilter(target_id=target), 1),
        "audit_log_organization_id_other_action_idx": (AuditFilter(action="run.retried"), 50),
    }
    for index, (each, least) in wanted.items():
        async with process.database.context(cast.olga.actor) as ctx:
            with explaining(ctx) as plans:
                entries = await repository.list_entries(ctx, each, None, 50)

        assert len(entries) >= least
        assert [entry.created_at for entry in entries] == sorted((entry.created_at for entry in entries), reverse=True)
        assert index in plans[0], plans[0]
        assert "Seq Scan on audit_log" not in plans[0]
