"""Server-sent events, without any input or output."""

import json
from collections.abc import Iterator

from retinue.client.models import RunEvent

_END = "end"


class Reader:
    """Reads the lines of a stream, and knows from where to go on."""

    def __init__(self) -> None:
        """Begin before the first event."""
        self._type, self._id, self._data = "message", None, [""]
        self._last: int | None = None
        self._data = []
        self.is_over = False

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the request that begins or goes on."""
        known = {} if self._last is None else {"Last-Event-ID": str(self._last)}
        return {"Accept": "text/event-stream", **known}

    def take(self, line: str) -> Iterator[RunEvent]:
        """Take a line; give the event that it ends, if it ends one."""
        if not line:
            yield from self._ended()
            return
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._type = value
        elif name == "id" and value.isascii() and value.isdigit():
            self._id = int(value)
        elif name == "data":
            self._data.append(value)

    def _ended(self) -> Iterator[RunEvent]:
        kind, number, data = self._type, self._id, self._data
        self._type, self._id, self._data = "message", None, []
        if not data:
            return
        if number is not None:
            self._last = number
        if kind == _END:
            self.is_over = True
            return
        yield RunEvent(kind, number, json.loads("\n".join(data)))
