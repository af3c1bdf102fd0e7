"""The database's clock, moved by hand: tests put another definition in the place of ``tenant.now()``, as its owner."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psycopg

from retinue.migrations.statements import functions
from tests.serving import SERVED

_DEFINITION = "CREATE OR REPLACE FUNCTION tenant.now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$ {} $$"


class HandClock:
    """The clock of one test database: it stands still until it is moved, over years if need be.

    Everything that expires, falls due or is deleted follows, in every process on the database. Only the owner of the
    function may do this; the role that serves requests may not.
    """

    def __init__(self, owner: psycopg.Connection, instant: datetime | None = None) -> None:
        """Take an autocommitting connection of the owner; stop the clock now, or at an instant."""
        self._owner = owner
        self.instant = instant or datetime.now(UTC)
        self._show()

    def now(self) -> datetime:
        """Return the instant it stands at."""
        return self.instant

    def move(self, **by: float) -> None:
        """Move it on, by the arguments of ``timedelta``."""
        self.instant += timedelta(**by)
        self._show()
        for process in SERVED:  # what a process remembers for a second is forgotten, as that second has passed
            for forget in process.bus.grant_listeners:
                forget()

    def release(self) -> None:
        """Let the clock go again, by the definition of the program."""
        found = re.search(r"^CREATE OR REPLACE FUNCTION tenant\.now\(\).*?\$\$;$", functions(), re.MULTILINE | re.DOTALL)
        assert found is not None
        self._owner.execute(found.group().encode())

    def _show(self) -> None:
        self._owner.execute(_DEFINITION.format(f"SELECT timestamptz '{self.instant.isoformat()}'").encode())


@contextmanager
def hand_clock(owner: psycopg.Connection, instant: datetime | None = None) -> Generator[HandClock]:
    """Stop the clock, to be moved by hand, and let it go again at the end."""
    hand = HandClock(owner, instant)
    try:
        yield hand
    finally:
        hand.release()
