"""Graphs of LangGraph as definitions to start from: drawn ones, and those that the operator has installed.

A drawn graph has no code, so its nodes are to be filled in. An installed one runs as it is, as one node.
"""

from retinue.core.context import Context
from retinue.core.json import Json, JsonObject
from retinue.core.permissions import require
from retinue.engine.drawn import definition_of
from retinue.engine.spec.workflow.document import FORMAT
from retinue.tools import service as tools
from retinue.workflows.permissions import READ
from retinue.workflows.types import ImportedGraph, ProgramGap


def import_drawn(ctx: Context, graph: JsonObject, name: str) -> ImportedGraph:
    """Return ``graph.get_graph().to_json()`` as a definition. Writes nothing. Raises ``GraphUnreadableError``."""
    require(ctx, READ)
    drawn = definition_of(graph, name)
    return ImportedGraph(drawn.definition, [ProgramGap(place, message) for place, message in drawn.unmapped])


async def import_installed(ctx: Context, function: str, name: str) -> ImportedGraph:
    """Return a definition whose one node runs an installed graph by a tool, which is made when there is none.

    Raises ``GraphMissingError``.
    """
    require(ctx, READ)
    tool = await tools.ensure_graph_tool(ctx, function)
    node: JsonObject = {
        "id": "graph",
        "name": function[:200],
        "type": "tool",
        "tool": {"name": tool.name},
        "input": "{{ input }}",
        "output": {"result": "result"},
    }
    definition: JsonObject = {
        "format": FORMAT,
        "name": name,
        "description": tool.description,
        "input_schema": tool.parameters,
        "state": {"result": {}},
        "nodes": [node],
        "edges": list[Json]([{"from": "START", "to": "graph"}, {"from": "graph", "to": "END"}]),
        "output": {"result": "state['result']"},
    }
    return ImportedGraph(definition, [])
