"""The workflow's document, format ``retinue.workflow/1``."""

import hashlib
from typing import Annotated, Final, Literal, cast

from pydantic import Field

from retinue.core.json import Json, JsonObject, dumps
from retinue.engine.spec.agent import Limits, Money, Spec
from retinue.engine.spec.workflow.nodes import AnyNode, Edge
from retinue.engine.spec.workflow.values import Expression, StateKey

FORMAT: Final = "retinue.workflow/1"
MAX_NODES: Final = 500
MAX_EDGES: Final = 2_000
MAX_STEPS: Final = 100_000

Reducer = Literal["replace", "append", "merge", "add", "min", "max", "union", "messages"]

_DRAWING = frozenset({"position"})


class StateField(Spec):
    """A key of the state: its JSON Schema, how two values become one, and what it holds at first."""

    value_schema: Annotated[JsonObject, Field(alias="schema")] = {}
    reducer: Reducer = "replace"
    default: Json = None


class WorkflowLimits(Spec):
    """Limits of one run of the workflow; None means no limit of that sort.

    A step is one execution of a node. ``max_cost_usd`` counts what agents and teams in the workflow use; it is compared
    before a node starts. The time in which the run waits does not count.
    """

    max_steps: Annotated[int, Field(ge=1, le=MAX_STEPS)] = 1_000
    max_cost_usd: Money | None = None
    timeout_seconds: Annotated[int, Field(ge=1, le=86_400)] = 86_400


class WorkflowRunLimits(Limits):
    """The limits of a workflow's run as its plan has them."""

    max_steps: Annotated[int, Field(ge=1, le=MAX_STEPS)] = 1_000


class Workflow(Spec):
    """A workflow: typed state, nodes, and edges from ``START`` to ``END``."""

    format: Literal["retinue.workflow/1"]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    description: Annotated[str, Field(max_length=4_000)] = ""
    input_schema: JsonObject = {"type": "object"}
    output_schema: JsonObject | None = None
    state: Annotated[dict[StateKey, StateField], Field(max_length=200)] = {}
    nodes: Annotated[list[AnyNode], Field(min_length=1, max_length=MAX_NODES)]
    edges: Annotated[list[Edge], Field(max_length=MAX_EDGES)] = []
    output: dict[Annotated[str, Field(max_length=100)], Expression] = {}
    limits: WorkflowLimits = WorkflowLimits()


def json_schema() -> JsonObject:
    """Return the JSON Schema (2020-12) of the document."""
    schema = cast("JsonObject", Workflow.model_json_schema(by_alias=True))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Retinue workflow", **schema}


def identity(document: JsonObject) -> str:
    """Return the SHA-256 of what the document means, in hex: where boxes stand and what notes say is left out."""
    return hashlib.sha256(dumps(_meaning(document), sort_keys=True)).hexdigest()


def _meaning(value: Json) -> Json:
    if isinstance(value, list):
        return [_meaning(each) for each in value if not _is_note(each)]
    if isinstance(value, dict) and isinstance(value.get("nodes"), list):
        inner = {key: _meaning(each) for key, each in value.items()}
        inner["nodes"] = [_undrawn(each) for each in cast("list[Json]", inner["nodes"])]
        return inner
    return value


def _is_note(value: Json) -> bool:
    return isinstance(value, dict) and value.get("type") == "note" and "id" in value


def _undrawn(node: Json) -> Json:
    if not isinstance(node, dict):
        return node
    return {key: _meaning(each) if key == "body" else each for key, each in node.items() if key not in _DRAWING}
