"""Workflows in files: applied after what they name, published, found unchanged, exported, and every mistake at its place."""

from tests.cast import Cast
from tests.manifests.conftest import actions, apply, exported, problems

AGENT = """\
kind: agent
name: Scout
status: active
config:
  model: {provider: scripted, name: demo}
variables:
  - {name: place, value: Rome}
"""
WORKFLOW = """\
kind: workflow
name: Report
agent: Scout
is_published: true
is_active: true
definition:
  format: retinue.workflow/1
  state:
    word: {default: ''}
  nodes:
    - {id: look, type: agent, agent: {name: Scout}, input: {prompt: 'News of {{ variables["place"] }}'}}
    - {id: size, type: switch, on: "len(variables['place'])"}
    - {id: say, type: transform, set: {word: "'four'"}}
  edges:
    - {from: START, to: look}
    - {from: look, to: size}
    - {from: size, to: say, case: 4}
    - {from: size, to: END, else: true}
    - {from: say, to: END}
"""


async def test_workflow_is_applied_after_its_agent_and_is_published_and_active(cast: Cast) -> None:
    plan = await apply(cast.anna, WORKFLOW, AGENT)
    (workflow,) = (await cast.anna.http.get("/workflows")).json["items"]

    assert actions(plan) == [("create", "agent", "Scout"), ("create", "workflow", "Report")]
    assert (workflow["name"], workflow["status"], workflow["active_version"]) == ("Report", "active", 1)
    assert workflow["agent_id"] == plan["changes"][0]["id"]


async def test_exported_workflow_applies_without_a_change(cast: Cast) -> None:
    await apply(cast.anna, WORKFLOW, AGENT)

    files = await exported(cast.anna, "kind=workflow")
    again = await apply(cast.anna, *files.values())

    assert list(files) == ["workflows/report.yaml"]
    assert [each["action"] for each in again["changes"]] == ["unchanged"]


async def test_wrong_definition_is_refused_at_its_line(cast: Cast) -> None:
    wrong = WORKFLOW.replace("word: \"'four'\"", 'word: "len(stat)"')

    assert await problems(cast.anna, wrong, AGENT) == [("a.yaml", 13, 40, "definition.nodes.2.set.word")]
    assert (await cast.anna.http.get("/workflows")).json["items"] == []
