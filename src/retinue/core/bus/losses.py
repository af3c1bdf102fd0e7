"""What a transport logs of its connection: a line when it is lost and one when it is there again, none for each attempt."""

import time

from retinue.core.db.outages import first_line
from retinue.core.logging import get_logger

_log = get_logger(__name__)


class Losses:
    """Whether the connection of a transport is lost, and since when."""

    def __init__(self) -> None:
        """Begin without a loss."""
        self._lost_at: float | None = None

    def lost(self, error: BaseException) -> None:
        """Note that the connection is lost, or could still not be made."""
        if self._lost_at is None:
            self._lost_at = time.monotonic()
            _log.warning("bus.connection_lost", error=first_line(error))

    def connected(self) -> None:
        """Note that the connection is there."""
        if self._lost_at is not None:
            _log.info("bus.connected_again", after_seconds=round(time.monotonic() - self._lost_at, 1))
            self._lost_at = None
