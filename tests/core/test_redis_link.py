"""The client of Redis: what its user cancels ends, whatever was being sent."""

import asyncio
from collections.abc import Iterator

import pytest

from retinue.core.redis_link import client_of
from retinue.core.tasks import end
from tests.redis_server import LOST, RedisServer, serving_redis

_STEPS = 60
"""More turns of the loop than a connecting and a command take."""


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with serving_redis("valkey", tmp_path_factory.mktemp("valkey")) as served:
        yield served


@pytest.mark.filterwarnings(LOST)
async def test_a_command_that_is_cancelled_at_any_moment_ends_by_that(redis: RedisServer) -> None:
    async def publish() -> None:
        client = client_of(redis.url)
        try:
            while True:
                await client.publish("channel", "word")
        finally:
            await client.aclose()

    for turns in range(_STEPS):
        task = asyncio.create_task(publish())
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=5)
        await end(task)
        assert done == {task}, f"cancelled after {turns} turns of the loop, it goes on"
