"""What went wrong in a worker, as one sentence with a place in the source: errors of the library become values of ours."""

import re
from typing import TYPE_CHECKING

from retinue.sandbox.types import Failure, FailureKind, Limits, Problem

if TYPE_CHECKING:
    from pydantic_monty import MontyError

_CHARACTERS = 500
_PROBLEMS = 20
_SOURCE = "<python-input-0>"
"""What the library calls the first text that a session is given: the user's source."""

_CONCISE = re.compile(r"^[^:\n]*:(\d+):(\d+): (?:error|warning|info|fatal)\[[^\]]*\] (.+)$", re.MULTILINE)
_NOT_HERE = re.compile(r"[Tt]he monty syntax parser does not yet support (.+)")


def failure_of(error: "MontyError", limits: Limits) -> Failure:
    """Return why a program gave no value."""
    from pydantic_monty import MontyCrashedError, MontySyntaxError  # noqa: PLC0415 - loaded only with the pool

    if isinstance(error, MontyCrashedError):
        return _crash(str(error), limits)
    inner = error.exception()
    if isinstance(inner, TimeoutError):
        return Failure(FailureKind.TIME, f"The code ran longer than {limits.seconds:g} seconds.")
    if isinstance(inner, MemoryError):
        if "printed" in str(inner) or f"> {limits.printed_bytes} bytes" in str(inner):
            return Failure(FailureKind.OUTPUT, f"The code printed more than {limits.printed_bytes} bytes.")
        return Failure(FailureKind.MEMORY, f"The code used more than {limits.memory_bytes // 1048576} MiB of memory.")
    line, column = _place(error)
    kind = FailureKind.SYNTAX if isinstance(error, MontySyntaxError) else FailureKind.ERROR
    return Failure(kind, _sentence(inner), line, column)


def problems_of(error: "MontyError", limits: Limits) -> tuple[Problem, ...]:
    """Return the mistakes that a check found."""
    from pydantic_monty import MontyTypingError  # noqa: PLC0415 - as above

    if isinstance(error, MontyTypingError):
        found = [
            Problem(message.replace("`", "'")[:_CHARACTERS], int(line), int(column))
            for line, column, message in _CONCISE.findall(error.display())
        ]
        return tuple(found[:_PROBLEMS]) or (Problem("The types do not fit."),)
    failure = failure_of(error, limits)
    return (Problem(failure.message, failure.line, failure.column),)


def _crash(text: str, limits: Limits) -> Failure:
    if "timeout" in text:
        return Failure(FailureKind.TIME, f"The code ran longer than {limits.seconds:g} seconds and was stopped.")
    return Failure(FailureKind.CRASHED, "The sandbox stopped while the code ran; it has been replaced.")


def _place(error: "MontyError") -> tuple[int | None, int | None]:
    from pydantic_monty import MontyRuntimeError, MontySyntaxError  # noqa: PLC0415 - as above

    if isinstance(error, MontyRuntimeError | MontySyntaxError):
        for frame in reversed(error.traceback()):
            if frame.filename in {_SOURCE, "main.py"}:
                return frame.line, frame.column
    return None, None


def _sentence(inner: BaseException) -> str:
    text = str(inner)
    unsupported = _NOT_HERE.search(text)
    if unsupported:
        return f"{unsupported[1].rstrip('.').capitalize()} are not supported in the sandbox."
    name = type(inner).__name__
    return (f"{name}: {text}" if text else name)[:_CHARACTERS]
