"""Feedback on runs: a thumb up or down with a comment, one per person and run, and a filter of the list."""

from typing import Any

import pytest

from tests.client import Client
from tests.runs.scene import Scene


async def _give(http: Client, run: str, value: str, comment: str = "") -> Any:
    response = await http.request("PUT", f"/runs/{run}/feedback", json={"value": value, "comment": comment})
    assert response.status == 200, response.text
    return response.json


async def _listed(scene: Scene, query: str) -> list[str]:
    return [run["id"] for run in (await scene.cast.vera.http.get(f"/runs?{query}")).json["items"]]


async def test_feedback_of_members_is_shown_with_the_run(scene: Scene) -> None:
    anna, vera = scene.cast.anna, scene.cast.vera
    run = await scene.started(await scene.agent("Done."))

    given = await _give(anna.http, run, "down", "  It forgot the tax.  ")
    await _give(vera.http, run, "up")
    page = (await anna.http.get(f"/runs/{run}/feedback")).json["items"]
    shown = (await anna.http.get(f"/runs/{run}")).json["feedback"]

    assert (given["value"], given["comment"], given["user_id"]) == ("down", "It forgot the tax.", str(anna.user_id))
    assert given["user_name"].startswith("Anna ")
    assert [(each["user_id"], each["value"]) for each in page] == [(str(anna.user_id), "down"), (str(vera.user_id), "up")]
    assert shown == {"up": 1, "down": 1, "mine": "down"}
    assert (await scene.run(run))["feedback"]["mine"] == "up"
    assert (await scene.cast.olga.http.get(f"/runs/{run}")).json["feedback"] == {"up": 1, "down": 1, "mine": None}


async def test_feedback_is_one_per_person_and_can_be_changed_and_removed(scene: Scene) -> None:
    http, run = scene.cast.anna.http, await scene.started(await scene.agent("Done."))

    first = await _give(http, run, "down", "Wrong.")
    second = await _give(http, run, "up", "Right after all.")
    changed = (await http.get(f"/runs/{run}/feedback")).json["items"]
    removed = [(await http.delete(f"/runs/{run}/feedback")).status for _ in range(2)]
    left = (await http.get(f"/runs/{run}")).json["feedback"]

    assert [each["value"] for each in changed] == ["up"]
    assert changed[0]["comment"] == "Right after all."
    assert second["created_at"] == first["created_at"] < second["updated_at"]
    assert removed == [204, 204]
    assert left == {"up": 0, "down": 0, "mine": None}


async def test_nobody_removes_the_feedback_of_another_person(scene: Scene) -> None:
    run = await scene.started(await scene.agent("Done."))
    await _give(scene.cast.anna.http, run, "up")

    removed = await scene.cast.olga.http.delete(f"/runs/{run}/feedback")

    assert removed.status == 204
    assert (await scene.run(run))["feedback"]["up"] == 1


async def test_runs_are_listed_by_their_feedback(scene: Scene) -> None:
    agent = await scene.agent("Done.")
    plain, good, bad, mixed = [await scene.started(agent) for _ in range(4)]
    await _give(scene.cast.anna.http, good, "up")
    await _give(scene.cast.anna.http, bad, "down")
    await _give(scene.cast.anna.http, mixed, "up")
    await _give(scene.cast.vera.http, mixed, "down")

    assert await _listed(scene, "feedback=up") == [mixed, good]
    assert await _listed(scene, "feedback=down") == [mixed, bad]
    assert await _listed(scene, "feedback=none") == [plain]
    assert await _listed(scene, f"feedback=down&agent_id={agent}&limit=1") == [mixed]
    assert (await scene.cast.vera.http.get("/runs?feedback=sideways")).json["errors"][0]["field"] == "feedback"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "value"),
        ({"value": "sideways"}, "value"),
        ({"value": "up", "comment": "x" * 2001}, "comment"),
        ({"value": "up", "comment": None}, "comment"),
        ({"value": "up", "user_id": "x"}, "user_id"),
    ],
)
async def test_feedback_that_is_not_valid_is_refused_and_named(scene: Scene, body: Any, field: str) -> None:
    run = await scene.started(await scene.agent("Done."))

    refused = await scene.cast.anna.http.request("PUT", f"/runs/{run}/feedback", json=body)

    assert (refused.status, refused.json["errors"][0]["field"]) == (422, field)


async def test_feedback_on_a_run_that_cannot_be_seen_is_refused(scene: Scene) -> None:
    run = await scene.started(await scene.agent("Done."))
    otto = scene.cast.otto.http

    answers = [
        await otto.request("PUT", f"/runs/{run}/feedback", json={"value": "up"}),
        await otto.delete(f"/runs/{run}/feedback"),
        await otto.get(f"/runs/{run}/feedback"),
    ]

    assert [(each.status, each.json["code"]) for each in answers] == [(404, "run_missing")] * 3


async def test_a_key_gives_feedback_for_the_person_who_created_it(scene: Scene) -> None:
    run = await scene.started(await scene.agent("Done."))
    body = {"name": "rater", "scopes": ["runs:read", "runs:feedback"]}
    key = (await scene.cast.olga.http.post("/api-keys", json=body)).json["key"]
    program = Client(scene.cast.nobody.session, scene.cast.nobody.base_url, headers={"Authorization": f"Bearer {key}"})

    given = await _give(program, run, "up")

    assert given["user_id"] == str(scene.cast.olga.user_id)
