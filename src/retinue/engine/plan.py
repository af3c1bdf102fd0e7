"""The frozen plan of a run: written once at its start, read by every execution of it.

A plan names the version of its format; a run goes on under the plan it began with, whatever is edited in the meantime.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, cast

from retinue.core.json import Json, JsonObject, dumps, loads
from retinue.engine.compile.workflow.versions import COMPILER, FIRST
from retinue.engine.errors import PlanInvalidError
from retinue.engine.ports import AgentPlan, ModelOverride, ModelSpec, ToolPlan, ToolSchema
from retinue.engine.replay import FORMAT as FORMAT_OF_REPLAYS
from retinue.engine.replay import NO_REPLAY, Replay, replay_of, without_effects
from retinue.engine.spec.agent import Limits, Memory
from retinue.engine.spec.team import MAX_MEMBERS, Mode, TeamConfig
from retinue.engine.spec.workflow.document import Workflow, WorkflowRunLimits
from retinue.engine.spec.workflow.formats import current
from retinue.engine.team_prompt import leader_tools

_FORMAT = 1
_LATER_FIELDS = frozenset({"limits", "approval", "is_connected"})
"""Fields of ``ToolPlan`` that came after its first version: all that have a default, as a test checks."""
_CACHED_PLANS = 512


@dataclass(frozen=True, slots=True)
class PreparedPlan:
    """A plan as an execution uses it: limits read, tools by name and as a model sees them."""

    agent: AgentPlan
    limits: Limits
    memory: Memory
    tools: dict[str, ToolPlan]
    schemas: tuple[ToolSchema, ...]
    team: "TeamPlan | None" = None
    workflow: "WorkflowPlan | None" = None
    callees: "dict[str, MemberPlan]" = field(default_factory=dict[str, "MemberPlan"])
    """Agents and teams that an agent may call as tools, by the name of the tool."""
    is_dry: bool = False
    """Whether calls with outside effects are not made."""

    def child(self, key: Json) -> "MemberPlan | None":
        """Return the plan of a run that this one may start: of a team's member, or of an agent called as a tool."""
        if self.team is not None:
            return self.team.member(key) or self._inside(key)
        return self.callees.get(key) if isinstance(key, str) else None

    def _inside(self, key: Json) -> "MemberPlan | None":
        """Return what an agent inside a workflow's run calls as a tool: ``node>name``."""
        path, _, name = key.partition(">") if isinstance(key, str) else ("", "", "")
        member = None if self.team is None else self.team.member(path)
        callees = () if member is None or not name else _members(member.plan.get("callees", []))
        return next((replace(each, key=f"{path}>{name}") for each in callees if each.key == name), None)


@dataclass(frozen=True, slots=True)
class MemberPlan:
    """A member of a team, or an agent or team called as a tool: what it is there, and the plan of its runs as stored.

    ``key`` is its id for the leader, or the name of the tool. ``limits`` are ``spec.agent.ChildLimits``.
    """

    key: str
    name: str
    role: str
    description: str
    type: str
    target_id: str
    version: int
    limits: JsonObject
    plan: JsonObject


@dataclass(frozen=True, slots=True)
class TeamPlan:
    """What a team's run needs beside its leader's plan."""

    mode: Mode
    config: TeamConfig
    members: tuple[MemberPlan, ...]

    def member(self, key: Json) -> MemberPlan | None:
        """Return the member with an id."""
        return next((each for each in self.members if each.key == key), None)

    @property
    def keys(self) -> list[str]:
        """The members' ids, in roster order."""
        return [each.key for each in self.members]


@dataclass(frozen=True, slots=True)
class WorkflowPlan:
    """What a workflow's run needs beside its limits and variables: the version that it carries out.

    ``tools`` are those of its tool and HTTP nodes, ``models`` those of its model nodes, by the nodes' paths. What its nodes
    start as runs of their own are members of the plan's ``team``, whose keys are the nodes' paths.
    """

    workflow_id: str
    version: int
    definition: JsonObject
    document: Workflow
    tools: dict[str, ToolPlan]
    models: dict[str, ModelSpec] = field(default_factory=dict[str, ModelSpec])
    replay: Replay = NO_REPLAY
    compiler: int = COMPILER
    """By which compiler its graph is made."""


