"""Agents in files that call other agents and teams as tools, by their names."""

from tests.cast import Cast
from tests.manifests.conftest import actions, agents_named, apply, exported, problems

_CALLER = """\
kind: agent
name: Caller
config:
  agents:
    - agent: Research
      name: ask_research
      limits: {max_steps: 5}
"""
_RESEARCH = "kind: agent\nname: Research\n"


async def test_agents_are_applied_after_those_that_they_call_and_once(cast: Cast) -> None:
    made = await apply(cast.anna, _CALLER, _RESEARCH)
    again = await apply(cast.anna, _CALLER, _RESEARCH)

    (caller,) = await agents_named(cast.anna, "Caller")
    (research,) = await agents_named(cast.anna, "Research")
    (use,) = caller["config"]["agents"]
    assert actions(made) == [("create", "agent", "Research"), ("create", "agent", "Caller")]
    assert {each[0] for each in actions(again)} == {"unchanged"}
    assert (use["agent_id"], use["name"], use["limits"]["max_steps"]) == (research["id"], "ask_research", 5)


async def test_exported_agents_name_what_they_call(cast: Cast) -> None:
    await apply(cast.anna, _RESEARCH)
    (research,) = await agents_named(cast.anna, "Research")
    body = {"name": "Desk", "type": "route", "members": [{"agent_id": research["id"]}]}
    team = (await cast.anna.http.post("/teams", json=body)).json
    caller = {"name": "Caller", "config": {"agents": [{"team_id": team["id"], "name": "desk"}]}}
    await cast.anna.http.post("/agents", json=caller)

    files = await exported(cast.anna)

    text = next(text for path, text in files.items() if path.endswith("caller.yaml"))
    assert "team: Desk" in text
    assert team["id"] not in text
    assert {each[0] for each in actions(await apply(cast.anna, text))} == {"unchanged"}


async def test_unknown_names_are_refused_at_their_line(cast: Cast) -> None:
    unknown = await problems(cast.anna, _CALLER)
    team = await problems(cast.anna, _CALLER.replace("agent: Research", "team: Research"))
    both = await problems(cast.anna, _CALLER.replace("agent: Research", "agent: A\n      team: B"))

    assert [(line, field) for _, line, _, field in unknown] == [(5, "config.agents.0.agent")]
    assert [(line, field) for _, line, _, field in team] == [(5, "config.agents.0.team")]
    assert [field for *_, field in both] == ["config.agents.0"]
