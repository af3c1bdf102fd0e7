"""Ending tasks for certain."""

import asyncio
from contextlib import suppress

from retinue.core.logging import get_logger

_log = get_logger(__name__)
_CANCEL_AGAIN_SECONDS = 0.2


async def end(task: asyncio.Task[None]) -> None:
    """Cancel a task until it ends, even if this one is cancelled, too. What it broke by is logged. May be repeated.

    Once is not enough: a client library may take a cancellation for a time-out of its own, and go on (redis-py does).
    """
    while not task.done():
        task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.wait([task], timeout=_CANCEL_AGAIN_SECONDS)
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.warning("task.broke", task=task.get_name(), exc_info=error)
