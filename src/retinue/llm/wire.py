"""What a provider's protocol is to the client that calls it: how a request is written, and how an answer is read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from retinue.engine.ports import ModelRequest
from retinue.llm.parts import Parts
from retinue.llm.types import Endpoint

Spared = frozenset[str]
"""Names of what one server was found not to take, and is spared in its next calls."""
NOTHING_SPARED: Spared = frozenset()


@dataclass(frozen=True, slots=True)
class HttpCall:
    """A call as it is sent: JSON by POST."""

    url: str
    headers: dict[str, str]
    body: bytes


class Reader(Protocol):
    """Puts one answer together. Anything but the protocol raises ValueError, TypeError, LookupError or AttributeError."""

    parts: Parts

    def take(self, document: dict[str, Any]) -> None:
        """Take the next document of the stream."""
        ...

    def error(self, document: dict[str, Any]) -> object:
        """Return the error that a document holds in a place of this protocol's own; None when there is none."""
        ...

    def done(self) -> None:
        """Note that the stream said that it is done."""
        ...


def _usual(_kind: str) -> Spared:
    return NOTHING_SPARED


def _spare(_spared: Spared, _text: str) -> Spared | None:
    return None


@dataclass(frozen=True, slots=True)
class Wire:
    """A protocol. ``spare`` reads a refusal (400 or 422) and returns how to ask again, or None."""

    name: str
    call: Callable[[ModelRequest, Endpoint, Spared], HttpCall]
    reader: Callable[[], Reader]
    usual: Callable[[str], Spared] = _usual
    spare: Callable[[Spared, str], Spared | None] = _spare
