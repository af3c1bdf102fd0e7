"""A node of a workflow's graph: looks whether it is its turn, does its work, writes its output, and chooses the ways on."""

# LangGraph leaves generics open in its own signatures.
# pyright: reportUnknownMemberType=false

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast
from uuid import UUID

from langgraph.runtime import Runtime
from langgraph.types import Command

from retinue.core.errors import Error, LimitedError
from retinue.core.json import Json, JsonObject
from retinue.engine.compile.workflow.errors import ExpressionFailedError, VisitsExceededError
from retinue.engine.compile.workflow.ports import Expressions, Frame, Task, Work
from retinue.engine.compile.workflow.reading import values_read
from retinue.engine.compile.workflow.reducers import REDUCERS
from retinue.engine.compile.workflow.state import ERRORS, INPUT, LAST, ROUNDS, VISITS, WRITTEN, joining, state_of
from retinue.engine.compile.workflow.templates import fill, inputs_of
from retinue.engine.compile.workflow.turns import Turns
from retinue.engine.compile.workflow.ways import Moves, Rounds, Tokens, Way, Ways, enter, follow, joined_updates, rounds_in
from retinue.engine.spec.workflow.document import StateField
from retinue.engine.spec.workflow.nodes import (
    ConditionNode,
    Edge,
    ErrorRoute,
    SwitchNode,
    TransformNode,
    WaitForEventNode,
    WaitUntilNode,
    Working,
)


@dataclass(frozen=True, slots=True)
class WorkflowScope:
    """One execution of a workflow's graph: what its nodes need.

    ``facts`` are ``run`` and ``variables``, and inside a map or a loop ``input``, ``item`` and ``index``. ``frame`` is the
    map or loop around the nodes. ``turns`` are those of each map under way, by the id of its step.
    """

    expressions: Expressions
    work: Work
    facts: JsonObject = field(default_factory=dict[str, Json])
    frame: Frame | None = None
    turns: dict[UUID, Turns] = field(default_factory=dict[UUID, Turns])


_REASONS = ("when", "case", "else", "label")

Scoped = Runtime[WorkflowScope]
Performed = Callable[[Task], Awaitable[Json]]


@dataclass(slots=True)
class Turn:
    """A node's turn: what its expressions see, and what it writes."""

    runtime: Scoped
    state: JsonObject
    values: JsonObject
    visit: int
    update: dict[str, Any]

    @property
    def scope(self) -> WorkflowScope:
        """The execution's scope."""
        return self.runtime.context


@dataclass(frozen=True, slots=True)
class Place:
    """Where a graph stands in the workflow: the maps and loops around it, and whether the innermost of them is a loop."""

    path: tuple[str, ...] = ()
    is_loop: bool = False

    def inside(self, name: str, *, is_loop: bool) -> "Place":
        """Return the place of a body."""
        return Place((*self.path, name), is_loop)

    def named(self, name: str) -> str:
        """Return the path of a node."""
        return "/".join((*self.path, name))


def command(moves: Moves, update: Mapping[str, Any], more: Iterable[tuple[str, Any]] = ()) -> Command[Any]:
    """Return the writes and moves of a node's end as LangGraph has them; ``more`` is written first."""
    written: dict[str, Any] = dict(update)
    for name, tokens in moves.tokens.items():
        key = joining(name)
        written[key] = joined_updates(written[key], tokens) if key in written else tokens
    if moves.rounds:
        written[ROUNDS] = moves.rounds
    extra = list(more)
    return Command(update=[*extra, *written.items()] if extra else written, goto=moves.entered)


def told(error: Error, path: str) -> JsonObject:
    """Return an error as the node finds it in ``result`` that errors lead to."""
    return {"code": error.code, "message": error.detail, "node": path}


