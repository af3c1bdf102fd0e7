"""How long work on the database waits, by kind: a request gives up soon, maintenance may take its time."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from retinue.core.db.settings import DatabaseSettings

QUICK_SECONDS = 1.5
"""For a statement that asks one row by its key, or only begins: a request's first. With what it takes to give a silent
connection up, a request whose database does not answer is refused within three seconds."""


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """How long, in seconds: for a pooled connection, for a lock, for one statement, for one that takes no time by itself."""

    wait_seconds: float
    lock_seconds: float
    statement_seconds: float
    quick_seconds: float


_CURRENT: ContextVar[TimeLimits | None] = ContextVar("patience", default=None)


def of_requests(settings: DatabaseSettings) -> TimeLimits:
    """Return the patience of a process that serves requests."""
    return TimeLimits(settings.api_wait_seconds, settings.api_lock_seconds, settings.api_statement_seconds, QUICK_SECONDS)


def of_work(settings: DatabaseSettings) -> TimeLimits:
    """Return the patience of a worker, which tries again."""
    seconds = settings.work_statement_seconds
    return TimeLimits(seconds, seconds, seconds, seconds)


def of_maintenance(settings: DatabaseSettings) -> TimeLimits:
    """Return the patience of periodic work."""
    usual = settings.work_statement_seconds
    return TimeLimits(usual, usual, settings.maintenance_statement_seconds, usual)


def current(usual: TimeLimits) -> TimeLimits:
    """Return what the present task was given, else the usual one of the process."""
    return _CURRENT.get() or usual


@contextmanager
def patience(given: TimeLimits) -> Generator[None]:
    """Give the present task another patience than its process's."""
    token = _CURRENT.set(given)
    try:
        yield
    finally:
        _CURRENT.reset(token)
