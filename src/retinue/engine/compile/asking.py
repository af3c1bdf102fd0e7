"""Who is asked to decide on an approval, and until when, as an interrupt tells it."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from retinue.core.json import Json, JsonObject
from retinue.engine.spec.agent import Escalation, ToolApproval
from retinue.engine.spec.workflow.nodes import ApprovalNode, QuestionNode
from retinue.engine.spec.workflow.values import seconds_of

EXPIRED: Final = "expired"
"""The field of an answer that was given because the time was up."""
_GREGORIAN: Final = datetime(1582, 10, 15, tzinfo=UTC)


def asked_of(asking: ApprovalNode | QuestionNode | ToolApproval) -> JsonObject:
    """Return who may decide, and what may be edited, as an approval has it."""
    asked = _people_of(asking)
    if isinstance(asking, QuestionNode):
        return asked
    asked["quorum"] = asking.quorum
    if isinstance(asking, ApprovalNode) and asking.editable is not None:
        asked["editable"] = asking.editable
    if asking.expires is not None and asking.on_expiry == "escalate":
        further = asking.escalate_to or Escalation()
        seconds = seconds_of(further.expires or asking.expires)
        asked["escalation"] = {"assignees": [], "role": None, **_people_of(further), "seconds": seconds}
    return asked


def asked_about_tool(approval: JsonObject, checkpoint_id: str, *, is_first: bool) -> JsonObject:
    """Return what an interrupt about the call of a tool tells; ``approval`` is a ``ToolApproval`` as plans have it.

    ``is_first``: it is asked before the call. What came of a call is put to the same people, and needs one answer.
    """
    if not approval:
        return {}
    asking = ToolApproval.model_validate(approval)
    if not is_first:
        return {"asked": _people_of(asking)}
    told: JsonObject = {"asked": asked_of(asking)}
    if asking.expires is not None:
        told |= {"expires_at": expiry_of(checkpoint_id, asking.expires), "on_expiry": {"decision": "reject", EXPIRED: True}}
    return told


def expiry_of(checkpoint_id: str, duration: str) -> str:
    """Return when a time is up that began with a checkpoint: the same however often a task begins again."""
    return (entered_at(checkpoint_id) + timedelta(seconds=seconds_of(duration))).isoformat()


def entered_at(checkpoint_id: str) -> datetime:
    """Return when a checkpoint was made: its id is a UUID of version 6 (RFC 9562), which begins with the time."""
    number = UUID(checkpoint_id).int
    ticks = (number >> 80) << 12 | (number >> 64) & 0xFFF
    return _GREGORIAN + timedelta(microseconds=ticks // 10)


def _people_of(asking: ApprovalNode | QuestionNode | Escalation | ToolApproval) -> JsonObject:
    people: JsonObject = {}
    if asking.assignees:
        people["assignees"] = list[Json](asking.assignees)
    if asking.role is not None:
        people["role"] = asking.role
    return people
