"""One conformance suite for every key-value store: PostgreSQL, real servers of Valkey and Redis, and what goes by both."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from redis.asyncio import Redis

from retinue.core.errors import UnavailableError
from retinue.core.kv.fallback import FallbackKeyValue
from retinue.core.kv.port import KeyValue
from retinue.core.kv.postgres import PostgresKeyValue
from retinue.core.kv.redis import RedisKeyValue
from retinue.core.redis_link import RedisLink
from retinue.process import Process
from tests.redis_server import KINDS, LOST, RedisServer, serving_redis


@pytest.fixture(scope="session")
def redis_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, RedisServer]]:
    """Start a server of each kind."""
    with ExitStack() as stack:
        yield {kind: stack.enter_context(serving_redis(kind, tmp_path_factory.mktemp(kind))) for kind in KINDS}


@pytest.fixture(params=["postgres", *KINDS, "valkey or postgres", "nothing or postgres"])
async def kv(
    request: pytest.FixtureRequest, process: Process, redis_servers: dict[str, RedisServer]
) -> AsyncIterator[KeyValue]:
    """Give each of the stores."""
    servers, links = redis_servers, list[RedisLink]()

    def fallback(url: str) -> FallbackKeyValue:
        links.append(RedisLink(url))
        return FallbackKeyValue(RedisKeyValue(url), PostgresKeyValue(process.database.pool), links[-1])

    stores: dict[str, Callable[[], KeyValue]] = {
        "postgres": lambda: PostgresKeyValue(process.database.pool),
        "valkey": lambda: RedisKeyValue(servers["valkey"].url),
        "redis": lambda: RedisKeyValue(servers["redis"].url),
        "valkey or postgres": lambda: fallback(servers["valkey"].url),
        "nothing or postgres": lambda: fallback("redis://127.0.0.1:9/0"),
    }
    store = stores[request.param]()
    await store.open()
    try:
        yield store
    finally:
        await store.close()
        for link in links:
            await link.close()


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


async def test_fields_are_kept_beside_one_another(kv: KeyValue, key: str) -> None:
    assert await kv.get_fields(key) == {}
    await kv.set_fields({key: {"cpu": "12.5", "memory": "1"}, f"{key}:other": {"cpu": "1"}}, ttl_seconds=60)
    await kv.set_fields({key: {"memory": "2 ö"}, f"{key}:none": {}}, ttl_seconds=30)

    assert await kv.get_fields(key) == {"cpu": "12.5", "memory": "2 ö"}
    assert await kv.get_fields(f"{key}:other") == {"cpu": "1"}
    assert 29 < (await kv.seconds_left([key, f"{key}:none"]))[key] <= 30
    assert await kv.delete(key, f"{key}:other", f"{key}:none") == 2


async def test_fields_expire(kv: KeyValue, key: str) -> None:
    await kv.set_fields({key: {"cpu": "1", "memory": "2"}}, ttl_seconds=0.01)
    async with asyncio.timeout(10):
        while await kv.get_fields(key):  # the time that is left may be rounded down to none
            await asyncio.sleep(0.01)
    await kv.set_fields({key: {"cpu": "3"}}, ttl_seconds=60)

    assert await kv.get_fields(key) == {"cpu": "3"}


async def test_a_list_is_kept_in_its_order_and_replaced(kv: KeyValue, key: str) -> None:
    assert list(await kv.get_list(key)) == []
    await kv.set_list(key, ["b", "a", "b"], ttl_seconds=60)
    assert list(await kv.get_list(key)) == ["b", "a", "b"]
    await kv.set_list(key, ["c"], ttl_seconds=60)
    assert list(await kv.get_list(key)) == ["c"]
    await kv.set_list(key, [], ttl_seconds=60)
    assert list(await kv.get_list(key)) == []


async def test_several_values_are_set_at_once(kv: KeyValue, key: str) -> None:
    await kv.set(key, "old", ttl_seconds=60)
    await kv.set_many({key: "online", f"{key}:other": "offline"}, ttl_seconds=60)
    await kv.set_many({}, ttl_seconds=60)

    assert await kv.get_many([key, f"{key}:other"]) == {key: "online", f"{key}:other": "offline"}


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


@pytest.mark.filterwarnings(LOST)
@pytest.mark.parametrize("how", ["killed", "frozen", "full"])
async def test_a_store_that_loses_its_server_goes_on_and_makes_up_for_deletions(
    how: str, process: Process, tmp_path: Path, key: str
) -> None:
    with serving_redis("valkey", tmp_path, appendonly="yes", appendfsync="always") as server:
        link = RedisLink(server.url)
        store = FallbackKeyValue(RedisKeyValue(server.url), PostgresKeyValue(process.database.pool), link)
        await store.open()
        try:
            await store.set(f"{key}:kept", "online", ttl_seconds=60)
            await store.set(f"{key}:gone", "secret", ttl_seconds=60)
            await _lose(server, how)

            assert (await store.add(key, 1, ttl_seconds=60)).value == 1
            assert link.is_lost
            assert link.remark is not None
            assert await store.delete(f"{key}:gone") in {0, 1}
            with pytest.raises(UnavailableError):
                await store.delete(f"{key}:gone", everywhere=True)

            await _give_back(server, how)
            async with asyncio.timeout(10):
                while link.is_lost:
                    await asyncio.sleep(0.05)
            assert link.remark is None
            assert await store.get_many([f"{key}:kept", f"{key}:gone"]) == {f"{key}:kept": "online"}
            assert (await store.add(key, 1, ttl_seconds=60)).value == 1, "counters restart"
        finally:
            await store.close()
            await link.close()


async def _lose(server: RedisServer, how: str) -> None:
    if how == "killed":
        server.kill()
    elif how == "frozen":
        server.freeze()
    else:
        await _configure(server, "1")


async def _give_back(server: RedisServer, how: str) -> None:
    if how == "killed":
        server.start()
    elif how == "frozen":
        server.thaw()
    else:
        await _configure(server, "0")


async def _configure(server: RedisServer, most_bytes: str) -> None:
    client = Redis(port=server.port)
    await client.config_set("maxmemory", most_bytes)  # pyright: ignore[reportUnknownMemberType] - open in its signature
    await client.aclose()


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
