"""Making and changing agents in the browser: tried before they are saved, kept in versions, never lost by a wrong click."""

import asyncio
import re

from playwright.async_api import Browser, Page, Route, expect

from tests.cast import Cast
from tests.runs.scene import Scene
from tests.web.reader import Reader


async def _instruct(page: Page, text: str) -> None:
    field = page.get_by_role("textbox", name="Instructions")
    await expect(field).to_have_attribute("contenteditable", "true")
    await field.fill(text)
    await expect(page.get_by_text("unsaved changes", exact=True)).to_be_visible()


async def test_an_agent_is_made_of_a_template_that_asks_for_what_it_needs(olga: Reader, cast: Cast) -> None:
    templates = (await cast.olga.http.get("/agent-templates?type=websearch")).json["items"]
    page = await olga.open("/agents?tab=templates")
    await page.get_by_role("button", name=f"Use {templates[0]['name']}", exact=True).click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_text("What it begins with").click()
    await expect(dialog.get_by_text("web_search", exact=True)).to_be_visible()
    await dialog.get_by_label("Agent name").fill("Bee watcher")
    await dialog.get_by_role("button", name="Create and activate").click()
    topic = dialog.get_by_label(re.compile("^Topic"))
    await expect(topic).to_have_attribute("aria-invalid", "true")
    await topic.fill("bees")
    await dialog.get_by_role("button", name="Create and activate").click()

    await expect(page.get_by_role("heading", name="Bee watcher", level=1)).to_be_visible()
    await expect(page.get_by_role("table", name="Variables").get_by_text("bees")).to_be_visible()
    made = (await cast.vera.http.get(f"/agents/{page.url.rpartition('/')[2]}")).json
    assert (made["name"], made["template_id"]) == ("Bee watcher", templates[0]["id"])


async def test_publishing_a_template_offers_the_values_to_publish(olga: Reader, cast: Cast) -> None:
    variables = [{"name": "who", "value": "private"}, {"name": "town", "value": "Bonn"}]
    body = {"name": "Greeter", "instructions": "Greet {{who}} in {{town}}.", "variables": variables}
    agent = (await cast.olga.http.post("/agents", json=body)).json
    page = await olga.open(f"/agents/{agent['id']}")
    await page.get_by_role("button", name="More").click()
    await page.get_by_role("menuitem", name="Save as template").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Publish to all organizations").check()
    await dialog.get_by_label("Publish the value of town").check()
    await dialog.get_by_role("button", name="Save template").click()

    await expect(dialog).to_be_hidden()
    seen = (await cast.otto.http.get("/agent-templates?q=Greeter")).json["items"][0]
    assert [each["value"] for each in seen["default_config"]["variables"]] == ["Bonn"]
    assert seen["required_params"]["required"] == ["who"]


async def test_a_draft_is_tried_before_it_is_saved(olga: Reader, played: Scene) -> None:
    agent_id = await played.agent("The tide is high.", instructions="You know nothing.")
    page = await olga.open(f"/agents/{agent_id}")
    draft = "You know the sea. " * 20
    await _instruct(page, draft)
    trial = page.get_by_role("region", name="Playground")
    await expect(trial).to_contain_text("the draft, unsaved changes included")
    await trial.get_by_role("textbox", name="Prompt").fill("How is the tide?")
    await page.keyboard.press("Enter")

    await expect(trial.get_by_role("log")).to_contain_text("The tide is high.")
    address = await trial.get_by_role("link", name="Open the run").get_attribute("href")
    assert address is not None
    run = await played.until(address.rpartition("/")[2])
    assert run["resource_usage"]["input_tokens"] >= len(draft.split()), "The scripted model counts the words it is given."
    saved = (await played.cast.vera.http.get(f"/agents/{agent_id}")).json
    assert (saved["instructions"], saved["version"]) == ("You know nothing.", 1)


