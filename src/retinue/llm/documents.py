"""Documents out of a stream: server-sent events, JSON lines, or one JSON document, told apart by what they look like.

The content type is ignored: servers send good event streams as ``application/json`` or without a type. Sources: WHATWG
HTML 9.2.6 (event streams); Ollama's API (JSON lines).
"""

from collections.abc import Iterator
from typing import Any, cast

from retinue.llm.lenient import read_document

_DATA, _EVENT = b"data:", b"event:"
_DONE = b"[DONE]"
_BOM = b"\xef\xbb\xbf"
_SHORTEST_EVENT = 20

Document = dict[str, Any]


class MalformedError(Exception):
    """The server answered something that is not its protocol."""


class Documents:
    """The documents of one answer, read as its bytes arrive. Raises ``MalformedError`` for what is not JSON objects."""

    def __init__(self) -> None:
        """Begin at the start of an answer."""
        self.is_done = False
        self.is_empty = True
        self._pieces: list[bytes] = []
        self._event = b""
        self._data: list[bytes] = []
        self._whole: list[bytes] | None = None

    def feed(self, read: bytes) -> Iterator[Document]:
        """Yield the documents that one read completes."""
        if b"\n" not in read:
            self._pieces.append(read)
            return
        lines = b"".join((*self._pieces, read)).split(b"\n")
        self._pieces = [lines.pop()]
        for line in lines:
            yield from self._take_data(line[5:]) if line.startswith(_DATA) else self._take_line(line)

    def end(self) -> Iterator[Document]:
        """Yield the documents of what is left: the stream has ended."""
        yield from self.feed(b"\n\n")
        if self._whole is not None:
            yield from _objects(_parsed(b"\n".join(self._whole)))

    def _take_data(self, data: bytes) -> list[Document]:
        self.is_empty = False
        if not self._data and len(data) < _SHORTEST_EVENT:
            bare = data.strip()
            if bare in {b"", _DONE}:
                self.is_done = self.is_done or bare == _DONE
                return []
        # An event may spread its data over several lines; servers that do are rare, so each line is tried by itself.
        self._data.append(data)
        try:
            document = read_document(b"\n".join(self._data))
        except ValueError:
            return []
        self._data.clear()
        return [self._named(each) for each in _objects(document)] if self._event else _objects(document)

    def _take_line(self, line: bytes) -> list[Document]:
        bare = line.strip().removeprefix(_BOM)
        if not bare:
            if self._data:
                raise MalformedError
            self._event = b""
        elif self._whole is not None:
            self._whole.append(line)
        elif bare.startswith(_DATA):
            return self._take_data(bare[5:])
        elif bare[:1] in b"{[":
            self.is_empty = False
            try:
                return _objects(read_document(bare))
            except ValueError:
                self._whole = [bare]
        elif bare.startswith(_EVENT):
            self._event = bare[6:].strip()
        elif bare[:1] in b'<"':
            raise MalformedError
        return []

    def _named(self, document: Document) -> Document:
        return {"error": document} if self._event == b"error" and "error" not in document else document


def _parsed(data: bytes) -> object:
    try:
        return read_document(data)
    except ValueError:
        raise MalformedError from None


def _objects(document: object) -> list[Document]:
    each = cast("list[object]", document) if isinstance(document, list) else [document]
    if not all(isinstance(one, dict) for one in each):
        raise MalformedError
    return cast("list[Document]", each)
