"""Agents that are a part of a workflow's run: the agent's graph inside the node, under the run's checkpoints and its ledger.

The steps of the agent are steps of the run, below that of the node; what they use counts for the agent's limits and for the
run's. A question that a call asks is one of the run: the node waits with it, other branches go on.
"""

# LangGraph leaves generics open in its own signatures.
# pyright: reportUnknownMemberType=false

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final, cast

from langchain_core.runnables import RunnableConfig
from langgraph._internal._scratchpad import PregelScratchpad
from langgraph.config import get_config

from retinue.core.errors import Error
from retinue.core.json import Json, JsonObject, dumps
from retinue.engine import prompt
from retinue.engine.budget import PartBudget
from retinue.engine.compile.agent import compile_agent
from retinue.engine.compile.workflow.ports import Task
from retinue.engine.compile.workflow.recording import Recording
from retinue.engine.plan import MemberPlan, PreparedPlan, read_plan
from retinue.engine.prompt import as_text
from retinue.engine.records import StepRecord, StepStart, Totals
from retinue.engine.scope import RunScope
from retinue.engine.spec.agent import ChildLimits
from retinue.engine.spec.workflow.nodes import AgentNode, is_inline

_SCRATCHPAD: Final = "__pregel_scratchpad"
_SUPERSTEPS_PER_STEP: Final = 2
_SPARE_SUPERSTEPS: Final = 10


def inline_members(scope_plan: PreparedPlan, nodes: Iterable[tuple[str, object]]) -> list[MemberPlan]:
    """Return the members of a workflow's plan that are carried out inside its run, of nodes by their paths."""
    team = scope_plan.team
    inside = [path for path, node in nodes if isinstance(node, AgentNode) and is_inline(node)]
    return [member for path in inside if team is not None and (member := team.member(path)) is not None]


def prepared_of(member: MemberPlan) -> PreparedPlan:
    """Return the plan of an agent inside a workflow's run; what it calls as tools is named after its node."""
    plan = read_plan(dumps(member.plan).decode())
    named = {name: replace(each, key=f"{member.key}>{each.key}") for name, each in plan.callees.items()}
    return replace(plan, callees=named) if named else plan


class InlineAgents:
    """Carries out the agents of one execution of a run. Plans are prepared once."""

    def __init__(self, recording: Recording) -> None:
        """Take how steps are recorded."""
        self._recording = recording
        self._plans: dict[str, PreparedPlan] = {}

    async def call(self, task: Task, member: MemberPlan) -> Json:
        """Return an agent's output, or pause with what it asks. Raises an ``Error`` when it fails."""
        recording, given = self._recording, input_of(task)

        async def so_far(start: StepStart) -> StepRecord:
            return StepRecord(start, "running", {"input": recording.clean(given)}, None, None)

        start = recording.begin(task, "agent", so_far)
        scope = self._scope(task, member, start)
        shown: JsonObject = {"input": given}
        try:
            output = await _executed(scope, task, given)
        except Error as error:
            recording.finish(start, shown, None, error=error.detail)
            raise
        recording.finish(start, shown, output)
        return output

    def _scope(self, task: Task, member: MemberPlan, start: StepStart) -> RunScope:
        scope = self._recording.scope
        plan = self._plans.get(member.key)
        if plan is None:
            plan = self._plans[member.key] = _narrowed(prepared_of(member), member)
        deadline = scope.clock.now() + timedelta(seconds=plan.limits.timeout_seconds)
        used = scope.inside.get(task.step_id, Totals())
        budget = PartBudget(scope.budget, plan.limits, used, (member.name, lambda: scope.clock.now() >= deadline))
        spending = None if scope.spending is None else scope.spending.of_agent(member.target_id)
        parts: dict[str, Any] = {"plan": plan, "budget": budget, "spending": spending, "instructions": None}
        return replace(scope, above=scope, step=start, **parts)


def input_of(task: Task) -> JsonObject:
    """Return what an agent or a team is given: the node's input, with a prompt."""
    given: JsonObject = task.input if isinstance(task.input, dict) else {"prompt": as_text(task.input)}
    return {**given, "prompt": given["prompt"] if "prompt" in given else as_text(task.input)}


async def _executed(scope: RunScope, task: Task, given: JsonObject) -> Json:
    opening: Any = {"messages": prompt.opening(given, scope.plan.memory.history_messages)}
    return cast("Json", await compile_agent().ainvoke(opening, _config(scope, task), context=scope, output_keys="output"))


def _config(scope: RunScope, task: Task) -> RunnableConfig:
    """Return the node's config with the agent's bound of supersteps.

    LangGraph numbers the graphs that a task executes one after the other, from 0 each time that the task begins; each
    attempt must find its own checkpoints, so that its number is that of the attempt.
    """
    config = get_config()
    configurable = dict(config.get("configurable", {}))
    scratchpad = configurable.get(_SCRATCHPAD)
    if isinstance(scratchpad, PregelScratchpad):
        configurable[_SCRATCHPAD] = replace(scratchpad, subgraph_counter=lambda: task.attempt - 1)
    limit = scope.plan.limits.max_steps * _SUPERSTEPS_PER_STEP + _SPARE_SUPERSTEPS
    return {**config, "configurable": configurable, "recursion_limit": limit}


def _narrowed(plan: PreparedPlan, member: MemberPlan) -> PreparedPlan:
    """Return an agent's plan within the time that its node allows."""
    most = ChildLimits.model_validate(member.limits).timeout_seconds
    if most is None or most >= plan.limits.timeout_seconds:
        return plan
    return replace(plan, limits=plan.limits.model_copy(update={"timeout_seconds": most}))
