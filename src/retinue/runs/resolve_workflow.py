"""References of a workflow followed, once: its version, and all that its nodes start, become one frozen plan."""

import math
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final, cast
from uuid import UUID

from retinue.agents.types import Release
from retinue.agents.variables import service as variables
from retinue.core.context import Context
from retinue.core.errors import FieldProblem
from retinue.core.json import Json, JsonObject
from retinue.engine.plan import MemberPlan, N8nPlan, WorkflowPlan, with_replay, write_n8n_plan, write_workflow_plan
from retinue.engine.ports import AgentPlan, ModelSpec, ToolPlan
from retinue.engine.replay import Replay, tools_called_unasked, tools_with_effects
from retinue.engine.spec.agent import Limits, ToolUse
from retinue.engine.spec.team import MemberLimits
from retinue.engine.spec.workflow.document import Workflow
from retinue.engine.spec.workflow.nodes import HttpNode, ModelNode, ToolNode, Working, is_inline, walked
from retinue.engine.spec.workflow.values import seconds_of
from retinue.llm import service as llm
from retinue.runs.resolve import resolve_agent, resolve_team
from retinue.tools import service as tools
from retinue.tools.errors import ToolsUnusableError
from retinue.tools.types import CallerType, ToolCaller
from retinue.workflows import service as workflows
from retinue.workflows.errors import WorkflowInvalidError
from retinue.workflows.types import MOST_LEVELS, NodeTarget, Occasion, WorkflowForRun

_NO_MODEL: Final = ModelSpec("", "none", "", None, {})
"""Each model node has a model of its own."""
_MOST_TOOL_SECONDS: Final = 3_600
_REQUEST_SECONDS: Final = 60
_MOST_PLANS: Final = 1_000
"""Of what one run may start, that of nested workflows included: all of their plans are inside its plan."""


@dataclass(slots=True)
class _Place:
    """Where something is resolved: on which occasion, how many workflows deep, and how many plans there are by now."""

    occasion: Occasion
    level: int = 1
    plans: int = 0

    def count(self) -> None:
        """Count a plan. Raises ``WorkflowInvalidError`` when there are too many."""
        self.plans += 1
        if self.plans > _MOST_PLANS:
            message = f"starts more than {_MOST_PLANS} agents, teams and workflows, those of nested workflows included"
            remedy = "Take some out, or go over a list with a map, which counts once."
            raise WorkflowInvalidError.of(FieldProblem("definition.nodes", message, remedy))


async def resolve_workflow(
    ctx: Context,
    workflow_id: UUID,
    occasion: Occasion,
    *,
    release: Release | None = None,
    version: int | None = None,
) -> JsonObject:
    """Return the plan of a run of a workflow, with the plans of all that its nodes start, as it is stored with the run.

    A ``release`` takes the place of what is published, and of the present versions of what its nodes start.

    Raises what the packages raise when the workflow may not be run on this occasion, or something in it cannot be run.
    """
    return await _resolve(ctx, workflow_id, _Place(occasion), release, version)


async def _resolve(
    ctx: Context, workflow_id: UUID, place: _Place, release: Release | None, version: int | None = None
) -> JsonObject:
    occasion = place.occasion
    found = await workflows.get_for_run(ctx, workflow_id, occasion, release, version=version)
    if place.level > MOST_LEVELS:
        message = f"starts workflows nested more than {MOST_LEVELS} levels deep"
        raise WorkflowInvalidError.of(FieldProblem("definition", message, "Take a level out."))
    document = Workflow.model_validate(found.definition)
    if found.n8n_workflow_id is not None:
        bounds = document.limits.model_dump(mode="json")
        return write_n8n_plan(
            N8nPlan(str(found.id), found.version, found.name, found.n8n_workflow_id, bounds, found.definition)
        )
    nodes = {path: node for path, node in walked(document.nodes) if isinstance(node, Working)}
    names = await variables.names_of(ctx, found.agent_id) if found.agent_id is not None else None
    plain = dict[str, str]() if names is None else dict(names.plain)
    members: list[MemberPlan] = []
    its_tools: dict[str, ToolPlan] = {}
    for target in found.targets:
        node = nodes[target.node_id]
        if isinstance(node, ToolNode):
            its_tools[target.node_id] = await _tool(ctx, found.id, node, target, plain)
            _check_tool(target.node_id, node, its_tools[target.node_id])
        else:
            place.count()
            members.append(await _member(ctx, node, target, place))
            _check_member(node, members[-1])
    known = frozenset((*names.plain, *names.secret)) if names is not None else await variables.names_of_organization(ctx)
    its_tools |= {path: _request(path, node, known) for path, node in nodes.items() if isinstance(node, HttpNode)}
    models = {path: await _model(ctx, path, node) for path, node in nodes.items() if isinstance(node, ModelNode)}
    limits = document.limits.model_dump(mode="json")
    secret_names = () if names is None else names.secret
    plan = WorkflowPlan(str(found.id), found.version, found.definition, document, its_tools, models)
    written = write_workflow_plan(_own(found, limits, plain, secret_names), plan, tuple(members), limits)
    pins = pins_of(document) if occasion.is_trial else {}
    return with_replay(written, Replay(pins)) if pins else written


def pins_of(document: Workflow) -> dict[str, Json]:
    """Return the results that a definition pins for test runs, by the paths of their nodes."""
    return {
        path: node.pinned.result
        for path, node in walked(document.nodes)
        if isinstance(node, Working) and node.pinned is not None and not node.disabled
    }


