"""What the page of a run shows of it: what a model was sent, costs, its id, its origin, and who did what to it."""

import re

from playwright.async_api import expect

from retinue.engine.ports import ToolResult
from tests.runs.scene import Scene
from tests.web.reader import WALL, Reader

CALL = {"name": "look_up", "arguments": {"text": "tides"}}


async def test_request_of_a_model_step_is_shown_from_its_beginning(olga: Reader, played: Scene) -> None:
    played.tools["look_up"] = lambda _: ToolResult("06:12")
    config = {"limits": {"timeout_seconds": 73}}
    agent = await played.agent(
        {"text": "I look.", "tool_calls": [CALL]},
        "At 06:12.",
        tools=("look_up",),
        instructions="You know tides.",
        config=config,
    )
    run_id = await played.started(agent, "When is high tide?")
    await played.until(run_id)
    page = await olga.open(f"/runs/{run_id}")
    await page.set_viewport_size({"width": WALL[0], "height": WALL[1]})
    await page.get_by_role("tree", name="Steps").get_by_role("treeitem").last.click()
    inspector = page.get_by_role("complementary", name="Inspector")

    await inspector.get_by_role("button", name="Show the full request").click()

    await expect(page).to_have_url(re.compile("request=true"))
    messages = inspector.get_by_role("list", name="Messages sent").locator(":scope > li")
    await expect(messages).to_have_count(4)
    await expect(messages.nth(0)).to_contain_text("You know tides.")
    await expect(messages.nth(1)).to_contain_text("When is high tide?")
    await expect(messages.nth(2)).to_contain_text("I look.")
    await expect(messages.nth(3)).to_contain_text("06:12")
    await expect(inspector.get_by_role("region", name="Tools · 1")).to_contain_text("look_up")
    await expect(inspector.get_by_role("region", name="Model", exact=True)).to_contain_text("1m 13s")
    await expect(inspector.get_by_role("button", name="Copy the request as JSON")).to_be_visible()

    await page.reload()
    await expect(messages).to_have_count(4)


async def test_history_names_who_did_what_to_a_run_and_what_it_is_related_to(olga: Reader, played: Scene) -> None:
    played.tools["send"] = lambda _: ToolResult("sent")
    turn = {"tool_calls": [{"name": "send", "arguments": {"text": "draft"}}]}
    agent = await played.agent(turn, {"error": "The model is out of order."}, tools=("send:approval",))
    run_id = await played.started(agent)
    await played.until(run_id, "waiting")
    adam = played.cast.adam.http
    (approval,) = (await adam.get(f"/runs/{run_id}/approvals")).json["items"]
    page = await olga.open(f"/runs/{run_id}?tab=history")
    history = page.get_by_role("tabpanel", name="History")
    moments = history.get_by_role("region", name="Timeline").get_by_role("listitem")
    await expect(moments.last).to_contain_text("Waiting for an approval")

    await adam.post(f"/approvals/{approval['id']}/decide", json={"decision": "approve", "comment": "Fine by me."})

    await expect(moments.filter(has_text="Failed")).to_contain_text("The model is out of order.")
    await expect(moments.first).to_contain_text(re.compile("Created.*by Anna"))
    await expect(moments.filter(has_text="send approved")).to_contain_text(re.compile("by Adam.*Fine by me", re.DOTALL))

    await page.get_by_role("button", name="Retry").click()
    await expect(page.get_by_role("link", name=f"Retry of run {run_id[:13]}").first).to_be_visible()
    retry_id = page.url.partition("/runs/")[2].partition("?")[0]
    await page.get_by_role("tab", name="History").click()
    await expect(moments.first).to_contain_text("by Olga")
    await history.get_by_role("link", name=run_id[:13]).click()
    await expect(page).to_have_url(re.compile(run_id))
    await expect(page.get_by_text("Failed", exact=True).first).to_be_visible()
    await page.get_by_role("tab", name="History").click()
    await expect(history.get_by_role("link", name=retry_id[:13])).to_be_visible()


async def test_total_cost_counts_the_runs_that_a_run_started(olga: Reader, played: Scene) -> None:
    agent = await played.agent("Done.")
    run_id, child_id = await played.started(agent), await played.started(agent)
    await played.until(run_id)
    await played.until(child_id)
    await played.owner("UPDATE runs SET parent_run_id = %s WHERE id = %s", run_id, child_id)

    page = await olga.open(f"/runs/{run_id}?tab=history")

    related = page.get_by_role("region", name="Related runs and total cost")
    await expect(related).to_contain_text("with 1 run it started")
    await expect(related.get_by_role("link", name=child_id[:13])).to_be_visible()


async def test_short_id_of_a_run_is_the_one_that_the_api_finds(olga: Reader, played: Scene) -> None:
    run_id = await played.started(await played.agent("Done."))
    await played.until(run_id)
    page = await olga.open(f"/runs/{run_id}")
    shown = await page.get_by_title(run_id, exact=True).inner_text()
    await olga.context.grant_permissions(["clipboard-read", "clipboard-write"])

    await page.get_by_role("button", name="Copy the run ID").click()

    await expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert await page.evaluate("navigator.clipboard.readText()") == run_id
    found = (await played.cast.olga.http.get(f"/runs?id_prefix={shown}")).json["items"]
    assert [each["id"] for each in found] == [run_id]
