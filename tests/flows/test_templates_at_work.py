"""Every built-in template, made an agent and run: all of it real but the model, which follows a script."""

import asyncio
from typing import Any

import orjson
import pytest

from retinue.llm.types import SCRIPTED_ID
from tests.agents.conftest import fields_of, make_agent
from tests.cast import Cast, Person
from tests.tools.search_servers import SearchServer, search_server, settings_of

__all__ = ["search_server"]


def call(tool: str, **arguments: Any) -> dict[str, Any]:
    return {"tool_calls": [{"name": tool, "arguments": arguments}]}


def _save(name: str) -> dict[str, Any]:
    return call("write_artifact", name=name, content="# Text\n\nWritten.")


_TIME = call("current_time")
_TRIAGE = {"queue": "technical", "urgency": "high", "missing": ["version"], "answer": "Thank you."}


def _plays(page: str) -> dict[str, tuple[dict[str, Any], list[Any]]]:
    """Return the parameters and the model's turns for each template, by name."""
    read = call("http_fetch", url=page)
    sum_up = call("calculator", expression="round(3 * 12 * 1.19, 2)")
    return {
        "Quote calculator": ({"price_list": "Pump: 12"}, [sum_up, _TIME, _save("quote.md"), "42.84 EUR."]),
        "Incident reporter": ({"system": "the shop"}, [_TIME, sum_up, _save("incident.md"), "Saved."]),
        "Release-note writer": ({"product": "Pumps"}, [read, _save("1.2.md"), "Three lines."]),
        "Job advert writer": ({"company": "Acme"}, [_save("advert.md"), "The pay is missing."]),
        "Lead qualifier": ({"offer": "Pumps", "ideal_customer": "Farms"}, [read, "Score: 7."]),
        "Support desk": ({"company": "Acme", "knowledge": "Open at 9.", "contact": "help@acme.example"}, ["At 9."]),
        "Site alarm": ({"url": page, "expected_text": "12 EUR"}, [read, _TIME, "OK"]),
        "Media writer": ({"brand": "Acme"}, [read, _save("drafts.md"), "Two drafts."]),
        "Web researcher": ({"topic": "bees"}, [call("web_search", query="bees"), read, _TIME, "They fly."]),
        "Market watcher": (
            {"market": "honey"},
            [call("web_search", query="honey price"), read, sum_up, _TIME, _save("report.md"), "12 EUR."],
        ),
        "Ticket triage": ({"product": "the shop"}, [orjson.dumps(_TRIAGE).decode()]),
    }


async def finished(person: Person, run_id: str) -> dict[str, Any]:
    async with asyncio.timeout(90):
        while True:
            run = (await person.http.get(f"/runs/{run_id}")).json
            if run["status"] not in {"pending", "running"}:
                return run
            await asyncio.sleep(0.05)


async def _templates(person: Person) -> dict[str, dict[str, Any]]:
    items = (await person.http.get("/agent-templates?limit=200")).json["items"]
    return {each["name"]: each for each in items if each["is_built_in"]}


async def _begin(person: Person, template: dict[str, Any], parameters: dict[str, Any], turns: list[Any]) -> str:
    agent = await make_agent(person, name=template["name"], template_id=template["id"], parameters=parameters)
    script = {"turns": [{"text": turn} if isinstance(turn, str) else turn for turn in turns]}
    config = agent["config"] | {"model": {"provider_id": str(SCRIPTED_ID), "name": None}}
    config["parameters"] = config["parameters"] | {"script": script}
    changed = await person.http.patch(f"/agents/{agent['id']}", json={"config": config})
    assert changed.status == 200, changed.text
    body = {"type": "agent", "target_id": agent["id"], "input": {"prompt": "Go."}}
    started = await person.http.post("/runs", json=body)
    assert started.status == 202, started.text
    return started.json["id"]


