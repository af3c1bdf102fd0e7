"""One playhead over the views of an ended run: what they show at a moment, by hand and played."""

import re

import psycopg
from playwright.async_api import expect

from retinue.engine.ports import ToolResult
from tests.runs.scene import Scene
from tests.web.reader import Reader

_SPREAD = """
UPDATE run_steps s SET started_at = r.created_at + n.number * interval '2 s',
  completed_at = r.created_at + n.number * interval '2 s' + interval '1 s'
FROM runs r, (SELECT id, row_number() OVER (ORDER BY sequence) AS number FROM run_steps WHERE run_id = %(run)s) n
WHERE s.id = n.id AND r.id = %(run)s
"""
_ENDED = "UPDATE runs SET started_at = created_at, completed_at = created_at + interval '8 s' WHERE id = %(run)s"


async def test_every_view_shows_the_moment_of_the_playhead(olga: Reader, played: Scene) -> None:
    played.tools["add"] = lambda _: ToolResult("2")
    call = {"tool_calls": [{"name": "add"}]}
    run_id = await played.started(await played.agent(call, "It is two.", tools=("add",)), "Add")
    await played.until(run_id)
    with psycopg.connect(played.postgres.owner_url, autocommit=True) as connection:
        connection.execute(_SPREAD, {"run": run_id})
        connection.execute(_ENDED, {"run": run_id})
    page = await olga.open(f"/runs/{run_id}?tab=chat")
    steps = page.get_by_role("tree").get_by_role("treeitem")
    conversation = page.get_by_role("group", name="Conversation")
    await expect(steps).to_have_count(3)
    await expect(conversation).to_contain_text("It is two.")

    for _ in range(3):
        await page.get_by_role("button", name="Previous moment").click()
    await expect(page).to_have_url(re.compile(r"at=\d+"))
    await expect(conversation).not_to_contain_text("It is two.")
    await expect(page.get_by_role("button", name="Whole run")).to_be_visible()

    await olga.open(f"/runs/{run_id}?tab=chat&at=2500")
    await expect(steps).to_have_count(1)
    await expect(conversation).not_to_contain_text("add ")
    await page.get_by_role("tab", name="Logs").click()
    await expect(page).to_have_url(re.compile(r"at=2500"))

    await page.get_by_label("Speed").select_option("16")
    await page.get_by_role("button", name="Play", exact=True).click()
    await expect(page.get_by_role("button", name="Whole run")).to_have_count(0)
    await expect(steps).to_have_count(3)
