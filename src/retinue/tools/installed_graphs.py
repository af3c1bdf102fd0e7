"""LangGraph graphs that an operator has installed, as functions: a call runs the graph from its input to its end."""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable
from typing import Any, cast, get_type_hints

from pydantic import BaseModel, ConfigDict, TypeAdapter, create_model
from pydantic.errors import PydanticUserError

from retinue.core.json import Json, JsonObject
from retinue.tools.functions import CallContext, ToolError

_SUPERSTEPS = 1_000


def read_graph(name: str, given: object) -> tuple[Callable[..., Awaitable[object]], type[BaseModel], JsonObject]:
    """Return what calls a graph, its arguments and their JSON Schema: the keys of the graph's input, none of them required.

    Raises ``TypeError`` for what is no ``StateGraph``, compiled or not.
    """
    graph = _compiled(given)
    hints = get_type_hints(graph.builder.input_schema)
    schema: JsonObject = {
        "type": "object",
        "properties": {key: _schema_of(hint) for key, hint in hints.items()},
        "additionalProperties": False,
    }
    fields: dict[str, Any] = dict.fromkeys(hints, (Any, None))
    return _caller(graph), create_model(name, __config__=ConfigDict(extra="forbid"), **fields), schema


def is_graph(given: object) -> bool:
    """Say whether an object is a LangGraph graph. LangGraph is imported only for what comes from it."""
    return any(each.__module__.partition(".")[0] == "langgraph" for each in type(given).__mro__)


def _compiled(given: object) -> Any:  # noqa: ANN401 - LangGraph leaves its generics open
    from langgraph.graph import StateGraph  # noqa: PLC0415 - 0.3 s, and few installations have graphs of their own
    from langgraph.graph.state import CompiledStateGraph  # noqa: PLC0415 - as above

    if isinstance(given, StateGraph):
        return cast("Any", given).compile()
    if isinstance(given, CompiledStateGraph):
        return cast("Any", given)
    raise TypeError("it is not a StateGraph")


def _schema_of(hint: object) -> Json:
    """Return the JSON Schema of a key; one that refers to others, such as that of messages, is left open."""
    try:
        schema = cast("JsonObject", TypeAdapter(cast("Any", hint)).json_schema())
    except (PydanticUserError, NameError, TypeError):
        return {}
    if "$defs" in schema or "$ref" in schema:
        return {"type": "array"} if schema.get("type") == "array" else {}
    return {key: value for key, value in schema.items() if key != "title"}


def _caller(graph: Any) -> Callable[..., Awaitable[object]]:  # noqa: ANN401 - as above
    async def call(context: CallContext, **state: object) -> object:
        config = {"configurable": {"thread_id": context.idempotency_key}, "recursion_limit": _SUPERSTEPS}
        given = {key: value for key, value in state.items() if value is not None}
        # In a context of its own: LangGraph would take it for a part of the graph that calls it.
        found = await asyncio.create_task(graph.ainvoke(given, config), context=contextvars.Context())
        if isinstance(found, dict) and "__interrupt__" in found:
            raise ToolError("The graph waits for a person (interrupt). Let a node of the workflow ask instead.")
        return cast("object", found)

    return call
