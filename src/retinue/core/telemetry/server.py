"""The port of a process that serves no API: its metrics and its health, for a worker."""

import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from retinue.core.errors import Error, Kind
from retinue.core.logging import get_logger
from retinue.core.settings import SettingsError
from retinue.core.telemetry.guard import require_reader
from retinue.core.telemetry.settings import TelemetrySettings
from retinue.core.telemetry.telemetry import MEDIA_TYPE, Telemetry

if TYPE_CHECKING:
    from aiohttp.web import AppRunner, BaseSite, Request, Response

_log = get_logger(__name__)
_STOP_SECONDS = 1.0
Readiness = Callable[[], Awaitable[tuple[int, bytes]]]
"""Returns the status and the JSON document of ``/readyz``."""


@asynccontextmanager
async def served(
    telemetry: Telemetry, settings: TelemetrySettings, readiness: Readiness, listener: socket.socket | None
) -> AsyncGenerator[None]:
    """Serve ``/metrics``, ``/healthz`` and ``/readyz`` on a listening socket, else on the settings' port, if any.

    Raises ``SettingsError`` when the port cannot be opened.
    """
    if listener is None and not settings.worker_port:
        yield
        return
    from aiohttp import web  # noqa: PLC0415 - a megabyte that only a worker with a port needs

    async def metrics(request: "Request") -> "Response":
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            require_reader(settings, request.remote, headers)
        except Error as error:
            status = 401 if error.kind is Kind.UNAUTHENTICATED else 403
            challenge = {"WWW-Authenticate": "Bearer"} if status == 401 else None  # noqa: PLR2004 - the status of HTTP
            return web.Response(text=f"{error.detail} {error.remedy_text}\n", status=status, headers=challenge)
        return web.Response(body=await telemetry.render(), headers={"Content-Type": MEDIA_TYPE})

    async def healthz(_request: "Request") -> "Response":
        return web.Response(body=b'{"status":"ok"}', content_type="application/json")

    async def readyz(_request: "Request") -> "Response":
        status, body = await readiness()
        return web.Response(body=body, status=status, content_type="application/json")

    application = web.Application()
    for path, handler in (("/metrics", metrics), ("/healthz", healthz), ("/readyz", readyz)):
        application.router.add_get(path, handler)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=_STOP_SECONDS)
    await runner.setup()
    try:
        await _site(runner, settings, listener).start()
    except OSError as error:
        await runner.cleanup()
        where = f"port {settings.worker_port} on {settings.worker_host}"
        remedy = "Set another RETINUE_WORKER_PORT or RETINUE_WORKER_HOST."
        raise SettingsError(f"RETINUE_WORKER_PORT: {where} cannot be opened: {error.strerror}", remedy=remedy) from None
    _log.info("worker.port_opened", address=str(runner.addresses[0]))
    try:
        yield
    finally:
        await runner.cleanup()


def _site(runner: "AppRunner", settings: TelemetrySettings, listener: socket.socket | None) -> "BaseSite":
    from aiohttp import web  # noqa: PLC0415 - as above

    if listener is not None:
        return web.SockSite(runner, listener)
    return web.TCPSite(runner, settings.worker_host, settings.worker_port)
