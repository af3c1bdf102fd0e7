"""The looks under which pages are searched for barriers: on a wall and on a phone, by daylight and in the dark."""

import os
from pathlib import Path

import pytest

from tests.web.reader import PHONE, WALL, Reader

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


async def keep_picture(reader: Reader, name: str) -> None:
    """Save a picture of the page to the folder that RETINUE_TEST_PICTURES names, if it is set."""
    folder = os.environ.get("RETINUE_TEST_PICTURES")
    if folder:
        size = reader.page.viewport_size or {"width": 0}
        dark = await reader.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        path = Path(folder) / f"{name}-{size['width']}-{'dark' if dark else 'light'}.png"
        await reader.page.screenshot(path=path)
