"""Bearing an outage: what cannot be asked of PostgreSQL now is asked again, for about the minute that a restart may take."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import psycopg
from psycopg_pool import PoolTimeout

from retinue.core.logging import get_logger

T = TypeVar("T")

_log = get_logger(__name__)

CONNECTION_ERRORS = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout)
"""What the driver raises when the server is gone, coming back, or has ended a statement for reasons of its own."""

_PAUSES_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 5.0, 5.0, 10.0, 10.0, 10.0, 10.0)


def first_line(error: BaseException) -> str:
    """Return the first line of what a driver says, as a sentence."""
    lines = str(error).strip().splitlines()
    return f"{lines[0].rstrip('.') if lines else type(error).__name__}."


async def retry_through_outage(action: Callable[[], Awaitable[T]]) -> T:
    """Do something with the database, again and again while it is out; it must be safe to repeat.

    Raises what ``action`` raised last when the outage lasts for longer than about a minute, and anything else at once.
    """
    for pause in _PAUSES_SECONDS:
        try:
            return await action()
        except CONNECTION_ERRORS as error:
            _log.warning("database.unreachable", error=str(error).strip(), retry_seconds=pause)
        await asyncio.sleep(pause)
    return await action()
