"""Talking with an agent in the browser: the answer comes as it is written, and goes on when nobody looks."""

import re

from playwright.async_api import Page, Route, expect

from retinue.engine.ports import ToolResult
from tests.runs.scene import Reciter, Scene
from tests.web.reader import Reader

COUNT = "one two three four five six seven eight nine ten "
HALTING = {"text": f"{COUNT}{Reciter.MARK} {COUNT}", "tokens_per_second": 200}


def _answers(page: Page):  # noqa: ANN202 - a locator
    return page.get_by_role("group", name="Messages").get_by_role("article", name="Scribe")


async def _ask(page: Page, text: str) -> None:
    field = page.get_by_role("textbox", name="Message to Scribe")
    await field.fill(text)
    await field.press("Enter")


async def test_a_conversation_begins_with_its_first_message(olga: Reader, played: Scene) -> None:
    agent = await played.agent("I am well.", "As before.", description="Knows how it is.")
    page = await olga.open(f"/chat?agent={agent}")

    await expect(page.get_by_text("Knows how it is.")).to_be_visible()
    await page.get_by_role("button", name="What can you do for me?").click()
    await expect(page.get_by_role("textbox", name="Message to Scribe")).to_have_value("What can you do for me?")
    await _ask(page, "How are you?")

    await expect(page).to_have_url(re.compile(r"/chat/[0-9a-f-]{36}"))
    await expect(_answers(page)).to_contain_text("I am well.")
    await expect(page.get_by_role("navigation", name="Conversations").get_by_role("link")).to_contain_text(
        ["New chat", "How are you?"]
    )


async def test_the_answer_goes_on_when_the_page_is_closed(olga: Reader, played: Scene, reciter: Reciter) -> None:
    agent = await played.agent(HALTING)
    page = await olga.open(f"/chat?agent={agent}")
    await _ask(page, "Count.")
    await expect(_answers(page)).to_contain_text("one two three")
    address = page.url.removeprefix(olga.base_url)
    await page.close()

    again = await olga.new_window(address)
    answer = _answers(again)
    await expect(answer).to_contain_text("one two three four")
    await expect(again.get_by_role("button", name="Stop")).to_be_visible()
    reciter.gate.opened.set()
    await expect(answer.get_by_role("button", name="Copy as Markdown")).to_be_visible()

    assert (await answer.inner_text()).split().count("ten") == 2
    await again.reload()
    await expect(answer.get_by_role("button", name="Copy as Markdown")).to_be_visible()
    assert (await answer.inner_text()).split().count("ten") == 2


async def test_an_answer_is_stopped_and_given_again(olga: Reader, played: Scene) -> None:
    agent = await played.agent(HALTING)
    page = await olga.open(f"/chat?agent={agent}")
    await _ask(page, "Count.")
    await expect(_answers(page)).to_contain_text("one two")

    await page.get_by_role("button", name="Stop").click()
    await expect(_answers(page)).to_contain_text("Stopped.")
    await page.get_by_role("button", name="Regenerate").click()

    await expect(page.get_by_role("button", name="Stop")).to_be_visible()
    await expect(_answers(page)).to_have_count(1)
    await expect(_answers(page)).to_contain_text("one two")
    await page.get_by_role("button", name="Stop").click()
    await expect(_answers(page)).to_contain_text("Stopped.")


