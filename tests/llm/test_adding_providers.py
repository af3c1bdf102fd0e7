"""Adding providers: only one that passes its test is saved and becomes the default, unless a person asks otherwise."""

import asyncio
from collections.abc import AsyncGenerator
from decimal import Decimal
from typing import Any

import pytest
from aiohttp import web

from retinue.core.ids import new_id
from retinue.core.json import dumps
from retinue.engine.plan import read_plan, write_plan
from retinue.engine.ports import AgentPlan, ModelOverride
from retinue.llm import service
from retinue.llm.types import LOCAL_ID
from retinue.process import Process
from tests.cast import Cast
from tests.llm import provider_servers
from tests.llm.openai_server import Server, event, serving, stream
from tests.together import together

CLOSED = "http://127.0.0.1:9/v1"


async def _answer(request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
    return await stream(request, event({"content": "ok"}, "stop"))


@pytest.fixture
async def listing() -> AsyncGenerator[Server]:
    async with serving(_answer) as opened:
        yield opened


def _body(listing: Server | None, **changes: Any) -> dict[str, Any]:
    url = CLOSED if listing is None else listing.url
    return {"name": "Ours", "kind": "openai_compatible", "base_url": url, "api_key": "key-1", **changes}


async def _add(cast: Cast, listing: Server | None, **changes: Any) -> Any:
    answer = await cast.olga.http.post("/model-providers", json=_body(listing, **changes))
    assert answer.status == 201, answer.json
    return answer.json


async def _change(cast: Cast, provider: Any, **changes: Any) -> Any:
    return await cast.olga.http.patch(f"/model-providers/{provider['id']}", json=changes)


async def _names(cast: Cast) -> list[tuple[str, bool]]:
    return [(each["name"], each["is_default"]) for each in (await cast.olga.http.get("/model-providers")).json["items"]]


async def test_a_provider_added_without_models_stores_those_it_lists_with_a_default(
    cast: Cast, process: Process, listing: Server
) -> None:
    listing.models = ["alpha", "beta", "text-embedding-3-small"]

    made = await _add(cast, listing)

    assert made["models"] == ["alpha", "beta"]
    assert made["default_model"] == "alpha"
    async with process.database.context(cast.olga.actor) as ctx:
        assert (await service.resolve_model(ctx, None, None, {})).name == "alpha"


async def test_models_that_were_chosen_are_kept(cast: Cast, listing: Server) -> None:
    listing.models = ["alpha", "beta"]

    made = await _add(cast, listing, models=["beta"], default_model="beta")

    assert (made["models"], made["default_model"]) == (["beta"], "beta")


async def test_a_provider_that_does_not_answer_is_not_saved(cast: Cast) -> None:
    refused = await cast.olga.http.post("/model-providers", json=_body(None))

    assert (refused.status, refused.json["code"]) == (422, "provider_test_failed")
    assert refused.json["errors"][0]["field"] == "base_url"
    assert refused.json["errors"][0]["message"].startswith("No connection to 127.0.0.1, port 9: the connection was refused.")
    assert "save_untested" in str(refused.json)
    assert await _names(cast) == []


@pytest.mark.parametrize(("status", "field"), [(401, "api_key"), (403, "api_key"), (500, "base_url"), (302, "base_url")])
async def test_a_failed_test_names_the_field_to_correct(cast: Cast, listing: Server, status: int, field: str) -> None:
    listing.status = status

    refused = await cast.olga.http.post("/model-providers", json=_body(listing))

    assert (refused.status, refused.json["errors"][0]["field"]) == (422, field)


async def test_an_untested_provider_is_saved_on_request_and_is_not_the_default(cast: Cast, process: Process) -> None:
    made = await _add(cast, None, models=["m"], save_untested=True)

    assert made["is_default"] is False
    assert (made["last_tested_at"], made["last_test_ok"], made["last_test_error"]) == (None, None, None)
    models = (await cast.olga.http.get("/models")).json["items"]
    assert [each["provider_id"] for each in models if each["is_default"]] == [str(LOCAL_ID)]
    async with process.database.context(cast.olga.actor) as ctx:
        assert (await service.resolve_model(ctx, None, None, {})).kind == "local"


async def test_an_untested_provider_cannot_be_made_the_default(cast: Cast) -> None:
    made = await _add(cast, None, save_untested=True)

    changed = await _change(cast, made, is_default=True)
    created = await cast.olga.http.post("/model-providers", json=_body(None, save_untested=True, is_default=True))

    assert (changed.status, changed.json["errors"][0]["field"]) == (422, "is_default")
    assert (created.status, created.json["errors"][0]["field"]) == (422, "is_default")


async def test_a_provider_that_passes_a_later_test_takes_its_models_and_the_free_place_of_the_default(
    cast: Cast, listing: Server
) -> None:
    listing.models = ["alpha", "beta"]
    made = await _add(cast, listing, save_untested=True)

    tested = await cast.olga.http.post(f"/model-providers/{made['id']}/test")

    after = (await cast.olga.http.get("/model-providers")).json["items"][0]
    assert (tested.json["ok"], tested.json["models"], tested.json["default_model"]) == (True, ["alpha", "beta"], "alpha")
    assert (after["is_default"], after["models"], after["default_model"]) == (True, ["alpha", "beta"], "alpha")


async def test_the_result_of_the_last_test_is_stored(cast: Cast, listing: Server) -> None:
    made = await _add(cast, listing)
    assert (made["last_test_ok"], made["last_test_error"]) == (True, None)
    assert made["last_tested_at"] is not None
    listing.status = 503

    await cast.olga.http.post(f"/model-providers/{made['id']}/test")

    after = (await cast.vera.http.get("/model-providers")).json["items"][0]
    assert after["last_test_ok"] is False
    assert after["last_test_error"].startswith("The provider answered 503: no access")
    assert after["last_tested_at"] > made["last_tested_at"]


@pytest.mark.parametrize("change", [{"base_url": CLOSED, "api_key": "key-2"}, {"api_key": "wrong"}, {"api_key": None}])
async def test_a_new_url_or_key_is_tested_before_it_is_saved(cast: Cast, listing: Server, change: dict[str, Any]) -> None:
    made = await _add(cast, listing)
    listing.status = 401

    refused = await _change(cast, made, **change)

    after = (await cast.olga.http.get("/model-providers")).json["items"][0]
    assert (refused.status, refused.json["code"]) == (422, "provider_test_failed")
    assert after == made


async def test_a_new_key_that_passes_is_saved_with_the_time_of_its_test(cast: Cast, listing: Server) -> None:
    made = await _add(cast, listing)

    changed = await _change(cast, made, api_key="key-2")

    assert changed.status == 200
    assert changed.json["last_test_ok"] is True
    assert changed.json["last_tested_at"] > made["last_tested_at"]


async def test_an_untested_change_is_saved_on_request_but_not_of_the_default(cast: Cast, listing: Server) -> None:
    first = await _add(cast, listing)
    second = await _add(cast, listing, name="Second")

    refused = await _change(cast, first, base_url=CLOSED, api_key="k", save_untested=True)
    moved = await _change(cast, second, base_url=CLOSED, api_key="k", save_untested=True)

    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "save_untested")
    assert (moved.status, moved.json["last_test_ok"], moved.json["last_tested_at"]) == (200, None, None)


