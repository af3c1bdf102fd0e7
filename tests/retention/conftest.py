"""Fixtures of the tests of retention: the scene of the tests of runs."""

from tests.runs.conftest import played, scene

__all__ = ["played", "scene"]
