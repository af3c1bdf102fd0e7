"""Names and texts of an exported program: identifiers that shadow nothing, values as Python writes them, templates."""

import ast
import builtins
import keyword
import re
from collections.abc import Iterable
from typing import Final

from retinue.core.json import Json
from retinue.engine.spec.workflow.values import is_expression, split

RESERVED: Final = frozenset(
    {
        *keyword.kwlist,
        *keyword.softkwlist,
        *dir(builtins),
        *("Annotated", "Any", "Command", "END", "START", "Send", "StateGraph", "TypedDict", "init_chat_model", "interrupt"),
        *("Flow", "State", "add", "after", "append", "collect", "errors", "flow", "given", "goto", "graph", "index"),
        *("input", "item", "json", "last", "later", "merge", "merge_flow", "output", "replace", "result", "run", "same"),
        *("seen", "state", "text", "time", "datetime", "UTC", "union", "update", "variables", "view", "visits", "written"),
    }
)
_WORD: Final = re.compile(r"\W")
_SEEN: Final = frozenset({"state", "input", "item", "index", "run", "variables"})


class Names:
    """Gives each thing of a program an identifier of its own."""

    def __init__(self, taken: Iterable[str]) -> None:
        """Take what is in use already, such as the keys of the state."""
        self._taken = {*RESERVED, *taken}

    def new(self, wish: str) -> str:
        """Return an identifier near to a wish; it gets an underscore until nothing else has it."""
        name = _WORD.sub("_", wish) or "node"
        name = f"_{name}" if name[0].isdigit() else name
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name


def enclosed(expression: str) -> str:
    """Return an expression that may stand anywhere: in brackets, on lines of its own where a comment may end it."""
    plain = expression.strip()
    return f"(\n{plain}\n)" if "\n" in plain or "#" in plain else f"({plain})"


def bare(expression: str) -> str:
    """Return an expression for a place of its own line, such as behind ``return``."""
    plain = expression.strip()
    needs_brackets = isinstance(_parsed(plain), ast.GeneratorExp | ast.Tuple)  # "1, 2" would end the value of a dictionary
    return enclosed(plain) if needs_brackets or "\n" in plain or "#" in plain else plain


def _parsed(expression: str) -> ast.expr | None:
    try:
        return ast.parse(expression, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def names_in(*sources: str) -> frozenset[str]:
    """Return the names that expressions or code read; all of them when one cannot be read."""
    found = set[str]()
    for source in sources:
        try:
            found |= {node.id for node in ast.walk(ast.parse(source.strip())) if isinstance(node, ast.Name)}
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            found |= {"state", "input", "item", "index", "result", "run", "variables"}
    return frozenset(found)


def filled(value: Json) -> str:
    """Return a value whose texts may hold ``{{ … }}`` as a Python expression."""
    if isinstance(value, str):
        return _template(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {filled(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(filled(each) for each in value) + "]"
    return repr(value)


def _template(value: str) -> str:
    parts = split(value)
    if is_expression(value):
        return enclosed(next(text for is_code, text in parts if is_code))
    written = [f"text({_whole(part)})" if is_code else repr(part) for is_code, part in parts if is_code or part]
    return " + ".join(written) or "''"


def _whole(expression: str) -> str:
    return enclosed(expression)[1:-1]


def tidied(lines: Iterable[str]) -> list[str]:
    """Return functions without names that they set and never read."""
    functions, found = list[list[str]](), list[str]()
    for line in "\n".join(lines).split("\n"):
        if line.startswith("def ") or not functions:
            functions.append([])
        functions[-1].append(line)
    for function in functions:
        read = {
            node.id
            for node in ast.walk(ast.parse("\n".join(function)))
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        }
        for line in function:
            name, is_set, rest = line.strip().partition(" = ")
            if is_set and name in _SEEN and name not in read:
                continue
            found.append(line.replace("result = ", "_result = ", 1) if name == "result" and "result" not in read else line)
            del rest
    return found


def indented(lines: Iterable[str], by: int = 1) -> list[str]:
    """Return lines further to the right; those within a bracket or a text may be moved too, so texts hold no line breaks."""
    return [f"{'    ' * by}{line}" if line else "" for each in lines for line in each.split("\n")]