def _own(found: WorkflowForRun, limits: JsonObject, plain: dict[str, str], secret_names: tuple[str, ...]) -> AgentPlan:
    return AgentPlan(
        agent_id="" if found.agent_id is None else str(found.agent_id),
        agent_version=1,
        name=found.name,
        instructions="",
        model=_NO_MODEL,
        tools=(),
        limits=limits,
        memory={},
        variables=plain,
        secret_names=secret_names,
    )


async def _tool(ctx: Context, workflow_id: UUID, node: ToolNode, target: NodeTarget, plain: dict[str, str]) -> ToolPlan:
    limits = Limits()
    if node.timeout is not None:
        limits = Limits(tool_timeout_seconds=min(_MOST_TOOL_SECONDS, _whole(node.timeout)))
    try:
        use = ToolUse(name=target.name, settings=node.settings)
        caller = ToolCaller(CallerType.WORKFLOW, workflow_id)
        (plan,) = await tools.plan_tools(ctx, caller, [use], limits, variables=plain)
    except ToolsUnusableError as error:
        problems = (FieldProblem(f"definition.nodes.{node.id}", each.message, each.remedy) for each in error.fields)
        raise WorkflowInvalidError.of(*problems) from None
    return plan


def _check_tool(path: str, node: ToolNode, tool: ToolPlan) -> None:
    """Demand that a call with effects is neither made again nor left out for a kept result."""
    if node.retry is not None and tool.effect == "dangerous":
        message = f"is set, and a call of {tool.name} must not be made twice"
        raise WorkflowInvalidError.of(FieldProblem(f"definition.nodes.{path}.retry", message, "Leave retry out."))
    if node.cache is not None and tool.effect != "read_only":
        message = f"is set, and {tool.name} has effects outside, so that it is called each time"
        raise WorkflowInvalidError.of(FieldProblem(f"definition.nodes.{path}.cache", message, "Leave cache out."))


def _check_member(node: Working, member: MemberPlan) -> None:
    """Demand the same of what the run that a node starts may call; a call that a person is asked about may come again."""
    if is_inline(node) and member.plan.get("runtime") == "external":
        message = f"is subgraph, and {member.name} lives elsewhere"
        raise WorkflowInvalidError.of(FieldProblem(f"definition.nodes.{member.key}.run_as", message, "Set it to run."))
    repeated = None if node.retry is None else next(tools_called_unasked(member.plan), None)
    if repeated is not None:
        message = f"is set, and {member.name} may call {repeated} without asking, which must not be called twice"
        remedy = "Leave retry out, or let the tool need an approval."
        raise WorkflowInvalidError.of(FieldProblem(f"definition.nodes.{member.key}.retry", message, remedy))
    acting = None if node.cache is None else next(tools_with_effects(member.plan), None)
    if acting is not None:
        message = f"is set, and {member.name} may call {acting}, which has effects outside"
        raise WorkflowInvalidError.of(FieldProblem(f"definition.nodes.{member.key}.cache", message, "Leave cache out."))


def _request(path: str, node: HttpNode, known: AbstractSet[str]) -> ToolPlan:
    """Return the call of an HTTP node as a tool: it is made under the ledger, by the one guarded client."""
    if node.credential is not None and node.credential not in known:
        message = f"names the variable {node.credential}, which the workflow's agent does not have"
        remedy = "Set agent_id of the workflow to an agent that has it, or create a variable of the organization."
        raise WorkflowInvalidError.of(FieldProblem(f"definition.nodes.{path}.credential", message, remedy))
    seconds = _REQUEST_SECONDS if node.timeout is None else min(_MOST_TOOL_SECONDS, _whole(node.timeout))
    return tools.plan_request(node.name or node.id, node.method, node.credential, node.effect, seconds)


async def _model(ctx: Context, path: str, node: ModelNode) -> ModelSpec:
    parameters = node.parameters.model_dump(mode="json", exclude_defaults=True)
    try:
        return await llm.resolve_model(ctx, node.model.provider_id, node.model.name, parameters)
    except llm.ModelChoiceError as error:
        problems = (
            FieldProblem(each.field.replace("config", f"definition.nodes.{path}", 1), each.message, each.remedy)
            for each in error.fields
        )
        raise WorkflowInvalidError.of(*problems) from None


async def _member(ctx: Context, node: Working, target: NodeTarget, place: _Place) -> MemberPlan:
    is_trial = place.occasion.is_trial
    if target.kind == "agent":
        plan = await resolve_agent(ctx, target.id, None, is_playground=is_trial, release=target.release)
    elif target.kind == "team":
        plan = await resolve_team(ctx, target.id, is_playground=is_trial, release=target.release)
    else:
        inner = _Place(Occasion("workflow", is_trial), place.level + 1, place.plans)
        plan = await _resolve(ctx, target.id, inner, target.release)
        place.plans = inner.plans
    version = next((plan[name] for name in ("agent_version", "team_version", "workflow_version") if name in plan), 1)
    limits = MemberLimits(timeout_seconds=None if node.timeout is None else min(86_400, _whole(node.timeout)))
    return MemberPlan(
        key=target.node_id,
        name=target.name,
        role="",
        description="",
        type=target.kind,
        target_id=str(target.id),
        version=cast("int", version),
        limits=cast("JsonObject", limits.model_dump(mode="json")),
        plan=plan,
    )


def _whole(duration: str) -> int:
    """Return the seconds of a duration, rounded up."""
    return max(1, math.ceil(seconds_of(duration)))
