"""The SQL of the list of worker processes, by which people and health checks see who works."""

from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

from retinue.core.clock import DatabaseClock
from retinue.core.context import Tx


@dataclass(frozen=True, slots=True)
class WorkerProcess:
    """A worker process. ``name`` is its host and process id, ``concurrency`` how many runs it carries at most."""

    id: UUID
    name: str
    version: str
    concurrency: int


_BEAT: LiteralString = """
WITH forgotten AS (
  DELETE FROM workers WHERE last_heartbeat < tenant.now() - interval '1 hour' AND id <> %(id)s
)
INSERT INTO workers (id, name, version, concurrency, clock_skew_seconds)
VALUES (%(id)s, %(name)s, %(version)s, %(concurrency)s, %(skew)s)
ON CONFLICT (id) DO UPDATE SET last_heartbeat = tenant.now(), clock_skew_seconds = excluded.clock_skew_seconds
RETURNING clock_timestamp()
"""


async def beat(tx: Tx, worker: WorkerProcess, clock: DatabaseClock) -> None:
    """Give a sign of life, and compare the clocks; the first one enters the worker.

    Those that were not heard of for an hour are forgotten.
    """
    asked_at = clock.machine.now()
    values = {
        "id": worker.id,
        "name": worker.name,
        "version": worker.version,
        "concurrency": worker.concurrency,
        "skew": clock.skew_seconds,
    }
    row = await (await tx.execute(_BEAT, values, prepare=True)).fetchone()
    if row is not None:
        clock.observe(row[0], asked_at=asked_at, heard_at=clock.machine.now())


_SKEWED: LiteralString = """
SELECT name, clock_skew_seconds FROM workers
WHERE abs(clock_skew_seconds) > %s AND last_heartbeat > tenant.now() - interval '1 minute' ORDER BY name
"""


async def list_skewed(tx: Tx, seconds: float) -> list[tuple[str, float]]:
    """Name the workers heard of lately whose clocks are further off than so many seconds, each with by how much."""
    return await (await tx.execute(_SKEWED, (seconds,))).fetchall()


NO_WORKER = "No worker carries out runs; what is started waits. Start 'retinue worker', or look why it ended or hangs."
_LIVING: LiteralString = """
SELECT count(*) FROM dispatch.procrastinate_workers WHERE last_heartbeat > tenant.now() - make_interval(secs => %s)
"""


async def count_living(tx: Tx, stall_seconds: float) -> int:
    """Count the workers that gave a sign of life within so many seconds."""
    row = await (await tx.execute(_LIVING, (stall_seconds,))).fetchone()
    return 0 if row is None else int(row[0])


_LEAVE: LiteralString = "DELETE FROM workers WHERE id = %s"


async def leave(tx: Tx, worker_id: UUID) -> None:
    """Take a worker that ends off the list."""
    await tx.execute(_LEAVE, (worker_id,))
