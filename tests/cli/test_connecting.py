"""``retinue tools connect``: the page is named, and the command waits until a person has connected there."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from tests.cli.conftest import Terminal
from tests.connections.conftest import connect, make_mail
from tests.connections.oauth_server import AuthServer, auth_server
from tests.runs.scene import Scene


@pytest.fixture
async def authority(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[AuthServer]:
    """Serve an authorization server for one test."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    async with auth_server() as made:
        yield made


async def test_connect_names_the_page_and_ends_when_the_person_has_connected(
    anna: Terminal, scene: Scene, authority: AuthServer
) -> None:
    tool = await make_mail(scene.cast.anna, authority)
    page = f"/connections/{tool['connection_id']}"
    shown = (await scene.cast.anna.http.get(page)).json

    waiting = await anna.begin("tools", "connect", "mail", "--timeout", "60")
    async with asyncio.timeout(60):
        told = (await waiting.stderr.readline()).decode()
        await connect(scene.cast.anna, tool["connection_id"])
        out, _ = await waiting.communicate()
    again = await anna("tools", "connect", tool["id"], "--json")

    assert shown["connect_url"] in told
    assert (waiting.returncode, out.decode()) == (0, f"mail is connected to {shown['name']}.\n")
    assert (again.code, again.err) == (0, "")
    assert json.loads(again.out)["status"] == "connected"
    assert [each for each in [*authority.issued, *authority.refresh] if each in again.out] == []


async def test_connect_ends_with_1_when_nobody_connects_and_with_2_where_there_is_nothing_to_connect(
    anna: Terminal, scene: Scene, authority: AuthServer
) -> None:
    await make_mail(scene.cast.anna, authority)
    late = await anna("tools", "connect", "mail", "--timeout", "0")
    calculator = await anna("tools", "connect", "calculator")
    unknown = await anna("tools", "connect", "no_such_tool")

    assert (late.code, late.out.startswith("mail is not connected to ")) == (1, True), late.err
    assert "Open http" in late.err
    assert (calculator.code, "has no connection by OAuth" in calculator.err) == (2, True), calculator.err
    assert (unknown.code, "no tool named" in unknown.err) == (2, True)


async def test_account_of_another_member_does_not_connect_you(adam: Terminal, scene: Scene, authority: AuthServer) -> None:
    tool = await make_mail(scene.cast.anna, authority, credentials=authority.credentials(owner="user"))
    await connect(scene.cast.anna, tool["connection_id"])

    mine = await adam("tools", "connect", "mail", "--timeout", "0", "--json")

    assert (mine.code, json.loads(mine.out)["status"]) == (1, "missing")
