"""Fixtures of the tests of deployments: the scene of runs, and what falls due brought about by hand."""

from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest

from retinue.core.timers import Ticker
from retinue.deployments.feature import feature
from retinue.process import Process
from tests.cast import Cast
from tests.clock import HandClock, hand_clock
from tests.conftest import Postgres
from tests.deployments.stage import Stage
from tests.runs.scene import Scene, working


@pytest.fixture
def clock(postgres: Postgres) -> Iterator[HandClock]:
    """Give the database's clock, to be moved by hand."""
    with psycopg.connect(postgres.owner_url, autocommit=True) as owner, hand_clock(owner) as hand:
        yield hand


@pytest.fixture
async def stage(cast: Cast, process: Process, postgres: Postgres) -> Stage:
    """Give a stage without a worker for runs."""
    for person in (cast.anna, cast.vera, cast.otto):
        await person.http.get("/auth/session")
    ticker = Ticker(process.database, feature.timers)
    await ticker.drain()
    await ticker.settle()
    return Stage(Scene(cast, process, postgres), ticker)


@pytest.fixture
async def played(stage: Stage, environ: dict[str, str]) -> AsyncIterator[Stage]:
    """Give a stage with a worker for runs."""
    async with working(environ, stage.scene.tools):
        yield stage
