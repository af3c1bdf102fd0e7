"""A client of Acme's owner, signed in, and one with a key."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from retinue.client import AsyncRetinue, Retry
from tests.cast import PASSWORD, Cast
from tests.runs.conftest import played, scene

__all__ = ["played", "scene"]

QUICK = Retry(attempts=4, first_seconds=0.01)


@pytest.fixture
async def owner(cast: Cast) -> AsyncIterator[AsyncRetinue]:
    """Sign in as the owner of Acme."""
    async with AsyncRetinue(cast.olga.http.base_url, retry=QUICK) as retinue:
        await retinue.auth.sign_in(email=cast.olga.email, password=PASSWORD)
        yield retinue


async def make_key(owner: AsyncRetinue, *scopes: Any) -> str:
    """Create an API key with scopes, and return it."""
    return (await owner.api_keys.create(name="client", scopes=list(scopes)))["key"]
