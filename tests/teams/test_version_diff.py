"""Comparing two versions of a team: words of the instructions, members, model and limits."""

from typing import Any

from tests.runs.scene import Scene
from tests.teams.conftest import Teams


async def test_versions_of_a_team_are_compared_by_words_members_model_and_limits(scene: Scene, teams: Teams) -> None:
    first, second, third, fourth = [await scene.agent("-", name=name) for name in ("One", "Two", "Three", "Four")]
    config: dict[str, Any] = {"model": {}, "parameters": {}}
    team = await teams.team(members=[first, second, third], instructions="Answer in long words.", config=config)
    members = [
        {"agent_id": third, "role": "Checks"},
        {"agent_id": fourth},
        {"agent_id": first},
    ]
    changes = {
        "instructions": "Answer in short words.",
        "members": members,
        "description": "Other",
        "config": {**config, "parameters": {"temperature": 0.5}, "max_parallel": 2, "leader_writes_task": False},
    }
    http = scene.cast.anna.http
    saved = await http.patch(f"/teams/{team}", json=changes)
    assert saved.status == 200, saved.text

    diff = (await scene.cast.vera.http.get(f"/teams/{team}/versions/2/diff")).json
    back = (await scene.cast.vera.http.get(f"/teams/{team}/versions/1/diff", params={"against": 2})).json

    assert [(part["kind"], part["text"]) for part in diff["instructions"]] == [
        ("same", "Answer in "),
        ("removed", "long"),
        ("added", "short"),
        ("same", " words."),
    ]
    assert {each["name"]: each["change"] for each in diff["members"]} == {
        "One": "moved",
        "Two": "removed",
        "Three": "changed",
        "Four": "added",
    }
    assert diff["model"] == [{"field": "parameters.temperature", "before": None, "after": 0.5}]
    assert diff["limits"] == [{"field": "max_parallel", "before": 4, "after": 2}]
    assert diff["other"] == [{"field": "description", "before": "", "after": "Other"}]
    assert {each["name"]: each["change"] for each in back["members"]}["Two"] == "added"
    assert (diff["version"], diff["against"], back["against"]) == (2, 1, 2)


async def test_a_version_that_does_not_exist_cannot_be_compared(scene: Scene, teams: Teams) -> None:
    team = await teams.team(members=[await scene.agent("-")])
    vera = scene.cast.vera.http

    first = await vera.get(f"/teams/{team}/versions/1/diff")
    unknown = await vera.get(f"/teams/{team}/versions/1/diff", params={"against": 7})
    bad = await vera.get(f"/teams/{team}/versions/1/diff", params={"against": 0})

    assert (first.status, first.json["code"]) == (404, "team_version_missing")
    assert (unknown.status, bad.status) == (404, 422)
