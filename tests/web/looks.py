"""The looks under which pages are searched for barriers: on a wall and on a phone, by daylight and in the dark."""

import pytest

from tests.web.reader import PHONE, WALL

_LOOKS = [
    pytest.param((WALL, "light"), id="wall-light"),
    pytest.param((WALL, "dark"), id="wall-dark"),
    pytest.param((PHONE, "light"), id="phone-light"),
    pytest.param((PHONE, "dark"), id="phone-dark"),
]

looks = pytest.mark.parametrize("reader", _LOOKS, indirect=True)
"""Runs a test once for each look; its fixture ``reader`` is Olga before such a window."""

looks_of_visitor = pytest.mark.parametrize("visitor", _LOOKS, indirect=True)
"""The same for ``visitor``, who is not signed in."""
