"""What requests see of an outage of the database: nothing when a connection was lost between them, else a clear refusal."""

import asyncio
from dataclasses import replace

import psycopg

from tests.cast import Cast
from tests.conftest import Postgres

_END_ALL = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_BLOCKED = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def test_connections_that_died_between_requests_cost_no_request(cast: Cast, postgres: Postgres) -> None:
    key = await cast.olga.http.post("/api-keys", json={"name": "ci", "scopes": ["agents:read"]})
    bearer = replace(cast.nobody, headers={"Authorization": f"Bearer {key.json['key']}"})
    async with await psycopg.AsyncConnection.connect(postgres.owner_url, autocommit=True) as owner:
        for client in (cast.olga.http, bearer):
            assert (await client.get("/agents")).status == 200
            await owner.execute(_END_ALL)
            assert (await client.get("/agents")).status == 200


async def test_a_request_whose_connection_dies_is_told_to_look_and_try_again(cast: Cast, postgres: Postgres) -> None:
    async with await psycopg.AsyncConnection.connect(postgres.owner_url) as owner:
        await owner.execute("LOCK TABLE agents IN ACCESS EXCLUSIVE MODE")
        asking = asyncio.create_task(cast.olga.http.get("/agents"))
        async with asyncio.timeout(10), await psycopg.AsyncConnection.connect(postgres.owner_url, autocommit=True) as other:
            blocked = None
            while blocked is None:
                blocked = await (await other.execute(_BLOCKED)).fetchone()
            await other.execute("SELECT pg_terminate_backend(%s)", blocked)
            answer = await asking
    assert answer.status == 503
    assert answer.json["code"] == "database_unavailable"
    assert answer.headers["Retry-After"] == "2"
    assert (await cast.olga.http.get("/agents")).status == 200
