"""Running a driver that blocks in a thread of its own, so that a slow database takes no thread that others wait for."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

ResultT = TypeVar("ResultT")

_ENDING_SECONDS = 5.0


async def in_thread(work: Callable[[], ResultT], stop: Callable[[], Awaitable[None]]) -> ResultT:
    """Return what ``work`` returns, run in a thread; when cancelled, ``stop`` ends it, and it is waited for."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[ResultT] = loop.create_future()

    def tell(result: ResultT | None, error: BaseException | None) -> None:
        if ended.done():
            return
        if error is not None:
            ended.set_exception(error)
        else:
            ended.set_result(result)  # pyright: ignore[reportArgumentType] - without an error there is a result

    def run() -> None:
        result, error = None, None
        try:
            result = work()
        except BaseException as raised:  # noqa: BLE001 - raised again in the loop
            error = raised
        with suppress(RuntimeError):  # the loop is closed: nobody waits
            loop.call_soon_threadsafe(tell, result, error)

    threading.Thread(target=run, name="tool-database", daemon=True).start()
    try:
        return await asyncio.shield(ended)
    except asyncio.CancelledError:
        await stop()
        await asyncio.wait({ended}, timeout=_ENDING_SECONDS)
        if ended.done():
            ended.exception()  # taken, so that nothing is logged about it
        raise
