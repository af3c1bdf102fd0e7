"""Changing providers: what a change may not do, and that there is always one default and one answer to "which model"."""

from collections.abc import AsyncGenerator
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web

from retinue.llm import service
from retinue.llm.types import LOCAL_ID, SCRIPTED_ID
from retinue.process import Process
from tests.cast import Cast
from tests.llm.openai_server import Server, event, serving, stream

KEY = "sk-very-secret-marker"


def _body(**changes: Any) -> dict[str, Any]:
    saved = {"name": "Ours", "kind": "openai_compatible", "base_url": "http://127.0.0.1:9/v1", "api_key": KEY}
    return {**saved, "save_untested": True, **changes}


@pytest.fixture
async def listing() -> AsyncGenerator[Server]:
    async def answer(request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        return await stream(request, event({"content": "Hello"}, "length"))

    async with serving(answer) as opened:
        yield opened


async def _make(cast: Cast, **changes: Any) -> dict[str, Any]:
    answer = await cast.olga.http.post("/model-providers", json=_body(**changes))
    assert answer.status == 201, answer.json
    made: dict[str, Any] = answer.json
    return made


async def _change(cast: Cast, provider: dict[str, Any], **changes: Any) -> Any:
    is_moved = bool({"base_url", "api_key"} & changes.keys())
    body = {**({"save_untested": True} if is_moved else {}), **changes}
    return await cast.adam.http.patch(f"/model-providers/{provider['id']}", json=body)


async def _key_of(process: Process, cast: Cast, provider: dict[str, Any]) -> str | None:
    async with process.database.context(cast.olga.actor) as ctx:
        return (await service.open_endpoint(ctx, UUID(provider["id"]))).api_key


@pytest.mark.parametrize("url", ["http://elsewhere.example/v1", "http://127.0.0.1:10/v1", "https://127.0.0.1:9/v1"])
async def test_a_stored_key_does_not_go_along_to_another_server(cast: Cast, process: Process, url: str) -> None:
    made = await _make(cast)

    refused = await _change(cast, made, base_url=url)
    moved = await _change(cast, made, base_url=url, api_key="new-key")

    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "api_key")
    assert (moved.status, moved.json["base_url"]) == (200, url)
    assert await _key_of(process, cast, made) == "new-key"


async def test_a_key_stays_when_only_the_path_changes(cast: Cast, process: Process) -> None:
    made = await _make(cast)

    changed = await _change(cast, made, base_url="http://127.0.0.1:9/openai/v1/")

    assert (changed.status, changed.json["base_url"]) == (200, "http://127.0.0.1:9/openai/v1")
    assert await _key_of(process, cast, made) == KEY


async def test_a_key_can_be_removed(cast: Cast, process: Process) -> None:
    made = await _make(cast)

    changed = await _change(cast, made, api_key=None)

    assert changed.json["has_api_key"] is False
    assert await _key_of(process, cast, made) is None


async def test_null_turns_back_to_the_kind_s_own_address(cast: Cast) -> None:
    made = await _make(cast, kind="ollama", base_url="http://127.0.0.1:9", api_key=None)

    changed = await _change(cast, made, base_url=None)

    assert (changed.status, changed.json["base_url"]) == (200, None)


@pytest.mark.parametrize("field", ["name", "models", "is_default"])
async def test_null_is_refused_where_there_must_be_something(cast: Cast, field: str) -> None:
    made = await _make(cast)

    refused = await _change(cast, made, **{field: None})

    assert (refused.status, refused.json["errors"][0]["field"]) == (422, field)


@pytest.mark.parametrize("key", ["", "   ", "two\nlines", "schlüssel", "x" * 4001])
async def test_a_key_that_could_not_be_sent_is_refused_without_repeating_it(cast: Cast, key: str) -> None:
    refused = await cast.olga.http.post("/model-providers", json=_body(api_key=key))

    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "api_key")
    assert not key.strip() or key not in str(refused.json)


async def test_blanks_pasted_around_a_key_are_taken_off(cast: Cast, process: Process) -> None:
    made = await _make(cast, api_key=f" {KEY}\n")

    assert await _key_of(process, cast, made) == KEY


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest",
        "http://[fe80::1]/v1",
        "http://[::ffff:169.254.169.254]/v1",
        "http://metadata.google.internal/v1",
        "http://metadata.google.internal./v1",
        "http://METADATA.google.internal./v1",
        "http://metadata.google.internal%2e/v1",
        "http://metadata.google.internal\u3002/v1",
        "http://metadata.goog/v1",
        "http://169.254.169.254./v1",
        "http://models.example./v1",
        "http://[64:ff9b::a9fe:a9fe]/v1",
        "http://2852039166/v1",
        "http://127.0.0.1:9/v1?key=1",
        "http://127.0.0.1:9/v1#part",
    ],
)
async def test_where_clouds_keep_credentials_is_no_address_of_a_provider(cast: Cast, url: str) -> None:
    refused = await cast.olga.http.post("/model-providers", json=_body(base_url=url))

    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "base_url")


