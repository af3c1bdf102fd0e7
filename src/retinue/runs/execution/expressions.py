"""Expressions of workflows in the sandbox: all of a question in one program, of which each failure names its expression.

The code of a node is a program of its own, whose value is that of its last expression.
"""

import ast
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final
from uuid import UUID

from retinue.core.json import Json, JsonObject, dumps
from retinue.core.resources import Resources
from retinue.engine.compile.workflow.errors import ExpressionFailedError
from retinue.engine.compile.workflow.ports import Computed
from retinue.engine.compile.workflow.reading import values_read
from retinue.engine.spec.workflow.nodes import CodeLimits
from retinue.sandbox.service import limits_of, sandbox_of
from retinue.sandbox.types import Failure, FailureKind, Outcome, Program

_MOST_BYTES: Final = 256 * 1024
"""Of the values that one question's expressions read, as JSON."""
_SHOWN_CHARACTERS: Final = 200
_KEPT: Final = "__result = ("
_PASSING: Final = frozenset({FailureKind.TIME, FailureKind.CRASHED})
"""Failures of which a busy machine may be the cause: such a program is run once more."""


class SandboxExpressions:
    """Computes the expressions of one run. Implements ``engine.compile.workflow.ports.Expressions``.

    The same expressions over the same values give the same: the clock shows when the run was created.
    """

    def __init__(self, resources: Resources, organization_id: UUID, run_id: UUID) -> None:
        """Take the process's parts, whose work it is, and the run."""
        self._resources = resources
        self._owner = str(organization_id)
        self._run_id = run_id

    async def evaluate(self, expressions: Sequence[str], values: JsonObject) -> list[Json]:
        """Return the value of each; what is written out as a value needs no sandbox. Raises ``ExpressionFailedError``."""
        written = [_written(each) for each in expressions]
        if all(each is not None for each in written):
            return [each[0] for each in written if each is not None]
        calls = ", ".join(f"expression_{index}(__given)" for index in range(len(expressions)))
        found = await self._run(expressions, values, "", f"[{calls}]")
        return found if isinstance(found, list) else []

    async def choose(self, conditions: Sequence[str], values: JsonObject) -> int | None:
        """Return the place of the first condition that is true; later ones are not computed. Raises as ``evaluate`` does."""
        looks = [f"  if expression_{index}(given):\n    return {index}\n" for index in range(len(conditions))]
        found = await self._run(conditions, values, f"def first(given):\n{''.join(looks)}  return None\n", "first(__given)")
        return found if isinstance(found, int) else None

    async def run(self, code: str, values: JsonObject, limits: CodeLimits) -> Computed:
        """Run code over named values within limits, narrowed by the operator's."""
        if len(dumps(values)) > _MOST_BYTES:
            return Computed(None, "", f"reads more than {_MOST_BYTES // 1024} KiB of values.")
        prepared = _prepared(code)
        most = limits_of(self._resources, seconds=limits.seconds)
        memory = min(most.memory_bytes, limits.memory_mb * 1024 * 1024)
        program = Program(
            source=prepared.source,
            call=prepared.call,
            given=values,
            owner=self._owner,
            now=_created_at(self._run_id),
            seed=str(self._run_id),
            limits=replace(most, memory_bytes=memory, output_bytes=limits.output_kb * 1024),
        )
        outcome = await self._sandboxed(program)
        return Computed(
            outcome.value, outcome.printed, None if outcome.failure is None else _describe(outcome.failure, prepared)
        )

    async def _sandboxed(self, program: Program) -> Outcome:
        sandbox = sandbox_of(self._resources)
        outcome = await sandbox.run(program)
        if outcome.failure is not None and outcome.failure.kind in _PASSING:
            outcome = await sandbox.run(program)
        return outcome

    async def _run(self, expressions: Sequence[str], values: JsonObject, more: str, call: str) -> Json:
        read = values_read(expressions, values)
        if len(dumps(read)) > _MOST_BYTES:
            raise ExpressionFailedError(f"{_clip(expressions[0])}: reads more than {_MOST_BYTES // 1024} KiB of values.")
        source, begins = _source(expressions, sorted(read))
        program = Program(
            source=source + more,
            call=call,
            inputs={"__given": read},
            owner=self._owner,
            now=_created_at(self._run_id),
            seed=str(self._run_id),
            limits=limits_of(self._resources),
        )
        outcome = await self._sandboxed(program)
        if outcome.failure is not None:
            raise _error(outcome.failure, expressions, begins)
        return outcome.value


