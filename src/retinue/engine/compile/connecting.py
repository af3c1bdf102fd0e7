"""Calls that a connection must be given for first: who is asked, and what comes of an answer that is a no."""

from collections.abc import Mapping
from typing import Final

from retinue.core.json import JsonObject
from retinue.engine.errors import ConnectNeededError
from retinue.engine.ports import ToolResult

MOST: Final = 5
"""So many times one call asks to be connected; a service that refuses each new grant is then told to the model."""


def assigned(needs: JsonObject) -> JsonObject:
    """Return who may answer: the member whose connection it is, else all who may decide."""
    user_id = needs.get("user_id")
    return {} if user_id is None else {"assignees": [user_id]}


def question_id(task_id: str, attempt: int) -> str:
    """Return the id of a call's question, which is its own kind's."""
    return f"{task_id}:connect:{attempt}"


def refusal(answers: Mapping[str, JsonObject], task_id: str) -> ToolResult | None:
    """Return the result of a call whose connection a person did not give: it is not made, whatever was connected since."""
    asked = [answer for name, answer in answers.items() if name.startswith(f"{task_id}:connect:")]
    answer = next((each for each in asked if each.get("decision") != "approve"), None)
    if answer is None:
        return None
    comment = answer.get("comment")
    sentence = "A person did not connect the service, so the call was not made."
    return ToolResult(f"{sentence} They said: {comment}" if comment else sentence, is_error=True)


def given_up(needed: ConnectNeededError) -> ToolResult:
    """Return the result of a call that no connection helps."""
    return ToolResult(f"{needed.reason} It was connected {MOST} times, and the service refused each time.", is_error=True)
