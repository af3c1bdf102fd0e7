"""Debugging of workflows in the browser: a run from a node, a dry run, the cost before a run, two versions compared."""

from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.runs.scene import Scene
from tests.web.looks import keep_picture
from tests.web.reader import Reader
from tests.workflows.conftest import Workflows, adds, edge, numbers


def _node(page: Page, node_id: str) -> Locator:
    return page.locator(f'.react-flow__node[data-id="{node_id}"]')


async def _made(played: Scene) -> str:
    nodes: list[Any] = [
        {"id": "count", "type": "code", "code": "2 + 3", "output": {"n": "result"}},
        {"id": "enough", "type": "condition"},
        adds("say", word="'many'"),
    ]
    edges: list[Any] = [
        ("START", "count"),
        ("count", "enough"),
        edge("enough", "say", when="state['n'] > 2"),
        edge("enough", "END", **{"else": True}),
        ("say", "END"),
    ]
    return await Workflows(played).made(nodes, edges, state=numbers(n=0, word=""))


async def test_run_starts_from_a_node_and_its_decision_shows_why(olga: Reader, played: Scene) -> None:
    run = await Workflows(played).run(await _made(played))
    page = await olga.open(f"/runs/{run['id']}")

    await _node(page, "enough").click()
    await expect(page.get_by_role("list", name="Edges of the decision")).to_contain_text("state['n'] > 2")
    await keep_picture(olga, "debugging-decision")
    await page.get_by_role("button", name="Run from here").click()
    dialog = page.get_by_role("dialog", name="Run from enough")
    await dialog.get_by_label("Dry run").check()
    await keep_picture(olga, "debugging-run-from")
    await dialog.get_by_role("button", name="Run from here").click()

    await expect(page).not_to_have_url(f"/runs/{run['id']}")
    await expect(page.get_by_text("Dry run").first).to_be_visible()
    await _node(page, "count").click()
    await expect(page.get_by_text("Pinned: given to the run, not executed")).to_be_visible()


async def test_two_versions_are_drawn_as_one_and_the_cost_is_shown_before_a_run(olga: Reader, played: Scene) -> None:
    workflow_id = await _made(played)
    definition = (await Workflows(played).read(workflow_id))["definition"]
    definition["nodes"] = [definition["nodes"][0], definition["nodes"][1], adds("tell", word="'few'")]
    definition["edges"] = [{**each, "to": each["to"].replace("say", "tell")} for each in definition["edges"][:4]]
    definition["edges"].append({"from": "tell", "to": "END"})
    await Workflows(played).changed(workflow_id, definition=definition)
    page = await olga.open(f"/workflows/{workflow_id}")

    await page.get_by_role("tab", name="Run", exact=True).click()
    await page.get_by_role("button", name="Preview the cost").click()
    await expect(page.get_by_role("region", name="Cost at most")).to_contain_text("At most $0 for a run of version 2")
    await page.get_by_role("button", name="More for Desk").click()
    await page.get_by_role("menuitem", name="Compare versions").click()

    dialog = page.get_by_role("dialog", name="Compare versions of Desk")
    differences = dialog.get_by_role("list", name="Differences")
    await expect(differences).to_contain_text("Node say (transform) removed.")
    await expect(differences).to_contain_text("Node tell (transform) added.")
    await expect(dialog.get_by_role("group", name="tell, Transform, added")).to_be_visible()
    await expect(dialog.get_by_role("group", name="say, Transform, removed")).to_be_visible()
    await keep_picture(olga, "debugging-diff")
