"""The word lists by which new passwords are judged: 14 MB, in a process of their own that ends when no password is set.

Python gives hardly any of it back in the process that loaded them, which an API did when its first account was made.
"""

import asyncio
import contextlib
import json
import select
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import IO, cast

from retinue.identity.users import guessing

IDLE_SECONDS = 30.0
_ANSWER_SECONDS = 10.0


class WordLists:
    """Starts the process for the first password, and ends it when none was judged for half a minute."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._turn = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def score(self, password: str, words: Sequence[str]) -> int:
        """Return how hard a password is to guess, 0 to 4, with these words known of its owner. Call it in a thread.

        Raises ``RuntimeError`` when the process ends twice instead of answering.
        """
        request = json.dumps([password, [*words]]).encode() + b"\n"  # in ASCII, also half a surrogate pair
        with self._turn:
            answer = self._ask(request) or self._ask(request)
        if not answer:
            raise RuntimeError("the process that judges passwords does not answer")
        return int(answer)

    def end_later(self) -> None:
        """End the process after half a minute, counted from the last call."""
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(IDLE_SECONDS, loop.run_in_executor, None, self.end)

    async def close(self) -> None:
        """End the process now, if there is one; the next password starts another."""
        if self._timer is not None:
            self._timer.cancel()
        await asyncio.to_thread(self.end)

    def end(self) -> None:
        """End the process, as ``close`` does, outside of the event loop."""
        with self._turn:
            self._end()

    def _ask(self, request: bytes) -> bytes:
        child = self._child = self._child or _start()
        asking, answering = cast("IO[bytes]", child.stdin), cast("IO[bytes]", child.stdout)
        answer = b""
        with contextlib.suppress(OSError):
            asking.write(request)
            asking.flush()
            if select.select([answering], [], [], _ANSWER_SECONDS)[0]:
                answer = answering.readline()
        if not answer:
            self._end()
        return answer

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            with contextlib.suppress(OSError):
                child.communicate()


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-P", "-m", guessing.__name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd="/",
        env={},
        start_new_session=True,
    )
