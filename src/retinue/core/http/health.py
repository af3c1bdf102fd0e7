"""Health: ``/healthz`` says that the process lives, ``/readyz`` that it can serve, ``/metrics`` what it has counted."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request
from fastapi.responses import Response

from retinue.core.json import dumps
from retinue.core.logging import get_logger
from retinue.core.telemetry.guard import require_reader
from retinue.core.telemetry.telemetry import MEDIA_TYPE, Telemetry

Check = Callable[[], Awaitable[str | None]]
"""Returns None when the part works, else a sentence that says what is wrong and what to do."""

router = APIRouter(tags=["system"])
_log = get_logger(__name__)
_CHECK_SECONDS = 2.5
_START_SECONDS = 15
"""What is started beside this process, such as a worker, may take so long before its absence is logged."""


@router.get("/healthz", include_in_schema=False)
async def healthz() -> Response:
    """Answer 200 as long as the process lives."""
    return Response(b'{"status":"ok"}', media_type="application/json")


@router.get("/readyz", include_in_schema=False)
async def readyz(request: Request) -> Response:
    """Answer 200 when every part works, else 503 with a sentence for each part that does not.

    ``warnings`` holds what someone should look at though requests can be served.
    """
    readiness: Readiness = request.app.state.readiness
    status, body = await readiness.ask()
    return Response(body, status, media_type="application/json")


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
        found = await asyncio.gather(*(self._answer(name, check) for name, check in checks.items()))
        return {name: reason for name, reason in zip(checks, found, strict=True) if reason is not None}

    async def _answer(self, name: str, check: Check) -> str | None:
        cause: Exception | None = None
        try:
            async with asyncio.timeout(_CHECK_SECONDS):
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


@router.get("/metrics", include_in_schema=False)
async def metrics(request: Request) -> Response:
    """Give the process's metrics to a Prometheus server on this machine, or to one that has the token."""
    telemetry: Telemetry = request.app.state.telemetry
    client = None if request.client is None else request.client.host
    require_reader(request.app.state.telemetry_settings, client, request.headers)
    return Response(await telemetry.render(), headers={"Content-Type": MEDIA_TYPE})
