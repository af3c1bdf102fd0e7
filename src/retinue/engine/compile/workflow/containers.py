"""Maps and loops: their bodies are graphs of their own, one execution of them an item or a round.

A map's node sends one task an item; the tasks of one map are one superstep, behind which its end collects what they gave. A
loop's node is followed by a task that executes the body once and enters itself again.
"""

# LangGraph leaves generics open in its own signatures.
# pyright: reportUnknownMemberType=false

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, cast
from uuid import UUID

from langgraph.config import get_config
from langgraph.pregel._read import ChannelRead
from langgraph.types import Command, Send

from retinue.core.errors import Error, LimitedError
from retinue.core.json import Json, JsonObject
from retinue.engine.compile.workflow.errors import ItemsFailedError, ItemsInvalidError, RoundsExceededError
from retinue.engine.compile.workflow.performer import Performer, Scoped, Turn, WorkflowScope, told
from retinue.engine.compile.workflow.ports import Frame, Task
from retinue.engine.compile.workflow.reading import keys_read, keys_read_by_code
from retinue.engine.compile.workflow.state import INPUT, LAST, VISITS, WRITTEN, around, items_of, state_of
from retinue.engine.compile.workflow.turns import Turns
from retinue.engine.prompt import as_text
from retinue.engine.replay import inside
from retinue.engine.spec.workflow.names import codes, expressions
from retinue.engine.spec.workflow.nodes import Body, LoopNode, MapNode

_SHOWN_CHARACTERS: Final = 2_000