async def test_deleting_the_default_promotes_only_a_provider_that_passed_its_test(cast: Cast, listing: Server) -> None:
    first = await _add(cast, listing)
    await _add(cast, None, name="Untested", save_untested=True)
    await _add(cast, listing, name="Passed")

    await cast.olga.http.delete(f"/model-providers/{first['id']}")

    assert await _names(cast) == [("Passed", True), ("Untested", False)]


async def test_of_providers_added_at_the_same_time_one_is_the_default(cast: Cast, listing: Server) -> None:
    await _names(cast)  # signs in

    answers = await together(
        4, lambda number: cast.olga.http.post("/model-providers", json=_body(listing, name=f"Provider {number}"))
    )

    assert [answer.status for answer in answers] == [201] * 4
    assert sum(is_default for _, is_default in await _names(cast)) == 1


async def test_a_change_made_during_a_test_is_not_overwritten(cast: Cast, listing: Server) -> None:
    made = await _add(cast, listing)
    waiting, is_asked = asyncio.Event(), asyncio.Event()

    async def slow(_request: web.Request) -> web.StreamResponse:
        is_asked.set()
        await waiting.wait()
        return web.json_response({"data": [{"id": "m"}]})

    application = web.Application()
    application.router.add_get("/v1/models", slow)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        moving = asyncio.create_task(_change(cast, made, base_url=url, api_key="key-2"))
        await is_asked.wait()
        other = await cast.adam.http.patch(f"/model-providers/{made['id']}", json={"api_key": "key-3"})
        waiting.set()
        moved = await moving
    finally:
        await runner.cleanup()

    assert other.status == 200
    assert (moved.status, moved.json["code"]) == (409, "provider_changed")


