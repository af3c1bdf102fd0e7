"""What a reply shows of an answer that was cut off, or failed in the middle."""

from tests.conversations.test_talking import HandOn, begin, messages_of, say
from tests.runs.scene import Scene


async def test_reply_shows_the_warnings_of_its_run(played: Scene, hand_on: HandOn) -> None:
    conversation = await begin(played, {"text": "Half of", "finish_reason": "length"})

    said = await say(played, conversation, "Tell me.")
    await played.until(said.json["run"]["id"], "completed")
    await hand_on()

    asked, reply = await messages_of(played, conversation)
    assert asked["warnings"] == []
    assert [warning["code"] for warning in reply["warnings"]] == ["answer_cut_off"]
    assert (reply["status"], reply["content"], reply["partial_content"]) == ("complete", "Half of", None)


async def test_failed_reply_keeps_the_part_that_arrived(played: Scene, hand_on: HandOn) -> None:
    conversation = await begin(played, {"text": "The first half", "error": "The provider broke off."})

    said = await say(played, conversation, "Tell me.")
    await played.until(said.json["run"]["id"], "failed")
    await hand_on()

    _, reply = await messages_of(played, conversation)
    assert (reply["status"], reply["content"]) == ("failed", "The provider broke off.")
    assert reply["partial_content"] == "The first half"
