"""The stream of a run for those outside the organization: its text and its end, nothing of how it came about."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from retinue.core.db.database import Database
from retinue.core.http import sse
from retinue.core.ids import OrganizationId, RunId
from retinue.core.json import dumps, loads
from retinue.engine.records import SELF_RESUMING
from retinue.runs.events import service as events

_TOKEN = b"event: token\n"
_ENDS = (b"event: run.completed\n", b"event: run.failed\n", b"event: run.cancelled\n")
_WAITS = b"event: run.waiting\n"
_DATA = b"\ndata: "


async def stream(
    database: Database, organization_id: OrganizationId, run_id: RunId, read: Callable[[], Awaitable[object]], first: object
) -> AsyncIterator[bytes]:
    """Yield ``event: run`` with the run, ``event: token`` as its answer comes, and ``event: run`` when it waits or ends.

    ``read`` returns the run as it is told; ``first`` is what it returned at the start. The stream ends with the run, or when
    a run waits for a person. One that waits for members or for a time goes on by itself.
    """
    yield sse.OPENING + sse.frame("run", dumps(first))
    async for chunk in events.stream(database, organization_id, run_id):
        kept, is_over = _kept(chunk)
        if kept:
            yield kept
        if is_over:
            yield sse.frame("run", dumps(await read())) + sse.END
            return
    yield sse.frame("run", dumps(await read())) + sse.END


def _kept(chunk: bytes) -> tuple[bytes, bool]:
    """Return what of some frames is passed on, and whether they tell that the run waits or is over."""
    if chunk == sse.HEARTBEAT:
        return chunk, False
    kept: list[bytes] = []
    is_over = False
    for frame in chunk.split(b"\n\n"):
        name = frame[frame.find(b"event: ") :] if b"event: " in frame else b""
        if name.startswith(_TOKEN):
            kept.append(frame + b"\n\n")
        elif name.startswith(_ENDS) or (name.startswith(_WAITS) and _reason_of(name) not in SELF_RESUMING):
            is_over = True
    return b"".join(kept), is_over


def _reason_of(frame: bytes) -> str | None:
    """Return why a run waits, from the data of its event."""
    told: Any = loads(frame[frame.find(_DATA) + len(_DATA) :])
    return told["data"].get("waiting_reason")
