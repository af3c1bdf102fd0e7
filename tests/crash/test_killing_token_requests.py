"""Workers die while they ask for tokens, or ask at the same time: one refresh, and no call without a grant that holds."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb

from retinue.core.ids import RunId, new_id
from retinue.core.json import JsonObject
from retinue.core.secrets import SecretBox
from retinue.engine.ports import ToolPlan
from tests.connections.oauth_server import AuthServer, Issued, auth_server
from tests.crash.ground import Ground

_REFRESH = "a-refresh-token-of-before"
_RUNS = 6
_GRANT = "SELECT status, generation, last_error, refreshing_until IS NULL FROM connection_grants WHERE connection_id = %s"
_TURNS: list[JsonObject] = [{"tool_calls": [{"name": "mail", "arguments": {}}]}, {"text": "Done."}]


@pytest.fixture
async def authority(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[AuthServer]:
    """Serve an authorization server, which holds its answers at first, and knows the refresh token of a grant."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    async with auth_server() as made:
        made.refresh[_REFRESH] = Issued(["mail.read"], "one", 0.0)
        made.held = asyncio.Event()
        yield made


def _tool(ground: Ground, authority: AuthServer) -> tuple[ToolPlan, UUID]:
    """Make a tool whose connection was given long ago; return it and the connection."""
    secrets = SecretBox((ground.environ["RETINUE_SECRET_KEY"],))
    credentials = authority.credentials()
    sealed, tool_id, connection_id = secrets.seal(json.dumps(credentials)), new_id(), new_id()
    configuration: JsonObject = {"method": "GET", "url": f"{authority.url}/api/mail"}
    schema: JsonObject = {"type": "object", "properties": {}}
    organization_id = ground.organization_id
    with psycopg.connect(ground.postgres.owner_url) as owner:
        owner.execute(
            "INSERT INTO connections (id, organization_id, digest, name, kind, grant_type, owner, destination,"
            " settings_encrypted) VALUES (%s, %s, %s, 'mail', 'api', 'authorization_code', 'organization', %s, %s)",
            (connection_id, organization_id, connection_id.hex, authority.url, sealed),
        )
        owner.execute(
            "INSERT INTO tools (id, organization_id, name, tool_type, configuration, parameters_schema, effect,"
            " credentials_encrypted, connection_id) VALUES (%s, %s, 'mail', 'api', %s, %s, 'dangerous', %s, %s)",
            (tool_id, organization_id, Jsonb(configuration), Jsonb(schema), sealed, connection_id),
        )
    _give(ground, connection_id, _REFRESH)
    arguments: dict[str, Any] = {"requires_approval": False, "timeout_seconds": 30.0, "is_connected": True}
    plan = ToolPlan(str(tool_id), "mail", "Mail.", "api", schema, configuration, {}, "dangerous", **arguments)
    return plan, connection_id


def _give(ground: Ground, connection_id: UUID, refresh_token: str) -> None:
    """Write a grant whose access token has expired, and let runs that wait for it go on, as a callback does."""
    secrets = SecretBox((ground.environ["RETINUE_SECRET_KEY"],))
    tokens = secrets.seal(json.dumps({"access_token": "expired", "refresh_token": refresh_token, "issuer": None}))
    with psycopg.connect(ground.postgres.owner_url) as owner:
        owner.execute("DELETE FROM connection_grants WHERE connection_id = %s", (connection_id,))
        owner.execute(
            "INSERT INTO connection_grants (id, organization_id, connection_id, status, tokens_encrypted, expires_at)"
            " VALUES (%s, %s, %s, 'active', %s, now() - interval '1 h')",
            (new_id(), ground.organization_id, connection_id, tokens),
        )
        owner.execute(
            "INSERT INTO due_timers (organization_id, kind, subject_id, payload, due_at)"
            " VALUES (%s, 'approvals.connected', %s, '{}', now()) ON CONFLICT DO NOTHING",
            (ground.organization_id, connection_id),
        )


