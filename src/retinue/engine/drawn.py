"""A LangGraph graph as a definition to start from: by ``graph.get_graph().to_json()``.

That document has the shape of a graph and none of its code: functions become code nodes to be filled in, and conditions
become ones that choose the first way. Each is listed, as is all else that has no counterpart.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from retinue.core.errors import FieldProblem, InvalidError
from retinue.core.json import Json, JsonObject
from retinue.engine.spec.workflow.document import FORMAT, MAX_EDGES, MAX_NODES
from retinue.engine.spec.workflow.findings import objects, text
from retinue.engine.spec.workflow.values import END, START

_ENDS: Final = {"__start__": START, "__end__": END}
_ROUNDS: Final = 10
_WORD: Final = re.compile(r"[^A-Za-z0-9_-]")


class GraphUnreadableError(InvalidError):
    """The document is not a graph as LangGraph writes it."""

    code = "graph_unreadable"
    remedy = "Save json.dumps(graph.get_graph().to_json()) of a compiled graph."


@dataclass(frozen=True, slots=True)
class Drawn:
    """A definition, and what of the graph it does not say, each with the node or edge that it is about."""

    definition: JsonObject
    unmapped: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])


def definition_of(graph: JsonObject, name: str) -> Drawn:
    """Return a graph as a definition that is valid and does nothing yet. Raises ``GraphUnreadableError``."""
    nodes, edges = list(objects(graph.get("nodes"))), list(objects(graph.get("edges")))
    if not nodes or not edges or len(nodes) > MAX_NODES or len(edges) > MAX_EDGES:
        message = f"has no nodes or edges, or more than {MAX_NODES} and {MAX_EDGES}"
        raise GraphUnreadableError(fields=(FieldProblem("nodes", message, GraphUnreadableError.remedy),))
    drawn = Drawn({"format": FORMAT, "name": name, "state": {}})
    ids = _ids(text(node.get("id")) for _, node in nodes)
    made = [_node(ids, node, drawn) for _, node in nodes if text(node.get("id")) not in _ENDS]
    ways = _ways(ids, (edge for _, edge in edges))
    conditional = {
        (text(edge.get("source")), text(edge.get("target"))) for _, edge in edges if edge.get("conditional") is True
    }
    drawn.definition["nodes"] = list[Json](made)
    drawn.definition["edges"] = list[Json](_edges(ways, {(ids[one], ids[other]) for one, other in conditional}, made, drawn))
    return drawn


def _ids(given: Iterable[str]) -> dict[str, str]:
    """Return the id of each node in the definition: letters, digits, - and _, beginning with a letter."""
    ids: dict[str, str] = {}
    for each in given:
        if not each or each in ids:
            raise GraphUnreadableError(fields=(FieldProblem("nodes", "two nodes have one id, or one has none"),))
        wish = _WORD.sub("_", each)[:50] or "node"
        wish = wish if wish[0].isalpha() and wish not in {START, END} else f"n_{wish}"
        while wish in ids.values():
            wish += "_"
        ids[each] = _ENDS.get(each, wish)
    return ids


def _node(ids: dict[str, str], node: JsonObject, drawn: Drawn) -> JsonObject:
    name, data = text(node.get("id")), node.get("data")
    said = text(data.get("name")) if isinstance(data, dict) else ""
    drawn.unmapped.append((ids[name], f"its function ({said or name}) is not in the document: fill in the code."))
    if isinstance(node.get("metadata"), dict):
        drawn.unmapped.append((ids[name], "its metadata are left out."))
    return {
        "id": ids[name],
        "name": name[:200],
        "type": "code",
        "code": "None",
        "description": f"Stands for {said or name}."[:4000],
    }


def _ways(ids: dict[str, str], edges: Iterable[JsonObject]) -> dict[str, list[str]]:
    ways: defaultdict[str, list[str]] = defaultdict(list)
    for edge in edges:
        source, target = text(edge.get("source")), text(edge.get("target"))
        if source not in ids or target not in ids:
            message = f"leads from {source or 'nowhere'} to {target or 'nowhere'}"
            raise GraphUnreadableError(fields=(FieldProblem("edges", message, "Name nodes of the graph."),))
        if ids[target] not in ways[ids[source]]:
            ways[ids[source]].append(ids[target])
    return dict(ways)


def _edges(
    ways: dict[str, list[str]], conditional: set[tuple[str, str]], nodes: list[JsonObject], drawn: Drawn
) -> list[JsonObject]:
    back, made = _back(ways), list[JsonObject]()
    by_id = {str(node["id"]): node for node in nodes}
    for source, targets in ways.items():
        chosen = [each for each in targets if (source, each) in conditional]
        for target in targets:
            edge: JsonObject = {"from": source, "to": target}
            if target in chosen and source != START and len(chosen) > 1:
                edge |= {"else": True} if target == chosen[-1] else {"when": str(target == chosen[0])}
                drawn.unmapped.append((f"{source} > {target}", "its condition is not in the document: write when."))
            if (source, target) in back:
                edge["max_visits"] = _ROUNDS
                by_id[target]["join"] = "any"
                drawn.unmapped.append((f"{source} > {target}", f"leads back; it is bounded to {_ROUNDS} rounds."))
            made.append(edge)
    return made


def _back(ways: dict[str, list[str]]) -> set[tuple[str, str]]:
    """Return the edges that close a circle, seen from the start."""
    found, done, path = set[tuple[str, str]](), set[str](), list[str]()
    waiting: list[tuple[str, int]] = [(START, 0)]
    while waiting:
        name, place = waiting.pop()
        if place == 0:
            path.append(name)
        targets = ways.get(name, [])
        if place >= len(targets):
            path.pop()
            done.add(name)
            continue
        waiting.append((name, place + 1))
        target = targets[place]
        if target in path:
            found.add((name, target))
        elif target not in done:
            waiting.append((target, 0))
    return found
