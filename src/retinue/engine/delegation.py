"""Delegations: what a team's leader asks of members, what comes back, and in which order it is told. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypedDict, cast

from retinue.core.json import Json, JsonObject, dumps
from retinue.engine.errors import MemberFailedError
from retinue.engine.spec.team import PartialResults, Policy

_SHOWN_CHARACTERS = 60_000
"""Of a member's answer to the leader; the whole of it is the output of the member's run."""


class MemberStatus(StrEnum):
    """How a delegation ended."""

    OK = "ok"
    ERROR = "error"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"


class Delegation(TypedDict):
    """A delegation that ended, as the team's state keeps it: the envelope of a member's result.

    ``position`` is the member's in the roster, ``order`` the call's in its wave.
    """

    key: str
    member: str
    name: str
    task: Json
    wave: int
    position: int
    order: int
    status: str
    text: str
    data: Json
    error: Json
    usage: Json
    child_run_id: str | None
    step_id: str


@dataclass(frozen=True, slots=True)
class ChildRun:
    """A member's run, as its parent sees it. ``cost_usd`` is that of all its descendants, too."""

    id: str
    step_id: str
    wave: int
    attempt: int
    status: str
    waiting_reason: str | None
    output: Json
    error: JsonObject | None
    usage: JsonObject
    cost_usd: Decimal
    created_at: datetime
    ended_at: datetime | None = None

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.status in {"completed", "failed", "cancelled"}

    @property
    def may_be_repeated(self) -> bool:
        """Whether it failed in a way that another attempt may mend."""
        return self.status == "failed"


def status_of(child: ChildRun, *, is_late: bool) -> MemberStatus:
    """Return how a member's run ended, for its leader; ``is_late``: the time for the wave was up."""
    if child.status == "completed":
        return MemberStatus.OK
    if child.status == "cancelled":
        return MemberStatus.TIMEOUT if is_late else MemberStatus.CANCELLED
    is_timeout = child.error is not None and child.error.get("code") == "timeout"
    return MemberStatus.TIMEOUT if is_timeout else MemberStatus.ERROR


def text_of(output: Json, who: str = "member") -> tuple[str, Json]:
    """Return a run's output as text, and as data if it is an object of its own; neither is ever empty together."""
    if isinstance(output, dict):
        text = output.get("text")
        if isinstance(text, str) and len(output) == 1:
            return text.strip() or f"The {who} answered with an empty text.", None
        return dumps(output).decode(), output
    return (output if isinstance(output, str) and output.strip() else f"The {who} gave no answer."), None


def in_roster_order(entries: Iterable[Delegation]) -> list[Delegation]:
    """Put delegations in the order of the roster, those to the same member in that of their calls."""
    return sorted(entries, key=lambda each: (each["position"], each["order"]))


def told(entry: Delegation) -> str:
    """Write a result for the leader: who, how it ended, and the text or the failure."""
    head = f"{entry['name']} ({entry['member']}), {entry['status']}:"
    text = entry["text"]
    if len(text) > _SHOWN_CHARACTERS:
        text = f"{text[:_SHOWN_CHARACTERS]}\n[cut: {len(text) - _SHOWN_CHARACTERS} more characters]"
    return f"{head}\n{text}"


def check_policy(rules: PartialResults, entries: Sequence[Delegation]) -> None:
    """Demand of a wave what the policy asks for. Raises ``MemberFailedError`` that names who failed and why."""
    failed = [each for each in entries if each["status"] != MemberStatus.OK]
    needed = {Policy.ALL: len(entries), Policy.FIRST: 1, Policy.QUORUM: min(rules.quorum or 1, len(entries))}
    count = len(entries) - len(failed)
    if failed and count < needed.get(rules.policy, 0):
        first = failed[0]
        raise MemberFailedError(
            f"{count} of {len(entries)} members answered, {needed[rules.policy]} are needed ({rules.policy}). "
            f"{first['name']}: {first['text']}"
        )


def awaited_of(rules: PartialResults, size: int) -> int | None:
    """Return how many completed members of a wave let the team go on before all have ended; None for all."""
    if rules.policy is Policy.FIRST:
        return 1
    return min(rules.quorum or 1, size) if rules.policy is Policy.QUORUM else None


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two members of one wave that wrote different values to the same place of the shared state; the later one counts."""

    path: str
    kept: str
    dropped: str

    @property
    def sentence(self) -> str:
        """Say who wrote what where."""
        return f"{self.kept} and {self.dropped} wrote different values to {self.path}; that of {self.kept} counts."


def merge_state(shared: JsonObject, entries: Sequence[Delegation]) -> tuple[JsonObject, list[Conflict]]:
    """Merge what members wrote into the shared state, place by place, in roster order; name where two disagreed."""
    merged: JsonObject = cast("JsonObject", _copy(shared))
    writers: dict[str, tuple[str, Json]] = {}
    conflicts: list[Conflict] = []
    for entry in entries:
        data = entry["data"]
        written = data.get("state") if isinstance(data, dict) else None
        if not isinstance(written, dict):
            continue
        for path, value in _leaves(written):
            name = ".".join(path)
            before = writers.get(name)
            if before is not None and before[1] != value:
                conflicts.append(Conflict(name, entry["name"], before[0]))
            writers[name] = (entry["name"], value)
            _put(merged, path, value)
    return merged, conflicts


def _copy(value: Json) -> Json:
    return {name: _copy(each) for name, each in value.items()} if isinstance(value, dict) else value


def _leaves(document: Mapping[str, Json], path: tuple[str, ...] = ()) -> Iterable[tuple[tuple[str, ...], Json]]:
    for name, value in document.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, (*path, name))
        else:
            yield (*path, name), value


def _put(document: JsonObject, path: tuple[str, ...], value: Json) -> None:
    place: dict[str, Any] = document
    for name in path[:-1]:
        inside = place.get(name)
        if not isinstance(inside, dict):
            inside = place[name] = {}
        place = cast("dict[str, Any]", inside)
    place[path[-1]] = value
