"""The child process that reads documents: its limits, what it is told on standard input, and what it answers.

``python -m retinue.tools.openapi.reader``. A hostile document can take time and memory without end, so this process limits
both before it reads anything, and holds no secret, no connection and no environment.
"""

import contextlib
import resource
import signal
import sys
from dataclasses import asdict
from typing import Final, cast

from retinue.core.json import JsonObject, dumps, loads
from retinue.core.processes import end_with_parent
from retinue.tools.openapi.document import parse_document
from retinue.tools.openapi.operations import ReadDocument, read_openapi
from retinue.tools.openapi.problems import DocumentError

MEMORY_BYTES: Final = 300 * 1024 * 1024
CPU_SECONDS: Final = 30
ANSWER_BYTES: Final = 48 * 1024 * 1024


def main() -> None:
    """Read one request and write one answer: the document, or the problem with it."""
    request = cast("JsonObject", loads(sys.stdin.buffer.readline()))
    end_with_parent(cast("int", request["parent"]), signal.SIGKILL)
    _limit()
    try:
        answer = _answer(request)
    except DocumentError as error:
        answer = _problem(error.message, error.remedy, error.field)
    except MemoryError:
        answer = _problem(*TOO_LARGE)
    except RecursionError:
        answer = _problem("is nested too deeply", "Nest it less deeply.")
    sys.stdout.buffer.write(answer)


TOO_LARGE: Final = (f"needs more than {MEMORY_BYTES >> 20} MB of memory to be read", "Split it into several documents.")


def _problem(message: str, remedy: str, field: str = "document") -> bytes:
    return dumps({"problem": {"field": field, "message": message, "remedy": remedy}})


def _limit() -> None:
    with contextlib.suppress(ValueError, OSError):  # a lower limit is set already, or the system has none
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answer(request: JsonObject) -> bytes:
    try:
        text = sys.stdin.buffer.read().decode()
    except UnicodeDecodeError:
        raise DocumentError("is not UTF-8", "Save it as UTF-8.") from None
    document = parse_document(text)
    del text
    source_url, base_url = request.get("source_url"), request.get("base_url")
    read = read_openapi(
        document,
        source_url=source_url if isinstance(source_url, str) else None,
        base_url=base_url if isinstance(base_url, str) else None,
    )
    answer = dumps({"read": _written(read, request)})
    if len(answer) > ANSWER_BYTES:
        raise DocumentError(
            "has operations whose tools take too much room together", "Choose fewer operations at once.", field="create"
        )
    return answer


def _written(read: ReadDocument, request: JsonObject) -> JsonObject:
    """Return what was read; only the operations that were asked for have their tools with them."""
    offset, limit = cast("int", request["offset"]), cast("int", request["limit"])
    chosen = request.get("chosen")
    names = frozenset(str(each) for each in chosen) if isinstance(chosen, list) else None
    operations: list[JsonObject] = []
    for at, each in enumerate(read.operations):
        is_shown = offset <= at < offset + limit and request["with_tools"] is True
        is_chosen = chosen == "all" or (names is not None and each.operation_id in names)
        tool = each.tool if is_shown or is_chosen else None
        operations.append({**{name: getattr(each, name) for name in _FIELDS}, "tool": tool})
    return {
        "title": read.title,
        "base_url": read.base_url,
        "operations": [*operations],
        "skipped": [cast("JsonObject", asdict(each)) for each in read.skipped],
        "credentials": [*read.credentials],
        "warnings": [*read.warnings],
    }


_FIELDS: Final = ("operation_id", "method", "path", "summary", "name", "digest", "is_public", "warnings")


if __name__ == "__main__":
    main()
