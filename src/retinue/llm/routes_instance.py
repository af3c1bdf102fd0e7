"""What this installation is, for anyone who is signed in: its version, its local model, its workers and their queue."""

from dataclasses import dataclass

from fastapi import APIRouter, Request

from retinue import __version__
from retinue.core.http.context import open_context
from retinue.core.permissions import require
from retinue.llm import service
from retinue.llm.permissions import READ

router = APIRouter(tags=["system"])


@dataclass(frozen=True, slots=True)
class LocalModelState:
    """Whether the small model is on the machine of this API."""

    installed: bool


@dataclass(frozen=True, slots=True)
class Instance:
    """The installation: jobs that wait for a worker are the queue's depth, over all organizations."""

    version: str
    database: str
    local_model: LocalModelState
    workers: int
    queue_depth: int
    running: int


@router.get("/instance")
async def get_instance(request: Request) -> Instance:
    """Return the installation's version and worker status."""
    async with open_context(request) as ctx:
        require(ctx, READ)
        health = await ctx.resources.dispatch.health(ctx.tx)
        server = ctx.tx.info.server_version
        installed = service.is_local_installed(ctx.resources.core.data_dir)
    return Instance(
        version=__version__,
        database=f"PostgreSQL {server // 10000}.{server % 10000}",
        local_model=LocalModelState(installed),
        workers=health.workers,
        queue_depth=health.queue_depth,
        running=health.running,
    )
