"""With a Redis or Valkey server named, it holds what PostgreSQL holds without one, under the data model's names."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from redis.asyncio import Redis

from retinue.core.json import loads
from retinue.core.settings import SettingsError
from retinue.integrations.redis import publishing, telling
from retinue.process import Process
from tests.cast import PASSWORD, assemble
from tests.client import Client
from tests.conftest import Postgres
from tests.redis_server import KINDS, LOST, RedisServer, serving_redis
from tests.serving import serve

pytestmark = pytest.mark.filterwarnings(LOST)


@pytest.fixture(params=KINDS)
def server_of_facts(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RedisServer]:
    """Start a server of this test: Valkey from its wheel, and Debian's Redis."""
    with serving_redis(request.param, tmp_path) as server:
        yield server


@pytest.fixture
async def served(environ: dict[str, str], server_of_facts: RedisServer) -> AsyncIterator[tuple[Process, Client]]:
    """Serve a process that is configured with the server."""
    process = Process({**environ, "REDIS_URL": server_of_facts.url})
    await process.start(is_working=True)
    try:
        async with serve(process) as client:
            yield process, client
    finally:
        await process.stop()


@pytest.fixture
async def redis(server_of_facts: RedisServer) -> AsyncIterator[Redis]:
    """Look into the server itself."""
    client = Redis(port=server_of_facts.port, db=3, decode_responses=True)
    yield client
    await client.aclose()


async def test_sessions_and_limits_are_under_their_names(served: tuple[Process, Client], redis: Redis) -> None:
    process, client = served
    cast = await assemble(process, client)
    session_id = (await cast.olga.http.get("/auth/sessions")).json["items"][0]["id"]
    key = (await cast.olga.http.post("/api-keys", json={"name": "key", "scopes": ["members:read"]})).json

    by_key = Client(client.session, client.base_url, headers={"Authorization": f"Bearer {key['key']}"})
    assert (await by_key.get("/members")).status == 200

    name = f"session:{hashlib.sha256(session_id.encode()).hexdigest()}"
    facts = str(await redis.get(name))
    assert str(cast.olga.user_id) in facts
    assert await redis.ttl(name) > 13 * 86400
    assert not await redis.exists(f"session:{session_id}")
    assert int(await redis.get(f"ratelimit:api:{key['id']}") or 0) > 0
    assert 0 < await redis.ttl(f"ratelimit:api:{key['id']}") <= 60
    for foreign in ("not JSON", "[1]", '{"ip": 7}'):
        await redis.set(name, foreign, ex=600)
        assert (await cast.olga.http.get("/auth/sessions")).json["items"][0]["ip"] == "127.0.0.1"
    await cast.olga.http.post("/auth/sign-out")
    assert await redis.exists(name) == 0


async def test_a_heartbeat_shows_for_ninety_seconds(served: tuple[Process, Client], redis: Redis) -> None:
    process, client = served
    cast = await assemble(process, client)
    body = {"name": "elsewhere", "runtime": "external", "webhook_url": "https://example.com/agent"}
    agent = (await cast.olga.http.post("/agents", json=body)).json

    measured = {"status": "online", "cpu_percent": 12.5, "memory_bytes": 1048576}
    sent = await cast.anna.http.post(f"/agents/{agent['id']}/heartbeat", json=measured)

    assert sent.status == 200, sent.text
    assert await redis.get(f"agent:{agent['id']}:status") == "online"
    assert 80 < await redis.ttl(f"agent:{agent['id']}:status") <= 90
    found = await redis.hgetall(f"agent:{agent['id']}:metrics")
    assert (float(found["cpu"]), found["memory"]) == (12.5, "1048576")


async def test_guessing_is_limited_there_too(served: tuple[Process, Client], redis: Redis) -> None:
    process, client = served
    cast = await assemble(process, client)
    wrong = {"email": cast.vera.email, "password": "wrong password"}

    statuses = [(await cast.nobody.post("/auth/sign-in", json=wrong)).status for _ in range(7)]

    assert 429 in statuses
    assert await redis.keys("ratelimit:sign-in:*")  # pyright: ignore[reportUnknownMemberType] - open in its signature


