"""What of a file a model is shown: text, the rows of a CSV file, a JSON document, the text of a PDF; cut to a size."""

import csv
import io
from itertools import islice
from typing import cast

from retinue.core.json import Json, JsonObject, dumps, loads
from retinue.core.nesting import flattened
from retinue.engine.ports import ToolResult
from retinue.tools.kinds.file.pdf import text_of
from retinue.tools.kinds.file.store import FileRefusedError

FORMATS = ("text", "csv", "json", "pdf")
_BY_ENDING = {".csv": "csv", ".tsv": "csv", ".json": "json", ".pdf": "pdf"}
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_SNIFFED = 8192
_FIELD_CHARACTERS = 1_000_000


async def shown(path: str, content: bytes, given: str | None, offset: int, max_bytes: int) -> ToolResult:
    """Return a file as the model asked for it, from ``offset`` on. Raises ``FileRefusedError``.

    ``offset`` counts characters, and rows of a CSV file. ``given`` is one of ``FORMATS``; None goes by the name's ending.
    """
    dot = path.rfind(".")
    kind = given or (
        "pdf" if content.startswith(b"%PDF-") else _BY_ENDING.get(path[dot:].lower() if dot > 0 else "", "text")
    )
    if kind == "pdf":
        pages, text = await text_of(content)
        return _text({"path": path, "pages": pages}, text, offset, max_bytes)
    text = decoded(path, content)
    if kind == "csv":
        return _table(path, text, offset, max_bytes)
    if kind == "json":
        whole = _document(path, text, max_bytes, is_asked_for=given is not None)
        if whole is not None:
            return whole
    return _text({"path": path, "size_bytes": len(content)}, text, offset, max_bytes)


def decoded(path: str, content: bytes) -> str:
    """Return bytes as text: by the mark they begin with, else UTF-8. Raises ``FileRefusedError`` for what is no text."""
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    if encoding != "utf-16" and b"\0" in content[:_SNIFFED]:
        raise FileRefusedError(f"{path} is no text ({len(content)} bytes).")
    return content.decode(encoding, errors="replace").replace("\0", "")


def _text(facts: JsonObject, text: str, offset: int, max_bytes: int) -> ToolResult:
    shown_text = _fitting(text[offset:], max_bytes)
    following = offset + len(shown_text)
    more: JsonObject = {"is_cut": True, "next_offset": following} if following < len(text) else {}
    return ToolResult({**facts, "text": shown_text, **more})


def _fitting(text: str, max_bytes: int) -> str:
    """Return as much of the beginning as has at most so many bytes as JSON."""
    part = text[:max_bytes]
    while part and (size := len(dumps(part))) > max_bytes:
        part = part[: max(0, min(len(part) - 1, len(part) * max_bytes // size))]
    return part


def _document(path: str, text: str, max_bytes: int, *, is_asked_for: bool) -> ToolResult | None:
    try:
        value = loads(text)
    except ValueError as error:
        if is_asked_for:
            raise FileRefusedError(f"{path} is not JSON: {error}.") from None
        return None
    output: JsonObject = {"path": path, "json": flattened(value)}
    return ToolResult(output) if len(dumps(output)) <= max_bytes else None


def _table(path: str, text: str, offset: int, max_bytes: int) -> ToolResult:
    try:
        dialect = csv.Sniffer().sniff(text[:_SNIFFED], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    csv.field_size_limit(_FIELD_CHARACTERS)
    reader = csv.reader(io.StringIO(text, newline=""), dialect)
    rows: list[Json] = []
    size, is_cut = 0, False
    try:
        columns = next(reader, list[str]())
        for row in islice(reader, offset, None):
            size += len(dumps(row)) + 1
            if size > max_bytes:
                is_cut = True
                break
            rows.append(cast("Json", row))
    except csv.Error as error:
        raise FileRefusedError(f"{path} is no CSV file: {error}. Read it as text.") from None
    more: JsonObject = {"is_cut": True, "next_offset": offset + len(rows)} if is_cut else {}
    return ToolResult({"path": path, "columns": cast("Json", columns), "rows": rows, "row_count": len(rows), **more})