@dataclass(frozen=True, slots=True)
class ExternalPlan:
    """The plan of an agent that lives elsewhere: where it is called, and how long it may take."""

    agent_id: str
    agent_version: int
    name: str
    webhook_url: str
    limits: JsonObject
    output_schema: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class N8nPlan:
    """The plan of a workflow that n8n carries out; of its own definition only the schemas count."""

    workflow_id: str
    workflow_version: int
    name: str
    n8n_workflow_id: str
    limits: JsonObject
    definition: JsonObject


def write_plan(plan: AgentPlan | ExternalPlan, callees: Sequence[MemberPlan] = ()) -> JsonObject:
    """Return the plan as the JSON document that is stored with the run; the plans of ``callees`` are inside."""
    runtime = "external" if isinstance(plan, ExternalPlan) else "hosted"
    fields = cast("JsonObject", loads(dumps(plan)))
    if plan.output_schema is None:  # so that a worker of an earlier version can read the plan
        del fields["output_schema"]
    if isinstance(plan, AgentPlan):
        fields["tools"] = [_tool_document(each) for each in plan.tools]
    if callees:
        fields["callees"] = [cast("JsonObject", loads(dumps(each))) for each in callees]
    return {"format": _FORMAT, "kind": "agent", "runtime": runtime, **fields}


def write_team_plan(leader: AgentPlan, version: int, team: TeamPlan) -> JsonObject:
    """Return a team's plan as the JSON document that is stored with the run; the plans of all members are inside."""
    fields = cast("JsonObject", loads(dumps(leader)))
    limits = fields["limits"]
    return {
        "format": _FORMAT,
        "kind": "team",
        "runtime": "hosted",
        "name": leader.name,
        "team_version": version,
        "limits": limits,
        "leader": fields,
        "mode": str(team.mode),
        "config": team.config.model_dump(mode="json"),
        "members": [cast("JsonObject", loads(dumps(each))) for each in team.members],
    }


def _team_plan(document: JsonObject) -> PreparedPlan:
    try:
        leader = cast("JsonObject", document["leader"]) | {"limits": document["limits"]}
        config = TeamConfig.model_validate(document["config"])
        members = _members(document["members"])
        team = TeamPlan(Mode(str(document["mode"])), config, members)
        prepared = prepare(_agent_plan(leader))
    except (KeyError, TypeError, ValueError) as error:
        raise PlanInvalidError(str(error)) from None
    return replace(prepared, team=team, schemas=leader_tools(team.mode, config, team.keys))


def _tool_document(tool: ToolPlan) -> JsonObject:
    """Return a tool without the later fields that it does not use, so that a worker of an earlier version can read it."""
    written = cast("JsonObject", loads(dumps(tool)))
    return {name: value for name, value in written.items() if value or name not in _LATER_FIELDS}


def write_workflow_plan(
    own: AgentPlan, workflow: WorkflowPlan, members: tuple[MemberPlan, ...], limits: JsonObject
) -> JsonObject:
    """Return a workflow's plan as it is stored; ``own`` has its name, variables and secrets' names."""
    return {
        "format": _FORMAT,
        "kind": "workflow",
        "runtime": "hosted",
        "name": own.name,
        "workflow_id": workflow.workflow_id,
        "workflow_version": workflow.version,
        "compiler": workflow.compiler,
        "limits": limits,
        "own": cast("JsonObject", loads(dumps(own))),
        "definition": workflow.definition,
        # The tool of a node asks nobody: another node does.
        "tools": {name: _tool_document(replace(each, approval={})) for name, each in workflow.tools.items()},
        "models": {name: cast("JsonObject", loads(dumps(each))) for name, each in workflow.models.items()},
        "members": [cast("JsonObject", loads(dumps(each))) for each in members],
    }


