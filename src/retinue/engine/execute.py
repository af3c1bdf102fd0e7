"""One execution of a run's graph: from its input, or from its last checkpoint, to an output or a pause."""

# LangGraph leaves generics open in its own signatures.
# pyright: reportUnknownMemberType=false

from collections.abc import Iterable
from copy import copy
from functools import cache
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.pregel import Pregel

from retinue.core.json import Json, JsonObject
from retinue.engine import prompt
from retinue.engine.compile.agent import AgentState, compile_agent
from retinue.engine.compile.team import TeamState, compile_team
from retinue.engine.first_checkpoint import Saver, first_checkpoint
from retinue.engine.records import Outcome
from retinue.engine.scope import RunScope

_SUPERSTEPS_PER_STEP = 2
_SPARE_SUPERSTEPS = 10


@cache
def triggers(path: str = "") -> frozenset[str] | None:
    """Return the channels that set off a node of the run's graph, or of the graph inside a node at ``path``.

    ``path`` has the names of the nodes, joined by ``|``. A checkpoint in which none of the channels is filled is the last
    of its graph. None for a path that is not known.
    """
    return triggers_of(compile_agent()).get(path)


@cache
def team_triggers(path: str = "") -> frozenset[str] | None:
    """Return what ``triggers`` does, for the graph of teams."""
    return triggers_of(compile_team()).get(path)


def triggers_of(graph: Pregel[Any, Any, Any, Any]) -> dict[str, frozenset[str]]:
    """Return the channels that set off a node, for a graph and all graphs inside its nodes, by their paths."""
    inside = cast("Iterable[tuple[str, object]]", graph.get_subgraphs(recurse=True))
    graphs = {path: cast("Pregel[Any, Any, Any, Any]", each) for path, each in inside if isinstance(each, Pregel)}
    return {path: frozenset(each.trigger_to_nodes) for path, each in {"": graph, **graphs}.items()}


async def execute(
    scope: RunScope,
    saver: Saver,
    *,
    run_input: JsonObject | None,
) -> Outcome:
    """Execute a run until it ends or waits for a person. May be repeated after any crash.

    ``run_input`` is given when no checkpoint exists; else the run goes on from its last one, where its questions find
    their answers in the scope. Raises an ``Error`` of a kind when the run fails; what the saver raises passes through.
    """
    compiled: Pregel[Any, RunScope, Any, Any] = compile_agent() if scope.plan.team is None else compile_team()
    graph = copy(compiled)  # Pregel.copy puts each part together again, for 30 us
    graph.checkpointer = saver
    given = _beginning(scope, run_input)
    if given is not None and scope.plan.team is None:
        saver.begin(await first_checkpoint(compiled, cast("dict[str, Any]", given)))
        given = None
    config: RunnableConfig = {
        "configurable": {"thread_id": scope.run_id},
        "recursion_limit": scope.plan.limits.max_steps * _SUPERSTEPS_PER_STEP + _SPARE_SUPERSTEPS,
    }
    output: Json = None
    chunks = graph.astream(
        cast("Any", given),
        config,
        context=scope,
        stream_mode="values",
        output_keys="output",
        durability="sync",
    )
    async for chunk in chunks:
        output = None if isinstance(chunk, dict) and "__interrupt__" in chunk else cast("Json", chunk)
    return Outcome(output, is_waiting=output is None)


def _beginning(scope: RunScope, run_input: JsonObject | None) -> AgentState | TeamState | None:
    if run_input is None:
        return None
    messages = prompt.opening(run_input, scope.plan.memory.history_messages)
    if scope.plan.team is None:
        return {"messages": messages}
    shared = run_input.get("state")
    return {"messages": messages, "shared": shared if isinstance(shared, dict) else {}}
