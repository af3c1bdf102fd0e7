"""One execution of a workflow's graph: from its input, or from its last checkpoint, to an output or a pause."""

# LangGraph leaves generics open in its own signatures.
# pyright: reportUnknownMemberType=false

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver

from retinue.core.json import Json, JsonObject, dumps, loads
from retinue.engine.compile.workflow.errors import ExpressionFailedError
from retinue.engine.compile.workflow.graph import CompiledWorkflow, compile_workflow
from retinue.engine.compile.workflow.performer import WorkflowScope
from retinue.engine.compile.workflow.ports import Expressions, NodeResults
from retinue.engine.compile.workflow.state import input_of, run_input_of, state_of
from retinue.engine.compile.workflow.work import RunWork
from retinue.engine.errors import OutputInvalidError
from retinue.engine.output import check_output
from retinue.engine.plan import WorkflowPlan
from retinue.engine.prompt import as_text
from retinue.engine.records import Outcome
from retinue.engine.scope import RunScope
from retinue.engine.spec.workflow.document import Workflow
from retinue.engine.spec.workflow.formats import current

_KEPT_GRAPHS: Final = 128
_SUPERSTEPS_PER_STEP: Final = 3
_SPARE_SUPERSTEPS: Final = 50


def compiled_of(plan: WorkflowPlan) -> CompiledWorkflow:
    """Return the compiled graph of a version; kept by its definition, since compiling takes a millisecond a node."""
    return _compiled(dumps(plan.definition, sort_keys=True).decode(), plan.compiler)


@lru_cache(maxsize=_KEPT_GRAPHS)
def _compiled(definition: str, compiler: int) -> CompiledWorkflow:
    document = Workflow.model_validate(current(cast("JsonObject", loads(definition))))
    return compile_workflow(document, compiler)


def workflow_triggers(plan: WorkflowPlan) -> Callable[[str], frozenset[str] | None]:
    """Return what ``engine.execute.triggers`` is for agents, for the graph of a workflow."""
    return compiled_of(plan).triggers.get


async def execute_workflow(
    scope: RunScope,
    saver: BaseCheckpointSaver[int],
    expressions: Expressions,
    *,
    results: NodeResults,
    run_input: JsonObject | None,
) -> Outcome:
    """Execute a workflow's run until it ends or waits. May be repeated after any crash; see ``engine.execute.execute``.

    Raises an ``Error`` of a kind when the run fails.
    """
    plan = scope.plan.workflow
    if plan is None:
        raise RuntimeError("a workflow's graph was given the plan of something else")
    graph = compiled_of(plan).graph.copy({"checkpointer": saver})
    config: RunnableConfig = {
        "configurable": {"thread_id": scope.run_id},
        "recursion_limit": scope.plan.limits.max_steps * _SUPERSTEPS_PER_STEP + _SPARE_SUPERSTEPS,
    }
    facts = _facts(scope, plan)
    context = WorkflowScope(expressions, RunWork(scope, plan, expressions, results), facts)
    channels: dict[str, Json] = {}
    is_waiting = False
    given = None if run_input is None else input_of(run_input)
    async for chunk in graph.astream(given, config, context=context, stream_mode="values", durability="sync"):
        found = cast("dict[str, Any]", chunk)
        is_waiting = is_waiting or "__interrupt__" in found  # values with what the other tasks wrote may follow
        channels |= {name: value for name, value in found.items() if name != "__interrupt__"}
    if is_waiting:
        return Outcome(None, is_waiting=True)
    return Outcome(await _output(plan, expressions, channels, facts), is_waiting=False)


def _facts(scope: RunScope, plan: WorkflowPlan) -> JsonObject:
    run: JsonObject = {"id": scope.run_id, "workflow": plan.document.name, "version": plan.version}
    return {"run": run, "variables": {**scope.plan.agent.variables}}


async def _output(plan: WorkflowPlan, expressions: Expressions, channels: dict[str, Json], facts: JsonObject) -> Json:
    """Return what the run gives: the workflow's output, or its whole state where it declares none."""
    workflow, state = plan.document, state_of(channels, plan.document.state)
    output: Json = state
    if workflow.output:
        values: JsonObject = {**facts, "state": state, "input": run_input_of(channels)}
        try:
            computed = await expressions.evaluate(list(workflow.output.values()), values)
        except ExpressionFailedError as error:
            raise ExpressionFailedError(f"output: {error.detail}") from None
        output = dict(zip(workflow.output, computed, strict=True))
    if workflow.output_schema is not None and (problems := check_output(output, workflow.output_schema)):
        raise OutputInvalidError(problems, as_text(output))
    return output