@pytest.mark.usefixtures("worker")
async def test_every_built_in_template_does_its_work(cast: Cast, search_server: SearchServer) -> None:
    await cast.adam.http.request("PUT", "/web-search", json=settings_of(search_server, "searxng"))
    templates, plays = await _templates(cast.anna), _plays(f"{search_server.url}/pages/honey")
    assert templates.keys() == plays.keys()
    begun = {name: await _begin(cast.anna, templates[name], *play) for name, play in plays.items()}

    for name, run_id in begun.items():
        run = await finished(cast.anna, run_id)
        calls = (await cast.anna.http.get(f"/runs/{run_id}/tool-calls")).json["items"]
        steps = (await cast.anna.http.get(f"/runs/{run_id}/steps")).json["items"]
        (first, *_) = [each["id"] for each in steps if each["step_type"] == "llm_call"]
        sent = (await cast.anna.http.get(f"/runs/{run_id}/steps/{first}/request")).text

        assert run["status"] == "completed", (name, run)
        tools = {each["name"] for each in templates[name]["default_config"]["config"]["tools"]}
        assert {each["tool_name"] for each in calls} == tools, name
        assert [each["error_message"] for each in steps if each["error_message"]] == [], name
        for value in plays[name][0].values():
            assert str(value) in sent, (name, value)
        assert "{{" not in sent, name
        artifacts = (await cast.anna.http.get(f"/runs/{run_id}/artifacts")).json["items"]
        assert len(artifacts) == ("write_artifact" in tools), name
        if name == "Ticket triage":
            assert run["output"] == _TRIAGE
    assert sorted(search_server.queries) == ["bees", "honey price"]


async def test_there_is_a_template_for_each_type_and_category(cast: Cast) -> None:
    templates = (await _templates(cast.anna)).values()

    assert {"market", "websearch", "media", "alarm"} <= {each["type"] for each in templates}
    assert {each["category"] for each in templates} == {
        "customer-service",
        "sales",
        "engineering",
        "support",
        "marketing",
        "it",
        "hr",
    }


@pytest.mark.usefixtures("worker")
async def test_template_reports_the_search_provider_that_it_lacks(cast: Cast) -> None:
    templates = await _templates(cast.anna)
    turns = [call("web_search", query="bees"), "I cannot search."]
    run_id = await _begin(cast.anna, templates["Web researcher"], {"topic": "bees"}, turns)

    run = await finished(cast.anna, run_id)
    calls = (await cast.anna.http.get(f"/runs/{run_id}/tool-calls")).text

    assert run["status"] == "completed"
    assert "Settings, Web search" in calls
    assert "Needs a web search provider" in templates["Web researcher"]["description"]


async def test_parameters_that_do_not_fit_are_named_with_a_remedy(cast: Cast) -> None:
    templates = await _templates(cast.anna)
    wrong: list[tuple[str, dict[str, Any], list[str]]] = [
        ("Lead qualifier", {}, ["parameters.ideal_customer", "parameters.offer"]),
        ("Lead qualifier", {"offer": "", "ideal_customer": 7}, ["parameters.ideal_customer", "parameters.offer"]),
        ("Quote calculator", {"price_list": "x", "tax_percent": 101}, ["parameters.tax_percent"]),
        ("Quote calculator", {"price_list": "x", "tax_percent": "19"}, ["parameters.tax_percent"]),
        ("Web researcher", {"topic": "x", "colour": "red"}, ["parameters.colour"]),
        ("Market watcher", {"market": "x", "sources": "x" * 4001}, ["parameters.sources"]),
    ]
    before = (await cast.anna.http.get("/agents?limit=200")).json["items"]
    for name, parameters, named in wrong:
        body = {"name": "x", "template_id": templates[name]["id"], "parameters": parameters}
        status, found = await fields_of(cast.anna, "POST", "/agents", body)
        assert (status, sorted(found)) == (422, named), (name, parameters)
    body = {"name": "x", "template_id": templates["Web researcher"]["id"], "parameters": {"topik": "x"}}
    refused = (await cast.anna.http.post("/agents", json=body)).json

    assert all(each["remedy"] for each in refused["errors"])
    assert (await cast.anna.http.get("/agents?limit=200")).json["items"] == before
