"""A workflow as a LangGraph graph: a channel for each key of its state, its nodes, and tokens where ways join."""

# LangGraph leaves generics open in its own signatures.
# pyright: reportUnknownMemberType=false

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Final, TypedDict, cast
from uuid import UUID

import langsmith
from langgraph.graph import START as LANGGRAPH_START
from langgraph.graph import StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command

from retinue.core.errors import Error, LimitedError
from retinue.core.json import Json, JsonObject
from retinue.engine.compile.lean import lighten
from retinue.engine.compile.workflow.errors import ExpressionFailedError, VisitsExceededError
from retinue.engine.compile.workflow.ports import Expressions, Task, Work
from retinue.engine.compile.workflow.reading import values_read
from retinue.engine.compile.workflow.reducers import REDUCERS
from retinue.engine.compile.workflow.templates import fill, inputs_of
from retinue.engine.compile.workflow.ways import Moves, Tokens, Way, Ways, enter, follow, merge_tokens, ways_of
from retinue.engine.prompt import as_text
from retinue.engine.spec.workflow.document import StateField, Workflow
from retinue.engine.spec.workflow.nodes import (
    ConditionNode,
    ErrorRoute,
    SwitchNode,
    TransformNode,
    WaitUntilNode,
    Working,
)
from retinue.engine.spec.workflow.values import START

_BEGIN: Final = "retinue_begin"
_INPUT: Final = "retinue_input"
_VISITS: Final = "retinue_visits"
_ERRORS: Final = "retinue_errors"


@dataclass(frozen=True, slots=True)
class WorkflowScope:
    """One execution of a workflow's graph: what its nodes need. ``facts`` are ``run`` and ``variables``."""

    expressions: Expressions
    work: Work
    facts: JsonObject = field(default_factory=dict[str, Json])


WorkflowGraph = CompiledStateGraph[Any, WorkflowScope, Any, Any]


def compile_workflow(workflow: Workflow) -> WorkflowGraph:
    """Return the graph of a valid workflow: its input is ``input_of`` the run's input, its state is read by ``state_of``.

    Depends on nothing but the document, so it may be kept by the document's identity.
    """
    langsmith.configure(enabled=False)
    ways = ways_of(workflow.nodes, workflow.edges)
    graph: StateGraph[Any, WorkflowScope, Any, Any] = StateGraph(
        _state_type(workflow.state, ways), context_schema=WorkflowScope
    )
    graph.add_node(_BEGIN, _beginning(ways, workflow.state), destinations=tuple(ways.nodes))
    graph.add_edge(LANGGRAPH_START, _BEGIN)
    for node in ways.nodes.values():
        graph.add_node(node.id, cast("Any", _Performer(ways, node, workflow.state).act), destinations=tuple(ways.nodes))
    compiled = graph.compile()
    lighten(compiled)
    return compiled


def input_of(run_input: JsonObject) -> JsonObject:
    """Return what a new execution of the graph is given."""
    return {_INPUT: run_input}


def run_input_of(channels: Mapping[str, Json]) -> Json:
    """Return the run's input from the channels of the graph."""
    return channels.get(_INPUT)


def state_of(channels: Mapping[str, Json], fields: Mapping[str, StateField]) -> JsonObject:
    """Return the workflow's own state from the channels of the graph."""
    return {key: channels.get(key, each.default) for key, each in fields.items()}


def _state_type(fields: Mapping[str, StateField], ways: Ways) -> type:
    channels: dict[str, Any] = {key: Annotated[Any, REDUCERS[each.reducer]] for key, each in fields.items()}
    channels |= {_joining(name): Annotated[Any, _tokens] for name in ways.joined}
    channels[_INPUT] = Any
    channels[_VISITS] = channels[_ERRORS] = Annotated[Any, _merged]
    return TypedDict("WorkflowState", channels, total=False)  # pyright: ignore[reportArgumentType, reportReturnType] - made at run time


def _tokens(left: Tokens | None, right: Tokens) -> Tokens:
    return merge_tokens(left or {}, right)


def _merged(left: JsonObject | None, right: JsonObject) -> JsonObject:
    return {**(left or {}), **right}


