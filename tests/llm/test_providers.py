from typing import Any
from uuid import UUID

import pytest

from retinue.core.context import Context
from retinue.core.ids import new_id
from retinue.llm import service
from retinue.llm.errors import ModelRefusedError
from retinue.llm.service import ModelChoiceError
from retinue.llm.types import LOCAL_ID, SCRIPTED_ID
from retinue.process import Process
from tests.cast import Cast
from tests.llm.openai_server import serving

KEY = "sk-very-secret-marker"


def _body(**changes: Any) -> dict[str, Any]:
    saved = {"name": "Ours", "kind": "openai_compatible", "base_url": "http://127.0.0.1:9/v1", "api_key": KEY}
    return {**saved, "save_untested": True, **changes}


async def test_a_provider_s_key_is_never_returned_and_is_sealed_in_the_database(cast: Cast, process: Process) -> None:
    created = await cast.adam.http.post("/model-providers", json=_body())

    listed = await cast.vera.http.get("/model-providers")
    async with process.database.context(cast.olga.actor) as ctx:
        row = await (await ctx.tx.execute("SELECT api_key_encrypted FROM model_providers")).fetchone()
        endpoint = await service.open_endpoint(ctx, created.json["id"])

    assert created.status == 201
    assert created.json["has_api_key"] is True
    assert KEY not in str(created.json) + str(listed.json)
    assert row is not None
    assert KEY.encode() not in row[0]
    assert endpoint.api_key == KEY
    assert KEY not in repr(endpoint)


async def test_the_first_provider_is_the_default_and_there_is_only_one(cast: Cast) -> None:
    async with serving(_refuse) as server:
        tested = {"base_url": server.url, "save_untested": False}
        first = await cast.olga.http.post("/model-providers", json=_body(default_model="big", models=["big"], **tested))
        other = _body(name="Second", is_default=True, models=["small"], **tested)
        second = await cast.olga.http.post("/model-providers", json=other)

    listed = (await cast.olga.http.get("/model-providers")).json["items"]

    assert first.json["is_default"] is True
    assert [(each["name"], each["is_default"]) for each in listed] == [("Second", True), ("Ours", False)]
    models = (await cast.vera.http.get("/models")).json["items"]
    assert [(each["name"], each["is_default"]) for each in models if each["grade"] == "production"] == [
        ("small", True),
        ("big", False),
    ]
    assert second.json["id"] == models[0]["provider_id"]


async def test_without_a_provider_the_local_model_is_the_default_and_labelled(cast: Cast) -> None:
    models = (await cast.vera.http.get("/models")).json["items"]

    assert models[0]["provider_id"] == str(LOCAL_ID)
    assert (models[0]["is_default"], models[0]["grade"]) == (True, "demonstration")
    assert models[1]["grade"] == "test"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"base_url": None}, "base_url"),
        ({"kind": "openai", "api_key": None}, "api_key"),
        ({"kind": "telepathy"}, "kind"),
        ({"base_url": "ftp://files"}, "base_url"),
        ({"base_url": "http://user:pass@host/v1"}, "base_url"),
        ({"colour": "red"}, "colour"),
        ({"name": ""}, "name"),
    ],
)
async def test_a_provider_that_could_not_be_called_is_refused_by_field(
    cast: Cast, change: dict[str, Any], field: str
) -> None:
    answer = await cast.olga.http.post("/model-providers", json=_body(**change))

    assert answer.status == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]


async def test_a_taken_name_is_a_conflict(cast: Cast) -> None:
    await cast.olga.http.post("/model-providers", json=_body())

    again = await cast.olga.http.post("/model-providers", json=_body())

    assert (again.status, again.json["code"]) == (409, "provider_name_taken")


async def test_a_change_leaves_what_it_does_not_name(cast: Cast, process: Process) -> None:
    made = (await cast.olga.http.post("/model-providers", json=_body(models=["a"]))).json

    changed = await cast.olga.http.patch(f"/model-providers/{made['id']}", json={"name": "Renamed"})

    async with process.database.context(cast.olga.actor) as ctx:
        endpoint = await service.open_endpoint(ctx, made["id"])
    assert (changed.json["name"], changed.json["models"], changed.json["base_url"]) == ("Renamed", ["a"], made["base_url"])
    assert endpoint.api_key == KEY


