"""The worker's statements at size: claims and commits find their runs by id and nothing else, as the restricted role.

PostgreSQL itself counts, in the very transaction, which indexes were searched and how many rows were looked at.
"""

from collections.abc import Iterator
from uuid import UUID

import orjson
import psycopg
import pytest

from tests.conftest import Postgres
from tests.runs.scene import Scene

ROWS = 20_000
pytestmark = pytest.mark.timeout(600)
NEIGHBOURS = 2_000
"""Small organizations beside the large one: by their average an index over organizations looks cheap too."""
TOGETHER = 100
_FILL = """
INSERT INTO runs (id, organization_id, type, target_id, target_name, agent_id, agent_version, status, trigger, plan,
                  input, trace_id, created_at)
SELECT gen_random_uuid(), a.organization_id, 'agent', a.id, a.name, a.id, 1,
       CASE WHEN n %% 160 = 0 THEN 'pending' ELSE 'completed' END, 'api', '{}', '{"prompt": "Say it."}', md5(n::text),
       now() - n * interval '1 second'
FROM agents a, generate_series(1, %s) n WHERE a.id = %s
"""
_FILL_NEIGHBOURS = """
WITH made AS (
  INSERT INTO organizations (id, name, slug) SELECT gen_random_uuid(), 'Small', 'small-' || gen_random_uuid()
  FROM generate_series(1, %s) RETURNING id
)
INSERT INTO runs (id, organization_id, type, target_id, target_name, status, trigger, plan, input, trace_id)
SELECT gen_random_uuid(), m.id, 'agent', m.id, 'Small', 'completed', 'api', '{}', '{"prompt": "Say it."}', 'x' FROM made m
"""
_SEARCHED = """
SELECT i.indexrelid::regclass::text, pg_stat_get_xact_tuples_returned(i.indexrelid)
FROM pg_index i WHERE i.indrelid = 'runs'::regclass AND pg_stat_get_xact_numscans(i.indexrelid) > 0
"""
_READ_THROUGH = "SELECT pg_stat_get_xact_numscans('runs'::regclass)"
# A reference to a run is checked by its organization and its id.
_BY_ID = {"runs_pkey", "runs_organization_id_id_key"}
_ENDS = 2
"""Tuples that the planner itself reads off the ends of an index while it estimates (get_actual_variable_range)."""
_CLAIM = "SELECT run_id, lease FROM journal.claim(%s, 'worker')"
_COMMIT = (
    "SELECT held FROM journal.commit(organizations => %s, fences => %s, steps => NULL, events => NULL, checkpoints => NULL,"
    " writes => NULL, logs => NULL, thoughts => NULL, artifacts => NULL, calls => NULL, approvals => NULL, finishes => NULL)"
)


@pytest.fixture
async def pending(scene: Scene) -> list[UUID]:
    """Give the few runs that wait for a worker, among many that are done: an index over the status looks cheap."""
    agent = await scene.agent("One.")
    with psycopg.connect(scene.postgres.owner_url, autocommit=True) as connection:
        connection.execute(_FILL, (ROWS, agent))
        connection.execute(_FILL_NEIGHBOURS, (NEIGHBOURS,))
        connection.execute("VACUUM ANALYZE runs")
        found = connection.execute(
            "SELECT id FROM runs WHERE agent_id = %s AND status = 'pending' LIMIT %s", (agent, TOGETHER)
        )
        return [row[0] for row in found]


@pytest.fixture
def worker(postgres: Postgres) -> Iterator[psycopg.Connection]:
    """Give a worker's connection."""
    with psycopg.connect(postgres.app_url) as connection:
        yield connection


@pytest.mark.parametrize("together", [1, TOGETHER])
def test_runs_are_claimed_and_committed_by_their_ids(
    scene: Scene, pending: list[UUID], worker: psycopg.Connection, together: int
) -> None:
    ids = pending[:together]

    claimed = worker.execute(_CLAIM, (ids,)).fetchall()
    _assert_by_id(worker, at_most=16 * together)
    worker.commit()
    fences = orjson.dumps([{"id": run_id, "lease": lease} for run_id, lease in claimed]).decode()
    row = worker.execute(_COMMIT, (f"{{{scene.cast.acme}}}", fences)).fetchone()
    _assert_by_id(worker, at_most=16 * together)

    assert row is not None
    assert {run_id for run_id, _ in claimed} == set(row[0]) == set(ids)


def _assert_by_id(worker: psycopg.Connection, *, at_most: int) -> None:
    searched = dict(worker.execute(_SEARCHED).fetchall())

    read = {index for index, tuples in searched.items() if tuples > _ENDS}

    assert "runs_pkey" in searched
    assert read <= _BY_ID, searched
    assert sum(searched.values()) <= at_most, searched
    assert worker.execute(_READ_THROUGH).fetchone() == (0,)