async def _asked(authority: AuthServer, times: int) -> None:
    async with asyncio.timeout(40):
        while authority.asked["refresh_token"] < times:
            await asyncio.sleep(0.02)


async def _kill_while_asking(ground: Ground, authority: AuthServer, connection_id: UUID, plan: ToolPlan) -> RunId:
    """Kill the worker of a run while the authorization server works on its answer; end its lease of the grant."""
    first = await ground.worker()
    run_id = ground.start(_TURNS, [plan])
    await _asked(authority, 1)
    first.signal(signal.SIGKILL)
    await first.gone()
    assert authority.held is not None
    authority.held.set()
    async with asyncio.timeout(20):
        while not authority.issued:  # the answer that nobody reads
            await asyncio.sleep(0.02)
    ground.rows(
        "UPDATE connection_grants SET refreshing_until = now() - interval '1 s' WHERE connection_id = %s"
        " AND refreshing_until IS NOT NULL RETURNING 1",
        connection_id,
    )
    return run_id


async def test_worker_killed_while_it_asks_for_a_token_is_followed_by_one_that_asks_again(
    ground: Ground, authority: AuthServer
) -> None:
    authority.rotates = False
    plan, connection_id = _tool(ground, authority)
    run_id = await _kill_while_asking(ground, authority, connection_id, plan)

    await ground.worker()

    assert await ground.status(run_id) == "completed"
    assert (authority.asked["refresh_token"], len(authority.called)) == (2, 1)
    assert ground.rows(_GRANT, connection_id) == [("active", 1, None, True)]
    ground.check_record(run_id, steps=3)


async def test_token_that_was_rotated_for_a_killed_worker_is_asked_of_a_person_again(
    ground: Ground, authority: AuthServer
) -> None:
    plan, connection_id = _tool(ground, authority)
    run_id = await _kill_while_asking(ground, authority, connection_id, plan)

    await ground.worker()
    waiting = await ground.status(run_id)
    asked = ground.rows("SELECT kind, status FROM approvals WHERE run_id = %s", run_id)
    ((status, _, error, _),) = ground.rows(_GRANT, connection_id)
    called = len(authority.called)
    _give(ground, connection_id, next(iter(authority.refresh)))
    await ground.worker()  # which looks for due timers first

    assert (waiting, asked, called) == ("waiting", [("connect", "pending")], 0)
    assert status == "revoked"
    assert "invalid_grant" in error
    assert await ground.status(run_id, "completed", "failed") == "completed"
    assert len(authority.called) == 1
    ground.check_record(run_id, steps=3)


async def test_two_workers_that_need_the_same_token_at_once_refresh_it_once(ground: Ground, authority: AuthServer) -> None:
    plan, connection_id = _tool(ground, authority)
    for _ in range(2):
        await ground.worker(RETINUE_WORKER_CONCURRENCY=str(_RUNS // 2))
    run_ids = [ground.start(_TURNS, [plan]) for _ in range(_RUNS)]
    carried = "SELECT count(DISTINCT worker_id), count(*) FROM dispatch.procrastinate_jobs WHERE lock = ANY (%s)"
    thought = "SELECT count(*) FROM run_steps WHERE run_id = ANY (%s) AND status = 'completed'"
    async with asyncio.timeout(40):
        while ground.rows(thought, run_ids) != [(_RUNS,)]:
            await asyncio.sleep(0.02)

    shared = ground.rows(carried, [str(each) for each in run_ids])
    assert authority.held is not None
    authority.held.set()
    ended = [await ground.status(each) for each in run_ids]

    assert shared == [(2, _RUNS)]
    assert ended == ["completed"] * _RUNS
    assert (authority.asked["refresh_token"], len(authority.called)) == (1, _RUNS)
    assert ground.rows(_GRANT, connection_id) == [("active", 1, None, True)]
