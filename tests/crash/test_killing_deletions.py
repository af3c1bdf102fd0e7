"""The worker that deletes an organization dies in each phase: another one ends the work, and nothing is left."""

import asyncio
import signal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from retinue.core.ids import new_id
from tests.crash.ground import Ground

_PHASE = "SELECT phase, rows_deleted, files_deleted FROM organization_deletions WHERE id = %s"
_FILES, _RUNS = 3000, 300
_FILL = """
WITH made AS (
  INSERT INTO runs (id, organization_id, type, target_id, target_name, trigger, plan, input, trace_id, status)
  SELECT gen_random_uuid(), %(organization)s, 'agent', gen_random_uuid(), 'Scribe', 'manual', '{}', '{}', 't',
    CASE WHEN n = 1 THEN 'waiting' ELSE 'completed' END FROM generate_series(1, %(runs)s) n RETURNING id, organization_id
)
INSERT INTO run_events (organization_id, run_id, sequence, type, data)
  SELECT organization_id, id, n, 'run.started', '{}' FROM made, generate_series(1, 5) n
"""
_BARRIERS = {
    "stopping": "SELECT FROM runs WHERE organization_id = %s AND status = 'waiting' FOR UPDATE",
    "rows": """SELECT FROM runs WHERE id = (
        SELECT id FROM runs WHERE organization_id = %s ORDER BY id OFFSET 250 LIMIT 1) FOR UPDATE""",
    "finishing": "SELECT FROM organizations WHERE id = %s FOR KEY SHARE",
}


def _fill(ground: Ground, folder: str, files: int = 20) -> Path:
    with psycopg.connect(ground.postgres.owner_url) as owner:
        owner.execute(_FILL.encode(), {"organization": ground.organization_id, "runs": _RUNS})
    below = Path(folder) / "artifacts" / "runs" / str(ground.organization_id)
    for number in range(files):
        file = below / str(number % 100) / str(number)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")
    return below


def _ask(ground: Ground, grace: float = 0) -> Any:
    deletion_id = new_id()
    with psycopg.connect(ground.postgres.owner_url) as owner:
        owner.execute("SELECT set_config('app.is_system', 'on', true)")
        owner.execute("SELECT tenant.request_deletion(%s, %s, %s)", (deletion_id, ground.organization_id, grace))
    return deletion_id


async def _until(ground: Ground, deletion_id: Any, wanted: str, *, rows: int = 0, files: int = 0) -> None:
    async with asyncio.timeout(60):
        while True:
            ((phase, some_rows, some_files),) = ground.rows(_PHASE, deletion_id)
            if phase == wanted and some_rows >= rows and some_files >= files:
                return
            await asyncio.sleep(0.03)


async def _end(ground: Ground, deletion_id: Any, below: Path) -> None:
    ground.rows("UPDATE organization_deletions SET claimed_until = now() WHERE id = %s RETURNING id", deletion_id)
    await ground.worker()
    await _until(ground, deletion_id, "finished")
    for table in ("runs", "run_events", "tools", "outbox"):
        query = f"SELECT count(*) FROM {table} WHERE organization_id = %s"  # noqa: S608 - the names above
        assert ground.rows(query, ground.organization_id) == [(0,)]
    assert ground.rows("SELECT count(*) FROM organizations WHERE id = %s", ground.organization_id) == [(0,)]
    assert not below.exists()  # noqa: ASYNC240 - nobody else is in this loop


@pytest.mark.parametrize("phase", ["stopping", "rows", "finishing"])
async def test_worker_killed_in_a_transaction(ground: Ground, folder: str, phase: str) -> None:
    below = _fill(ground, folder)
    deletion_id = _ask(ground)
    with psycopg.connect(ground.postgres.owner_url) as barrier:
        barrier.execute(_BARRIERS[phase].encode(), (ground.organization_id,))
        worker = await ground.worker()
        reached = {"stopping": ("stopping", 0), "rows": ("rows", 100), "finishing": ("rows", _RUNS)}[phase]
        await _until(ground, deletion_id, reached[0], rows=reached[1])

        worker.signal(signal.SIGKILL)
        await worker.gone()

    await _end(ground, deletion_id, below)


async def test_worker_killed_between_files(ground: Ground, folder: str) -> None:
    below = _fill(ground, folder, _FILES)
    deletion_id = _ask(ground)
    worker = await ground.worker()
    await _until(ground, deletion_id, "files", files=1)

    worker.signal(signal.SIGKILL)
    await worker.gone()

    left = sum(each.is_file() for each in below.rglob("*"))
    assert 0 < left < _FILES
    await _end(ground, deletion_id, below)


async def test_worker_killed_in_the_grace_period(ground: Ground, folder: str) -> None:
    below = _fill(ground, folder)
    deletion_id = _ask(ground, grace=3600)
    worker = await ground.worker()
    worker.signal(signal.SIGKILL)
    await worker.gone()
    assert ground.rows(_PHASE, deletion_id) == [("scheduled", 0, 0)]

    ground.rows("UPDATE organization_deletions SET erase_after = now() WHERE id = %s RETURNING id", deletion_id)

    await _end(ground, deletion_id, below)
