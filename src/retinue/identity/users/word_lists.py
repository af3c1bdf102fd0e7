"""The word lists by which new passwords are judged: 14 MB, there only while passwords are set.

They are zxcvbn's (Wheeler, USENIX Security 2016), which loads them when it is imported and has no way to give them back.
"""

import asyncio
import sys
import threading
from collections.abc import Sequence

_PACKAGE = "zxcvbn"
IDLE_SECONDS = 30.0


class WordLists:
    """Loads the lists for the first password, and unloads them when none was judged for half a minute."""

    _judging = threading.Lock()

    def __init__(self) -> None:
        """Load nothing yet."""
        self._timer: asyncio.TimerHandle | None = None

    def score(self, password: str, words: Sequence[str]) -> int:
        """Return how hard a password is to guess, 0 to 4, with these words known of its owner. Call it in a thread."""
        with self._judging:
            from zxcvbn import zxcvbn  # noqa: PLC0415 - its lists are why this module exists

            return zxcvbn(password, list(words))["score"]

    def unload_later(self) -> None:
        """Unload the lists after half a minute, counted from the last call."""
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(IDLE_SECONDS, loop.run_in_executor, None, self.unload)

    def unload(self) -> None:
        """Free what the lists take; the next password loads them again."""
        with self._judging:
            for name in [each for each in sys.modules if each.partition(".")[0] == _PACKAGE]:
                vars(sys.modules.pop(name)).clear()  # else they live until the next full collection, which is rare
