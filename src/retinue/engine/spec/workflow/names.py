"""The expressions of a workflow: that each is Python, and that it names only what is there.

The sandbox checks types when the workflow is saved; what is checked here needs no sandbox, and gives line and column.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, cast

from retinue.core.json import Json, JsonObject
from retinue.engine.spec.workflow.findings import Finding, nearest, objects, pointer, text
from retinue.engine.spec.workflow.graph import graphs
from retinue.engine.spec.workflow.values import expressions_in

_ALWAYS: Final = frozenset({"state", "input", "run", "variables"})
_IN_MAP: Final = frozenset({"item", "index"})
_IN_LOOP: Final = frozenset({"index"})
_BUILTINS: Final = frozenset(
    {
        "abs",
        "all",
        "any",
        "bool",
        "bytes",
        "dict",
        "divmod",
        "enumerate",
        "filter",
        "float",
        "frozenset",
        "int",
        "isinstance",
    }
    | {
        "len",
        "list",
        "map",
        "max",
        "min",
        "pow",
        "range",
        "repr",
        "reversed",
        "round",
        "set",
        "sorted",
        "str",
        "sum",
        "tuple",
    }
    | {"zip"}
)
_TEMPLATED: Final = dict.fromkeys(
    ("input", "url", "headers", "query", "body", "reason", "ask", "messages", "settings")
).keys()
_BEFORE: Final = ("when", "over", "on", "at", "correlation")
_MEMORY: Final = "state"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an expression stands, and the names that it may use."""

    path: str
    node: str | None
    names: frozenset[str]


def expressions(document: JsonObject) -> Iterator[tuple[Place, str]]:
    """Give each expression of a document with its place, the ones within texts too."""
    for place, graph in graphs(document):
        before = _ALWAYS | _of_containers(document, place)
        types = {text(node.get("id")): text(node.get("type")) for _, node in objects(graph.get("nodes"))}
        told = {text(route.get("goto")) for _, node in objects(graph.get("nodes")) if (route := _route(node))}
        for index, node in objects(graph.get("nodes")):
            known = before | {"result"} if text(node.get("id")) in told else before
            yield from _of_node(node, (*place, "nodes", index), known)
        for index, edge in objects(graph.get("edges")):
            source, when = text(edge.get("from")), edge.get("when")
            if isinstance(when, str):
                names = before if types.get(source) in {None, "condition"} else before | {"result"}
                yield Place(pointer(*place, "edges", index, "when"), source or None, names), when
    output = document.get("output")
    for key, value in output.items() if isinstance(output, dict) else ():
        if isinstance(value, str):
            yield Place(pointer("output", key), None, _ALWAYS), value


def _of_containers(document: JsonObject, place: tuple[str | int, ...]) -> frozenset[str]:
    """Return the names that the maps and loops around a place add. ``item`` is that of the innermost map."""
    found, value = frozenset[str](), cast("Any", document)
    for part in place:
        value = value[part]
        if isinstance(part, int):  # a map or a loop: the next part is its body
            found |= _IN_MAP if value["type"] == "map" else _IN_LOOP
    return found


def _of_node(node: JsonObject, place: tuple[str | int, ...], before: frozenset[str]) -> Iterator[tuple[Place, str]]:
    name, after = text(node.get("id")) or None, before | {"result"}
    names = {**dict.fromkeys((*_BEFORE, "set", "cache"), before), "until": after | _IN_LOOP, "where": after, "output": after}
    for key, allowed in names.items():
        value = node.get(key)
        if key == "cache":
            value = {"key": value.get("key")} if isinstance(value, dict) else None
        for parts, each in _texts(value, (key,)):
            yield Place(pointer(*place, *parts), name, allowed), each
    for key in _TEMPLATED if node.get("type") == "http" else _TEMPLATED - {"body"}:
        for parts, template in _texts(node.get(key), (key,)):
            for each in expressions_in(template):
                yield Place(pointer(*place, *parts), name, before), each


def _route(node: JsonObject) -> JsonObject | None:
    """Return where a node's errors go; the node there finds the error in ``result``."""
    route = node.get("on_error")
    return route if isinstance(route, dict) else None