async def test_what_was_saved_is_a_version_and_an_old_one_holds_again(olga: Reader, scene: Scene) -> None:
    agent_id = await scene.agent("Noted.", instructions="Be short.")
    page = await olga.open(f"/agents/{agent_id}")
    await _instruct(page, "Be long.")
    await page.get_by_role("button", name="Review").click()
    review = page.get_by_role("dialog", name="Save as version 2")
    await expect(review.locator("ins")).to_have_text("long.")
    await review.get_by_label("Note").fill("They asked for more.")
    await review.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Saved as version 2.")).to_be_visible()
    await expect(page.get_by_text("unsaved changes", exact=True)).to_have_count(0)

    await page.get_by_role("button", name="Versions").click()
    panel = page.get_by_role("dialog", name="Versions of Scribe")
    await expect(panel.get_by_role("button", name="Version 2")).to_contain_text("They asked for more.")
    await panel.get_by_role("button", name="Version 1").click()
    await panel.get_by_role("button", name="Restore").click()

    await expect(page.get_by_text("Version 1 restored as version 3.")).to_be_visible()
    await expect(page.get_by_role("textbox", name="Instructions")).to_have_text("Be short.")
    assert (await scene.cast.vera.http.get(f"/agents/{agent_id}")).json["instructions"] == "Be short."


async def test_a_secret_is_written_once_and_never_shown_again(olga: Reader, scene: Scene) -> None:
    agent_id = await scene.agent("Noted.")
    page = await olga.open(f"/agents/{agent_id}")
    await _instruct(page, "Sign in with {{token}}.")
    await page.get_by_role("button", name="Add token").click()
    dialog = page.get_by_role("dialog", name="New variable")
    await expect(dialog.get_by_label("Name")).to_have_value("token")
    await dialog.get_by_label("Secret").check()
    await dialog.get_by_label("Value").fill("s3cret-value")
    await dialog.get_by_role("button", name="Save").click()
    row = page.get_by_role("table", name="Variables").get_by_role("row", name=re.compile("token"))
    await expect(row).to_contain_text("••••••••")
    await expect(page.get_by_role("button", name="Add token")).to_have_count(0)

    await row.get_by_role("button", name="Edit token").click()
    change = page.get_by_role("dialog", name="Edit token")
    await expect(change.get_by_label("Value")).to_have_value("")
    await change.get_by_label("Description").fill("For the sea.")
    await change.get_by_role("button", name="Save").click()
    await expect(row).to_contain_text("For the sea.")
    await expect(row).not_to_contain_text("no value yet")
    assert "s3cret-value" not in await page.content()


async def test_leaving_with_unsaved_changes_asks_first(olga: Reader, scene: Scene) -> None:
    agent_id = await scene.agent("Noted.", instructions="Be short.")
    page = await olga.open(f"/agents/{agent_id}")
    await _instruct(page, "Be long.")
    tools = page.get_by_role("navigation").get_by_role("link", name="Tools")
    await tools.click()
    question = page.get_by_role("alertdialog", name="Leave without saving?")
    await question.get_by_role("button", name="Cancel").click()
    await expect(page.get_by_role("textbox", name="Instructions")).to_have_text("Be long.")

    await tools.click()
    await question.get_by_role("button", name="Leave").click()
    await expect(page).to_have_url(re.compile("/tools$"))
    assert (await scene.cast.vera.http.get(f"/agents/{agent_id}")).json["version"] == 1


async def test_the_model_that_is_shown_is_the_one_it_has_and_another_can_be_chosen(olga: Reader, scene: Scene) -> None:
    agent_id = await scene.agent("Noted.")
    page = await olga.open(f"/agents/{agent_id}")
    model = page.get_by_role("combobox", name="Model", exact=True)
    await expect(model.locator("option:checked")).to_contain_text("The default of ")
    await model.select_option(label="echo")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_text("Saved as version 2.")).to_be_visible()

    await expect(model.locator("option:checked")).to_have_text("echo")
    assert (await scene.cast.vera.http.get(f"/agents/{agent_id}")).json["config"]["model"]["name"] == "echo"


