"""A workflow as a LangGraph graph: a channel for each key of its state, its nodes, and tokens where ways join."""

# LangGraph leaves generics open in its own signatures.
# pyright: reportUnknownMemberType=false

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, TypedDict, cast
from uuid import UUID

import langsmith
from langgraph.graph import START as LANGGRAPH_START
from langgraph.graph import StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command

from retinue.core.errors import Error
from retinue.core.json import Json, JsonObject
from retinue.engine.compile.lean import lighten
from retinue.engine.compile.workflow.errors import VisitsExceededError
from retinue.engine.compile.workflow.ports import Expressions, Task, Work
from retinue.engine.compile.workflow.reducers import REDUCERS
from retinue.engine.compile.workflow.templates import fill_input, inputs_of
from retinue.engine.compile.workflow.ways import Moves, Tokens, Way, Ways, enter, follow, merge_tokens, ways_of
from retinue.engine.spec.workflow.document import StateField, Workflow
from retinue.engine.spec.workflow.nodes import ConditionNode, ErrorRoute, SwitchNode, TransformNode, Working
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
        if self._node.when is not None and not (await scope.expressions.evaluate([self._node.when], values))[0]:
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
        try:
            result = await self._perform(runtime, values, visit)
        except Error as error:
            if route == "fail":
                raise
            if isinstance(route, ErrorRoute) and route.goto is not None:
                update[_ERRORS] = {route.goto: _told(error, node.id)}
                return [way for way in self._ways.out[node.id] if way.edge is None]
            result = route.value if isinstance(route, ErrorRoute) else None
            written = await self._output(scope, values, result) if isinstance(route, ErrorRoute) else {}
        else:
            written = await self._output(scope, values, result)
        update |= written
        return await self._choose(scope, {**values, "result": result, "state": self._after(values, written)})

    async def _output(self, scope: WorkflowScope, values: JsonObject, result: Json) -> JsonObject:
        made = cast("JsonObject", result) if isinstance(self._node, TransformNode) else {}
        if self._node.output:
            computed = await scope.expressions.evaluate(list(self._node.output.values()), {**values, "result": result})
            made = {**made, **dict(zip(self._node.output, computed, strict=True))}
        return made

    def _after(self, values: JsonObject, written: JsonObject) -> JsonObject:
        """Return the state as the node's edges see it: with what the node has just written."""
        before = cast("JsonObject", values["state"])
        reduced = {key: REDUCERS[self._fields[key].reducer](before.get(key), value) for key, value in written.items()}
        return {**before, **reduced}

    async def _perform(self, runtime: Runtime[WorkflowScope], values: JsonObject, visit: int) -> Json:
        scope, node = runtime.context, self._node
        if node.disabled or isinstance(node, ConditionNode):
            return None
        if isinstance(node, SwitchNode):
            return (await scope.expressions.evaluate([node.on], values))[0]
        if isinstance(node, TransformNode):
            made = await scope.expressions.evaluate(list(node.set.values()), values)
            return dict(zip(node.set, made, strict=True))
        filled = await scope.expressions.evaluate(self._templates, values) if self._templates else []
        info = runtime.execution_info
        task_id = UUID(info.task_id) if info is not None else UUID(int=0)
        return await scope.work.perform(Task(task_id, node, fill_input(node.input, filled), values, visit))

    async def _choose(self, scope: WorkflowScope, values: JsonObject) -> list[Way]:
        ways = [way for way in self._ways.out[self._node.id] if way.edge is not None]
        if isinstance(self._node, SwitchNode):
            return _cases(ways, values["result"])
        conditions = [(way, way.edge.when) for way in ways if way.edge is not None and way.edge.when is not None]
        otherwise = [way for way in ways if way.edge is not None and way.edge.otherwise]
        if isinstance(self._node, ConditionNode):
            place = await scope.expressions.choose([text for _, text in conditions], values) if conditions else None
            return otherwise if place is None else [conditions[place][0]]
        made = await scope.expressions.evaluate([text for _, text in conditions], values) if conditions else []
        taken = [way for (way, _), is_true in zip(conditions, made, strict=True) if is_true]
        always = [way for way in ways if way.edge is not None and way.edge.when is None and not way.edge.otherwise]
        return [*always, *(taken or otherwise)]

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