async def test_values_are_tested_without_being_saved(cast: Cast, listing: Server) -> None:
    listing.models = ["alpha", "beta", "gamma"]
    values = {"kind": "openai_compatible", "base_url": listing.url, "api_key": "key-1"}

    passed = await cast.olga.http.post("/model-providers/test", json=values)
    failed = await cast.olga.http.post("/model-providers/test", json={**values, "base_url": CLOSED})
    refused = await cast.anna.http.post("/model-providers/test", json=values)

    assert (passed.json["ok"], passed.json["models"], passed.json["default_model"]) == (
        True,
        ["alpha", "beta", "gamma"],
        "alpha",
    )
    assert (failed.json["ok"], failed.json["error_field"]) == (False, "base_url")
    assert refused.status == 403
    assert await _names(cast) == []


async def test_the_newest_chat_model_is_suggested_where_the_provider_dates_its_models(cast: Cast) -> None:
    async def list_models(_request: web.Request) -> web.StreamResponse:
        models = [("a-old", 1), ("z-new", 3), ("text-embedding-9", 9), ("m-middle", 2)]
        return web.json_response({"data": [{"id": name, "created": created} for name, created in models]})

    application = web.Application()
    application.router.add_get("/v1/models", list_models)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        made = (await cast.olga.http.post("/model-providers", json=_body(None, base_url=url))).json
    finally:
        await runner.cleanup()

    assert (made["models"], made["default_model"]) == (["a-old", "m-middle", "z-new"], "z-new")


async def test_prices_and_context_length_are_set_per_model(cast: Cast, process: Process, listing: Server) -> None:
    prices = {"input_usd_per_mtok": 0.075, "cached_input_usd_per_mtok": 0.01, "output_usd_per_mtok": 1000}
    made = await _add(cast, listing, models=["m", "n"], model_overrides={"m": {**prices, "context_window": 32_768}})

    models = {each["name"]: each for each in (await cast.vera.http.get("/models")).json["items"]}
    assert made["model_overrides"] == {"m": {**prices, "context_window": 32_768}}
    assert {name: models["m"][name] for name in prices} == prices
    assert (models["m"]["context_window"], models["m"]["is_overridden"]) == (32_768, True)
    assert (models["n"]["context_window"], models["n"]["is_overridden"]) == (None, False)
    changed = await _change(cast, made, model_overrides={"n": {"context_window": 8}})
    assert list(changed.json["model_overrides"]) == ["n"]
    assert changed.json["last_tested_at"] == made["last_tested_at"], "prices are no reason for a new test"
    cleared = await _change(cast, made, model_overrides={"n": {}})
    assert cleared.json["model_overrides"] == {}
    async with process.database.context(cast.olga.actor) as ctx:
        assert (await service.resolve_model(ctx, None, "m", {})).override is None


async def test_a_run_is_priced_as_its_plan_was_frozen(cast: Cast, process: Process, listing: Server) -> None:
    await _add(cast, listing, models=["m"], model_overrides={"m": {"input_usd_per_mtok": 0.1, "output_usd_per_mtok": 0.2}})
    async with process.database.context(cast.olga.actor) as ctx:
        spec = await service.resolve_model(ctx, None, None, {})

    plan = AgentPlan(str(new_id()), 1, "Agent", "", spec, (), {}, {})
    read = read_plan(_written(plan)).agent.model

    assert spec.override == ModelOverride(Decimal("0.1"), None, Decimal("0.2"), None) == read.override


def _written(plan: AgentPlan) -> str:
    return dumps(write_plan(plan)).decode()


@pytest.mark.parametrize(
    ("override", "field"),
    [
        ({"input_usd_per_mtok": -1}, "model_overrides.m.input_usd_per_mtok"),
        ({"output_usd_per_mtok": 10**7}, "model_overrides.m.output_usd_per_mtok"),
        ({"context_window": 0}, "model_overrides.m.context_window"),
        ({"context_window": 2**62}, "model_overrides.m.context_window"),
        ({"price": 1}, "model_overrides.m.price"),
    ],
)
async def test_a_price_that_is_none_is_refused_by_field(cast: Cast, override: dict[str, Any], field: str) -> None:
    refused = await cast.olga.http.post("/model-providers", json=_body(None, model_overrides={"m": override}))

    assert (refused.status, [each["field"] for each in refused.json["errors"]]) == (422, [field])


@pytest.mark.parametrize("kind", ["openai", "anthropic", "google", "ollama"])
async def test_every_kind_stores_the_models_it_lists(cast: Cast, kind: str) -> None:
    async with provider_servers.serving(kind) as server:
        made = await cast.olga.http.post("/model-providers", json=_body(None, kind=kind, base_url=server.url))

    assert (made.status, made.json["models"], made.json["default_model"]) == (201, ["m"], "m")