@lru_cache(maxsize=4_096)
def _written(expression: str) -> tuple[Json] | None:
    """Return the value of an expression that is a string, a number, True, False or None, in a tuple; else None."""
    if len(expression) > _SHOWN_CHARACTERS:
        return None
    try:
        found = ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None  # the sandbox says what is wrong
    value = found.value if isinstance(found, ast.Constant) else ...
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return (value,) if value is None or isinstance(value, str | int | float) else None


@dataclass(frozen=True, slots=True)
class _Prepared:
    """Code whose last expression is kept under a name; ``line`` is the one that was made longer by that."""

    source: str
    call: str
    line: int | None = None


def _prepared(code: str) -> _Prepared:
    try:
        last = ast.parse(code).body[-1:]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _Prepared(code, "None")  # the sandbox says what is wrong
    if not last or not isinstance(last[0], ast.Expr) or last[0].end_lineno is None or last[0].end_col_offset is None:
        return _Prepared(code, "None")
    expression, lines = last[0], code.encode().splitlines(keepends=True)
    begin = sum(map(len, lines[: expression.lineno - 1])) + expression.col_offset
    end = sum(map(len, lines[: last[0].end_lineno - 1])) + last[0].end_col_offset
    written = code.encode()
    source = written[:begin] + _KEPT.encode() + written[begin:end] + b")" + written[end:]
    return _Prepared(source.decode(), "__result", expression.lineno)


def _describe(failure: Failure, prepared: _Prepared) -> str:
    if failure.line is None:
        return failure.message
    column = failure.column
    if column is not None and failure.line == prepared.line and column > len(_KEPT):
        column -= len(_KEPT)
    where = f"line {failure.line}, column {column}" if column is not None else f"line {failure.line}"
    return f"{where}: {failure.message}"


def _source(expressions: Sequence[str], names: Sequence[str]) -> tuple[str, list[int]]:
    """Return a program with a function for each expression, and the line on which each expression begins."""
    takes = "".join(f"  {name} = given['{name}']\n" for name in names)
    source, begins = "", list[int]()
    for index, expression in enumerate(expressions):
        source += f"def expression_{index}(given):\n{takes}  return (\n"
        begins.append(source.count("\n") + 1)
        source += f"{expression.strip()}\n  )\n"
    return source, begins


def _error(failure: Failure, expressions: Sequence[str], begins: Sequence[int]) -> ExpressionFailedError:
    line = failure.line
    place = max((index for index, begin in enumerate(begins) if line is not None and begin <= line), default=None)
    if place is None or line is None:
        return ExpressionFailedError(f"{_clip(expressions[0])}: {failure.message}")
    within = line - begins[place] + 1
    where = f"line {within}, column {failure.column}" if failure.column is not None else f"line {within}"
    return ExpressionFailedError(f"{_clip(expressions[place])} ({where}): {failure.message}")


def _clip(expression: str) -> str:
    text = " ".join(expression.split())
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"


def _created_at(run_id: UUID) -> datetime | None:
    """Return the instant in an id of version 7, in its first 48 bits; None for any other id."""
    return datetime.fromtimestamp((run_id.int >> 80) / 1000, UTC) if run_id.version == 7 else None  # noqa: PLR2004 - RFC 9562
