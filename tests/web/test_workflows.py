"""Workflows in the browser: made on the canvas by mouse and by keyboard, undone, found fault with, published and run."""

from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.runs.scene import Scene
from tests.web.looks import keep_picture
from tests.web.reader import Reader
from tests.workflows.conftest import Workflows, adds, edge, numbers


def _node(page: Page, node_id: str) -> Locator:
    return page.locator(f'.react-flow__node[data-id="{node_id}"]')


def _handle(page: Page, node_id: str, kind: str) -> Locator:
    return _node(page, node_id).locator(f".react-flow__handle.{kind}")


async def _created(page: Page, starter: str, name: str) -> str:
    """Create a workflow from a starter, and return its id."""
    await page.get_by_role("link", name="Create workflow").click()
    await page.get_by_role("radio", name=starter).check()
    await page.get_by_label("Name").fill(name)
    await page.get_by_role("button", name="Create workflow").click()
    await expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    return page.url.rpartition("/")[2]


async def _definition(played: Scene, workflow_id: str) -> Any:
    return (await Workflows(played).read(workflow_id))["definition"]


async def test_workflow_is_made_by_mouse_published_and_run(olga: Reader, played: Scene) -> None:
    page = await olga.open("/workflows")
    workflow_id = await _created(page, "Compute", "By mouse")

    await page.get_by_role("button", name="Add transform").drag_to(
        page.get_by_label("Graph of 1 node"), target_position={"x": 520, "y": 330}
    )
    await expect(_node(page, "transform")).to_be_visible()
    await page.get_by_role("tab", name="Findings").click()
    await expect(page.get_by_role("list", name="Findings")).to_contain_text("No way leads from START to transform.")
    await page.get_by_role("button", name="No way leads from START to transform.").click()

    await page.get_by_label("Id", exact=True).fill("shout")
    await page.get_by_role("button", name="Add to set").click()
    await page.get_by_label("Set: expression for answer").fill("state['answer'] + '!'")
    await _handle(page, "compute", "source").drag_to(_handle(page, "shout", "target"))
    await _handle(page, "shout", "source").drag_to(_handle(page, "END", "target"))
    await page.get_by_role("tab", name="Outline").click()
    await page.get_by_role("button", name="Edge from compute to END").click()
    await page.get_by_role("button", name="Delete the edge").click()
    await page.get_by_role("tab", name="Canvas").click()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Version 2 is saved.")).to_be_visible()

    definition = await _definition(played, workflow_id)
    assert {(each["from"], each["to"]) for each in definition["edges"]} == {
        ("START", "compute"),
        ("compute", "shout"),
        ("shout", "END"),
    }
    assert all("position" in node for node in definition["nodes"]), "where nodes were put is kept"

    await page.get_by_role("button", name="Publish").click()
    await expect(page.get_by_text("Version 2 is published.")).to_be_visible()
    await page.get_by_role("tab", name="Run").click()
    await page.get_by_label("Input (JSON)").fill('{"text": "tides"}')
    await page.get_by_role("main").get_by_role("button", name="Run", exact=True).click()
    await page.get_by_role("link", name="Open the run").click()
    for name in ("compute", "shout"):
        await expect(page.get_by_role("group", name=f"{name}, Transform, completed")).to_be_visible()
    await _node(page, "shout").click()
    await expect(page.get_by_role("complementary", name="Inspector")).to_contain_text("TIDES!")


async def test_workflow_is_made_by_keyboard_alone_and_undone(olga: Reader, played: Scene) -> None:
    page = await olga.open("/workflows")
    workflow_id = await _created(page, "Compute", "By keyboard")
    keys = page.keyboard

    await _node(page, "START").focus()
    await keys.press("ArrowDown")
    await expect(_node(page, "compute")).to_be_focused()
    await page.get_by_role("button", name="Add node").press("Enter")
    await keys.type("cond")
    await expect(page.get_by_role("menuitem", name="Condition")).to_be_focused()
    await keys.press("Enter")
    await expect(_node(page, "condition")).to_be_visible()
    await page.get_by_role("combobox", name="Connect to").select_option("compute")
    await page.get_by_role("button", name="Connect", exact=True).press("Enter")
    await page.get_by_role("tab", name="Outline").press("Enter")
    await page.get_by_role("button", name="Edge from condition to compute").press("Enter")
    await page.get_by_label("When").fill("len(state['answer']) < 20")
    await page.get_by_role("button", name="Edge from condition to END").press("Enter")
    await page.get_by_role("checkbox", name="Else").press("Space")
    await page.get_by_role("button", name="compute Transform").press("Enter")
    await page.get_by_text("More settings").press("Enter")
    await page.get_by_label("Join").select_option("any")
    await expect(page.get_by_role("button", name="Save")).to_be_enabled()

    await keys.press("Control+z")
    await expect(page.get_by_label("Join")).to_have_value("")
    await keys.press("Control+Shift+z")
    await expect(page.get_by_label("Join")).to_have_value("any")
    await page.get_by_role("button", name="Save").press("Enter")
    await expect(page.get_by_text("Version 2 is saved.")).to_be_visible()

    definition = await _definition(played, workflow_id)
    assert definition["edges"] == [
        {"from": "START", "to": "compute"},
        {"from": "compute", "to": "condition"},
        {"from": "condition", "to": "END", "else": True},
        {"from": "condition", "to": "compute", "max_visits": 3, "when": "len(state['answer']) < 20"},
    ]

    await page.get_by_role("tab", name="Canvas").press("Enter")
    await _node(page, "compute").focus()
    await keys.press("ArrowDown")
    await expect(_node(page, "condition")).to_be_focused()
    await keys.press("Delete")
    await expect(_node(page, "condition")).to_have_count(0)
    await keys.press("Control+z")
    await expect(_node(page, "condition")).to_be_visible()


