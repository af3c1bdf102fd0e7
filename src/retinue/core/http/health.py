"""Health: ``/healthz`` says that the process lives, ``/readyz`` that it can serve, ``/metrics`` what it has counted."""

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


@router.get("/healthz", include_in_schema=False)
async def healthz() -> Response:
    """Answer 200 as long as the process lives."""
    return Response(b'{"status":"ok"}', media_type="application/json")


@router.get("/readyz", include_in_schema=False)
async def readyz(request: Request) -> Response:
    """Answer 200 when every part works, else 503 with a sentence for each part that does not.

    ``warnings`` holds what somebody should look at though requests can be served.
    """
    status, body = await readiness(request.app.state.checks, request.app.state.remarks)
    return Response(body, status, media_type="application/json")


async def readiness(checks: dict[str, Check], remarks: dict[str, Check]) -> tuple[int, bytes]:
    """Return the status and the document of ``/readyz``, for parts that must work and for what is worth a warning."""
    reasons = await _answers(checks)
    status = "unavailable" if reasons else "ok"
    warnings = {} if reasons else await _answers(remarks)
    body = {"status": status, "checks": sorted(checks), "reasons": reasons, "warnings": warnings}
    return 503 if reasons else 200, dumps(body)


async def _answers(checks: dict[str, Check]) -> dict[str, str]:
    answers: dict[str, str] = {}
    for name, check in checks.items():
        try:
            reason = await check()
        except Exception as error:  # noqa: BLE001 - the border of a check: its failure is its answer
            _log.warning("readiness.check_failed", check=name, exc_info=error)
            reason = f"{name} does not answer ({type(error).__name__}); the log has the cause."
        if reason is not None:
            answers[name] = reason
    return answers


@router.get("/metrics", include_in_schema=False)
async def metrics(request: Request) -> Response:
    """Give the process's metrics to a Prometheus server on this machine, or to one that has the token."""
    telemetry: Telemetry = request.app.state.telemetry
    client = None if request.client is None else request.client.host
    require_reader(request.app.state.telemetry_settings, client, request.headers)
    return Response(await telemetry.render(), headers={"Content-Type": MEDIA_TYPE})
