"""Exports: round-trip without change, stable, and without secrets."""

from typing import Any

from retinue.engine.spec.agent import AgentConfig
from retinue.manifests.models import ConfigFile
from tests.agents.conftest import make_agent
from tests.cast import Cast
from tests.manifests.conftest import apply, exported
from tests.tools.conftest import make_tool


async def _furnish(cast: Cast) -> dict[str, Any]:
    """Make one of everything, with every field set."""
    provider = {
        "name": "Own models",
        "kind": "openai_compatible",
        "base_url": "http://127.0.0.1:9/v1",
        "models": ["m"],
        "api_key": "key-of-provider",
        "save_untested": True,
    }
    made = (await cast.olga.http.post("/model-providers", json=provider)).json
    await make_tool(
        cast.olga,
        {
            "method": "POST",
            "url": "https://api.example.com/{item}?token={{key}}",
            "headers": {"X-One": "{one}"},
            "body": {"item": "{item}", "list": [1, 1.5, True, None]},
            "errors": {"404": "There is no such item.", "5xx": "Try later."},
        },
        name="order",
        description="Orders\nan item.",
        credentials={"type": "bearer", "token": "hidden-token"},
        is_active=False,
        limits={"rate_per_minute": 30, "allowed_hosts": ["api.example.com"]},
    )
    agent = await make_agent(
        cast.anna,
        name="Order desk: no. 1",
        description="Takes orders.",
        icon="headset",
        category="sales",
        type="market",
        agent_type="automation",
        instructions="yes\n\n  indented {{town}}\ttab\n- not a list\n",
        config={
            "model": {"provider_id": made["id"], "name": "m"},
            "parameters": {"temperature": 0.2, "stop": ["no", "1e3"], "seed": 7},
            "tools": [{"name": "order", "requires_approval": True, "settings": {"arguments": {"item": "{{town}}"}}}],
            "limits": {"max_steps": 9, "max_cost_usd": 0.25},
            "memory": {"history_messages": 3},
            "output_schema": {"type": "object", "properties": {"ok": {"type": "boolean"}}},
        },
        deployment_config={"max_concurrent_runs": 2, "priority": 5},
        variables=[
            {"name": "town", "value": "Bonn"},
            {"name": "empty"},
            {"name": "key", "value": "hidden-value", "is_secret": True, "description": "A key"},
        ],
    )
    await make_agent(cast.anna, name="External", runtime="external", webhook_url="https://example.com/hook?x=1")
    await cast.adam.http.post("/agent-templates", json={"agent_id": agent["id"], "name": "Order template"})
    public = {"agent_id": (await make_agent(cast.anna, name="Public", instructions="x"))["id"], "is_public": True}
    assert (await cast.adam.http.post("/agent-templates", json=public)).status == 201
    return agent


async def test_export_applied_again_changes_nothing(cast: Cast) -> None:
    await _furnish(cast)
    files = await exported(cast.olga)

    plan = await apply(cast.olga, *files.values())

    assert len(files) == 9
    assert [each for each in plan["changes"] if each["action"] != "unchanged"] == []
    assert await exported(cast.olga) == files
    assert "limits:\n  rate_per_minute: 30\n" in files["tools/order.yaml"]


async def test_export_applied_in_another_organization_makes_the_same(cast: Cast) -> None:
    await _furnish(cast)
    provider = {"name": "Own models", "kind": "openai_compatible", "base_url": "http://127.0.0.1:9/v1", "models": ["m"]}
    await cast.otto.http.post("/model-providers", json={**provider, "save_untested": True})
    files = await exported(cast.olga)

    plan = await apply(cast.otto, *files.values())
    copies = await exported(cast.otto)

    # The credentials of the tool are missing there, which is what the field says.
    assert {path: text.split("kind: ")[1].replace("has_credentials: true\n", "") for path, text in files.items()} == {
        path: text.split("kind: ")[1] for path, text in copies.items()
    }
    assert {(each["name"], each["field"]) for each in plan["missing_secrets"]} == {
        ("order", "credentials"),
        ("Order desk: no. 1", "variables.key"),
    }


async def test_secrets_are_left_out_and_named(cast: Cast) -> None:
    await _furnish(cast)
    response = await cast.olga.http.get("/export")
    secrets = {each["name"]: each["secrets"] for each in response.json["files"] if each["secrets"]}
    texts = {each["path"]: each["text"] for each in response.json["files"]}

    assert secrets == {"order": ["credentials"], "Order desk: no. 1": ["variables.key"]}
    assert texts["agents/order-desk-no-1.yaml"].startswith("# Secrets are not part of this file: variables.key.")
    for secret in ("hidden-token", "hidden-value", "key-of-provider"):
        assert secret not in response.text


async def test_export_holds_what_differs_from_the_defaults(cast: Cast) -> None:
    await make_agent(cast.anna, name="Plain")

    files = await exported(cast.anna, "kind=agent&name=Plain")

    assert files == {"agents/plain.yaml": "kind: agent\nname: Plain\nstatus: active\n"}


async def test_viewer_exports_and_strangers_get_nothing(cast: Cast) -> None:
    await make_agent(cast.anna, name="Plain")

    shown = (await cast.vera.http.get("/export")).json
    assert "agents/plain.yaml" in {each["path"] for each in shown["files"]}
    assert shown["warnings"] == ["The folder budgets was left out: reading it needs budgets:read."]
    assert "agents/plain.yaml" not in await exported(cast.otto)
    assert (await cast.nobody.get("/export")).status == 401


async def test_name_that_several_have_is_left_out_with_a_warning(cast: Cast) -> None:
    for _ in range(2):
        await make_agent(cast.anna, name="Double")

    response = await cast.anna.http.get("/export?kind=agent")

    assert "Double" not in {each["name"] for each in response.json["files"]}
    assert ["Double" in each for each in response.json["warnings"]] == [True]


async def test_names_that_make_the_same_path_get_different_ones(cast: Cast) -> None:
    for name in ("A b", "A-b", "日本"):
        await make_agent(cast.anna, name=name)

    paths = set(await exported(cast.anna, "kind=agent"))

    assert {"agents/a-b.yaml", "agents/a-b-2.yaml", "agents/agent.yaml"} <= paths


async def test_wrong_export_is_refused(cast: Cast) -> None:
    wrong = {"kind=magic": 422, "name=x": 422, "kind=agent&name=nobody": 404, "colour=red": 422}

    assert {query: (await cast.anna.http.get(f"/export?{query}")).status for query in wrong} == wrong


def test_files_have_every_field_of_an_agent_s_configuration() -> None:
    assert set(ConfigFile.model_fields) == set(AgentConfig.model_fields)
