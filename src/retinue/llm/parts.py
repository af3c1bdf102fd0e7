"""A model's answer as it is put together, the same for all protocols."""

from dataclasses import dataclass, field
from typing import cast

from retinue.core.json import Json, dumps
from retinue.engine.ports import ToolCall
from retinue.llm.lenient import Joiner, clean, clean_document, read_document


class StreamError(Exception):
    """The server put an error into its stream."""

    def __init__(self, error: object) -> None:
        """Take the error in the server's own words."""
        super().__init__("the server put an error into its stream")
        self.error = error


@dataclass(slots=True)
class Fragment:
    """A tool call as it arrives in pieces; ``arguments`` are pieces of JSON text."""

    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list[str])
    signature: str | None = None

    def add(self, arguments: object) -> None:
        """Add arguments: a piece of JSON text, or a whole document."""
        if isinstance(arguments, str):
            self.arguments.append(arguments)
        elif arguments is not None:
            self.arguments.append(dumps(clean_document(cast("Json", arguments))).decode())

    @property
    def is_whole(self) -> bool:
        """Whether the arguments are a whole JSON object already."""
        try:
            return isinstance(read_document("".join(self.arguments)), dict)
        except ValueError:
            return False


@dataclass(slots=True)
class Parts:
    """What has arrived of an answer. ``counts`` are the tokens read, written, and read from the provider's cache.

    ``finish_reason`` is the provider's word, ``finish_detail`` what it said beside it. ``is_whole``: the answer has its end.
    ``is_recognized``: the server speaks the protocol.
    """

    texts: list[str] = field(default_factory=list[str])
    reasonings: list[str] = field(default_factory=list[str])
    calls: list[Fragment] = field(default_factory=list[Fragment])
    counts: tuple[int, int, int] | None = None
    model: str = ""
    finish_reason: str = ""
    finish_detail: str = ""
    is_whole: bool = False
    is_recognized: bool = False
    _text: Joiner = field(default_factory=Joiner)
    _reasoning: Joiner = field(default_factory=Joiner)

    def add_text(self, text: object) -> None:
        """Add a piece of the text; anything but a text is skipped."""
        if text and isinstance(text, str):
            self.texts.append(self._text.take(text))

    def add_reasoning(self, text: object) -> None:
        """Add a piece of the reasoning; anything but a text is skipped."""
        if text and isinstance(text, str):
            self.reasonings.append(self._reasoning.take(text))

    def finish(self, reason: object) -> None:
        """Note why the answer ended, if that is told."""
        if reason:
            self.finish_reason, self.is_whole = str(reason), True

    def end(self) -> None:
        """Note that nothing more comes: what was held back of a text is a half of a pair."""
        for texts, joiner in ((self.texts, self._text), (self.reasonings, self._reasoning)):
            rest = joiner.end()
            if rest:
                texts.append(rest)

    def tool_calls(self) -> tuple[ToolCall, ...]:
        """Return the calls in their order; arguments that are not a JSON object are told to the model, not raised."""
        return tuple(_tool_call(index, fragment) for index, fragment in enumerate(self.calls))


def error_in(document: dict[str, object]) -> object:
    """Return the error that a server put into its stream, in any of the usual places; None when there is none."""
    error = document.get("error")
    if error:
        return error
    if "error" in (document.get("object"), document.get("type")):
        return document
    return None


def _tool_call(index: int, fragment: Fragment) -> ToolCall:
    text = "".join(fragment.arguments).strip()
    reason: str | None = None
    arguments: Json = {}
    if text:
        try:
            arguments = clean_document(read_document(text))
        except (ValueError, RecursionError):
            reason = "The arguments are not JSON. Call the tool again with a JSON object."
    if arguments is None:  # what some models write for a tool without parameters
        arguments = {}
    if not isinstance(arguments, dict):
        arguments, reason = {}, "The arguments are not a JSON object. Call the tool again with one."
    return ToolCall(clean(fragment.id) or f"call_{index}", clean(fragment.name), arguments, reason, fragment.signature)