async def test_a_model_named_twice_is_offered_once(cast: Cast) -> None:
    made = await _make(cast, models=["a", "b", "a"])

    assert made["models"] == ["a", "b"]


async def test_the_default_is_handed_over_and_never_lost(cast: Cast, listing: Server) -> None:
    tested = {"base_url": listing.url, "save_untested": False}
    first = await _make(cast, models=["one"], **tested)
    second = await _make(cast, name="Second", models=["two"], **tested)
    await _make(cast, name="Third", models=["three"], **tested)

    refused = await _change(cast, first, is_default=False)
    await _change(cast, second, is_default=True)
    await cast.olga.http.delete(f"/model-providers/{second['id']}")

    listed = (await cast.olga.http.get("/model-providers")).json["items"]
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "is_default")
    assert [(each["name"], each["is_default"]) for each in listed] == [("Ours", True), ("Third", False)]


async def test_the_list_of_models_and_a_run_agree_on_the_default(cast: Cast, process: Process, listing: Server) -> None:
    async def both() -> tuple[str, str]:
        listed = next(each for each in (await cast.vera.http.get("/models")).json["items"] if each["is_default"])
        async with process.database.context(cast.olga.actor) as ctx:
            resolved = await service.resolve_model(ctx, None, None, {})
        assert (listed["provider_id"], listed["name"]) == (resolved.provider_id, resolved.name)
        return resolved.kind, resolved.name

    assert (await both())[0] == "local"
    made = await _make(cast, models=["one", "two"], default_model="two", base_url=listing.url, save_untested=False)
    assert await both() == ("openai_compatible", "two")
    await _change(cast, made, default_model=None)
    assert await both() == ("openai_compatible", "one")
    await cast.olga.http.delete(f"/model-providers/{made['id']}")
    assert (await both())[0] == "local"


@pytest.mark.parametrize("provider_id", [SCRIPTED_ID, LOCAL_ID])
async def test_a_name_that_a_built_in_provider_does_not_have_is_refused(
    cast: Cast, process: Process, provider_id: UUID
) -> None:
    async with process.database.context(cast.olga.actor) as ctx:
        with pytest.raises(service.ModelChoiceError) as refused:
            await service.resolve_model(ctx, provider_id, "gpt-99", {})

    assert refused.value.fields[0].field == "config.model.name"


async def test_known_prices_are_shown_and_unknown_ones_are_null(cast: Cast) -> None:
    await _make(cast, kind="openai", base_url=None, models=["gpt-4o"])
    await _make(cast, name="Own", models=["gpt-4o"])

    models = (await cast.vera.http.get("/models")).json["items"]

    prices = {each["provider_name"]: (each["input_usd_per_mtok"], each["output_usd_per_mtok"]) for each in models}
    assert prices["Ours"] == (2.5, 10.0)
    assert prices["Own"] == (None, None), "what a model costs at a server of your own is not known"
    assert prices["This machine"] == prices["Script"] == (0.0, 0.0)


async def test_a_server_without_a_list_of_models_is_tested_by_a_token(cast: Cast, listing: Server) -> None:
    elsewhere = listing.url.removesuffix("/v1") + "/bare/v1"
    named = await _make(cast, base_url=elsewhere, default_model="m", save_untested=False)
    nameless = await _make(cast, name="Nameless", base_url=elsewhere)
    spoke = await cast.olga.http.post(f"/model-providers/{named['id']}/test")
    unknown = await cast.olga.http.post(f"/model-providers/{nameless['id']}/test")

    assert (spoke.json["ok"], spoke.json["models"]) == (True, [])
    assert listing.bodies[0]["model"] == "m"
    assert unknown.json["ok"] is False
    assert "/v1" in unknown.json["error"]


async def test_a_provider_that_repeats_the_key_in_its_refusal_does_not_give_it_away(cast: Cast) -> None:
    async def refuse(_request: web.Request) -> web.StreamResponse:
        return web.json_response({"error": {"message": f"Incorrect API key provided: {KEY}"}}, status=401)

    application = web.Application()
    application.router.add_get("/v1/models", refuse)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        made = await _make(cast, base_url=f"http://127.0.0.1:{runner.addresses[0][1]}/v1")
        result = await cast.olga.http.post(f"/model-providers/{made['id']}/test")
    finally:
        await runner.cleanup()

    assert result.json["ok"] is False
    assert "Incorrect API key" in result.json["error"]
    assert KEY not in str(result.json)