class MapParts:
    """The three nodes of a map: its own, that of an item, and its end."""

    def __init__(self, performer: Performer, node: MapNode, body: Any) -> None:  # noqa: ANN401 - LangGraph's graph
        """Take the map as a node of the graph around it, and its compiled body, or the performer of its only node."""
        self._performer = performer
        self._node = node
        self._body = body
        self._keys = _keys_of(node.body, performer.fields)
        self.item_name, self.end_name = f"{node.id}.item", f"{node.id}.end"

    async def act(self, state: JsonObject, runtime: Scoped) -> Command[Any] | None:
        """Compute the items, and send a task for each."""
        turn = await self._performer.begin(state, runtime)
        if not isinstance(turn, Turn):
            return turn
        task = self._performer.task(turn)
        if self._node.disabled:
            return await self._performer.finish(turn, task, _nothing)
        if (recalled := await _recalled(turn, task, self._performer)) is not None:
            return recalled
        try:
            items = await self._items(turn)
        except Error as error:
            failed = error
            failing = _recorded(turn.scope, task, {}, lambda: _raise(failed))
            return await self._performer.finish(turn, task, failing)
        here: JsonObject = {
            "step": str(task.id),
            "checkpoint": task.checkpoint_id,
            "visit": turn.visit,
            "items": items,
        }
        self._open(turn.scope, here)
        update = {**turn.update, around(self._node.id): here, items_of(self._node.id): None}
        sends = [Send(self.item_name, {"index": index}) for index in range(len(items))]
        return Command(update=update, goto=sends or self.end_name)

    async def _items(self, turn: Turn) -> list[Json]:
        node, path = self._node, self._performer.path
        (items,) = await self._performer.compute(turn.scope, "over", [node.over], turn.values)
        if not isinstance(items, list):
            raise ItemsInvalidError(f"{path}, over: is {as_text(items)[:80]}, which is no list.")
        if len(items) > node.max_items:
            raise ItemsInvalidError(f"{path}, over: has {len(items)} items, and max_items is {node.max_items}.")
        return items

    async def item(self, sent: JsonObject, runtime: Scoped) -> JsonObject | Command[Any]:
        """Carry out the body for one item. Its failure is its result, unless it fails the run.

        The first item enters the end for all of them: they are one superstep, which is over when all have ended. LangGraph
        looks at all that was written in a superstep whenever one of its tasks ends, and each write is a row.
        """
        index, outer = cast("int", sent["index"]), self._outer()
        here = cast("JsonObject", outer[around(self._node.id)])
        scope, step_id = runtime.context, UUID(str(here["step"]))
        turns = scope.turns.setdefault(step_id, Turns(self._node.concurrency))
        self._open(scope, here)
        ended: JsonObject
        try:
            async with turns.taken():
                is_left_out = turns.is_stopped
                ended = {"left_out": True}
                if not is_left_out:
                    ended = {"result": await self._carry_out(runtime, outer, here, index)}
            if is_left_out and self._node.on_error == "fail":
                await asyncio.Event().wait()  # until the item that fails the run ends this task, which then begins again
        except LimitedError:
            raise
        except Error as error:
            turns.failed += 1
            is_too_much = turns.failed > self._tolerated(len(cast("list[Json]", here["items"])))
            if is_too_much:
                turns.is_stopped = True
                if self._node.on_error == "fail":
                    await turns.settle()
                    raise
            ended = {"error": told(error, self._performer.path)}
        given: JsonObject = {items_of(self._node.id): [{"index": index, **ended}]}
        return given if index else Command(update=given, goto=self.end_name)

    async def _carry_out(self, runtime: Scoped, outer: JsonObject, here: JsonObject, index: int) -> Json:
        scope, items = runtime.context, cast("list[Json]", here["items"])
        facts = _facts(scope, outer) | {"item": items[index], "index": index}
        place = _place_inside(scope, here, index)
        frame = Frame(UUID(str(here["step"])), index, self._node.concurrency, place)
        inner, given = replace(scope, facts=facts, frame=frame), self._given(outer)
        if not isinstance(self._body, Performer):
            return (await _executed(self._body, inner, given)).get(LAST)
        # A graph for one node costs several times what the node does: it is the item's task itself.
        written = await self._body.act(given, replace(runtime, context=inner))
        return None if written is None else dict(cast("Any", written.update)).get(LAST)

    def _given(self, outer: JsonObject) -> JsonObject:
        state = state_of(outer, self._performer.fields)
        return {key: value for key, value in state.items() if key in self._keys and self._performer.is_given(key, value)}

    def _outer(self) -> JsonObject:
        """Return the state of the graph around the item, as the superstep of the items began from it."""
        names = [around(self._node.id), INPUT, *self._performer.fields]
        if self._performer.place.path:
            names.remove(INPUT)
        return cast("JsonObject", ChannelRead.do_read(get_config(), select=names))

    def _tolerated(self, count: int) -> int:
        """Return how many items may fail."""
        tolerate = self._node.tolerate
        if self._node.on_item_error == "fail":
            return 0
        if tolerate is None:
            return count
        bounds = [count]
        if tolerate.count is not None:
            bounds.append(tolerate.count)
        if tolerate.percent is not None:
            bounds.append(int(count * tolerate.percent / 100))
        return min(bounds)

    def _open(self, scope: WorkflowScope, here: JsonObject) -> None:
        scope.work.opened(_task_of(self._performer, scope, here), {"count": len(cast("list[Json]", here["items"]))})

    async def end(self, state: JsonObject, runtime: Scoped) -> Command[Any]:
        """Collect what the items gave, in their order."""
        performer, here = self._performer, cast("JsonObject", state[around(self._node.id)])
        values = performer.values(state, runtime.context)
        turn = Turn(runtime, state, values, cast("int", here["visit"]), _visited(performer, here))
        ended = cast("list[JsonObject]", state.get(items_of(self._node.id)) or [])
        emptied = ((items_of(self._node.id), None), (around(self._node.id), None))
        task = _task_of(performer, runtime.context, here)
        given: JsonObject = {"count": len(ended), "failed": sum("error" in each for each in ended)}

        async def collect() -> Json:
            return self._collected(sorted(ended, key=lambda each: cast("int", each["index"])))

        collected = _recorded(turn.scope, task, given, collect, by=performer.task(turn).id)
        return await performer.finish(turn, task, collected, emptied)

    def _collected(self, ended: Sequence[JsonObject]) -> Json:
        failures = [each for each in ended if "error" in each]
        if len(failures) > self._tolerated(len(ended)):
            first = cast("JsonObject", failures[0]["error"])
            message = f"{len(failures)} of {len(ended)} items failed; the first is that at {failures[0]['index']}: "
            raise ItemsFailedError(f"{self._performer.path}: {message}{str(first['message'])[:_SHOWN_CHARACTERS]}")
        if self._node.on_item_error == "skip":
            return [each["result"] for each in ended if "result" in each]
        return [each["result"] if "result" in each else {"error": each.get("error")} for each in ended]


