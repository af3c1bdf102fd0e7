"""Entry point of the API process: settings, resources and features make the HTTP application."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import cache, partial
from importlib import import_module
from pathlib import Path

from fastapi import APIRouter, Depends, FastAPI

from retinue import __version__
from retinue.core.http import console, gate, health, late_validators, problems
from retinue.core.http.bodies import Bodies
from retinue.core.http.observe import Observe
from retinue.core.http.openapi_names import operation_id
from retinue.core.http.streams import Streams
from retinue.core.telemetry.settings import TelemetrySettings
from retinue.external.keys.service import AGENT_KEY_MARK, find_holder
from retinue.features import FEATURES
from retinue.identity.authenticate import authenticate
from retinue.identity.grants import service as grants
from retinue.process import Process
from retinue.usage.buffer import RequestBuffer


def import_routes() -> tuple[list[APIRouter], list[APIRouter]]:
    """Import every package's routes; return the routers below /api/v1, and those with paths of their own."""
    late_validators.build_late()
    routers = [import_module(module).router for feature in FEATURES for module in feature.routers]
    return routers, [import_module(module).router for feature in FEATURES for module in feature.pages]


@cache
def routed() -> FastAPI:
    """Return the application that this process serves, without what belongs to one process; it is built once.

    The template builds it before it makes the API: FastAPI reads all that a route is made of, and what is read is copied.
    """
    return _route()


def create_app(process: Process, app: FastAPI | None = None) -> FastAPI:
    """Put a process whose parts are made but not yet opened behind an application, whose life span opens and closes them.

    A process that is already open (as in tests) is left to its owner.
    """
    app = app or _route()
    telemetry = process.resources.telemetry
    app.state.process = process
    app.state.database = process.database
    app.state.authenticate = partial(authenticate, process.database, {AGENT_KEY_MARK: find_holder})
    app.state.telemetry = telemetry
    app.state.telemetry_settings = process.resources.settings_of(TelemetrySettings)
    app.state.streams = Streams(process.bus, partial(grants.check, process.database), telemetry.open_streams)
    app.state.readiness = health.Readiness(process.checks(), process.remarks())
    app.add_middleware(Bodies, seconds=process.resources.core.body_seconds)
    app.add_middleware(Observe, telemetry=telemetry, note=_requests_of(process).note)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncGenerator[None]:
    process: Process = app.state.process
    owned = not process.is_open
    if owned:
        await process.start()
    try:
        async with _requests_of(process).running():
            yield
    finally:
        if owned:
            await process.stop()


def _requests_of(process: Process) -> RequestBuffer:
    return process.resources.part(RequestBuffer, lambda: RequestBuffer(process.database))


def _route() -> FastAPI:
    app = FastAPI(
        title="Retinue",
        version=__version__,
        lifespan=_lifespan,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=operation_id,
    )
    problems.install(app)
    app.include_router(health.router)
    routers, pages = import_routes()
    for router in routers:
        app.include_router(router, prefix="/api/v1", dependencies=[Depends(gate.check_request)])
    for router in pages:
        app.include_router(router)
    app.state.static = Path(__file__).parent / "static"
    console.install(app.router, app.state.static)
    return app
