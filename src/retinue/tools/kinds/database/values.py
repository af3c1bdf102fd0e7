"""What a statement asks and gives, the same for each database; values come back exactly.

In JSON a row is a list. Integers and floats are numbers; decimals, dates, times and whatever JSON has no form for are the
database's own text; bytes are ``{"base64": …}``; arrays and JSON documents are what they are.
"""

import base64
import math
from dataclasses import dataclass, field
from typing import cast

from retinue.core.json import Json, JsonObject, dumps
from retinue.engine.ports import ToolResult


@dataclass(frozen=True, slots=True)
class Query:
    """One statement with its bound parameters, and its limits. ``timeout_seconds`` is the server's."""

    statement: str
    parameters: tuple[Json, ...]
    is_writing: bool
    max_rows: int
    max_bytes: int
    timeout_seconds: float


@dataclass(frozen=True, slots=True)
class Server:
    """Where a database is: the checked addresses of a host, and how one signs in. ``tls`` is verify, require or off."""

    host: str
    addresses: tuple[str, ...]
    port: int
    database: str
    username: str
    password: str
    tls: str
    ca_certificate: str | None
    connect_seconds: float


class StatementError(Exception):
    """The statement or its connection failed; the text is for the model. ``is_unknown``: it may have taken effect."""

    def __init__(self, text: str, *, is_unknown: bool = False) -> None:
        """Take the sentence."""
        super().__init__(text)
        self.is_unknown = is_unknown


@dataclass(slots=True)
class Rows:
    """Collects rows until there are too many of them, or they are too large."""

    max_rows: int
    max_bytes: int
    rows: list[list[Json]] = field(default_factory=list[list[Json]])
    size_bytes: int = 0
    is_cut: bool = False

    def take(self, row: list[Json]) -> bool:
        """Keep a row; False when it does not fit any more, and then no other is wanted."""
        size = len(dumps(row, as_text=True)) + 1
        if len(self.rows) == self.max_rows or self.size_bytes + size > self.max_bytes:
            self.is_cut = True
            return False
        self.rows.append(row)
        self.size_bytes += size
        return True


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a result; ``type`` is the database's own name of it, None where it has none."""

    name: str
    type: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a statement gave: rows, or how many rows it changed."""

    columns: tuple[Column, ...]
    rows: Rows
    changed_count: int | None = None

    def result(self) -> ToolResult:
        """Write it for the model."""
        output: JsonObject = {}
        if self.columns:
            output["columns"] = [
                {"name": each.name, "type": each.type} if each.type else {"name": each.name} for each in self.columns
            ]
            output["rows"] = [list(row) for row in self.rows.rows]
            output["row_count"] = len(self.rows.rows)
            if self.rows.is_cut:
                output["is_cut"] = True
                output["note"] = "There are more rows than are shown. Ask for fewer columns or rows, or for a count."
        if self.changed_count is not None:
            output["changed_count"] = self.changed_count
        return ToolResult(output)


def as_json(value: object) -> Json:
    """Return a value of a driver as JSON: bytes as base64, floats that are no numbers as text, other types as their text."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")
    if isinstance(value, bytes | bytearray | memoryview):
        return {"base64": base64.b64encode(bytes(cast("bytes", value))).decode()}
    if isinstance(value, dict):
        return cast("JsonObject", value)  # a JSON document
    if isinstance(value, list):
        return [as_json(each) for each in cast("list[object]", value)]
    return str(value)