async def test_every_agent_and_what_is_due_next_are_there_for_readers_outside(
    served: tuple[Process, Client], redis: Redis, postgres: Postgres
) -> None:
    process, client = served
    cast = await assemble(process, client)
    agent = (await cast.olga.http.post("/agents", json={"name": "hosted", "status": "active"})).json
    off = (await cast.olga.http.post("/agents", json={"name": "off"})).json
    body = {"name": "away", "runtime": "external", "webhook_url": "https://example.com/agent"}
    away = (await cast.olga.http.post("/agents", json=body)).json
    timing = {"frequency": "hourly", "timezone": "UTC", "input": {"prompt": "Report."}}
    schedule = await cast.anna.http.post("/schedules", json={"name": "Report", "target_id": agent["id"], **timing})
    assert schedule.status == 201, schedule.text
    async with await psycopg.AsyncConnection.connect(postgres.owner_url, autocommit=True) as owner:
        await owner.execute(_ENDED_RUN, {"agent": agent["id"], "organization": cast.acme, "user": cast.olga.user_id})

    await publishing.publish(process.database)

    told = {
        name: await redis.get(f"agent:{each['id']}:status")
        for name, each in (("hosted", agent), ("off", off), ("away", away))
    }
    assert told == {"hosted": "online", "off": "offline", "away": "offline"}
    found = await redis.hgetall(f"agent:{agent['id']}:metrics")
    assert found == {
        "cpu": "12.5",
        "memory": "4096",
        "last_execution_time": "2026-01-02T03:04:06.000Z",
        "last_duration_ms": "2000",
    }
    jobs: list[Any] = [loads(each) for each in await redis.lrange("queue:scheduled_jobs", 0, -1)]
    due = [each for each in jobs if each["schedule_id"] == schedule.json["id"]]
    assert [each["target_id"] for each in due] == [agent["id"]]
    assert [each["due_at"] for each in jobs] == sorted(each["due_at"] for each in jobs)
    assert 0 < await redis.ttl("queue:scheduled_jobs") <= 60


async def test_one_of_several_workers_publishes(
    served: tuple[Process, Client], redis: Redis, environ: dict[str, str]
) -> None:
    process, _ = served
    other = Process({**environ, "REDIS_URL": process.resources.core.redis_url})
    await other.start(is_serving=False, is_working=True)
    try:
        await publishing.publish(process.database)
        first = await redis.get("retinue:publisher")
        await publishing.publish(other.database)
        await publishing.publish(process.database)
        assert await redis.get("retinue:publisher") == first
        await redis.delete("retinue:publisher")
        await publishing.publish(other.database)
        assert await redis.get("retinue:publisher") not in {None, first}
    finally:
        await other.stop()


async def test_losing_its_server_refuses_nobody_and_is_told(
    served: tuple[Process, Client], server_of_facts: RedisServer, postgres: Postgres
) -> None:
    process, client = served
    cast = await assemble(process, client)
    async with await psycopg.AsyncConnection.connect(postgres.owner_url, autocommit=True) as owner:
        await owner.execute("UPDATE users SET is_superuser = true WHERE id = %s", (cast.olga.user_id,))
    assert (await client.get("/readyz")).status == 200
    key = (await cast.olga.http.post("/api-keys", json={"name": "key", "scopes": ["members:read"]})).json["key"]
    await telling.tell(process.database)

    server_of_facts.kill()

    by_key = Client(client.session, client.base_url, headers={"Authorization": f"Bearer {key}"})
    assert (await by_key.get("/members")).status == 200
    assert (await cast.olga.http.get("/auth/sessions")).status == 200
    signing_in = await cast.nobody.post("/auth/sign-in", json={"email": cast.adam.email, "password": PASSWORD})
    assert signing_in.status == 200, signing_in.text
    ready = await client.get("/readyz")
    assert ready.status == 200
    assert "PostgreSQL serves its parts" in ready.json["warnings"]["redis"]
    link = process.resources.redis
    assert link is not None
    assert link.lost_at is not None
    link.lost_at -= timedelta(seconds=5)
    for _ in range(3):
        await telling.tell(process.database)
    told = (await cast.olga.http.get("/notifications")).json["items"]
    assert [(each["type"], each["count"], each["read_at"]) for each in told] == [("service_problem", 1, None)]
    assert (await cast.adam.http.get("/notifications")).json["items"] == []

    server_of_facts.start()

    async with asyncio.timeout(10):
        while link.is_lost:
            await asyncio.sleep(0.05)
    assert "redis" not in (await client.get("/readyz")).json["warnings"]
    await telling.tell(process.database)
    assert (await cast.olga.http.get("/notifications/count")).json["unread"] == 0
    assert (await by_key.get("/members")).status == 200


async def test_a_process_starts_without_its_server(environ: dict[str, str]) -> None:
    process = Process({**environ, "REDIS_URL": "redis://127.0.0.1:9/0"})
    await process.start()
    try:
        async with serve(process) as client:
            ready = await client.get("/readyz")
            assert (ready.status, "redis" in ready.json["warnings"]) == (200, True)
    finally:
        await process.stop()


@pytest.mark.parametrize("url", ["http://127.0.0.1:6379", "redis://127.0.0.1:port/0"])
def test_url_that_is_none_of_redis_is_refused(environ: dict[str, str], url: str) -> None:
    with pytest.raises(SettingsError, match="REDIS_URL"):
        Process({**environ, "REDIS_URL": url})


_ENDED_RUN = """
INSERT INTO runs (id, organization_id, type, target_id, target_name, agent_id, status, trigger, triggered_by_id, input,
  trace_id, duration_ms, resource_usage, plan, started_at, completed_at, created_at)
VALUES (gen_random_uuid(), %(organization)s, 'agent', %(agent)s, 'hosted', %(agent)s, 'completed', 'manual', %(user)s, '{}',
  repeat('a', 32), 2000, '{"cpu_ms": 250, "peak_memory_bytes": 4096}', '{}', '2026-01-02T03:04:04Z', '2026-01-02T03:04:06Z',
  '2026-01-02T03:04:04Z')
"""
