"""Fixtures of the tests of conversations: the scene of the tests of runs, and the news of runs handed on."""

from collections.abc import Awaitable, Callable

import pytest

from retinue.core import outbox as events
from retinue.features import FEATURES
from retinue.process import Process
from tests.runs.conftest import played, scene

__all__ = ["played", "scene"]


@pytest.fixture
def hand_on(process: Process) -> Callable[[], Awaitable[int]]:
    """Give what hands the news of runs to those who listen, until there is none."""
    return events.Pump(process.database, events.gather(*(feature.listens for feature in FEATURES))).drain
