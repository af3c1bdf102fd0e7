"""Fixtures of the tests of forwarding: Acme's metrics without a worker."""

import pytest

from retinue.process import Process
from tests.cast import Cast
from tests.conftest import Postgres
from tests.metrics.conftest import Meter
from tests.runs.scene import Scene


@pytest.fixture
def meter(cast: Cast, process: Process, postgres: Postgres) -> Meter:
    """Give Acme's metrics, read and reported as Anna."""
    return Meter(Scene(cast, process, postgres), process)
