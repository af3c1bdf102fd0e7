"""The commands of model providers against a served installation."""

from typing import Any

import orjson
import pytest
from aiohttp import web

from tests.cast import PASSWORD
from tests.cli.conftest import Terminal
from tests.llm.openai_server import event, serving, stream
from tests.runs.scene import Scene


async def _answer(request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
    return await stream(request, event({"content": "ok"}, "stop"))


@pytest.fixture
async def olga(terminal: Terminal, scene: Scene) -> Terminal:
    said = await terminal("login", terminal.url, "--email", scene.cast.olga.email, given=f"{PASSWORD}\n")
    assert said.code == 0, said.err
    return terminal


async def test_a_provider_is_added_with_its_listed_models_and_tested(olga: Terminal) -> None:
    async with serving(_answer) as server:
        server.models = ["alpha", "beta"]
        added = await olga("providers", "add", "Ours", "--base-url", server.url, "--api-key", "-", given="key-1\n")
        tested = await olga("providers", "test", "ours")
    listed = await olga("providers", "list", "--json")
    failed = await olga("providers", "test", "Ours")
    table = await olga("providers", "list")

    assert (added.code, added.out) == (0, "Ours added with 2 models; default: alpha.\n"), added.err
    assert (tested.code, tested.out) == (0, "alpha\nbeta\n")
    assert orjson.loads(listed.out)[0]["last_test_ok"] is True
    assert failed.code == 1
    assert "the connection was refused" in failed.out
    assert "Ours (default)" in table.out
    assert "failed" in table.out


async def test_a_provider_that_does_not_answer_is_added_only_untested(olga: Terminal, scene: Scene) -> None:
    refused = await olga("providers", "add", "Ours", "--base-url", "http://127.0.0.1:9/v1", "--model", "m")
    saved = await olga("providers", "add", "Ours", "--base-url", "http://127.0.0.1:9/v1", "--model", "m", "--save-untested")

    assert refused.code != 0
    assert "the connection was refused" in refused.err
    assert saved.code == 0, saved.err
    stored = (await scene.cast.olga.http.get("/model-providers")).json["items"]
    assert [(each["name"], each["models"], each["is_default"]) for each in stored] == [("Ours", ["m"], False)]


async def test_an_unknown_provider_is_named(olga: Terminal) -> None:
    unknown = await olga("providers", "test", "Nobody")

    assert unknown.code == 2
    assert "Nobody" in unknown.err
