"""Teams in files: applied after their members and before what calls them, found unchanged, exported, pruned."""

from tests.cast import Cast
from tests.manifests.conftest import actions, apply, exported, fields, problems

AGENT = """\
kind: agent
name: {name}
status: active
config:
  model: {{provider: scripted, name: demo}}
"""
ONE, TWO = AGENT.format(name="One"), AGENT.format(name="Two")
DESK = """\
kind: team
name: Desk
type: broadcast
instructions: Agree.
config:
  model: {provider: scripted, name: demo}
  max_parallel: 2
  partial_results: {policy: quorum, quorum: 1}
members:
  - {agent: Two, role: Doubts}
  - {agent: One, config: {timeout_seconds: 60}}
deployment_config: {chat_page: true}
"""
HOUSE = """\
kind: team
name: House
type: route
members:
  - {team: Desk}
"""
CALLER = AGENT.format(name="Caller") + "  agents:\n    - {team: House, name: ask_house}\n"


async def test_team_is_applied_after_its_members_and_before_what_calls_it(cast: Cast) -> None:
    plan = await apply(cast.anna, HOUSE, CALLER, DESK, TWO, ONE)
    team = (await cast.anna.http.get("/teams?q=Desk")).json["items"][0]
    read = (await cast.anna.http.get(f"/teams/{team['id']}")).json

    assert actions(plan) == [
        *(("create", "agent", "Two"), ("create", "agent", "One"), ("create", "team", "Desk")),
        *(("create", "team", "House"), ("create", "agent", "Caller")),
    ]
    assert (read["type"], read["instructions"], read["config"]["max_parallel"]) == ("collaborate", "Agree.", 2)
    assert [(each["name"], each["role"], each["config"]["timeout_seconds"]) for each in read["members"]] == [
        *(("Two", "Doubts", None), ("One", "", 60)),
    ]
    assert read["deployment_config"]["chat_page"] is True


async def test_exported_teams_apply_without_a_change(cast: Cast) -> None:
    await apply(cast.anna, HOUSE, DESK, TWO, ONE)

    files = await exported(cast.anna, "kind=team")
    again = await apply(cast.anna, *files.values())

    assert list(files) == ["teams/desk.yaml", "teams/house.yaml"]
    assert [each["action"] for each in again["changes"]] == ["unchanged", "unchanged"]
    assert (await cast.anna.http.get("/teams?q=Desk")).json["items"][0]["version"] == 1


async def test_changed_team_names_its_fields_and_gets_a_version(cast: Cast) -> None:
    await apply(cast.anna, DESK, TWO, ONE)

    plan = await apply(cast.anna, DESK.replace("max_parallel: 2", "max_parallel: 3"))

    assert fields(plan, "Desk") == {"config.max_parallel": (2, 3)}
    assert (await cast.anna.http.get("/teams?q=Desk")).json["items"][0]["version"] == 2


async def test_wrong_team_is_refused_at_its_line(cast: Cast) -> None:
    missing = await problems(cast.anna, DESK)
    both = await problems(cast.anna, DESK.replace("{agent: Two, role: Doubts}", "{agent: Two, team: House}"), ONE, TWO)
    circle = await problems(cast.anna, HOUSE.replace("team: Desk", "team: House"))

    assert missing == [("a.yaml", 10, 6, "members.0.agent")]
    assert both == [("a.yaml", 10, 5, "members.0")]
    assert circle == [("a.yaml", 5, 6, "members.0.team")]


async def test_teams_and_what_calls_them_are_pruned_together(cast: Cast) -> None:
    await apply(cast.anna, HOUSE, CALLER, DESK, TWO, ONE, source="git")

    plan = await apply(cast.anna, ONE, source="git", prune=True)

    assert {each for each in actions(plan) if each[0] == "delete"} == {
        *(
            ("delete", "agent", "Caller"),
            ("delete", "team", "House"),
            ("delete", "team", "Desk"),
            ("delete", "agent", "Two"),
        ),
    }
    assert (await cast.anna.http.get("/teams")).json["items"] == []