def _task(runtime: Runtime[WorkflowScope], node: Working, values: JsonObject, visit: int) -> Task:
    info = runtime.execution_info
    if info is None:  # only outside a graph
        raise RuntimeError("a node was called outside its graph")
    return Task(UUID(info.task_id), node, None, values, visit, info.checkpoint_id)


def _told(error: Error, node: str) -> JsonObject:
    return {"code": error.code, "message": error.detail, "node": node}


def _joining(name: str) -> str:
    return f"retinue_join_{name}"


def _beginning(ways: Ways, fields: Mapping[str, StateField]) -> Any:  # noqa: ANN401 - LangGraph's node
    defaults = {key: each.default for key, each in fields.items() if each.default is not None}

    async def begin(state: JsonObject) -> Command[Any]:
        del state
        return _command(follow(ways, START, ways.out[START]), dict(defaults))

    return begin


def _command(moves: Moves, update: JsonObject) -> Command[Any]:
    written: dict[str, Any] = dict(update)
    for name, tokens in moves.tokens.items():
        key = _joining(name)
        written[key] = merge_tokens(written[key], tokens) if key in written else tokens
    return Command(update=written, goto=moves.entered)


class _Performer:
    """A node of the graph: looks whether it is its turn, does its work, writes its output, and chooses the ways on."""

    def __init__(self, ways: Ways, node: Working, fields: Mapping[str, StateField]) -> None:
        self._ways = ways
        self._node = node
        self._fields = fields
        self._templates = inputs_of(node)

    async def act(self, state: JsonObject, runtime: Runtime[WorkflowScope]) -> Command[Any] | None:
        name, update = self._node.id, dict[str, Any]()
        if name in self._ways.joined:
            entry = enter(self._ways, name, cast("Tokens", state.get(_joining(name)) or {}))
            if entry.update:
                update[_joining(name)] = entry.update
            if entry.is_live is None:
                return Command(update=update) if update else None
            if not entry.is_live:
                return _command(follow(self._ways, name, ()), update)
        scope, values = runtime.context, self._values(state, runtime.context)
        if self._node.when is not None and not (await self._compute(scope, "when", [self._node.when], values))[0]:
            return _command(follow(self._ways, name, ()), update)
        visits = cast("dict[str, int]", state.get(_VISITS) or {})
        visit = visits.get(name, 0) + 1
        update[_VISITS] = {name: visit}
        taken = await self._work(runtime, values, visit, update)
        moves = follow(self._ways, name, taken)
        if moves.taken is not None:
            self._count(moves.taken, visits, update)
        return _command(moves, update)

    def _values(self, state: JsonObject, scope: WorkflowScope) -> JsonObject:
        values: JsonObject = {**scope.facts, "input": state.get(_INPUT), "state": state_of(state, self._fields)}
        errors = cast("JsonObject", state.get(_ERRORS) or {})
        if self._node.id in errors:
            values["result"] = errors[self._node.id]
        return values

    async def _work(
        self, runtime: Runtime[WorkflowScope], values: JsonObject, visit: int, update: dict[str, Any]
    ) -> list[Way]:
        """Do the node's work, put what it writes into ``update``, and return the ways it takes."""
        scope, node, route = runtime.context, self._node, self._node.on_error
        task = _task(runtime, node, values, visit)
        try:
            result = await self._perform(scope, task)
            written = await self._output(scope, values, result)
        except LimitedError:
            raise
        except Error as error:
            if route == "fail":
                raise
            if isinstance(route, ErrorRoute) and route.goto is not None:
                update[_ERRORS] = {route.goto: _told(error, node.id)}
                return [way for way in self._ways.out[node.id] if way.edge is None]
            result = route.value if isinstance(route, ErrorRoute) else None
            written = await self._output(scope, values, result) if isinstance(route, ErrorRoute) else {}
        update |= written
        known: JsonObject = {**values, "result": result, "state": self._after(values, written)}
        taken = await self._choose(scope, known)
        self._record(scope, task, known, taken)
        return taken

    async def _compute(self, scope: WorkflowScope, field: str, expressions: list[str], values: JsonObject) -> list[Json]:
        if not expressions:
            return []
        try:
            return await scope.expressions.evaluate(expressions, values)
        except ExpressionFailedError as error:
            raise ExpressionFailedError(f"{self._node.id}, {field}: {error.detail}") from None

    async def _output(self, scope: WorkflowScope, values: JsonObject, result: Json) -> JsonObject:
        made = cast("JsonObject", result) if isinstance(self._node, TransformNode) and isinstance(result, dict) else {}
        if self._node.output:
            known = {**values, "result": result}
            computed = await self._compute(scope, "output", list(self._node.output.values()), known)
            made = {**made, **dict(zip(self._node.output, computed, strict=True))}
        return made

    def _after(self, values: JsonObject, written: JsonObject) -> JsonObject:
        """Return the state as the node's edges see it: with what the node has just written."""
        before = cast("JsonObject", values["state"])
        reduced = {key: REDUCERS[self._fields[key].reducer](before.get(key), value) for key, value in written.items()}
        return {**before, **reduced}

    async def _perform(self, scope: WorkflowScope, task: Task) -> Json:
        node, values = self._node, task.values
        if node.disabled or isinstance(node, ConditionNode):
            return None
        if isinstance(node, SwitchNode):
            return (await self._compute(scope, "on", [node.on], values))[0]
        if isinstance(node, TransformNode):
            made = await self._compute(scope, "set", list(node.set.values()), values)
            return dict(zip(node.set, made, strict=True))
        given = fill(node, await self._compute(scope, "input", self._templates, values))
        task = replace(task, input=given["input"], reason=as_text(given.get("reason") or ""))
        if isinstance(node, WaitUntilNode) and node.at is not None:
            task = replace(task, at=(await self._compute(scope, "at", [node.at], values))[0])
        return await scope.work.perform(task)

    def _record(self, scope: WorkflowScope, task: Task, known: JsonObject, taken: list[Way]) -> None:
        """Record a node that only computes, with the values that its expressions read."""
        node, targets = self._node, [way.target for way in taken]
        if isinstance(node, TransformNode) and not node.disabled:
            scope.work.decided(task, values_read(node.set.values(), task.values), known["result"])
        elif isinstance(node, ConditionNode | SwitchNode):
            asked = [way.edge.when for way in self._ways.out[node.id] if way.edge is not None and way.edge.when is not None]
            if isinstance(node, SwitchNode):
                asked.append(node.on)
            scope.work.decided(task, values_read(asked, known), {"taken": cast("Json", targets), "value": known["result"]})

    async def _choose(self, scope: WorkflowScope, values: JsonObject) -> list[Way]:
        ways = [way for way in self._ways.out[self._node.id] if way.edge is not None]
        if isinstance(self._node, SwitchNode):
            return _cases(ways, values["result"])
        conditions = [(way, way.edge.when) for way in ways if way.edge is not None and way.edge.when is not None]
        otherwise = [way for way in ways if way.edge is not None and way.edge.otherwise]
        if isinstance(self._node, ConditionNode):
            place = await self._first(scope, [text for _, text in conditions], values)
            return otherwise if place is None else [conditions[place][0]]
        made = await self._compute(scope, "edges", [text for _, text in conditions], values)
        taken = [way for (way, _), is_true in zip(conditions, made, strict=True) if is_true]
        always = [way for way in ways if way.edge is not None and way.edge.when is None and not way.edge.otherwise]
        return [*always, *(taken or otherwise)]

    async def _first(self, scope: WorkflowScope, conditions: list[str], values: JsonObject) -> int | None:
        if not conditions:
            return None
        try:
            return await scope.expressions.choose(conditions, values)
        except ExpressionFailedError as error:
            raise ExpressionFailedError(f"{self._node.id}, edges: {error.detail}") from None

    def _count(self, way: Way, visits: Mapping[str, int], update: dict[str, Any]) -> None:
        key = f"{way.source}>{way.target}"
        count = visits.get(key, 0) + 1
        if way.edge is not None and way.edge.max_visits is not None and count > way.edge.max_visits:
            raise VisitsExceededError(way.source, way.target, way.edge.max_visits)
        update[_VISITS][key] = count


def _cases(ways: list[Way], value: Json) -> list[Way]:
    for way in ways:
        if way.edge is not None and not way.edge.otherwise and _same(way.edge.case, value):
            return [way]
    return [way for way in ways if way.edge is not None and way.edge.otherwise]


def _same(case: Json, value: Json) -> bool:
    return type(case) is type(value) and case == value
