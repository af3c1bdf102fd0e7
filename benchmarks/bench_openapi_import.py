"""What does it take to read an OpenAPI document of 10 MB and 2,000 operations, as JSON and as YAML?

The document is made here: 1,000 schemas that refer to one another, 2,000 operations with parameters, bodies and examples. It
is read by the child process, as the import reads it: start, parsing, every operation turned into a tool, the tools of the
first page returned. Measured are the time from outside, and the child's processor time and peak memory.

    python -m benchmarks.bench_openapi_import

Seen (two quiet cores, load 1, November 2026): JSON 0.6 s, YAML 1.0 s, of processor time and
from outside; 112 MB at the peak.
"""

import asyncio
import os
import time
from collections.abc import Iterator
from typing import Any, cast

from benchmarks.report import Report
from retinue.core.json import dumps
from retinue.tools.openapi.child import DocumentReader, Wanted

OPERATIONS = 2000
BYTES = 10 * 1024 * 1024
_WANTED = Wanted(None, None, 0, 100, with_tools=True, chosen=())


def document(examples: int) -> dict[str, Any]:
    """Return a document of 2,000 operations with so many examples in each body."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for n in range(OPERATIONS // 2):
        name = f"Thing{n}"
        schemas[name] = _schema(n)
        reference = {"$ref": f"#/components/schemas/{name}"}
        example = {"value": {f"field_{k}": "an example value of this field" for k in range(14)}}
        paths[f"/things-{n}/{{id}}"] = {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
            "get": {
                "operationId": f"getThing{n}",
                "summary": f"Get thing {n}",
                "description": "Returns the thing. " * 20,
                "parameters": [_filter(k) for k in range(6)],
                "responses": {"200": {"description": "OK", "content": {"application/json": {"schema": reference}}}},
            },
            "post": {
                "operationId": f"setThing{n}",
                "summary": f"Set thing {n}",
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"schema": reference, "examples": {f"e{k}": example for k in range(examples)}}
                    },
                },
                "responses": {"200": {"description": "OK"}},
            },
        }
    info = {"title": "Things", "version": "1"}
    servers = [{"url": "https://api.example.com"}]
    return {"openapi": "3.0.3", "info": info, "servers": servers, "paths": paths, "components": {"schemas": schemas}}


def _schema(n: int) -> dict[str, Any]:
    fields = {
        f"field_{k}": {"type": "string", "description": f"Field {k} of thing {n}. It holds a text."} for k in range(14)
    }
    return {
        "type": "object",
        "required": ["name"],
        "properties": {
            **fields,
            "name": {"type": "string"},
            "owner": {"$ref": f"#/components/schemas/Thing{(n + 1) % (OPERATIONS // 2)}"},
            "tags": {"type": "array", "items": {"type": "string"}},
        },
    }


def _filter(k: int) -> dict[str, Any]:
    schema = {"type": "array", "items": {"type": "string"}}
    return {"name": f"q{k}", "in": "query", "description": "A filter of the things. " * 4, "schema": schema}


def json_document() -> bytes:
    """Return the largest of these documents that is not over 10 MiB, as JSON."""
    text = dumps(document(0))
    each = len(dumps(document(1))) - len(text)
    return dumps(document((BYTES - len(text)) // each))


def yaml_document() -> bytes:
    """Return the largest of these documents that is not over 10 MiB, as YAML in block style."""

    def written(examples: int) -> bytes:
        return ("\n".join(_block(document(examples), "")) + "\n").encode()

    text = written(0)
    return written((BYTES - len(text)) // (len(written(1)) - len(text)))


def _block(value: Any, indent: str) -> Iterator[str]:
    """Yield the lines of a mapping or a list in block style; keys and strings are plain where YAML reads them so."""
    mapping = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    items = cast("list[Any]", value) if isinstance(value, list) else []
    for key, item in [*mapping.items(), *(("-", each) for each in items)]:
        head = f"{indent}{key}" if key == "-" else f"{indent}{key}:"
        if isinstance(item, dict | list):
            yield head
            yield from _block(item, indent + "  ")
        else:
            yield f"{head} {dumps(item).decode() if not isinstance(item, str) or ': ' in item else item}"


async def _read(report: Report, form: str, text: bytes, most_seconds: float) -> None:
    report.figure(f"{form}: size", len(text) / 1024 / 1024, "MiB")
    began = time.perf_counter()
    before = os.times()
    found = await DocumentReader().read(text, _WANTED)
    after = os.times()
    took = time.perf_counter() - began
    used = after.children_user + after.children_system - before.children_user - before.children_system
    report.figure(f"{form}: operations", len(found.operations), "")
    report.figure(f"{form}: processor time of the child", used, "s", most=most_seconds)
    report.figure(f"{form}: time from outside", took, "s", most=most_seconds)


async def _measure(report: Report) -> None:
    import resource  # noqa: PLC0415 - not on every system that reads the benchmarks

    await _read(report, "JSON", json_document(), 3)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    report.figure("JSON: peak memory of the child", peak / 1024, "MB", most=300)
    await _read(report, "YAML 1.2", yaml_document(), 15)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    report.figure("both: peak memory of a child", peak / 1024, "MB", most=300)


def main() -> None:
    """Measure."""
    report = Report("openapi_import")
    asyncio.run(_measure(report))
    report.close()


if __name__ == "__main__":
    main()