async def test_a_regenerated_answer_keeps_the_earlier_one_and_tells_its_model(olga: Reader, played: Scene) -> None:
    agent = await played.agent("First tide.", "Second tide.")
    begun = await played.cast.olga.http.post("/conversations", json={"agent_id": agent, "title": "Tides"})
    said = await played.cast.olga.http.post(f"/conversations/{begun.json['id']}/messages", json={"content": "Hi"})
    await played.until(said.json["run"]["id"])
    page = await olga.open(f"/chat/{begun.json['id']}")
    await expect(_answers(page)).to_contain_text("tide.")
    first = await _answers(page).locator("p").first.inner_text()
    await expect(_answers(page)).to_contain_text("tokens")
    await expect(_answers(page)).to_contain_text("demo")

    await page.get_by_role("button", name="Regenerate").click()
    versions = page.get_by_role("group", name="Versions of this answer")
    await expect(versions).to_have_text("2/2")
    await versions.get_by_role("button", name="Earlier answer").click()

    await expect(versions).to_have_text("1/2")
    await expect(_answers(page)).to_contain_text(first)
    await expect(versions.get_by_role("button", name="Earlier answer")).to_be_disabled()
    await page.reload()
    await expect(versions).to_have_text("2/2")


async def test_tool_calls_are_cards_and_questions_are_asked_in_place(olga: Reader, played: Scene) -> None:
    played.tools["send"] = lambda _: ToolResult("delivered")
    turn = {"text": "I send it.", "tool_calls": [{"name": "send", "arguments": {"text": "hello"}}]}
    agent = await played.agent(turn, "It is sent.", tools=("send:approval",))
    page = await olga.open(f"/chat?agent={agent}")
    await _ask(page, "Send it.")

    card = page.get_by_role("region", name="Approval of send")
    await card.get_by_role("button", name="Approve").click()

    await expect(_answers(page)).to_contain_text("It is sent.")
    await page.get_by_role("button", name=re.compile(r"^send")).click()
    await expect(_answers(page)).to_contain_text("delivered")
    await page.get_by_role("link", name="Open the step send").click()
    await expect(page).to_have_url(re.compile(r"/runs/[0-9a-f-]{36}\?step="))
    await expect(page.get_by_role("treeitem", selected=True)).to_contain_text("send")


async def test_keys_of_the_field_and_what_was_being_written(olga: Reader, played: Scene) -> None:
    agent = await played.agent("Yes.")
    page = await olga.open(f"/chat?agent={agent}")
    field = page.get_by_role("textbox", name="Message to Scribe")
    await field.fill("First line")
    await field.press("Shift+Enter")
    await field.press_sequentially("second line")
    await page.reload()
    await expect(field).to_have_value("First line\nsecond line")

    await field.press("Enter")
    await expect(_answers(page)).to_contain_text("Yes.")
    await expect(field).to_have_value("")
    await field.press("ArrowUp")

    await expect(field).to_have_value("First line\nsecond line")


async def test_files_are_attached_checked_and_sent(olga: Reader, played: Scene) -> None:
    agent = await played.agent("Read.")
    page = await olga.open(f"/chat?agent={agent}")
    picker = page.locator("input[type=file]")

    await picker.set_input_files(
        [
            {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"tides and winds"},
            {"name": "all.zip", "mimeType": "application/zip", "buffer": b"PK"},
        ]
    )
    await expect(page.get_by_text("all.zip is neither a picture nor a text.")).to_be_visible()
    await page.get_by_role("button", name="Remove all.zip").click()
    await expect(page.get_by_role("list", name="Attached files")).to_contain_text("15 B")
    await _ask(page, "Read this.")

    await expect(_answers(page)).to_contain_text("Read.")
    mine = page.get_by_role("article", name="You")
    await mine.get_by_role("button", name=re.compile("notes.txt")).click()
    preview = page.get_by_role("dialog", name="notes.txt")
    await expect(preview).to_contain_text("tides and winds")
    await expect(preview.get_by_role("link", name="Download")).to_be_visible()


