"""What two definitions of a workflow mean differently: nodes, edges and fields that were added, removed or changed. Pure.

Nodes are known by their paths, edges by where they begin and end. Where boxes are drawn and what notes say is no change.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

from retinue.core.json import Json, JsonObject
from retinue.engine.spec.workflow.findings import objects, text

T = TypeVar("T")
Kind = Literal["added", "removed", "changed"]
Part = Literal["node", "edge", "state", "field"]
_UNMEANT: Final = frozenset({"position", "id"})
_OF_GRAPH: Final = frozenset({"nodes", "edges", "state", "format"})


@dataclass(frozen=True, slots=True)
class DifferentField:
    """A field that differs; null where it is not set."""

    field: str
    before: Json
    after: Json


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference.

    ``path`` is that of the node, the key of the state, or the field; of an edge, that of the map or loop around it, empty
    outside. ``source`` and ``target`` are the ends of an edge. ``message`` says it in a sentence.
    """

    kind: Kind
    part: Part
    path: str
    source: str | None
    target: str | None
    fields: list[DifferentField]
    message: str


@dataclass(slots=True)
class _Drawn:
    nodes: dict[str, JsonObject]
    edges: dict[tuple[str, str, str, int], JsonObject]


def changes(before: JsonObject, after: JsonObject) -> list[Difference]:
    """Return the differences from one definition to another: of the workflow, its state, its nodes, its edges."""
    old, new = _drawn(before), _drawn(after)
    found = list(_of_fields(before, after))
    found += _of_state(_part(before, "state"), _part(after, "state"))
    found += _of_nodes(old.nodes, new.nodes)
    found += _of_edges(old.edges, new.edges)
    return found


def _part(document: JsonObject, name: str) -> JsonObject:
    value = document.get(name)
    return value if isinstance(value, dict) else {}


def _drawn(document: JsonObject) -> _Drawn:
    drawn = _Drawn({}, {})
    _draw(document, "", drawn)
    return drawn


def _draw(graph: JsonObject, place: str, drawn: _Drawn) -> None:
    for _, node in objects(graph.get("nodes")):
        if node.get("type") == "note":
            continue
        path = f"{place}/{text(node.get('id'))}" if place else text(node.get("id"))
        drawn.nodes[path] = {name: value for name, value in node.items() if name not in _UNMEANT and name != "body"}
        body = node.get("body")
        if node.get("type") in {"map", "loop"} and isinstance(body, dict):
            _draw(body, path, drawn)
        elif body is not None:
            drawn.nodes[path]["body"] = body
    seen = Counter[tuple[str, str]]()
    for _, edge in objects(graph.get("edges")):
        ends = (text(edge.get("from")), text(edge.get("to")))
        drawn.edges[place, *ends, seen[ends]] = {name: value for name, value in edge.items() if name not in {"from", "to"}}
        seen[ends] += 1


def _of_fields(before: JsonObject, after: JsonObject) -> Iterator[Difference]:
    for each in _differing(before, after):
        if each.field not in _OF_GRAPH:
            yield Difference("changed", "field", each.field, None, None, [each], f"{each.field} of the workflow changed.")


def _of_state(before: JsonObject, after: JsonObject) -> Iterator[Difference]:
    for key in _keys(before, after):
        if key not in before:
            yield Difference("added", "state", key, None, None, [], f"State key {key} added.")
        elif key not in after:
            yield Difference("removed", "state", key, None, None, [], f"State key {key} removed.")
        elif before[key] != after[key]:
            fields = _differing(_part(before, key), _part(after, key))
            yield Difference("changed", "state", key, None, None, fields, f"State key {key} changed: {_named(fields)}.")


def _of_nodes(before: Mapping[str, JsonObject], after: Mapping[str, JsonObject]) -> Iterator[Difference]:
    for path in _keys(before, after):
        if path not in before:
            kind = text(after[path].get("type"))
            yield Difference("added", "node", path, None, None, _differing({}, after[path]), f"Node {path} ({kind}) added.")
        elif path not in after:
            kind, lost = text(before[path].get("type")), _differing(before[path], {})
            yield Difference("removed", "node", path, None, None, lost, f"Node {path} ({kind}) removed.")
        elif fields := _differing(before[path], after[path]):
            yield Difference("changed", "node", path, None, None, fields, f"Node {path} changed: {_named(fields)}.")


def _of_edges(
    before: Mapping[tuple[str, str, str, int], JsonObject], after: Mapping[tuple[str, str, str, int], JsonObject]
) -> Iterator[Difference]:
    for key in _keys(before, after):
        place, source, target, _ = key
        name = f"Edge {source} → {target}" + (f" in {place}" if place else "")
        if key not in before:
            yield Difference("added", "edge", place, source, target, _differing({}, after[key]), f"{name} added.")
        elif key not in after:
            yield Difference("removed", "edge", place, source, target, _differing(before[key], {}), f"{name} removed.")
        elif fields := _differing(before[key], after[key]):
            yield Difference("changed", "edge", place, source, target, fields, f"{name} changed: {_named(fields)}.")


def _keys(before: Mapping[T, object], after: Mapping[T, object]) -> list[T]:
    return [*before, *(key for key in after if key not in before)]


def _differing(before: JsonObject, after: JsonObject) -> list[DifferentField]:
    names = _keys(before, after)
    return [
        DifferentField(name, before.get(name), after.get(name))
        for name in names
        if not _same(before.get(name), after.get(name))
    ]


def _same(one: Json, other: Json) -> bool:
    if isinstance(one, bool) != isinstance(other, bool):
        return False
    return one == other


def _named(fields: list[DifferentField]) -> str:
    return ", ".join(each.field for each in fields)
