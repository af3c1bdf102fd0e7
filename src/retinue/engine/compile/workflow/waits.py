"""Nodes that wait: for a person, for an instant, for an event. The run is parked in that time, and holds no worker.

A wait is an interrupt: the task ends, and begins again under the same id when there is an answer, which it finds then.
What has expired is answered too, by the commit in which its time was up, so that a late answer cannot come between.
"""

# LangGraph leaves generics open in its own signatures.
# pyright: reportUnknownMemberType=false

from datetime import UTC, datetime, timedelta
from typing import Final, NoReturn

from langgraph.types import interrupt

from retinue.core.json import Json, JsonObject
from retinue.engine.compile.asking import EXPIRED, asked_of, entered_at, expiry_of
from retinue.engine.compile.workflow.errors import ExpressionFailedError, WaitExpiredError
from retinue.engine.compile.workflow.ports import Task
from retinue.engine.compile.workflow.recording import Recording, label_of, place_of
from retinue.engine.prompt import as_text
from retinue.engine.spec.workflow.nodes import ApprovalNode, QuestionNode, WaitForEventNode, WaitUntilNode
from retinue.engine.spec.workflow.values import seconds_of

APPROVAL: Final = "node"
"""The kind of an approval that a node asks for."""
QUESTION: Final = "question"
"""The kind of a question with a form."""
TIMER: Final = "timer"
"""The kind of an interrupt that ends at an instant."""
EVENT: Final = "event"
"""The kind of an interrupt that ends with an event."""
_KEY_CHARACTERS: Final = 200


class Waits:
    """The waits of one execution of a run."""

    def __init__(self, recording: Recording) -> None:
        """Take how steps are recorded."""
        self._recording = recording
        self._scope = recording.scope

    def approve(self, task: Task, node: ApprovalNode) -> Json:
        """Return what a person decided, or pause until someone does."""
        answer, shown = self._scope.answers.get(str(task.id)), _to_document(task)
        if answer is None:
            more: JsonObject = {"step_type": "approval", "asked": asked_of(node)}
            if node.expires is not None:
                decision = "approve" if node.on_expiry == "approve" else "reject"
                more |= {
                    "expires_at": expiry_of(task.checkpoint_id, node.expires),
                    "on_expiry": {"decision": decision, EXPIRED: True},
                }
            _ask(task, APPROVAL, shown, _text_of(task, "reason"), more)
        result: JsonObject = {"decision": answer["decision"], "comment": answer.get("comment")}
        if node.editable is not None:
            result["value"] = answer.get("value", task.input)
        if node.expires is not None:
            result[EXPIRED] = answer.get(EXPIRED) is True
        self._recording.end(task, "approval", shown, result)
        return result

    def ask(self, task: Task, node: QuestionNode) -> Json:
        """Return what a person entered in the form, or pause until someone does. Raises ``WaitExpiredError``."""
        answer, shown = self._scope.answers.get(str(task.id)), _to_document(task)
        if answer is None:
            more: JsonObject = {"step_type": "question", "form": node.form, "asked": asked_of(node)}
            if node.expires is not None:
                on_expiry: JsonObject = {EXPIRED: True}
                if node.default is not None:
                    on_expiry["answer"] = node.default
                more |= {"expires_at": expiry_of(task.checkpoint_id, node.expires), "on_expiry": on_expiry}
            _ask(task, QUESTION, shown, _text_of(task, "ask"), more)
        if answer.get(EXPIRED) is True and "answer" not in answer:
            raise self._expired(task, "question", shown, "nobody answered in time")
        self._recording.end(task, "question", shown, answer.get("answer"))
        return answer.get("answer")

    def wait_until(self, task: Task, node: WaitUntilNode) -> Json:
        """Return the instant that a node waits for once it has come, or pause until then."""
        until = _instant_of(task, node)
        if self._scope.clock.now() < until:
            wanted: JsonObject = {
                "kind": TIMER,
                "until": until.isoformat(),
                "name": label_of(node),
                "step_type": "wait",
                **place_of(task),
            }
            interrupt(wanted)  # raises: the task ends here
        result = until.isoformat()
        self._recording.end(task, "wait", {"until": result}, result)
        return result

    def wait_for_event(self, task: Task, node: WaitForEventNode) -> Json:
        """Return the event that a node waits for, or pause until it is sent. Raises ``WaitExpiredError``."""
        given: JsonObject = {"event": node.event, "key": _key_of(task, node)}
        answer = self.event_of(task)
        if answer is None:
            wanted: JsonObject = {
                "kind": EVENT,
                "question_id": _question_of(task),
                "name": label_of(node),
                "step_type": "wait",
                "expires_at": expiry_of(task.checkpoint_id, node.expires),
                **given,
                **place_of(task),
            }
            interrupt(wanted)  # raises: the task ends here
            raise AssertionError("an interrupt returned without an answer")
        if answer.get(EXPIRED) is True:
            if node.on_expiry == "fail":
                raise self._expired(task, "wait", given, f"the event {node.event} was not sent in time")
            self._recording.end(task, "wait", given, None)
            return None
        self._recording.end(task, "wait", given, answer)
        return answer

    def event_of(self, task: Task) -> JsonObject | None:
        """Return the event that answered a wait, or that it has expired; None while it waits."""
        return self._scope.events.get(_question_of(task))

    def _expired(self, task: Task, kind: str, given: JsonObject, why: str) -> WaitExpiredError:
        error = WaitExpiredError(f"{task.path}: {why}.")
        self._recording.end(task, kind, given, None, error=error.detail)
        return error


def _ask(task: Task, kind: str, shown: JsonObject, reason: str, more: JsonObject) -> NoReturn:
    asked: JsonObject = {
        "question_id": str(task.id),
        "kind": kind,
        "tool_name": label_of(task.node),
        "arguments": shown,
        "reason": reason,
        **more,
        **place_of(task),
    }
    interrupt(asked)  # raises: the task ends here
    raise AssertionError("an interrupt returned without an answer")


def _question_of(task: Task) -> str:
    return str(task.id) if not task.passed else f"{task.id}:{task.passed}"


def _to_document(task: Task) -> JsonObject:
    if isinstance(task.input, dict):
        return task.input
    return {} if task.input is None else {"value": task.input}


def _text_of(task: Task, field: str) -> str:
    return as_text((task.given or {}).get(field) or "")


def _key_of(task: Task, node: WaitForEventNode) -> str | None:
    """Return the key that an event must have; None for any."""
    if node.correlation is None:
        return None
    key = task.at
    if isinstance(key, bool) or not isinstance(key, str | int) or not 0 < len(str(key)) <= _KEY_CHARACTERS:
        message = f"is {as_text(key)[:80]}; a key is a string of 1 to {_KEY_CHARACTERS} characters or an integer"
        raise ExpressionFailedError(f"{task.path}, correlation: {message}.")
    return str(key)


def _instant_of(task: Task, node: WaitUntilNode) -> datetime:
    """Return the instant that a node waits for: the same however often its task begins again."""
    if node.after is not None:
        return entered_at(task.checkpoint_id) + timedelta(seconds=seconds_of(node.after))
    try:
        found = datetime.fromisoformat(task.at) if isinstance(task.at, str) else None
    except ValueError:
        found = None
    if found is None:
        message = (
            f"{task.path}, at: is {as_text(task.at)[:80]}, which is no instant of ISO 8601, as 2026-12-31T09:00:00+01:00"
        )
        raise ExpressionFailedError(message)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
