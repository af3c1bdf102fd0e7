"""The built-in tool ``calculator``: an expression in, a decimal number out."""

from typing import cast

from retinue.engine.ports import ToolResult
from retinue.tools.kinds.arithmetic import CalculationError, evaluate
from retinue.tools.ports import KindCall


async def invoke(call: KindCall) -> ToolResult:
    """Evaluate the expression; what has no value is told to the model."""
    try:
        return ToolResult(evaluate(cast("str", call.arguments["expression"])))
    except CalculationError as error:
        return ToolResult(str(error), is_error=True)