async def test_json_and_canvas_show_one_draft_and_findings_are_told_at_their_fields(olga: Reader, played: Scene) -> None:
    workflow_id = await Workflows(played).made([adds("one", n="1")], [("START", "one"), ("one", "END")], state=numbers(n=0))
    page = await olga.open(f"/workflows/{workflow_id}")
    await _node(page, "one").click()
    await page.get_by_label("Set: expression for n").fill("stat['n']")
    await expect(page.get_by_role("group", name="one, Transform, with errors")).to_be_visible()
    await expect(page.get_by_text("Nothing here is called stat.")).to_be_visible()
    await expect(page.get_by_role("button", name="Save")).to_be_disabled()

    await page.get_by_role("tab", name="JSON").click()
    text = page.get_by_label("Definition (JSON)")
    written = await text.input_value()
    assert "stat['n']" in written
    await text.fill(written.replace("stat['n']", "state['n'] + 1").replace('"one"', '"first"'))
    await expect(page.get_by_role("button", name="Save")).to_be_enabled()
    await page.get_by_role("tab", name="Canvas").click()
    await expect(_node(page, "first")).to_be_visible()

    await page.get_by_role("tab", name="JSON").click()
    await text.fill("{")
    await page.get_by_role("tab", name="Canvas").click()
    await expect(page.get_by_text("The JSON cannot be read")).to_be_visible()
    await expect(_node(page, "first")).to_be_visible()
    await expect(page.get_by_role("button", name="Add node")).to_be_disabled()
    await page.get_by_role("button", name="Restore it").click()
    await expect(page.get_by_role("button", name="Add node")).to_be_enabled()


async def test_nodes_are_moved_and_tidied_and_moving_makes_no_version(olga: Reader, played: Scene) -> None:
    workflow_id = await Workflows(played).made([adds("one", n="1")], [("START", "one"), ("one", "END")], state=numbers(n=0))
    page = await olga.open(f"/workflows/{workflow_id}")
    await _node(page, "one").hover()
    await page.mouse.down()
    await page.mouse.move(600, 500, steps=8)
    await page.mouse.up()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Saved.")).to_be_visible()

    workflow = await Workflows(played).read(workflow_id)
    assert workflow["version"] == 1
    assert set(workflow["definition"]["nodes"][0]["position"]) == {"x", "y"}

    await page.get_by_role("button", name="Tidy").click()
    await expect(page.get_by_role("button", name="Save")).to_be_enabled()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("button", name="Discard")).to_have_count(0)
    assert "position" not in (await _definition(played, workflow_id))["nodes"][0]


async def test_body_of_a_loop_is_a_graph_of_its_own(olga: Reader, played: Scene) -> None:
    workflow_id = await Workflows(played).made([adds("one", n="1")], [("START", "one"), ("one", "END")], state=numbers(n=0))
    page = await olga.open(f"/workflows/{workflow_id}")
    await _node(page, "one").click()
    await page.get_by_role("button", name="Add loop").click()
    await page.get_by_role("button", name="Open the body (0)").click()
    await expect(page.get_by_role("navigation", name="Open graph")).to_contain_text("loop")
    await page.get_by_role("button", name="Add transform").click()
    await expect(_node(page, "transform")).to_be_visible()
    await keep_picture(olga, "workflows-body")
    await page.get_by_role("navigation", name="Open graph").get_by_role("button", name="Workflow").click()
    await expect(_node(page, "loop")).to_contain_text("1 node")
    await page.get_by_role("tab", name="JSON").click()

    assert '"from": "START",\n            "to": "transform"' in await page.get_by_label("Definition (JSON)").input_value()


async def test_run_shows_waiting_nodes_and_visits_live(olga: Reader, played: Scene) -> None:
    nodes: list[Any] = [
        adds("work", n="state['n'] + 1") | {"join": "any"},
        {"id": "enough", "type": "condition"},
        {"id": "ask", "type": "approval", "reason": "Send it?"},
    ]
    edges: list[Any] = [
        ("START", "work"),
        ("work", "enough"),
        edge("enough", "ask", when="state['n'] > 2"),
        edge("enough", "work", max_visits=5, **{"else": True}),
        ("ask", "END"),
    ]
    workflow_id = await Workflows(played).made(nodes, edges, state=numbers(n=0))
    page = await olga.open(f"/runs/{await Workflows(played).started(workflow_id)}")

    await expect(page.get_by_role("group", name="ask, Approval, waiting")).to_be_visible()
    await expect(_node(page, "work")).to_contain_text("3\N{MULTIPLICATION SIGN}")
    await page.get_by_role("button", name="Approve").first.click()
    await expect(page.get_by_role("group", name="ask, Approval, completed")).to_be_visible()


async def test_reader_without_the_right_sees_the_graph_and_changes_nothing(
    olga: Reader, played: Scene, readers: list[Reader]
) -> None:
    workflow_id = await Workflows(played).made([adds("one", n="1")], [("START", "one"), ("one", "END")], state=numbers(n=0))
    browser = olga.context.browser
    assert browser is not None
    vera = await Reader.sit_down(browser, played.cast.vera, readers)
    page = await vera.open(f"/workflows/{workflow_id}")
    await _node(page, "one").click()

    await expect(page.get_by_label("Id", exact=True)).not_to_be_editable()
    await expect(page.get_by_role("button", name="Save")).to_have_count(0)
    await expect(page.get_by_role("button", name="Add node")).to_have_count(0)
