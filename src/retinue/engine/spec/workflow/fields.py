"""The fields of a workflow's document, in the order in which a person writes them. A database keeps no order of its own."""

from collections.abc import Iterable
from typing import get_args

from retinue.core.json import Json, JsonObject
from retinue.engine.spec.agent import Spec
from retinue.engine.spec.workflow.document import Workflow
from retinue.engine.spec.workflow.findings import step, text
from retinue.engine.spec.workflow.nodes import AnyNode, Edge

_FIRST = ("id", "type", "name")


def _names(model: type[Spec]) -> tuple[str, ...]:
    names = [field.alias or name for name, field in model.model_fields.items()]
    return tuple(sorted(names, key=lambda name: _FIRST.index(name) if name in _FIRST else len(_FIRST)))


_WORKFLOW = tuple(field.alias or name for name, field in Workflow.model_fields.items())
_EDGE = _names(Edge)
_NODES = {get_args(each.model_fields["type"].annotation)[0]: _names(each) for each in get_args(get_args(AnyNode)[0])}


def fields_at(document: JsonObject, place: list[str | int]) -> tuple[str, ...]:
    """Return the fields of the workflow, the node or the edge at a place of a document; none for anything else."""
    value: Json = document
    for part in place:
        value = step(value, part)
    if not place:
        return _WORKFLOW
    if place[-2:-1] == ["edges"]:
        return _EDGE
    return _NODES.get(text(value.get("type")), ()) if place[-2:-1] == ["nodes"] and isinstance(value, dict) else ()


def in_order(document: JsonObject) -> JsonObject:
    """Return a document with the fields of workflow, nodes and edges in their order; fields that are unknown come last."""
    made = _sorted(document, _WORKFLOW)
    return made | _graph_in_order(made)


def _graph_in_order(graph: JsonObject) -> JsonObject:
    changed: JsonObject = {}
    nodes, edges = graph.get("nodes"), graph.get("edges")
    if isinstance(nodes, list):
        changed["nodes"] = [_node_in_order(each) for each in nodes]
    if isinstance(edges, list):
        changed["edges"] = [_sorted(each, _EDGE) if isinstance(each, dict) else each for each in edges]
    return changed


def _node_in_order(node: Json) -> Json:
    if not isinstance(node, dict):
        return node
    made = _sorted(node, _NODES.get(text(node.get("type")), ()))
    body = made.get("body")
    if isinstance(body, dict):
        made["body"] = _sorted(body, ("nodes", "edges")) | _graph_in_order(body)
    return made


def _sorted(value: JsonObject, names: Iterable[str]) -> JsonObject:
    return {name: value[name] for name in names if name in value} | value
