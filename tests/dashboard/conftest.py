"""Fixtures of the tests of the dashboard: the clock, and a meter whose roll-ups are made when the test asks for them."""

from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest

from retinue.process import Process
from tests.cast import Cast
from tests.clock import HandClock, hand_clock
from tests.conftest import Postgres
from tests.metrics.conftest import Meter
from tests.runs.scene import Scene, working


@pytest.fixture
def clock(postgres: Postgres) -> Iterator[HandClock]:
    """Give the database's clock, to be moved by hand."""
    with psycopg.connect(postgres.owner_url, autocommit=True) as owner, hand_clock(owner) as hand:
        yield hand


@pytest.fixture
async def meter(cast: Cast, process: Process, postgres: Postgres) -> Meter:
    """Give Acme without a worker: what is started stays pending."""
    made = Meter(Scene(cast, process, postgres), process)
    await made.settle()  # what earlier tests left
    return made


@pytest.fixture
async def working_meter(meter: Meter, environ: dict[str, str]) -> AsyncIterator[Meter]:
    """Give Acme with a worker that carries out runs and does nothing else."""
    async with working(environ, meter.scene.tools):
        yield meter