def _workflow_plan(document: JsonObject) -> PreparedPlan:
    try:
        definition = cast("JsonObject", document["definition"])
        tools = {name: ToolPlan(**tool) for name, tool in cast("dict[str, dict[str, Any]]", document["tools"]).items()}
        members = tuple(MemberPlan(**cast("dict[str, Any]", each)) for each in cast("list[JsonObject]", document["members"]))
        workflow = WorkflowPlan(
            str(document["workflow_id"]),
            cast("int", document["workflow_version"]),
            definition,
            Workflow.model_validate(current(definition)),
            tools,
            {name: _model_spec(each) for name, each in cast("dict[str, JsonObject]", document.get("models", {})).items()},
            replay_of(document.get("replay")),
            cast("int", document.get("compiler", FIRST)),
        )
        prepared = prepare(_agent_plan(cast("JsonObject", document["own"]) | {"limits": {}}))
        limits = WorkflowRunLimits.model_validate(document["limits"])
    except (KeyError, TypeError, ValueError) as error:
        raise PlanInvalidError(str(error)) from None
    roster = TeamPlan(Mode.COORDINATE, TeamConfig(max_parallel=MAX_MEMBERS), members)
    return replace(prepared, limits=limits, team=roster, workflow=workflow)


def with_replay(plan: JsonObject, replay: Replay) -> JsonObject:
    """Return a workflow's stored plan with what a run takes instead of executing nodes; a dry one marks the plans inside."""
    made: JsonObject = {**plan, "format": FORMAT_OF_REPLAYS, "replay": replay.document()}
    return without_effects(made) if replay.is_dry else made


def read_external_plan(text: str) -> ExternalPlan:
    """Read the stored plan of an agent that lives elsewhere. Raises ``PlanInvalidError`` for a foreign format."""
    fields = _fields_of(text, "external")
    try:
        return ExternalPlan(**cast("dict[str, Any]", fields))
    except TypeError as error:
        raise PlanInvalidError(str(error)) from None


def write_n8n_plan(plan: N8nPlan) -> JsonObject:
    """Return the plan of a workflow that n8n carries out as it is stored."""
    return {"format": _FORMAT, "kind": "workflow", "runtime": "n8n", **cast("JsonObject", loads(dumps(plan)))}


def read_n8n_plan(text: str) -> N8nPlan:
    """Read the stored plan of a workflow that n8n carries out. Raises ``PlanInvalidError`` for a foreign format."""
    try:
        return N8nPlan(**cast("dict[str, Any]", _fields_of(text, "n8n", ("workflow",))))
    except TypeError as error:
        raise PlanInvalidError(str(error)) from None


@lru_cache(maxsize=_CACHED_PLANS)
def read_plan(text: str) -> PreparedPlan:
    """Read a stored plan. Executions of the same plan share one value. Raises ``PlanInvalidError`` for a foreign format."""
    document = _fields_of(text, "hosted", ("agent", "team", "workflow"))
    is_dry = document.pop("dry_run", False) is True
    if "definition" in document:
        return replace(_workflow_plan(document), is_dry=is_dry)
    if "leader" in document:
        return replace(_team_plan(document), is_dry=is_dry)
    callees = _members(document.pop("callees", []))
    return replace(prepare(_agent_plan(document)), callees={each.key: each for each in callees}, is_dry=is_dry)


def _members(documents: Json) -> tuple[MemberPlan, ...]:
    try:
        return tuple(MemberPlan(**cast("dict[str, Any]", each)) for each in cast("list[JsonObject]", documents))
    except TypeError as error:
        raise PlanInvalidError(str(error)) from None


def _fields_of(text: str, runtime: str, kinds: tuple[str, ...] = ("agent",)) -> JsonObject:
    document = cast("JsonObject", loads(text))
    if document.pop("format", None) not in (_FORMAT, FORMAT_OF_REPLAYS) or document.pop("kind", None) not in kinds:
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


def _model_spec(document: JsonObject) -> ModelSpec:
    fields = cast("dict[str, Any]", document)
    override: dict[str, Any] | None = fields.pop("override", None)
    return ModelSpec(**fields, override=None if override is None else ModelOverride.of(override))


def _agent_plan(document: JsonObject) -> AgentPlan:
    # The document was written by ``write_plan``, so its fields are those of the dataclasses.
    fields = cast("dict[str, object]", document)
    try:
        fields["model"] = _model_spec(cast("JsonObject", fields["model"]))
        fields["tools"] = tuple(ToolPlan(**tool) for tool in cast("list[dict[str, object]]", fields["tools"]))  # pyright: ignore[reportArgumentType] - as above
        fields["secret_names"] = tuple(cast("list[str]", fields["secret_names"]))
        return AgentPlan(**fields)  # pyright: ignore[reportArgumentType] - as above
    except (KeyError, TypeError) as error:
        raise PlanInvalidError(str(error)) from None