def _texts(value: Json, place: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _texts(each, (*place, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _texts(each, (*place, index))


def findings(document: JsonObject) -> Iterator[Finding]:
    """Give what is wrong with the expressions of a document: not Python, or a name that is not there."""
    state = document.get("state")
    keys = frozenset(state) if isinstance(state, dict) else frozenset[str]()
    for place, expression in expressions(document):
        yield from _expression_findings(place, expression, keys)
    for place, graph in graphs(document):
        known = _ALWAYS | _of_containers(document, place)
        for index, node in objects(graph.get("nodes")):
            if node.get("type") == "code" and isinstance(node.get("code"), str):
                yield from _code_findings(
                    Place(pointer(*place, "nodes", index, "code"), text(node.get("id")) or None, known), node
                )
            for part in ("output", "set"):
                value = node.get(part)
                for key in value if isinstance(value, dict) else ():
                    if key not in keys:
                        path = pointer(*place, "nodes", index, part, key)
                        message = f"The state has no key {key[:80]}."
                        yield Finding(
                            path,
                            "unknown_state_key",
                            message,
                            node=text(node.get("id")) or None,
                            suggestion=nearest(key, keys) or f"Declare {key[:80]} under state.",
                        )


def codes(document: JsonObject) -> Iterator[tuple[Place, str]]:
    """Give the code of each code node that is Python, with its place and the names that it may use."""
    for place, graph in graphs(document):
        known = _ALWAYS | _of_containers(document, place)
        for index, node in objects(graph.get("nodes")):
            code, where = text(node.get("code")), pointer(*place, "nodes", index, "code")
            if node.get("type") == "code" and code and not _code_problem(code):
                yield Place(where, text(node.get("id")) or None, known), code


def _code_problem(code: str) -> SyntaxError | ValueError | RecursionError | MemoryError | None:
    try:
        ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return error
    return None


def _code_findings(place: Place, node: JsonObject) -> Iterator[Finding]:
    """Give what is wrong with the code of a node: not Python, or no value at its end. The sandbox looks at its names."""
    code = text(node.get("code"))
    error = _code_problem(code)
    if error is not None:
        line, column = (error.lineno or 1, error.offset or 1) if isinstance(error, SyntaxError) else (1, 1)
        reason = error.msg if isinstance(error, SyntaxError) else "it is nested too deeply"
        yield Finding(place.path, "not_code", f"This is not Python: {reason}.", node=place.node, line=line, column=column)
        return
    body = ast.parse(code).body
    if body and not isinstance(body[-1], ast.Expr):
        yield Finding(
            place.path,
            "no_value",
            "The code does not end with an expression, so its result is null.",
            severity="warning",
            node=place.node,
            suggestion="End it with the value that is its result.",
            line=body[-1].lineno,
            column=body[-1].col_offset + 1,
        )


def _expression_findings(place: Place, expression: str, keys: frozenset[str]) -> Iterator[Finding]:
    try:
        tree = ast.parse(expression.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line, column = (error.lineno or 1, error.offset or 1) if isinstance(error, SyntaxError) else (1, 1)
        reason = error.msg if isinstance(error, SyntaxError) else "it is nested too deeply"
        yield Finding(
            place.path,
            "not_an_expression",
            f"This is not an expression: {reason}.",
            node=place.node,
            line=line,
            column=column,
        )
        return
    bound = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    bound |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id not in place.names | bound | _BUILTINS:
            known = sorted(place.names)
            message = f"Nothing here is called {node.id}."
            suggestion = nearest(node.id, known) or f"Known are {', '.join(known)}."
            yield Finding(
                place.path,
                "unknown_name",
                message,
                node=place.node,
                suggestion=suggestion,
                line=node.lineno,
                column=node.col_offset + 1,
            )
        if isinstance(node, ast.Subscript) and (key := _state_key(node)) is not None and key not in keys:
            message = f"The state has no key {key[:80]}."
            suggestion = nearest(key, keys) or f"Declare {key[:80]} under state."
            line, column = node.lineno, node.col_offset + 1
            yield Finding(
                place.path, "unknown_state_key", message, node=place.node, suggestion=suggestion, line=line, column=column
            )


def _state_key(node: ast.Subscript) -> str | None:
    """Return the key of ``state['key']``."""
    is_state = isinstance(node.value, ast.Name) and node.value.id == _MEMORY
    return (
        node.slice.value if is_state and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str) else None
    )