class LoopParts:
    """The two nodes of a loop: its own, and that of a round."""

    def __init__(self, performer: Performer, node: LoopNode, body: Any) -> None:  # noqa: ANN401 - LangGraph's graph
        """Take the loop as a node of the graph around it, and its compiled body."""
        self._performer = performer
        self._node = node
        self._body = body
        self.round_name = f"{node.id}.round"

    async def act(self, state: JsonObject, runtime: Scoped) -> Command[Any] | None:
        """Begin the first round."""
        turn = await self._performer.begin(state, runtime)
        if not isinstance(turn, Turn):
            return turn
        task = self._performer.task(turn)
        if self._node.disabled:
            return await self._performer.finish(turn, task, _nothing)
        if (recalled := await _recalled(turn, task, self._performer)) is not None:
            return recalled
        here: JsonObject = {"step": str(task.id), "checkpoint": task.checkpoint_id, "visit": turn.visit, "round": 0}
        turn.scope.work.opened(_task_of(self._performer, turn.scope, here), {"max": self._node.max})
        return Command(update={**turn.update, around(self._node.id): here}, goto=self.round_name)

    async def round(self, state: JsonObject, runtime: Scoped) -> Command[Any]:
        """Carry out the body once; then end, or go round again."""
        performer, scope = self._performer, runtime.context
        here = cast("JsonObject", state[around(self._node.id)])
        task, number = _task_of(performer, scope, here), cast("int", here["round"])
        scope.work.opened(task, {"max": self._node.max})
        turn = Turn(runtime, state, performer.values(state, scope), task.visit, _visited(performer, here))
        by, emptied = performer.task(turn).id, (around(self._node.id), None)
        rounds: JsonObject = {"rounds": number + 1}
        try:
            result, written = await self._carry_out(turn, here)
            is_over = await self._is_over(turn, written, result, number)
        except LimitedError:
            raise
        except Error as error:
            failed = error
            failing = _recorded(scope, task, rounds, lambda: _raise(failed), by=by)
            return await performer.finish(turn, task, failing, (emptied,))
        if not is_over:
            following = ((around(self._node.id), {**here, "round": number + 1}),)
            return Command(update=[*self._outer_writes(written), *following], goto=self.round_name)
        self._see(turn, written)
        ended = _recorded(scope, task, rounds, lambda: _given(result), by=by)
        return await performer.finish(turn, task, ended, (*self._outer_writes(written), emptied))

    async def _carry_out(self, turn: Turn, here: JsonObject) -> tuple[Json, list[tuple[str, Json]]]:
        scope, number = turn.scope, cast("int", here["round"])
        facts = _facts(scope, turn.state) | {"index": number}
        frame = Frame(UUID(str(here["step"])), number, place=_place_inside(scope, here, number))
        state = cast("JsonObject", turn.values["state"])
        given: JsonObject = {key: value for key, value in state.items() if self._performer.is_given(key, value)}
        channels = await _executed(self._body, replace(scope, facts=facts, frame=frame), given)
        written = cast("list[tuple[str, Json]]", channels.get(WRITTEN) or [])
        return channels.get(LAST), [(key, value) for key, value in written]

    async def _is_over(self, turn: Turn, written: Sequence[tuple[str, Json]], result: Json, number: int) -> bool:
        node, performer = self._node, self._performer
        known: JsonObject = {
            **turn.values,
            "state": performer.reduced(turn.values, written),
            "result": result,
            "index": number,
        }
        if (await performer.compute(turn.scope, "until", [node.until], known))[0]:
            return True
        if number + 1 < node.max:
            return False
        if node.on_max == "fail":
            raise RoundsExceededError(performer.path, node.max)
        return True

    def _see(self, turn: Turn, written: Sequence[tuple[str, Json]]) -> None:
        """Let what follows in this turn see what the last round wrote."""
        turn.values = {**turn.values, "state": self._performer.reduced(turn.values, written)}

    def _outer_writes(self, written: Sequence[tuple[str, Json]]) -> list[tuple[str, Any]]:
        """Return the writes of a body for the graph around it, and for the loop around that."""
        again: list[tuple[str, Any]] = list(written)
        if self._performer.place.is_loop and written:
            again.append((WRITTEN, [[key, value] for key, value in written]))
        return again


