"""The client of Redis: what its user cancels ends, whatever was being sent; a silent server costs one time-out."""

import asyncio
from collections.abc import Iterator

import pytest
from redis.asyncio import Redis
from redis.exceptions import TimeoutError as RedisTimeoutError

from retinue.core.redis_link import TIMEOUT_SECONDS, client_of
from retinue.core.tasks import end
from tests.redis_server import LOST, RedisServer, serving_redis

_STEPS = 60
"""More turns of the loop than a connecting and a command take."""


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    folder = tmp_path_factory.mktemp("valkey")
    with serving_redis("valkey", folder, unixsocket=str(folder / "socket")) as served:
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


@pytest.mark.filterwarnings(LOST)
@pytest.mark.parametrize("connection", ["kept", "new"])
@pytest.mark.parametrize("kind", ["tcp", "unix"])
async def test_a_server_that_does_not_answer_costs_one_time_out(redis: RedisServer, kind: str, connection: str) -> None:
    url = redis.url if kind == "tcp" else f"unix://{redis.settings['unixsocket']}"
    client, loop = client_of(url), asyncio.get_running_loop()
    if connection == "kept":
        await client.ping()
    redis.freeze()
    try:
        began = loop.time()
        with pytest.raises(RedisTimeoutError):
            await client.ping()
        waited = loop.time() - began
    finally:
        redis.thaw()
        await client.aclose()

    assert waited < 1.9 * TIMEOUT_SECONDS


@pytest.mark.filterwarnings(LOST)
async def test_a_command_survives_that_its_kept_connection_was_closed(redis: RedisServer) -> None:
    client = client_of(redis.url)
    async with Redis(port=redis.port) as other:
        await client.ping()
        await other.execute_command("CLIENT", "KILL", "TYPE", "normal")  # pyright: ignore[reportUnknownMemberType] - its **kwargs are not typed
        assert await client.ping()
    await client.aclose()
