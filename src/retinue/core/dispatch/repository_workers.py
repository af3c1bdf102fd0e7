"""The SQL of the list of worker processes, by which people and health checks see who works."""

from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

from retinue.core.context import Tx


@dataclass(frozen=True, slots=True)
class WorkerProcess:
    """A worker process. ``name`` is its host and process id, ``concurrency`` how many runs it carries at most."""

    id: UUID
    name: str
    version: str
    concurrency: int


_BEAT: LiteralString = """
INSERT INTO workers (id, name, version, concurrency) VALUES (%s, %s, %s, %s)
ON CONFLICT (id) DO UPDATE SET last_heartbeat = now()
"""
_FORGET: LiteralString = "DELETE FROM workers WHERE last_heartbeat < now() - interval '1 hour'"


async def beat(tx: Tx, worker: WorkerProcess) -> None:
    """Give a sign of life; the first one enters the worker. Those that were not heard of for an hour are forgotten."""
    await tx.execute(_BEAT, (worker.id, worker.name, worker.version, worker.concurrency), prepare=True)
    await tx.execute(_FORGET, prepare=True)


_LEAVE: LiteralString = "DELETE FROM workers WHERE id = %s"


async def leave(tx: Tx, worker_id: UUID) -> None:
    """Take a worker that ends off the list."""
    await tx.execute(_LEAVE, (worker_id,))
