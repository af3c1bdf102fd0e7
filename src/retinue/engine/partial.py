"""The part of a model's answer that arrived before the call failed, so that a failed step shows it.

A recorder of failed, cancelled or timed-out calls finds the open ones in ``RunScope.partials``.
"""

from dataclasses import dataclass, field, replace

from retinue.core.json import JsonObject
from retinue.engine.ports import NOTICE, DeltaSink, Message, ModelRequest, Usage
from retinue.engine.pricing import price_call, priced
from retinue.engine.prompt import as_text

_CHARACTERS_PER_TOKEN = 4
"""A rule of thumb for English with the tokenizers of the large providers; estimates are marked as such."""
_KNOWN = "known_usage"


@dataclass(slots=True)
class PartialAnswer:
    """A model call that is under way: what it was asked, and the text and reasoning that arrived so far, without secrets."""

    request: ModelRequest
    sink: DeltaSink
    known: Usage | None = None
    """What the provider had said the call used, when the call was cut off."""
    texts: list[str] = field(default_factory=list[str])
    reasonings: list[str] = field(default_factory=list[str])

    def take(self, kind: str, chunk: str) -> None:
        """Keep a chunk and pass it on. See ``engine.ports.DeltaSink``."""
        if kind != NOTICE:
            (self.texts if kind == "text" else self.reasonings).append(chunk)
        self.sink(kind, chunk)

    @property
    def is_empty(self) -> bool:
        """Whether nothing has arrived yet."""
        return not self.texts and not self.reasonings

    def output(self) -> JsonObject | None:
        """Return the output of the step: {text, is_partial, finish_reason, reasoning?}; None when nothing arrived."""
        if self.is_empty:
            return None
        output: JsonObject = {"text": "".join(self.texts), "finish_reason": "error", "is_partial": True}
        if self.reasonings:
            output["reasoning"] = "".join(self.reasonings)
        return output

    async def usage(self, error: BaseException | None = None) -> Usage | None:
        """Return what the call used: as the provider told before ``error``, else an estimate; None when nothing arrived."""
        known = self.known if error is None else usage_of(error)
        if known is None and self.is_empty:
            return None
        model = self.request.model
        return await price_call(model, known or self._estimate())

    def usage_now(self) -> Usage | None:
        """As ``usage`` of a call that is cut off, without waiting: the price list was read when the call was reserved."""
        if self.known is None and self.is_empty:
            return None
        return priced(self.request.model, self.known or self._estimate())

    def _estimate(self) -> Usage:
        return estimate(self.request.messages, "".join((*self.reasonings, *self.texts)))


def estimate(messages: list[Message], answer: str) -> Usage:
    """Estimate what a call used from the length of its texts, for a provider that does not tell; marked as an estimate."""
    asked = sum(len(as_text(message["content"])) for message in messages)
    return Usage(-(-asked // _CHARACTERS_PER_TOKEN), -(-len(answer) // _CHARACTERS_PER_TOKEN), is_estimated=True)


def keep_usage(error: BaseException, usage: Usage) -> None:
    """Note on a failure, or on a cancellation, what the provider had already said the call used."""
    error.__dict__[_KNOWN] = replace(usage, cost_usd=None)


def usage_of(error: BaseException) -> Usage | None:
    """Return what the provider had said the failed call used, if it did."""
    found = error.__dict__.get(_KNOWN)
    return found if isinstance(found, Usage) else None