async def _executed(body: Any, scope: WorkflowScope, given: JsonObject) -> JsonObject:  # noqa: ANN401 - LangGraph's graph
    return cast("JsonObject", await body.ainvoke(given, context=scope))


def _facts(scope: WorkflowScope, outer: Mapping[str, Json]) -> JsonObject:
    return {"input": outer.get(INPUT), **scope.facts}


def _task_of(performer: Performer, scope: WorkflowScope, here: JsonObject) -> Task:
    """Return the execution of a map or a loop, as it was begun."""
    visit, checkpoint = cast("int", here["visit"]), str(here["checkpoint"])
    return Task(UUID(str(here["step"])), performer.node, None, {}, visit, checkpoint, performer.path, scope.frame)


def _place_inside(scope: WorkflowScope, here: JsonObject, index: int) -> str:
    return inside("" if scope.frame is None else scope.frame.place, cast("int", here["visit"]), index)


async def _recalled(turn: Turn, task: Task, performer: Performer) -> Command[Any] | None:
    """Return what follows when a map's or a loop's result is given by the run; None when it is to be carried out."""
    work = turn.scope.work
    if not work.is_recalled(task):
        return None

    async def recall(each: Task) -> Json:
        return work.recall(each)

    return await performer.finish(turn, task, recall)


def _visited(performer: Performer, here: JsonObject) -> dict[str, Any]:
    return {VISITS: {performer.node.id: here["visit"]}}


def _keys_of(body: Body, fields: Mapping[str, object]) -> frozenset[str]:
    """Return the keys of the state that a map's body reads or writes: each item has a copy of these."""
    document = cast("JsonObject", body.model_dump(mode="json", by_alias=True))
    read = keys_read((text for _, text in expressions(document)), "state")
    of_code = keys_read_by_code((text for _, text in codes(document)), "state")
    return frozenset(fields) if read is None or of_code is None else read | of_code | _written(document)


def _written(value: Json) -> frozenset[str]:
    if isinstance(value, list):
        return frozenset(key for each in value for key in _written(each))
    if not isinstance(value, dict):
        return frozenset()
    found = {key for part in ("output", "set") if isinstance(named := value.get(part), dict) for key in named}
    return frozenset(found).union(*(_written(each) for each in value.values()))


def _recorded(
    scope: WorkflowScope, task: Task, given: JsonObject, produce: Callable[[], Awaitable[Json]], *, by: UUID | None = None
) -> Callable[[Task], Awaitable[Json]]:
    """Return the work that ends a map or a loop: its result or its failure is recorded as its step."""

    async def perform(_: Task) -> Json:
        try:
            result = await produce()
        except Error as error:
            scope.work.closed(task, given, None, by=by or task.id, error=error.detail)
            raise
        scope.work.closed(task, given, result, by=by or task.id)
        return result

    return perform


async def _given(value: Json) -> Json:
    return value


async def _nothing(_: Task) -> Json:
    return None


async def _raise(error: Error) -> Json:
    raise error
