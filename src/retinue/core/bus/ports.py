"""What the bus stands on: something that carries short texts between processes, and may lose them."""

from collections.abc import Callable, Sequence
from typing import Protocol

LIVE = "retinue_live"
"""Channel to processes with readers: movements of runs, tokens, news of an organization."""
WORK = "retinue_work"
"""Channel to workers: jobs to claim, jobs to abort, runs that are followed."""

MAX_PAYLOAD_BYTES = 7900
"""The largest text a carrier must take. PostgreSQL's NOTIFY takes less than 8000 bytes."""

OnPayload = Callable[[str, str], None]
"""Called with (channel, payload) for each text that arrives; must not block."""


class Transport(Protocol):
    """Carries texts from any process to all that listen. Conformance: ``tests/core/test_bus.py``."""

    async def publish(self, messages: Sequence[tuple[str, str]]) -> None:
        """Send texts as (channel, payload), in this order, in one go. Raises the driver's error when it cannot."""
        ...

    async def listen(self, channels: Sequence[str], on_payload: OnPayload, on_connected: Callable[[], None]) -> None:
        """Receive until cancelled, connecting again after a loss; ``on_connected`` is called after each connecting."""
        ...

    async def close(self) -> None:
        """Close what is open."""
        ...
