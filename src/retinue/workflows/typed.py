"""The expressions of a definition against the types of its state: all of them are one module, a function each.

Types are those of the keys' schemas, as far as Python says them: text, numbers, booleans, lists of these, objects. A key
without a schema is anything, and so is all that an expression sees beside the state.
"""

import ast
import keyword
from dataclasses import dataclass, field
from typing import Final

from retinue.core.json import Json, JsonObject
from retinue.core.resources import Resources
from retinue.engine.spec.workflow.findings import Finding
from retinue.engine.spec.workflow.names import Place, expressions
from retinue.sandbox.service import check_limits_of, sandbox_of

_PLAIN: Final = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "object": "dict[str, Any]"}
_ANY: Final = "Any"
_HEAD: Final = "from typing import Any\n"
_KNOWN: Final = "Unknown key"
"""How the sandbox begins what is told, with a suggestion, without it."""


@dataclass(slots=True)
class _Module:
    """The expressions as a module, and the line at which each begins."""

    source: str = _HEAD
    places: list[tuple[Place, int]] = field(default_factory=list[tuple[Place, int]])

    def add(self, place: Place, text: str) -> None:
        names = ", ".join(f"{name}: {'State' if name == 'state' else _ANY}" for name in sorted(place.names))
        self.source += f"def expression_{len(self.places)}({names}):\n return (\n"
        self.places.append((place, self.source.count("\n") + 1))
        self.source += f"{text}\n )\n"

    def place_of(self, line: int) -> tuple[Place, int]:
        return max((each for each in self.places if each[1] <= line), key=lambda each: each[1])


async def examine(resources: Resources, definition: JsonObject) -> list[Finding]:
    """Return what is of a wrong type. Raises ``SandboxUnavailableError``."""
    stubs, module = _stubs(definition.get("state")), _Module()
    if stubs is None:
        return []
    for place, text in expressions(definition):
        if "state" in text and "state" in place.names and _is_expression(text):
            module.add(place, text)
    if not module.places:
        return []
    found: list[Finding] = []
    for problem in await sandbox_of(resources).check(module.source, check_limits_of(resources), stubs=stubs):
        if problem.line is not None and not problem.message.startswith(_KNOWN):
            place, begins = module.place_of(problem.line)
            line = problem.line - begins + 1
            found.append(
                Finding(place.path, "wrong_type", problem.message, node=place.node, line=line, column=problem.column)
            )
    return found


def _stubs(state: Json) -> str | None:
    """Return the state as a type; None where nothing is known of any key, or a key cannot be written as a field."""
    fields = state if isinstance(state, dict) else {}
    types = {key: _type_of(each.get("schema") if isinstance(each, dict) else None) for key, each in fields.items()}
    if all(each == _ANY for each in types.values()):
        return None
    if not all(key.isidentifier() and not keyword.iskeyword(key) for key in types):
        return None
    lines = "".join(f"  {key}: {each}\n" for key, each in types.items())
    return f"from typing import Any, TypedDict\nclass State(TypedDict):\n{lines}"


def _type_of(schema: Json) -> str:
    kind = schema.get("type") if isinstance(schema, dict) else None
    if isinstance(schema, dict) and kind == "array":
        return f"list[{_type_of(schema.get('items'))}]"
    return _PLAIN.get(kind, _ANY) if isinstance(kind, str) else _ANY


def _is_expression(text: str) -> bool:
    """Say whether a text is an expression; what is wrong with others is told elsewhere."""
    try:
        ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError):
        return False
    return True