async def test_the_server_names_an_invalid_field_and_saves_nothing(olga: Reader, scene: Scene) -> None:
    agent_id = await scene.agent("Noted.")
    page = await olga.open(f"/agents/{agent_id}")
    steps = page.get_by_label("Steps", exact=True)
    await steps.fill("100000")
    await page.get_by_role("button", name="Save", exact=True).click()

    await expect(page.get_by_text("Check the marked fields")).to_be_visible()
    await expect(steps).to_have_attribute("aria-invalid", "true")
    refused = await scene.cast.anna.http.patch(f"/agents/{agent_id}", json={"config": {"limits": {"max_steps": 100_000}}})
    sentence = refused.json["errors"][0]["message"]
    await expect(page.get_by_role("region", name="Limits")).to_contain_text(re.compile(re.escape(sentence), re.IGNORECASE))
    assert (await scene.cast.vera.http.get(f"/agents/{agent_id}")).json["version"] == 1
    olga.expect_refusals(422)


async def test_a_viewer_reads_everything_and_is_offered_nothing_to_change(
    chromium: Browser, scene: Scene, readers: list[Reader]
) -> None:
    agent_id = await scene.agent("Noted.", tools=("look_up",), instructions="Be short.")
    vera = await Reader.sit_down(chromium, scene.cast.vera, readers)
    page = await vera.open(f"/agents/{agent_id}")
    await expect(page.get_by_role("textbox", name="Instructions")).to_have_text("Be short.")
    await expect(page.get_by_role("textbox", name="Instructions")).to_have_attribute("contenteditable", "false")
    await expect(page.get_by_role("textbox", name="Name", exact=True)).to_be_disabled()
    for name in ("Save", "Add", "Activate", "Pause", re.compile("^More for")):
        await expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)

    await vera.open("/agents")
    await expect(page.get_by_role("heading", name="Scribe")).to_be_visible()
    await expect(page.get_by_role("button", name=re.compile("^(Run|More for) "))).to_have_count(0)
    await expect(page.get_by_role("link", name=re.compile("New agent"))).to_have_count(0)

    await vera.open("/tools?new=api")
    await page.get_by_role("table", name="Tools").get_by_role("button", name="look_up").click()
    panel = page.get_by_role("dialog", name="look_up")
    await expect(panel.get_by_role("region", name="Configuration")).to_be_visible()
    await expect(panel.get_by_role("button", name=re.compile("Change|Delete|Send test call"))).to_have_count(0)
    await expect(page.get_by_role("button", name="New tool")).to_have_count(0)


async def test_the_index_tells_which_part_of_the_agent_is_read(olga: Reader, scene: Scene) -> None:
    page = await olga.open(f"/agents/{await scene.agent('Noted.')}")
    index = page.get_by_role("navigation", name="Sections of the agent")
    current = index.locator("[aria-current=true]")
    await expect(current).to_have_text("Identity")

    await page.get_by_role("heading", name="Memory").hover()
    await page.mouse.wheel(0, 20_000)
    await expect(current).to_have_text("Deployment")
    await index.get_by_role("button", name="Limits").click()
    await expect(current).to_have_text("Limits")
    await page.get_by_role("heading", name="Limits").hover()
    await page.mouse.wheel(0, -20_000)
    await expect(current).to_have_text("Identity")


async def test_what_is_written_while_it_is_saved_is_kept(olga: Reader, scene: Scene) -> None:
    agent_id = await scene.agent("Noted.", instructions="Be short.")
    page = await olga.open(f"/agents/{agent_id}")
    name = page.get_by_role("textbox", name="Name", exact=True)
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def answer_late(route: Route) -> None:
        if route.request.method == "PATCH":
            asked.set()
            await may_answer.wait()
        await route.continue_()

    await page.route(f"**/api/v1/agents/{agent_id}", answer_late)
    await _instruct(page, "Be long.")
    await page.get_by_role("button", name="Save", exact=True).click()
    await asked.wait()
    await name.fill("Talker")
    may_answer.set()
    await expect(page.get_by_text("Saved as version 2.")).to_be_visible()

    await expect(name).to_have_value("Talker")
    await expect(page.get_by_text("unsaved changes", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_text("Saved as version 3.")).to_be_visible()
    saved = (await scene.cast.vera.http.get(f"/agents/{agent_id}")).json
    assert (saved["name"], saved["instructions"]) == ("Talker", "Be long.")
