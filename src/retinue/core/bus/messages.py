"""What travels on the bus, and its form on the wire: a JSON array of small arrays, as many as fit into one payload.

``["m", run, organization, sequence, status]`` a run moved; ``["t", run, step, kind, index, text]`` a piece of a model's
answer; ``["e", run, step]`` a step's text is complete and recorded; ``["n", organization, kind, data]`` news; ``["j"]`` a
job waits; ``["o"]`` events wait for their listeners; ``["d"]`` a timer was set; ``["a", job]`` a job is to be aborted;
``["f", run]`` someone began to follow a run; ``["w", run]`` someone waits for its end alone; ``["p", token]`` a process
listens for its own voice; ``["g"]`` what someone may do has changed; ``["b"]`` budgets were changed;
``["r", channel, data]`` what a package tells itself in other processes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from retinue.core.json import JsonObject


@dataclass(frozen=True, slots=True)
class RunChanged:
    """A run has events up to ``sequence``; ``status`` is set when it changed. Ids are texts, as they travel."""

    run_id: str
    organization_id: str
    sequence: int
    status: str | None = None


@dataclass(slots=True)
class Token:
    """A piece of a step's text. ``kind`` is text or reasoning, ``index`` its offset in Unicode characters.

    ``frame`` caches the encoded bytes, so that many readers cost one encoding.
    """

    run_id: str
    step_id: str
    kind: str
    index: int
    text: str
    frame: bytes | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class StepEnded:
    """A step's text is complete and recorded; nobody needs to keep it any longer."""

    run_id: str
    step_id: str


@dataclass(frozen=True, slots=True)
class News:
    """Something of an organization changed: ``kind`` as agent or approval, and a small document without secrets."""

    organization_id: str
    kind: str
    data: JsonObject


@dataclass(frozen=True, slots=True)
class JobReady:
    """A job waits to be claimed."""


@dataclass(frozen=True, slots=True)
class EventsReady:
    """Committed events wait for their listeners (``core.events``)."""


@dataclass(frozen=True, slots=True)
class TimerSet:
    """A committed timer may fall due earlier than those known before (``core.timers``)."""


@dataclass(frozen=True, slots=True)
class JobAbort:
    """A running job is to be aborted."""

    job_id: int


@dataclass(frozen=True, slots=True)
class Followed:
    """A subscription to a run started: the worker that executes it sends the full texts of its steps in progress."""

    run_id: str


@dataclass(frozen=True, slots=True)
class Awaited:
    """Someone waits for the end of a run and reads none of its text: the end is told at once, the text to nobody."""

    run_id: str


@dataclass(frozen=True, slots=True)
class GrantsChanged:
    """A key, session, membership, role or account was changed or ended: open streams look whether they may go on."""


@dataclass(frozen=True, slots=True)
class BudgetsChanged:
    """A budget was created, changed or deleted: workers look which organizations have some."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A process asks whether it hears itself; ``token`` is its own, and others do not heed it."""

    token: str


@dataclass(frozen=True, slots=True)
class Relay:
    """What a package in one process tells the same package in others: ``channel`` is the package's, ``data`` its own."""

    channel: str
    data: JsonObject


Message = (
    RunChanged
    | Token
    | StepEnded
    | News
    | JobReady
    | EventsReady
    | TimerSet
    | JobAbort
    | Followed
    | Awaited
    | GrantsChanged
    | BudgetsChanged
    | Probe
    | Relay
)


def _tagged(message: Message) -> list[Any]:  # noqa: PLR0911, PLR0912, C901 - one line a kind
    match message:
        case Token():
            return ["t", message.run_id, message.step_id, message.kind, message.index, message.text]
        case RunChanged():
            return ["m", message.run_id, message.organization_id, message.sequence, message.status]
        case StepEnded():
            return ["e", message.run_id, message.step_id]
        case News():
            return ["n", message.organization_id, message.kind, message.data]
        case JobReady():
            return ["j"]
        case EventsReady():
            return ["o"]
        case TimerSet():
            return ["d"]
        case JobAbort():
            return ["a", message.job_id]
        case Followed():
            return ["f", message.run_id]
        case Awaited():
            return ["w", message.run_id]
        case GrantsChanged():
            return ["g"]
        case BudgetsChanged():
            return ["b"]
        case Probe():
            return ["p", message.token]
        case Relay():
            return ["r", message.channel, message.data]


_KINDS: dict[str, type[Any]] = {
    "t": Token,
    "m": RunChanged,
    "e": StepEnded,
    "n": News,
    "j": JobReady,
    "o": EventsReady,
    "d": TimerSet,
    "a": JobAbort,
    "f": Followed,
    "w": Awaited,
    "g": GrantsChanged,
    "b": BudgetsChanged,
    "p": Probe,
    "r": Relay,
}


def _dump(message: Message) -> bytes:
    try:
        return orjson.dumps(_tagged(message))
    except TypeError:
        # A model may stream half of a surrogate pair, which is no UTF-8; orjson refuses it.
        if not isinstance(message, Token):
            raise
        text = message.text.encode("utf-8", "replace").decode()
        return orjson.dumps(_tagged(Token(message.run_id, message.step_id, message.kind, message.index, text)))


def _halves(message: Message) -> tuple[Message, Message] | None:
    if not isinstance(message, Token) or len(message.text) < 2:  # noqa: PLR2004 - one character cannot be halved
        return None
    middle = len(message.text) // 2
    first = Token(message.run_id, message.step_id, message.kind, message.index, message.text[:middle])
    second = Token(message.run_id, message.step_id, message.kind, message.index + middle, message.text[middle:])
    return first, second


def _pieces(messages: Iterable[Message], limit: int) -> Iterator[bytes]:
    for message in messages:
        piece = _dump(message)
        if len(piece) + 2 <= limit:
            yield piece
            continue
        halves = _halves(message)
        if halves is not None:
            yield from _pieces(halves, limit)
        # Anything else that is too large is dropped: a reader finds it by its own look at the rows.


def pack(messages: Iterable[Message], limit: int) -> list[str]:
    """Write messages, in order, into as few payloads of at most ``limit`` bytes as they fit; long texts are cut."""
    payloads: list[str] = []
    held: list[bytes] = []
    size = 2
    for piece in _pieces(messages, limit):
        if held and size + len(piece) + 1 > limit:
            payloads.append((b"[" + b",".join(held) + b"]").decode())
            held, size = [], 2
        held.append(piece)
        size += len(piece) + 1
    if held:
        payloads.append((b"[" + b",".join(held) + b"]").decode())
    return payloads


def unpack(payload: str) -> list[Message]:
    """Read a payload. What this version does not know, or cannot read, is left out."""
    try:
        entries: Any = orjson.loads(payload)
        return [_KINDS[entry[0]](*entry[1:]) for entry in entries if entry[0] in _KINDS]
    except (ValueError, TypeError, IndexError, KeyError):
        return []