class Performer:
    """A node of the graph."""

    def __init__(self, ways: Ways, node: Working, fields: Mapping[str, StateField], place: Place) -> None:
        """Take the node and the graph that it is a part of."""
        self.ways = ways
        self.node = node
        self.fields = fields
        self.place = place
        self.path = place.named(node.id)
        self._templates = inputs_of(node)

    async def act(self, state: JsonObject, runtime: Scoped) -> Command[Any] | None:
        """Do all that the node does, when it is its turn."""
        turn = await self.begin(state, runtime)
        if not isinstance(turn, Turn):
            return turn
        return await self.finish(turn, self.task(turn), lambda task: self._perform(turn.scope, task))

    async def begin(self, state: JsonObject, runtime: Scoped) -> Turn | Command[Any] | None:
        """Return the node's turn; or what it writes when it is passed over, or waits for other ways."""
        name, update = self.node.id, dict[str, Any]()
        if name in self.ways.joined:
            entry = enter(self.ways, name, cast("Tokens", state.get(joining(name)) or {}))
            if entry.update:
                update[joining(name)] = entry.update
            if entry.is_live is None:
                return Command(update=update) if update else None
            if not entry.is_live:
                return command(follow(self.ways, name, (), self.rounds(state)), update)
        values = self.values(state, runtime.context)
        if self.node.when is not None and not (await self.compute(runtime.context, "when", [self.node.when], values))[0]:
            return command(follow(self.ways, name, (), self.rounds(state)), update)
        visit = cast("dict[str, int]", state.get(VISITS) or {}).get(name, 0) + 1
        update[VISITS] = {name: visit}
        return Turn(runtime, state, values, visit, update)

    def rounds(self, state: JsonObject) -> Rounds:
        """Return in which rounds of the circles around it the node was entered."""
        name = self.node.id
        if not self.ways.racing[name]:
            return {}
        if name in self.ways.joined:
            return rounds_in(cast("Tokens", state.get(joining(name)) or {}))
        return cast("dict[str, Rounds]", state.get(ROUNDS) or {}).get(name, {})

    def task(self, turn: Turn) -> Task:
        """Return the execution of the node that LangGraph has begun."""
        info = turn.runtime.execution_info
        if info is None:  # only outside a graph
            raise RuntimeError("a node was called outside its graph")
        frame = turn.scope.frame
        return Task(UUID(info.task_id), self.node, None, turn.values, turn.visit, info.checkpoint_id, self.path, frame)

    def values(self, state: JsonObject, scope: WorkflowScope) -> JsonObject:
        """Return what the node's expressions see."""
        values: JsonObject = {"input": state.get(INPUT), **scope.facts, "state": state_of(state, self.fields)}
        errors = cast("JsonObject", state.get(ERRORS) or {})
        if self.node.id in errors:
            values["result"] = errors[self.node.id]
        return values

    async def finish(self, turn: Turn, task: Task, perform: Performed, more: Iterable[tuple[str, Any]] = ()) -> Command[Any]:
        """Do the node's work by ``perform``, and return what follows; ``more`` is written too, whatever comes of it."""
        taken = await self._work(turn, task, perform)
        return self.leave(turn, taken, more)

    def leave(self, turn: Turn, taken: list[Way], more: Iterable[tuple[str, Any]] = ()) -> Command[Any]:
        """Return what follows when ways are taken."""
        moves = follow(self.ways, self.node.id, taken, self.rounds(turn.state))
        if moves.taken is not None:
            self._count(moves.taken, cast("dict[str, int]", turn.state.get(VISITS) or {}), turn.update)
        return command(moves, turn.update, more)

    async def _work(self, turn: Turn, task: Task, perform: Performed) -> list[Way]:
        """Do the node's work, put what it writes into the turn's update, and return the ways it takes."""
        scope, route = turn.scope, self.node.on_error
        try:
            result = None if self.node.disabled else await perform(task)
            written = await self._output(scope, turn.values, result)
        except LimitedError:
            raise
        except Error as error:
            if route == "fail":
                raise
            if isinstance(route, ErrorRoute) and route.goto is not None:
                return self.lead_error(turn, error)
            result = route.value if isinstance(route, ErrorRoute) else None
            written = await self._output(scope, turn.values, result) if isinstance(route, ErrorRoute) else {}
        self.write(turn, written, result)
        known: JsonObject = {**turn.values, "result": result, "state": self.reduced(turn.values, written.items())}
        taken = await self._choose(scope, known)
        self._record(scope, task, known, taken)
        return taken

    def lead_error(self, turn: Turn, error: Error) -> list[Way]:
        """Write an error for the node that it leads to, and return the way there."""
        ways = [way for way in self.ways.out[self.node.id] if way.edge is None]
        turn.update[ERRORS] = {way.target: told(error, self.path) for way in ways}
        return ways

    def write(self, turn: Turn, written: JsonObject, result: Json) -> None:
        """Put what the node writes to the state into the turn's update, and keep it for what is around a body."""
        turn.update |= written
        if self.place.path and not isinstance(self.node, ConditionNode | SwitchNode):
            turn.update[LAST] = result
        if self.place.is_loop and written:
            turn.update[WRITTEN] = [[key, value] for key, value in written.items()]

    async def compute(self, scope: WorkflowScope, field: str, expressions: list[str], values: JsonObject) -> list[Json]:
        """Return the values of expressions; a failure names the node and the field."""
        if not expressions:
            return []
        try:
            return await scope.expressions.evaluate(expressions, values)
        except ExpressionFailedError as error:
            raise ExpressionFailedError(f"{self.path}, {field}: {error.detail}") from None

    async def _output(self, scope: WorkflowScope, values: JsonObject, result: Json) -> JsonObject:
        made = cast("JsonObject", result) if isinstance(self.node, TransformNode) and isinstance(result, dict) else {}
        if self.node.output:
            known = {**values, "result": result}
            computed = await self.compute(scope, "output", list(self.node.output.values()), known)
            made = {**made, **dict(zip(self.node.output, computed, strict=True))}
        return made

    def is_given(self, key: str, value: Json) -> bool:
        """Say whether a body is given a key: one without a value is as if it had never been written."""
        return value is not None or self.fields[key].default is not None

    def reduced(self, values: JsonObject, written: Iterable[tuple[str, Json]]) -> JsonObject:
        """Return the state with what was written to it, one after the other."""
        state = dict(cast("JsonObject", values["state"]))
        for key, value in written:
            state[key] = REDUCERS[self.fields[key].reducer](state.get(key), value)
        return state

    async def _perform(self, scope: WorkflowScope, task: Task) -> Json:
        node, values = self.node, task.values
        if isinstance(node, ConditionNode):
            return None
        if isinstance(node, SwitchNode):
            return (await self.compute(scope, "on", [node.on], values))[0]
        if isinstance(node, TransformNode):
            made = await self.compute(scope, "set", list(node.set.values()), values)
            return dict(zip(node.set, made, strict=True))
        if scope.work.is_recalled(task):
            return scope.work.recall(task)
        given = fill(node, await self.compute(scope, "input", self._templates, values))
        task = replace(task, input=given["input"], given=given)
        if node.cache is not None and node.cache.key is not None:
            task = replace(task, cache_key=(await self.compute(scope, "cache.key", [node.cache.key], values))[0])
        if isinstance(node, WaitUntilNode) and node.at is not None:
            task = replace(task, at=(await self.compute(scope, "at", [node.at], values))[0])
        if isinstance(node, WaitForEventNode) and node.correlation is not None:
            task = replace(task, at=(await self.compute(scope, "correlation", [node.correlation], values))[0])
        if isinstance(node, WaitForEventNode) and node.where is not None:
            task = await self._past_unfit(scope, task, node.where)
        return await scope.work.perform(task)

    async def _past_unfit(self, scope: WorkflowScope, task: Task, where: str) -> Task:
        """Return a wait for an event after those that came and do not fit its condition."""
        while (event := scope.work.event_of(task)) is not None and event.get("expired") is not True:
            if (await self.compute(scope, "where", [where], {**task.values, "result": event}))[0]:
                break
            task = replace(task, passed=task.passed + 1)
        return task

    def _record(self, scope: WorkflowScope, task: Task, known: JsonObject, taken: list[Way]) -> None:
        """Record a node that only computes, with the values that its expressions read."""
        node, targets = self.node, [way.target for way in taken]
        if isinstance(node, TransformNode) and not node.disabled:
            scope.work.decided(task, values_read(node.set.values(), task.values), known["result"])
        elif isinstance(node, ConditionNode | SwitchNode):
            asked = [way.edge.when for way in self.ways.out[node.id] if way.edge is not None and way.edge.when is not None]
            if isinstance(node, SwitchNode):
                asked.append(node.on)
            told: JsonObject = {"taken": cast("Json", targets), "value": known["result"]}
            if isinstance(node, SwitchNode):
                told["on"] = node.on
            told["edges"] = [_told_edge(way.edge, way in taken) for way in self.ways.out[node.id] if way.edge is not None]
            scope.work.decided(task, values_read(asked, known), told)

    async def _choose(self, scope: WorkflowScope, values: JsonObject) -> list[Way]:
        ways = [way for way in self.ways.out[self.node.id] if way.edge is not None]
        if isinstance(self.node, SwitchNode):
            return _cases(ways, values["result"])
        conditions = [(way, way.edge.when) for way in ways if way.edge is not None and way.edge.when is not None]
        otherwise = [way for way in ways if way.edge is not None and way.edge.otherwise]
        if isinstance(self.node, ConditionNode):
            place = await self._first(scope, [text for _, text in conditions], values)
            return otherwise if place is None else [conditions[place][0]]
        made = await self.compute(scope, "edges", [text for _, text in conditions], values)
        taken = [way for (way, _), is_true in zip(conditions, made, strict=True) if is_true]
        always = [way for way in ways if way.edge is not None and way.edge.when is None and not way.edge.otherwise]
        return [*always, *(taken or otherwise)]

    async def _first(self, scope: WorkflowScope, conditions: list[str], values: JsonObject) -> int | None:
        if not conditions:
            return None
        try:
            return await scope.expressions.choose(conditions, values)
        except ExpressionFailedError as error:
            raise ExpressionFailedError(f"{self.path}, edges: {error.detail}") from None

    def _count(self, way: Way, visits: Mapping[str, int], update: dict[str, Any]) -> None:
        key = f"{way.source}>{way.target}"
        count = visits.get(key, 0) + 1
        if way.edge is not None and way.edge.max_visits is not None and count > way.edge.max_visits:
            raise VisitsExceededError(way.source, way.target, way.edge.max_visits)
        update[VISITS][key] = count


def _told_edge(edge: Edge, is_taken: bool) -> Json:  # noqa: FBT001 - a fact of the edge
    """Return an edge of a decision as its step tells it: where it leads, on what condition, and whether it was taken."""
    told = cast("JsonObject", edge.model_dump(mode="json", by_alias=True, exclude_defaults=True))
    return {"to": edge.target, **{name: told[name] for name in _REASONS if name in told}, "is_taken": is_taken}


def _cases(ways: list[Way], value: Json) -> list[Way]:
    for way in ways:
        if way.edge is not None and not way.edge.otherwise and _same(way.edge.case, value):
            return [way]
    return [way for way in ways if way.edge is not None and way.edge.otherwise]


def _same(case: Json, value: Json) -> bool:
    return type(case) is type(value) and case == value
