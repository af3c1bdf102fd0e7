"""The package's door: the process's one sandbox."""

from retinue.core.resources import Resources
from retinue.sandbox.pool import WorkerPool
from retinue.sandbox.ports import Sandbox
from retinue.sandbox.settings import SandboxSettings
from retinue.sandbox.types import CHECK_SECONDS, Limits


def sandbox_of(resources: Resources) -> Sandbox:
    """Return the process's sandbox. Its workers start at the first program, and stop with the process."""
    return resources.part(WorkerPool, lambda: WorkerPool(resources.settings_of(SandboxSettings)))


def limits_of(resources: Resources, *, seconds: float | None = None) -> Limits:
    """Return the operator's limits of a program; ``seconds`` narrows its running time."""
    settings = resources.settings_of(SandboxSettings)
    most = settings.sandbox_seconds if seconds is None else min(seconds, settings.sandbox_seconds)
    return Limits(seconds=most, memory_bytes=settings.sandbox_memory_bytes)


def check_limits_of(resources: Resources) -> Limits:
    """Return the limits within which a source is checked."""
    return Limits(seconds=CHECK_SECONDS, memory_bytes=resources.settings_of(SandboxSettings).sandbox_memory_bytes)


async def close(resources: Resources) -> None:
    """Stop the workers, if there are any."""
    pool: WorkerPool | None = resources.parts.get(WorkerPool)
    if pool is not None:
        await pool.close()
