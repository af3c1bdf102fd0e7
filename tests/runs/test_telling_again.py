"""A worker that does not know whether its commit was done tells it again, with what is new: each record is there once."""

from typing import Any
from uuid import UUID, uuid4

import orjson
import psycopg
import pytest

from retinue.core.json import JsonObject
from tests.conftest import Postgres
from tests.runs.scene import Scene

_COMMIT = (
    "SELECT held FROM journal.commit(organizations => %(organizations)s, fences => %(fences)s,"
    " checkpoints => %(checkpoints)s, steps => %(steps)s, events => %(events)s, logs => %(logs)s, thoughts => %(thoughts)s,"
    " writes => %(writes)s, calls => %(calls)s)"
)
_COUNTS = """
SELECT (SELECT count(*) FROM checkpoints WHERE run_id = %(run)s), (SELECT count(*) FROM run_steps WHERE run_id = %(run)s),
  (SELECT count(*) FROM run_events WHERE run_id = %(run)s AND sequence > 1),
  (SELECT count(*) FROM run_logs WHERE run_id = %(run)s),
  (SELECT count(*) FROM agent_thoughts WHERE run_id = %(run)s),
  (SELECT count(*) FROM checkpoint_writes WHERE run_id = %(run)s), (SELECT count(*) FROM tool_calls WHERE run_id = %(run)s)
"""
_STATES = {"waiting": "planned", "completed": "succeeded", "failed": "failed"}


class Told:
    """What a worker tells of a run that it holds."""

    def __init__(self, worker: psycopg.Connection, organization: UUID, run: UUID) -> None:
        """Claim the run."""
        self.worker, self.organization, self.run = worker, organization, run
        row = worker.execute("SELECT lease FROM journal.claim(%s, 'worker')", ([run],)).fetchone()
        assert row is not None
        self.lease = row[0]
        worker.commit()
        self.steps = [uuid4(), uuid4()]
        self.lines = [uuid4(), uuid4()]

    def _of(self, each: JsonObject) -> JsonObject:
        return {"organization_id": str(self.organization), "run_id": str(self.run), **each}

    def _records(self, place: int, status: str, content: str) -> dict[str, JsonObject]:
        step = str(self.steps[place])
        at = "2026-01-02T03:04:05Z"
        return {
            "checkpoints": {"checkpoint_ns": "", "checkpoint_id": step, "document": {"said": content}, "metadata": {}},
            "steps": {"id": step, "sequence": place, "step_name": "ask", "step_type": "llm_call", "status": status,
                      "started_at": at},
            "events": {"sequence": 100 + place, "type": "step.completed", "data": {"step_id": step}},
            "logs": {"id": str(self.lines[place]), "level": "info", "message": content, "timestamp": at},
            "thoughts": {"id": str(uuid4()), "node_id": step, "node_type": "output", "content": content, "metadata": {}},
            "writes": {"checkpoint_ns": "", "checkpoint_id": step, "task_id": step, "task_path": "", "idx": 0,
                       "channel": "said", "value": ["j", content]},
            "calls": {"id": step, "step_id": step, "call_id": step, "tool_name": "say", "arguments": {},
                      "effect": "read_only", "state": _STATES[status], "idempotency_key": step, "attempts": 1},
        }  # fmt: skip

    def commit(self, *places: int, status: str = "completed", content: str = "It.") -> list[UUID]:
        """Commit the records of steps; return the runs that are held."""
        every = [self._records(place, status, content) for place in places]
        kinds = {kind: orjson.dumps([self._of(each[kind]) for each in every]).decode() for kind in every[0]}
        fences = orjson.dumps([{"id": str(self.run), "lease": self.lease}]).decode()
        values: dict[str, Any] = {"organizations": f"{{{self.organization}}}", "fences": fences, **kinds}
        row = self.worker.execute(_COMMIT, values).fetchone()
        self.worker.commit()
        assert row is not None
        return row[0]


@pytest.fixture
async def told(scene: Scene, postgres: Postgres) -> Any:
    """Give a run that a worker holds, which has told nothing of it."""
    run = UUID(await scene.started(await scene.agent("It.")))
    with psycopg.connect(postgres.app_url) as worker:
        yield Told(worker, scene.cast.acme, run)


async def _counts(scene: Scene, run: UUID) -> Any:
    with psycopg.connect(scene.postgres.owner_url) as owner:
        return owner.execute(_COUNTS, {"run": run}).fetchone()


async def test_what_is_told_again_with_something_new_is_written_once(told: Told, scene: Scene) -> None:
    first = told.commit(0)
    again = told.commit(0, 1)

    assert first == again == [told.run]
    assert await _counts(scene, told.run) == (2, 2, 2, 2, 2, 2, 2)


async def test_a_step_that_was_open_is_replaced_with_its_thought_and_a_completed_one_is_not(
    told: Told, scene: Scene
) -> None:
    told.commit(0, status="waiting", content="Not yet.")
    told.commit(0, content="It.")
    told.commit(0, status="failed", content="It, again.")

    with psycopg.connect(scene.postgres.owner_url) as owner:
        found = owner.execute(
            "SELECT s.status, t.content, l.message, c.document ->> 'said', w.value ->> 1, k.state FROM run_steps s"
            " JOIN agent_thoughts t ON t.run_id = s.run_id JOIN run_logs l ON l.run_id = s.run_id"
            " JOIN checkpoints c ON c.run_id = s.run_id JOIN checkpoint_writes w ON w.run_id = s.run_id"
            " JOIN tool_calls k ON k.run_id = s.run_id WHERE s.run_id = %s",
            (told.run,),
        ).fetchall()
    assert found == [("completed", "It, again.", "Not yet.", "It, again.", "Not yet.", "failed")]


async def test_what_is_told_under_an_earlier_lease_is_not_written(told: Told, scene: Scene) -> None:
    told.lease -= 1

    assert told.commit(0) == []
    assert await _counts(scene, told.run) == (0, 0, 0, 0, 0, 0, 0)


async def test_a_first_record_is_one_record_of_the_databases_log_as_well(told: Told, scene: Scene) -> None:
    with psycopg.connect(scene.postgres.owner_url, autocommit=True) as owner:
        where = "SELECT pg_current_wal_insert_lsn()"
        told.commit(0)  # plans and pages
        owner.execute("CREATE EXTENSION IF NOT EXISTS pg_walinspect")
        begin = owner.execute(where).fetchone()
        told.commit(1)
        end = owner.execute(where).fetchone()
        assert begin is not None
        assert end is not None
        records = owner.execute(
            "SELECT record_type FROM pg_get_wal_records_info(%s, %s) WHERE resource_manager = 'Heap'", (begin[0], end[0])
        ).fetchall()
    assert ("HEAP_CONFIRM",) not in records
