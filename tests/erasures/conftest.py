"""Fixtures of the tests of erasures: the scene of the tests of conversations."""

from tests.conversations.conftest import hand_on, played, scene

__all__ = ["hand_on", "played", "scene"]
