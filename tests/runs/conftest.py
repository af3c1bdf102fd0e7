"""Fixtures of the tests of runs: a scene for each test, with a worker beside the server or without."""

from collections.abc import AsyncIterator

import pytest

from retinue.process import Process
from tests.cast import Cast
from tests.conftest import Postgres
from tests.runs.scene import Scene, working


@pytest.fixture
async def scene(cast: Cast, process: Process, postgres: Postgres) -> Scene:
    """Give a scene without a worker: what is started stays pending."""
    for person in (cast.anna, cast.vera):
        await person.http.get("/auth/session")
    return Scene(cast, process, postgres)


@pytest.fixture
async def played(scene: Scene, environ: dict[str, str]) -> AsyncIterator[Scene]:
    """Give a scene with a worker."""
    async with working(environ, scene.tools):
        yield scene
