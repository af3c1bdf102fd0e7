"""The code of a definition's code nodes, as the sandbox sees it: unknown names, wrong types, what it does not support.

The expressions are looked at too, for wrong types.

Takes up to a second in another process, so it is done before a transaction is open.
"""

from typing import Final

from retinue.core.json import JsonObject
from retinue.core.resources import Resources
from retinue.engine.spec.workflow.findings import Finding, objects, pointer, text
from retinue.engine.spec.workflow.graph import graphs
from retinue.engine.spec.workflow.names import codes
from retinue.sandbox.service import check_limits_of, limits_of, sandbox_of
from retinue.workflows import typed

_INDENT: Final = "  "
_BYTES_PER_MB: Final = 1024 * 1024


async def examine(resources: Resources, definition: JsonObject) -> tuple[Finding, ...]:
    """Return the findings in the code of a definition's nodes; code that is not Python has findings elsewhere.

    Raises ``SandboxUnavailableError`` when code cannot be run here.
    """
    found = [*_limit_findings(resources, definition), *await typed.examine(resources, definition)]
    places = list(codes(definition))
    if not places:
        return tuple(found)
    source, begins = "from typing import Any\n", list[int]()
    for number, (place, code) in enumerate(places):
        parameters = ", ".join(f"{name}: Any" for name in sorted(place.names))
        source += f"def code_{number}({parameters}):\n"
        begins.append(source.count("\n") + 1)
        source += "".join(f"{_INDENT}{line}\n" for line in code.splitlines()) + f"{_INDENT}pass\n"
    for problem in await sandbox_of(resources).check(source, check_limits_of(resources)):
        at = max(
            (index for index, begin in enumerate(begins) if problem.line is not None and begin <= problem.line), default=0
        )
        line = None if problem.line is None else max(1, problem.line - begins[at] + 1)
        column = None if problem.column is None else max(1, problem.column - len(_INDENT))
        place = places[at][0]
        found.append(Finding(place.path, "invalid_code", problem.message, node=place.node, line=line, column=column))
    return tuple(found)


def _limit_findings(resources: Resources, definition: JsonObject) -> list[Finding]:
    """Find limits that the operator does not allow."""
    most, found = limits_of(resources), list[Finding]()
    for place, graph in graphs(definition):
        for index, node in objects(graph.get("nodes")):
            limits = node.get("limits")
            if node.get("type") != "code" or not isinstance(limits, dict):
                continue
            allowed = {"seconds": most.seconds, "memory_mb": most.memory_bytes // _BYTES_PER_MB}
            for field, bound in allowed.items():
                value = limits.get(field)
                if isinstance(value, int | float) and value > bound:
                    message = f"{field} is {value:g}, and this installation allows {bound:g}."
                    path = pointer(*place, "nodes", index, "limits", field)
                    remedy = f"Set it to {bound:g} or less, or ask the operator."
                    found.append(
                        Finding(path, "limit_too_high", message, node=text(node.get("id")) or None, suggestion=remedy)
                    )
    return found
