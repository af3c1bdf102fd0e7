"""An authorization authority, and persons who connect."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from retinue.llm.types import SCRIPTED_ID
from tests.agents.conftest import make_agent
from tests.cast import Person
from tests.connections.oauth_server import AuthServer, auth_server, fragment_of
from tests.flows.conftest import worker
from tests.tools.conftest import make_tool

__all__ = ["worker"]


@pytest.fixture
async def authority(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[AuthServer]:
    """Serve an authorization server for one test."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    async with auth_server() as made:
        yield made


async def make_mail(person: Person, authority: AuthServer, **fields: Any) -> dict[str, Any]:
    """Make a tool that calls the API of the authority, by an authorization code unless told otherwise."""
    more: dict[str, Any] = {"name": "mail", "credentials": authority.credentials(), **fields}
    return await make_tool(person, {"url": f"{authority.url}/api/mail", **more.pop("configuration", {})}, **more)


async def consent(person: Person, connection_id: str, **body: Any) -> dict[str, str]:
    """Begin to connect, consent at the authority, and return what the browser comes back with."""
    begun = await person.http.post(f"/connections/{connection_id}/authorize", json=body)
    assert begun.status == 200, begun.text
    async with person.http.session.get(begun.json["authorize_url"], allow_redirects=False) as answer:
        assert answer.status == 302, await answer.text()
        return fragment_of(answer.headers["Location"])


async def connect(person: Person, connection_id: str, **body: Any) -> dict[str, Any]:
    """Connect, all the way."""
    told = await consent(person, connection_id, **body)
    finished = await person.http.post("/connections/callback", json=told)
    assert finished.status == 200, finished.text
    return finished.json


async def start(person: Person, tool: str, *, calls: int = 1, **config: Any) -> str:
    """Start a run of an agent that calls a tool; return its id."""
    asked: list[dict[str, Any]] = [{"name": tool, "arguments": {}} for _ in range(calls)]
    script: dict[str, Any] = {"turns": [{"tool_calls": asked}, {"text": "Done."}]}
    agent = await make_agent(
        person,
        config={
            "model": {"provider_id": str(SCRIPTED_ID)},
            "parameters": {"script": script},
            "tools": [{"name": tool}],
            **config,
        },
    )
    started = await person.http.post("/runs", json={"type": "agent", "target_id": agent["id"], "input": {"prompt": "Go."}})
    assert started.status == 202, started.text
    return started.json["id"]


async def settled(person: Person, run_id: str, *, in_addition: str = "") -> dict[str, Any]:
    """Return a run that has ended or waits; ``in_addition``: a status that is not waited for."""
    async with asyncio.timeout(30):
        while True:
            run = (await person.http.get(f"/runs/{run_id}")).json
            if run["status"] not in {"pending", "running", in_addition}:
                return run
            await asyncio.sleep(0.05)


async def pending_of(person: Person, run_id: str) -> list[dict[str, Any]]:
    """Return what a run asks."""
    found = (await person.http.get(f"/runs/{run_id}/approvals")).json["items"]
    return [each for each in found if each["status"] == "pending"]
