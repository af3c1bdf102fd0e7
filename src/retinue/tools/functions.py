"""What an operator's Python functions use to become tools: see docs/tools.md.

A package offers a function under the entry point group ``retinue.tools``. Its signature is the schema of the arguments and
its docstring the description; ``@tool`` declares what a repeated call does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from retinue.tools.types import Effect

_FunctionT = TypeVar("_FunctionT", bound=Callable[..., object])
_MARK = "__retinue_effect__"


class ToolError(Exception):
    """Raised by a function for a failure the model can act on; its text is given to the model."""


@dataclass(frozen=True, slots=True)
class CallContext:
    """Who calls. A function that has a parameter annotated with this class is given it; the model does not see it.

    ``idempotency_key`` stays the same when a call is made again after a crash.
    """

    organization_id: str
    run_id: str
    idempotency_key: str


def tool(*, effect: Effect | str) -> Callable[[_FunctionT], _FunctionT]:
    """Declare what a repeated call of a function does: read_only, idempotent or dangerous. Undeclared: dangerous."""
    declared = Effect(effect)

    def mark(function: _FunctionT) -> _FunctionT:
        setattr(function, _MARK, declared)
        return function

    return mark


def effect_of(function: object) -> Effect:
    """Return the effect that a function declares; dangerous when it declares none."""
    return getattr(function, _MARK, Effect.DANGEROUS)