async def test_a_conversation_is_downloaded_as_markdown(olga: Reader, played: Scene) -> None:
    agent = await played.agent("The tide is **high**.")
    page = await olga.open(f"/chat?agent={agent}")
    await _ask(page, "How is the tide?")
    await expect(_answers(page)).to_contain_text("The tide is high.")
    await expect(page.get_by_role("button", name="Regenerate")).to_be_visible()

    await page.get_by_role("button", name="Share").click()
    async with page.expect_download() as download:
        await page.get_by_role("menuitem", name="Download as Markdown").click()
    file = await download.value
    assert file.suggested_filename == "how-is-the-tide.md"
    text = (await file.path()).read_text("utf-8")
    assert text == "# How is the tide?\n\n## You\n\nHow is the tide?\n\n## Scribe\n\nThe tide is **high**.\n"


async def test_a_conversation_is_renamed_searched_and_deleted(olga: Reader, played: Scene) -> None:
    agent = await played.agent("Yes.")
    page = await olga.open(f"/chat?agent={agent}")
    await _ask(page, "About the tides")
    await expect(_answers(page)).to_contain_text("Yes.")
    conversations = page.get_by_role("navigation", name="Conversations")

    await page.get_by_role("button", name="Actions for About the tides").click(force=True)
    await page.get_by_role("menuitem", name="Rename").click()
    await conversations.get_by_role("textbox", name="Title").fill("High water")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="High water", level=1)).to_be_visible()
    await conversations.get_by_role("searchbox").fill("winds")
    await expect(conversations.get_by_text("No results")).to_be_visible()
    await conversations.get_by_role("searchbox").fill("water")
    await page.get_by_role("button", name="Actions for High water").click(force=True)
    await page.get_by_role("menuitem", name="Delete").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()

    await expect(page).to_have_url(re.compile(r"/chat$"))
    await conversations.get_by_role("searchbox").fill("")
    await expect(conversations.get_by_text("No conversations yet")).to_be_visible()


async def test_another_agent_is_another_conversation(olga: Reader, played: Scene) -> None:
    agent = await played.agent("Yes.")
    await played.agent("No.", name="Clerk")
    page = await olga.open(f"/chat?agent={agent}")
    await page.get_by_role("button", name=re.compile("Change agent")).click()
    await page.get_by_role("menuitemcheckbox", name="Scribe").click()
    await _ask(page, "Is it so?")
    await expect(_answers(page)).to_contain_text("Yes.")

    await page.keyboard.press("Control+/")
    await page.get_by_role("menuitemcheckbox", name="Clerk").click()

    await expect(page).to_have_url(re.compile(r"/chat\?agent="))
    await expect(page.get_by_role("textbox", name="Message to Clerk")).to_be_visible()


async def test_a_failed_answer_says_why(olga: Reader, played: Scene) -> None:
    agent = await played.agent({"error": "The model is out of order."})
    page = await olga.open(f"/chat?agent={agent}")

    await _ask(page, "Hello?")

    await expect(_answers(page)).to_contain_text("The model is out of order.")
    await expect(page.get_by_role("button", name="Regenerate")).to_be_visible()


async def test_a_message_whose_reply_was_lost_is_sent_again_and_said_once(olga: Reader, played: Scene) -> None:
    agent = await played.agent("I am well.")
    page = await olga.open(f"/chat?agent={agent}")
    answers: list[int] = []

    async def lose_the_first(route: Route) -> None:
        answer = await route.fetch()
        answers.append(answer.status)
        await (route.abort() if len(answers) == 1 else route.fulfill(response=answer))

    await page.route("**/api/v1/conversations/*/messages", lose_the_first)
    await _ask(page, "How are you?")
    await expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    await page.get_by_role("button", name="Send").click()

    await expect(_answers(page)).to_contain_text("I am well.")
    assert answers == [202, 202]
    conversations = (await played.cast.olga.http.get("/conversations", params={"agent_id": agent})).json["items"]
    assert len(conversations) == 1
    messages = (await played.cast.olga.http.get(f"/conversations/{conversations[0]['id']}/messages")).json["items"]
    assert [message["sender_type"] for message in messages] == ["user", "agent"]
    olga.complaints[:] = [each for each in olga.complaints if "ERR_FAILED" not in each]
