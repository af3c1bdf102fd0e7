"""Reading JSON and text that is not quite valid, as servers send it: one bad character must not lose a whole answer."""

import json
from typing import Any

from retinue.core.json import IntegerTooLongError, Json, loads

_HIGH = range(0xD800, 0xDC00)


def clean(text: str) -> str:
    """Return a text that UTF-8 can hold: surrogate pairs are joined, lone surrogates replaced by U+FFFD."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def clean_document(value: Json) -> Json:
    """Return a document whose texts and names UTF-8 can hold."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [clean_document(each) for each in value]
    if isinstance(value, dict):
        return {clean(name): clean_document(each) for name, each in value.items()}
    return value


def read_document(data: bytes | str) -> Any:  # noqa: ANN401 - whatever a server sends
    """Read JSON, replacing bytes that are not UTF-8; control characters and lone surrogates in texts are accepted.

    Lone surrogates stay in the texts: a pair may be split between two documents. Raises ``ValueError`` for anything else.
    """
    try:
        return loads(data)
    except IntegerTooLongError:
        raise
    except ValueError:
        text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
    try:
        return json.loads(text, strict=False)
    except RecursionError:
        raise ValueError("nested too deeply") from None


class Joiner:
    """Joins a text that arrives in pieces; a surrogate pair may be split between two of them."""

    def __init__(self) -> None:
        """Begin with nothing held back."""
        self._held = ""

    def take(self, piece: str) -> str:
        """Return what is known of the text, with this piece."""
        if not self._held and piece.isascii():
            return piece
        text, self._held = self._held + piece, ""
        if text and ord(text[-1]) in _HIGH:
            text, self._held = text[:-1], text[-1]
        return clean(text)

    def end(self) -> str:
        """Return what was held back."""
        held, self._held = self._held, ""
        return clean(held)
