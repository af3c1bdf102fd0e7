"""Entry point of the API process: settings, resources and features make the HTTP application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from starlette.middleware.base import RequestResponseEndpoint

from retinue import __version__
from retinue.core.http import problems
from retinue.core.ids import new_id
from retinue.features import FEATURES
from retinue.process import Process


def create_app(process: Process) -> FastAPI:
    """Build the application around a process whose parts are made but not yet started; start-up opens them."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await process.start()
        app.state.database = process.database
        try:
            yield
        finally:
            await process.stop()

    app = FastAPI(
        title="Retinue",
        version=__version__,
        lifespan=lifespan,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.process = process
    app.state.database = process.database
    app.state.authenticate = process.authenticate
    problems.install(app)
    for feature in FEATURES:
        for router in feature.routers:
            app.include_router(router, prefix="/api/v1")

    @app.middleware("http")
    async def name_the_request(request: Request, call_next: RequestResponseEndpoint) -> Response:
        request.state.request_id = str(new_id())
        response = await call_next(request)
        response.headers["X-Request-Id"] = request.state.request_id
        return response

    return app
