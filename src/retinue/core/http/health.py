"""Health: ``/healthz`` says that the process lives, ``/readyz`` that it can serve, ``/metrics`` what it has counted."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from retinue.core.readiness import Readiness
from retinue.core.telemetry.guard import require_reader
from retinue.core.telemetry.telemetry import MEDIA_TYPE, Telemetry

router = APIRouter(tags=["system"])


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


@router.get("/metrics", include_in_schema=False)
async def metrics(request: Request) -> Response:
    """Give the process's metrics to a Prometheus server on this machine, or to one that has the token."""
    telemetry: Telemetry = request.app.state.telemetry
    client = None if request.client is None else request.client.host
    require_reader(request.app.state.telemetry_settings, client, request.headers)
    return Response(await telemetry.render(), headers={"Content-Type": MEDIA_TYPE})
