"""A workflow as a LangGraph graph: a channel for each key of its state, its nodes, and tokens where ways join."""

# LangGraph leaves generics open in its own signatures.
# pyright: reportUnknownMemberType=false

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import langsmith
from langgraph.graph import START as LANGGRAPH_START
from langgraph.graph import StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command

from retinue.core.json import JsonObject
from retinue.engine.compile.agent import compile_agent
from retinue.engine.compile.lean import strip_callbacks
from retinue.engine.compile.workflow.containers import LoopParts, MapParts
from retinue.engine.compile.workflow.performer import Performer, Place, WorkflowScope, command
from retinue.engine.compile.workflow.state import BEGIN, state_type
from retinue.engine.compile.workflow.versions import COMPILER
from retinue.engine.compile.workflow.ways import Ways, follow, ways_of, ways_of_body
from retinue.engine.spec.workflow.document import StateField, Workflow
from retinue.engine.spec.workflow.nodes import (
    AgentNode,
    CodeNode,
    HttpNode,
    LoopNode,
    MapNode,
    ModelNode,
    TeamNode,
    ToolNode,
    TransformNode,
    WorkflowNode,
    Working,
    is_inline,
)
from retinue.engine.spec.workflow.values import START

_DIRECT = (AgentNode, TeamNode, WorkflowNode, ToolNode, HttpNode, ModelNode, CodeNode, TransformNode)
"""Nodes that are carried out as a map's item without a graph around them, when they are all of its body. Those that wait for
a time need the checkpoint of a graph of their own: their time begins with it."""

WorkflowGraph = CompiledStateGraph[Any, WorkflowScope, Any, Any]


@dataclass(frozen=True, slots=True)
class CompiledWorkflow:
    """A workflow's graph. ``triggers`` are the channels that set off a node, of it and of each body, by its path."""

    graph: WorkflowGraph
    triggers: Mapping[str, frozenset[str]]


def compile_workflow(workflow: Workflow, compiler: int = COMPILER) -> CompiledWorkflow:
    """Return the graph of a valid workflow: its input is ``input_of`` the run's input, its state is read by ``state_of``.

    Depends on nothing but the document and the number of the compiler, so it may be kept by these. A run is carried out by
    the compiler that it began with: the places of its steps are those of the graph.
    """
    langsmith.configure(enabled=False)
    triggers: dict[str, frozenset[str]] = {}
    ways = ways_of(workflow.nodes, workflow.edges)
    builder = _Builder(workflow.state, triggers, has_direct_items=compiler > 1)
    return CompiledWorkflow(builder.built(ways, Place(), ""), triggers)


class _Builder:
    """Builds the graph of a workflow, and those of the bodies of its maps and loops."""

    def __init__(
        self, fields: Mapping[str, StateField], triggers: dict[str, frozenset[str]], *, has_direct_items: bool
    ) -> None:
        self._fields = fields
        self._triggers = triggers
        self._has_direct_items = has_direct_items

    def built(self, ways: Ways, place: Place, path: str) -> WorkflowGraph:
        schema = state_type(self._fields, ways, is_body=bool(place.path))
        graph: StateGraph[Any, WorkflowScope, Any, Any] = StateGraph(schema, context_schema=WorkflowScope)
        names = tuple(ways.nodes)
        graph.add_node(BEGIN, self._beginning(ways, place), destinations=names)
        graph.add_edge(LANGGRAPH_START, BEGIN)
        for node in ways.nodes.values():
            performer = Performer(ways, node, self._fields, place)
            if isinstance(node, MapNode):
                self._add_map(graph, performer, node, path)
            elif isinstance(node, LoopNode):
                self._add_loop(graph, performer, node, path)
            else:
                graph.add_node(node.id, cast("Any", performer.act), destinations=names)
                self._note_agent(node, _joined(path, node.id))
        compiled = graph.compile()
        strip_callbacks(compiled)
        self._triggers[path] = frozenset(compiled.trigger_to_nodes)
        return compiled

    def _add_map(self, graph: Any, performer: Performer, node: MapNode, path: str) -> None:  # noqa: ANN401 - LangGraph's
        inside = _joined(path, f"{node.id}.item")
        ways, place = ways_of_body(node.body), performer.place.inside(node.id, is_loop=False)
        only = next(iter(ways.nodes.values())) if len(ways.nodes) == 1 else None
        is_direct = self._has_direct_items and isinstance(only, _DIRECT) and not ways.joined
        body = Performer(ways, only, self._fields, place) if is_direct and only else self.built(ways, place, inside)
        if is_direct and only:
            self._note_agent(only, inside)
        parts, names = MapParts(performer, node, body), tuple(performer.ways.nodes)
        graph.add_node(node.id, cast("Any", parts.act), destinations=(*names, parts.item_name, parts.end_name))
        graph.add_node(parts.item_name, cast("Any", parts.item), destinations=(parts.end_name,))
        graph.add_node(parts.end_name, cast("Any", parts.end), destinations=names)

    def _add_loop(self, graph: Any, performer: Performer, node: LoopNode, path: str) -> None:  # noqa: ANN401 - as above
        inside = _joined(path, f"{node.id}.round")
        body = self.built(ways_of_body(node.body), performer.place.inside(node.id, is_loop=True), inside)
        parts, names = LoopParts(performer, node, body), tuple(performer.ways.nodes)
        graph.add_node(node.id, cast("Any", parts.act), destinations=(*names, parts.round_name))
        graph.add_node(parts.round_name, cast("Any", parts.round), destinations=(*names, parts.round_name))

    def _note_agent(self, node: Working, path: str) -> None:
        """Note what sets off the nodes of the agent's graph that is executed inside a node."""
        if is_inline(node):
            self._triggers[path] = frozenset(compile_agent().trigger_to_nodes)

    def _beginning(self, ways: Ways, place: Place) -> Any:  # noqa: ANN401 - LangGraph's node
        defaults = {key: each.default for key, each in self._fields.items() if each.default is not None}
        written = {} if place.path else defaults  # a body is given the state of the graph around it

        async def begin(state: JsonObject) -> Command[Any]:
            del state
            return command(follow(ways, START, ways.out[START]), dict(written))

        return begin


def _joined(path: str, name: str) -> str:
    return f"{path}|{name}" if path else name
