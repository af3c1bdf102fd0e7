"""Reading a document in a child process, as seen by the process that asks."""

import asyncio
import contextlib
import os
import sys
from dataclasses import dataclass
from typing import Any, Final, cast

from retinue.core.errors import FieldProblem
from retinue.core.json import JsonObject, dumps, loads
from retinue.core.logging import get_logger
from retinue.tools.errors import OpenApiInvalidError
from retinue.tools.openapi import reader
from retinue.tools.openapi.operations import Operation, Skipped

_log = get_logger(__name__)

_SHOWN: Final = 4000
_SECONDS: Final = 120.0
_AT_ONCE: Final = 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to read of a document: its tools from ``offset`` on, and those of ``chosen`` ids (None: of all)."""

    source_url: str | None
    base_url: str | None
    offset: int
    limit: int
    with_tools: bool
    chosen: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Found:
    """What a document offers. An operation's ``tool`` is empty where it was not asked for."""

    title: str
    base_url: str | None
    operations: tuple[Operation, ...]
    skipped: tuple[Skipped, ...]
    credentials: tuple[JsonObject, ...]
    warnings: tuple[str, ...]


class DocumentReader:
    """Reads documents, two at once at most: each may take 300 MB and a processor. The others wait."""

    def __init__(self) -> None:
        """Read nothing yet."""
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def read(self, text: bytes, wanted: Wanted) -> Found:
        """Read a document. Raises ``OpenApiInvalidError`` that names the field and the remedy."""
        request: JsonObject = {
            "parent": os.getpid(),
            "source_url": wanted.source_url,
            "base_url": wanted.base_url,
            "offset": wanted.offset,
            "limit": wanted.limit,
            "with_tools": wanted.with_tools,
            "chosen": "all" if wanted.chosen is None else [*wanted.chosen],
        }
        async with self._turns:
            code, answer = await _run(dumps(request) + b"\n" + text)
        return _found(code, answer)


async def _run(request: bytes) -> tuple[int, bytes]:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        reader.__name__,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd="/",
        env={},
        close_fds=True,
    )
    try:
        async with asyncio.timeout(_SECONDS):
            answer, told = await child.communicate(request)
    except TimeoutError:
        return -reader.signal.SIGXCPU, b""
    finally:
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    if child.returncode and child.returncode > 0 and b"MemoryError" not in told:
        _log.error("openapi.reader_failed", code=child.returncode, stderr=told[-_SHOWN:].decode(errors="replace"))
        raise RuntimeError(f"the process that reads documents ended with {child.returncode}")
    return child.returncode or 0, answer


def _found(code: int, answer: bytes) -> Found:
    if code in {-reader.signal.SIGXCPU, -reader.signal.SIGKILL}:
        raise _invalid(f"takes more than {reader.CPU_SECONDS} seconds to be read", "Split it, or remove its aliases.")
    if code or not answer:
        raise _invalid(*reader.TOO_LARGE)  # an allocation failed where Python could not report it
    document = cast("dict[str, Any]", loads(answer))
    problem = document.get("problem")
    if problem is not None:
        raise _invalid(problem["message"], problem["remedy"], problem["field"])
    read = document["read"]
    return Found(
        title=read["title"],
        base_url=read["base_url"],
        operations=tuple(_operation(each) for each in read["operations"]),
        skipped=tuple(Skipped(**each) for each in read["skipped"]),
        credentials=tuple(read["credentials"]),
        warnings=tuple(read["warnings"]),
    )


def _operation(each: dict[str, Any]) -> Operation:
    fields: dict[str, Any] = {**each, "tool": each["tool"] or {}, "warnings": tuple(each["warnings"])}
    return Operation(**fields)


def _invalid(message: str, remedy: str, field: str = "document") -> OpenApiInvalidError:
    return OpenApiInvalidError.of(FieldProblem(field, message, remedy))