async def test_testing_a_provider_says_what_is_wrong(cast: Cast) -> None:
    made = (await cast.olga.http.post("/model-providers", json=_body())).json

    result = await cast.olga.http.post(f"/model-providers/{made['id']}/test")

    assert result.json["ok"] is False
    assert result.json["error"].startswith("No connection to 127.0.0.1, port 9: the connection was refused.")
    assert KEY not in str(result.json)


async def test_a_manager_of_agents_may_not_change_providers_and_otto_sees_none(cast: Cast) -> None:
    made = (await cast.olga.http.post("/model-providers", json=_body())).json

    refused = await cast.anna.http.post("/model-providers", json=_body(name="Mine"))
    unseen = await cast.otto.http.patch(f"/model-providers/{made['id']}", json={"name": "Taken over"})
    others = await cast.otto.http.get("/model-providers")

    assert (refused.status, unseen.status, others.json["items"]) == (403, 404, [])


async def test_every_change_is_in_the_audit_log_without_the_key(cast: Cast, process: Process) -> None:
    made = (await cast.olga.http.post("/model-providers", json=_body())).json
    await cast.olga.http.patch(f"/model-providers/{made['id']}", json={"api_key": "another-secret", "save_untested": True})
    await cast.olga.http.delete(f"/model-providers/{made['id']}")

    async with process.database.context(cast.olga.actor) as ctx:
        query = "SELECT action, before::text || after::text FROM audit_log WHERE target_id = %s ORDER BY created_at, id"
        rows = await (await ctx.tx.execute(query, (made["id"],))).fetchall()

    assert [row[0] for row in rows] == ["model_provider.created", "model_provider.updated", "model_provider.deleted"]
    assert not any(secret in str(rows) for secret in (KEY, "another-secret"))


async def _resolve(ctx: Context, provider: Any, name: str | None, **parameters: Any) -> tuple[str, str]:
    spec = await service.resolve_model(ctx, provider, name, parameters)
    return spec.kind, spec.name


async def _refuse(_request: Any, _body: Any) -> Any:
    raise ModelRefusedError


async def test_a_choice_of_model_is_followed_or_refused_by_field(cast: Cast, process: Process) -> None:
    async with process.database.context(cast.olga.actor) as ctx:
        assert (await _resolve(ctx, None, None))[0] == "local"
        assert await _resolve(ctx, SCRIPTED_ID, None, script={"turns": [{"text": "x"}]}) == ("scripted", "demo")
    async with serving(_refuse) as server:
        body = _body(base_url=server.url, models=["m1", "m2"], save_untested=False)
        made = (await cast.olga.http.post("/model-providers", json=body)).json
    async with process.database.context(cast.olga.actor) as ctx:
        assert await _resolve(ctx, None, None) == ("openai_compatible", "m1")
        assert await _resolve(ctx, UUID(made["id"]), "m2") == ("openai_compatible", "m2")
        with pytest.raises(ModelChoiceError) as gone:
            await _resolve(ctx, new_id(), None)
        with pytest.raises(ModelChoiceError) as wrong:
            await _resolve(ctx, SCRIPTED_ID, None, script={"turns": [{"text": "x", "tempo": 3}]})
        with pytest.raises(ModelChoiceError) as script:
            await _resolve(ctx, None, None, script={"turns": []})

    assert gone.value.fields[0].field == "config.model.provider_id"
    assert script.value.fields[0].field == "config.parameters.script"
    assert wrong.value.fields[0].field == "config.parameters.script.turns.0.tempo"


async def test_a_provider_that_answers_is_tested_by_its_list_of_models(cast: Cast) -> None:
    async with serving(_refuse) as model_server:
        made = (await cast.olga.http.post("/model-providers", json=_body(base_url=model_server.url))).json
        result = await cast.olga.http.post(f"/model-providers/{made['id']}/test")

    assert result.json["ok"] is True
    assert result.json["models"] == ["served-model"]


async def test_who_is_signed_in_is_told_what_the_installation_is(cast: Cast) -> None:
    told = await cast.vera.http.get("/instance")
    refused = await cast.nobody.get("/instance")

    assert told.json["database"].startswith("PostgreSQL ")
    assert told.json["local_model"] == {"installed": False}
    assert told.json["workers"] >= 0
    assert refused.status == 401
