"""The channels of a workflow's graph: the keys of its state, and what the graph keeps for itself."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, TypedDict

from retinue.core.json import Json, JsonObject
from retinue.engine.compile.workflow.reducers import REDUCERS
from retinue.engine.compile.workflow.ways import Tokens, Ways, later_rounds, merge_tokens
from retinue.engine.spec.workflow.document import StateField
from retinue.engine.spec.workflow.nodes import LoopNode, MapNode

BEGIN: Final = "retinue_begin"
INPUT: Final = "retinue_input"
VISITS: Final = "retinue_visits"
ERRORS: Final = "retinue_errors"
ROUNDS: Final = "retinue_rounds"
"""Where branches race inside a circle: of which rounds the nodes were entered that one way leads to."""
LAST: Final = "retinue_last"
"""In the body of a map or a loop: the result of the node that ended last."""
WRITTEN: Final = "retinue_written"
"""In the body of a loop: what was written to the state, as [key, value], in order; the graph around it writes it again."""


def state_type(fields: Mapping[str, StateField], ways: Ways, *, is_body: bool) -> type:
    """Return the type of a graph's state: LangGraph makes its channels of it."""
    channels: dict[str, Any] = {key: Annotated[Any, REDUCERS[each.reducer]] for key, each in fields.items()}
    channels |= {joining(name): Annotated[Any, _tokens] for name in ways.joined}
    channels[VISITS] = channels[ERRORS] = Annotated[Any, _merged]
    if any(ways.racing.values()):
        channels[ROUNDS] = Annotated[Any, later_rounds]
    if is_body:
        channels |= {LAST: Annotated[Any, _later], WRITTEN: Annotated[Any, _added]}
    else:
        channels[INPUT] = Any
    for name, node in ways.nodes.items():
        if isinstance(node, MapNode | LoopNode):
            channels[around(name)] = Annotated[Any, _later]
        if isinstance(node, MapNode):
            channels[items_of(name)] = Annotated[Any, _added]
    return TypedDict("WorkflowState", channels, total=False)  # pyright: ignore[reportArgumentType, reportReturnType] - made at run time


def joining(name: str) -> str:
    """Return the channel of the tokens of a joined node."""
    return f"retinue_join_{name}"


def around(name: str) -> str:
    """Return the channel in which a map has its items, and a loop its round."""
    return f"retinue_around_{name}"


def items_of(name: str) -> str:
    """Return the channel of the results of a map's items."""
    return f"retinue_items_{name}"


def input_of(run_input: JsonObject) -> JsonObject:
    """Return what a new execution of the graph is given."""
    return {INPUT: run_input}


def run_input_of(channels: Mapping[str, Json]) -> Json:
    """Return the run's input from the channels of the graph."""
    return channels.get(INPUT)


def state_of(channels: Mapping[str, Json], fields: Mapping[str, StateField]) -> JsonObject:
    """Return the workflow's own state from the channels of the graph."""
    return {key: channels.get(key, each.default) for key, each in fields.items()}


def _tokens(left: Tokens | None, right: Tokens) -> Tokens:
    return merge_tokens(left or {}, right)


def _merged(left: JsonObject | None, right: JsonObject) -> JsonObject:
    return {**(left or {}), **right}


def _later(_left: Json, right: Json) -> Json:
    return right


def _added(left: list[Json] | None, right: list[Json] | None) -> list[Json]:
    """Add to a list; None empties it."""
    return [] if right is None else [*(left or []), *right]
