"""Whether a process can serve: the checks behind ``/readyz``, which an API and a worker answer each in its own way."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from retinue.core.json import dumps
from retinue.core.logging import get_logger

Check = Callable[[], Awaitable[str | None]]
"""Returns None when the part works, else a sentence that says what is wrong and what to do."""
_log = get_logger(__name__)
_CHECK_SECONDS = 2.5
_AT_ONCE = 2
"""Checks, each with a database connection: all at once make the pool grow. One that hangs does not hold up the others."""
_START_SECONDS = 15
"""What is started beside this process, such as a worker, may take so long before its absence is logged."""


class Readiness:
    """What ``/readyz`` answers for a process. Each change is logged once, however often it is asked for."""

    def __init__(self, checks: dict[str, Check], remarks: dict[str, Check]) -> None:
        """Take the parts that must work, and what is worth a warning."""
        self._checks, self._remarks = checks, remarks
        self._told: dict[str, str] = {}
        self._held: set[str] = set()
        self._began = time.monotonic()

    async def ask(self) -> tuple[int, bytes]:
        """Return the status and the document; within three seconds, whatever hangs."""
        reasons = await self._answers(self._checks)
        warnings = {} if reasons else await self._answers(self._remarks)
        status = "unavailable" if reasons else "ok"
        body = {"status": status, "checks": sorted(self._checks), "reasons": reasons, "warnings": warnings}
        return 503 if reasons else 200, dumps(body)

    async def _answers(self, checks: dict[str, Check]) -> dict[str, str]:
        turns = asyncio.Semaphore(_AT_ONCE)
        found = await asyncio.gather(*(self._answer(name, check, turns) for name, check in checks.items()))
        return {name: reason for name, reason in zip(checks, found, strict=True) if reason is not None}

    async def _answer(self, name: str, check: Check, turns: asyncio.Semaphore) -> str | None:
        cause: Exception | None = None
        try:
            async with asyncio.timeout(_CHECK_SECONDS), turns:
                reason = await check()
        except TimeoutError:
            reason = (
                f"The {name} does not answer within {_CHECK_SECONDS:g} s. Look whether it runs and is reached from here."
            )
        except Exception as error:  # noqa: BLE001 - the border of a check: its failure is its answer
            cause = error
            reason = f"{name} does not answer ({type(error).__name__}); the log has the cause."
        before = self._told.get(name)
        if reason is None:
            self._held.add(name)
            if self._told.pop(name, None) is not None:
                _log.info("readiness.regained", check=name)
        elif name in self._checks or name in self._held or time.monotonic() - self._began > _START_SECONDS:
            self._told[name] = reason
            if before is None or (cause is not None and before != reason):
                _log.warning("readiness.lost", check=name, reason=reason, exc_info=cause)
        return reason
