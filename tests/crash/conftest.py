"""Fixtures of the crash tests."""

import tempfile
from collections.abc import AsyncGenerator, Generator

import pytest

from tests.conftest import Postgres, fresh_database
from tests.crash.ground import Ground, grounded


@pytest.fixture(scope="module")
def alone(postgres: Postgres) -> Postgres:
    """Give a database in which nobody else's jobs wait."""
    return fresh_database(postgres.owner_url)


@pytest.fixture(scope="module")
def folder() -> Generator[str]:
    """Give a folder for the files of runs."""
    with tempfile.TemporaryDirectory(prefix="retinue-crash-") as name:
        yield name


@pytest.fixture
async def ground(alone: Postgres, folder: str) -> AsyncGenerator[Ground]:
    """Give a fresh organization, with nobody working."""
    async with grounded(alone, folder) as made:
        yield made
