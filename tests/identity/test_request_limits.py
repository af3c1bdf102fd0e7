"""The limit of an API key over any number of APIs: never more than it says, and all of it to anyone who asks."""

import asyncio
import random
import secrets
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import pytest

from retinue.core.http.limits import ApiLimits, RateLimitedError
from retinue.process import Process
from tests.cast import Cast
from tests.client import Client
from tests.serving import serve

_LIMIT = 200
_HOLD_SECONDS = 0.02
_TIERS = {"RETINUE_SUBSCRIPTION_TIERS": f"free={_LIMIT},pro=3000,enterprise=12000"}


@asynccontextmanager
async def _api(environ: dict[str, str]) -> AsyncGenerator[Client]:
    process = Process({**environ, **_TIERS})
    await process.start()
    try:
        async with serve(process) as client:
            yield client
    finally:
        await process.stop()


async def _key(cast: Cast) -> dict[str, str]:
    made = await cast.olga.http.post("/api-keys", json={"name": secrets.token_hex(4), "scopes": ["members:read"]})
    return {"Authorization": f"Bearer {made.json['key']}"}


async def _asked(client: Client, headers: dict[str, str], count: int) -> Counter[int]:
    bearer = replace(client, headers=headers)
    answers = await asyncio.gather(*(bearer.get("/members") for _ in range(count)))
    return Counter(answer.status for answer in answers)


async def test_two_apis_let_all_of_the_limit_through_and_no_more(cast: Cast, environ: dict[str, str]) -> None:
    headers = await _key(cast)
    async with _api(environ) as first, _api(environ) as second:
        opened = await asyncio.gather(_asked(first, headers, 90), _asked(second, headers, 100))
        beyond = await asyncio.gather(_asked(first, headers, 20), _asked(second, headers, 20))

    total = sum(beyond, start=Counter[int]())
    assert opened == [Counter({200: 90}), Counter({200: 100})]
    assert 10 - _LIMIT * 0.05 <= total[200] <= 10  # the other may hold a few in reserve for half a second
    assert total[200] + total[429] == 40


@pytest.mark.parametrize("is_killed", [False, True])
async def test_an_api_that_starts_again_leaves_the_rest_of_the_limit(
    cast: Cast, environ: dict[str, str], *, is_killed: bool
) -> None:
    headers = await _key(cast)
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(_api(environ))
        assert await _asked(first, headers, 40) == Counter({200: 40})
        for _ in range(20):  # one after the other: what a process takes ahead of its need
            await _asked(first, headers, 1)
        if not is_killed:
            await stack.aclose()
        async with _api(environ) as again:
            answers = await _asked(again, headers, _LIMIT)

    left = _LIMIT - 60
    assert left - _LIMIT * 0.05 <= answers[200] <= left


@pytest.mark.parametrize("seed", range(8))
async def test_any_bursts_at_any_apis_get_the_limit_within_a_twentieth(process: Process, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret depends on it
    limit = chance.choice([5, 20, 100, 600])
    apis = [ApiLimits(process.resources.kv, hold_seconds=_HOLD_SECONDS) for _ in range(chance.randint(1, 6))]
    key, wanted, granted = secrets.token_hex(8), 0, 0

    async def ask(api: ApiLimits) -> bool:
        try:
            await api.take(key, limit)
        except RateLimitedError:
            return False
        return True

    while wanted < 2 * limit:
        api, count = chance.choice(apis), chance.randint(1, max(2, limit // 4))
        answers = await asyncio.gather(*(ask(api) for _ in range(count)))
        wanted, granted = wanted + count, granted + sum(answers)
        assert granted <= limit
        assert granted >= min(wanted, limit) - max(1, limit // 20), "refused far below the limit"
        await asyncio.sleep(2 * _HOLD_SECONDS)  # what lies unused is given back, and a refusal is asked about again

    assert granted == limit
