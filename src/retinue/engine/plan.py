"""The frozen plan of a run: written once at its start, read by every execution of it.

A plan names the version of its format; a run goes on under the plan it began with, whatever is edited in the meantime.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from retinue.core.json import JsonObject, dumps, loads
from retinue.engine.errors import PlanInvalidError
from retinue.engine.ports import AgentPlan, ModelOverride, ModelSpec, ToolPlan, ToolSchema
from retinue.engine.spec.agent import Limits, Memory

_FORMAT = 1
_CACHED_PLANS = 512


@dataclass(frozen=True, slots=True)
class PreparedPlan:
    """A plan as an execution uses it: limits read, tools by name and as a model sees them."""

    agent: AgentPlan
    limits: Limits
    memory: Memory
    tools: dict[str, ToolPlan]
    schemas: tuple[ToolSchema, ...]


@dataclass(frozen=True, slots=True)
class ExternalPlan:
    """The plan of an agent that lives elsewhere: where it is called, and how long it may take."""

    agent_id: str
    agent_version: int
    name: str
    webhook_url: str
    limits: JsonObject
    output_schema: JsonObject | None = None


def write_plan(plan: AgentPlan | ExternalPlan) -> JsonObject:
    """Return the plan as the JSON document that is stored with the run."""
    runtime = "external" if isinstance(plan, ExternalPlan) else "hosted"
    fields = cast("JsonObject", loads(dumps(plan)))
    if plan.output_schema is None:  # so that a worker of an earlier version can read the plan
        del fields["output_schema"]
    return {"format": _FORMAT, "kind": "agent", "runtime": runtime, **fields}


def read_external_plan(text: str) -> ExternalPlan:
    """Read the stored plan of an agent that lives elsewhere. Raises ``PlanInvalidError`` for a foreign format."""
    fields = _fields_of(text, "external")
    try:
        return ExternalPlan(**cast("dict[str, Any]", fields))
    except TypeError as error:
        raise PlanInvalidError(str(error)) from None


@lru_cache(maxsize=_CACHED_PLANS)
def read_plan(text: str) -> PreparedPlan:
    """Read a stored plan. Executions of the same plan share one value. Raises ``PlanInvalidError`` for a foreign format."""
    return prepare(_agent_plan(_fields_of(text, "hosted")))


def _fields_of(text: str, runtime: str) -> JsonObject:
    document = cast("JsonObject", loads(text))
    if document.pop("format", None) != _FORMAT or document.pop("kind", None) != "agent":
        raise PlanInvalidError
    if document.pop("runtime", "hosted") != runtime:
        raise PlanInvalidError
    return document


def prepare(plan: AgentPlan) -> PreparedPlan:
    """Make a plan ready to be executed. Raises ``PlanInvalidError`` when its limits or memory are not valid."""
    try:
        limits, memory = Limits.model_validate(plan.limits), Memory.model_validate(plan.memory)
    except ValueError as error:
        raise PlanInvalidError(str(error)) from None
    tools = {tool.name: tool for tool in plan.tools}
    schemas = tuple(ToolSchema(tool.name, tool.description, tool.parameters) for tool in plan.tools)
    return PreparedPlan(plan, limits, memory, tools, schemas)


def _agent_plan(document: JsonObject) -> AgentPlan:
    # The document was written by ``write_plan``, so its fields are those of the dataclasses.
    fields = cast("dict[str, object]", document)
    try:
        model = cast("dict[str, Any]", fields["model"])
        override: dict[str, Any] | None = model.pop("override", None)
        fields["model"] = ModelSpec(**model, override=None if override is None else ModelOverride.of(override))
        fields["tools"] = tuple(ToolPlan(**tool) for tool in cast("list[dict[str, object]]", fields["tools"]))  # pyright: ignore[reportArgumentType] - as above
        fields["secret_names"] = tuple(cast("list[str]", fields["secret_names"]))
        return AgentPlan(**fields)  # pyright: ignore[reportArgumentType] - as above
    except (KeyError, TypeError) as error:
        raise PlanInvalidError(str(error)) from None
