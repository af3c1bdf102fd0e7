"""LangGraph's checkpoints in the journal: one saver for each execution of a run.

When what is committed (measured in docs/decisions/0005): the input's checkpoint rides with the first step; a step
alone in its superstep is committed with the checkpoint that follows; of parallel steps each is committed when it ends, so
that a crash repeats none of them; the last checkpoint of a run rides with the run's end. What a superstep's only task
wrote is not stored, because the checkpoint it leads to is in the same commit. A step that asks for nothing but one instant
call is committed with that call. The checkpoint that has only the input is not stored: the one after it is whole.

A graph inside a node has checkpoints in a namespace of its own, and so has its bookkeeping here: its supersteps go on beside
those of others. A finished step is put into the draft together with what shows that it is done, never before: any
commit, of whichever graph, then takes both or neither.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from inspect import signature
from typing import Any, TypeVar, cast
from uuid import UUID

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    PendingWrite,
    copy_checkpoint,
    get_checkpoint_id,
    get_checkpoint_metadata,
)
from langgraph.types import Interrupt, Send

from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.json import Json, JsonObject
from retinue.engine.first_checkpoint import FirstCheckpoint, Saver
from retinue.runs.execution import checkpoint_documents as documents
from retinue.runs.execution import encoding
from retinue.runs.execution.journal import EntryBuffer
from retinue.runs.execution.repository_checkpoints import (
    StoredCheckpoint,
    delete_checkpoints,
    list_checkpoints,
    list_namespaces,
    load_checkpoint,
    load_writes,
)

T = TypeVar("T")

Instant = Callable[[Sequence[Send]], bool]
"""Whether what a step of the run's own graph asks for ends in milliseconds and touches nothing outside of this process."""
_Told = tuple[RunnableConfig, Checkpoint, CheckpointMetadata]
_START = "__start__"
_INTERRUPT = "__interrupt__"
_ERROR = "__error__"
_NULL_TASK_ID = "00000000-0000-0000-0000-000000000000"
"""LangGraph's id for writes that no task made (NULL_TASK_ID)."""


@dataclass(frozen=True, slots=True)
class RaisedInterrupt:
    """An interrupt that a task of this execution raised; the task's id is the step's."""

    task_id: str
    interrupt: Interrupt[Any]


Triggers = Callable[[str], frozenset[str] | None]
"""The channels that set off a node, of the graph at a path (the names of its nodes, joined by ``|``); None if not known."""


@dataclass(slots=True)
class _Graph:
    """The bookkeeping of one graph: of the run's own, or of one inside a node.

    ``riding`` are the writes of this superstep that are not in the draft yet, with values that are encoded only if they are
    stored; ``finished`` are its tasks that are not in the draft yet, ``written`` those that ended, ``expected`` how many are
    to end, or None when that is not known. ``beginning`` is the checkpoint that has only the input, until the next one
    shows that nobody needs it.
    """

    riding: dict[tuple[str, str, int], tuple[JsonObject, object]] = field(
        default_factory=dict[tuple[str, str, int], tuple[JsonObject, object]]
    )
    finished: list[UUID] = field(default_factory=list[UUID])
    written: set[str] = field(default_factory=set[str])
    expected: int | None = 1
    lineage: documents.Lineage | None = None
    beginning: _Told | None = None

    @property
    def is_alone(self) -> bool:
        """Whether this superstep's only task has ended."""
        return self.expected == 1 and len(self.written) == 1

    @property
    def has_siblings_under_way(self) -> bool:
        """Whether tasks of this superstep are still under way, or may be."""
        return self.expected is None or len(self.written) < self.expected


class JournalSaver(Saver):
    """Saves one run's checkpoints through its draft. Lives as long as one execution."""

    def __init__(
        self,
        database: Database,
        draft: EntryBuffer,
        *,
        triggers: Triggers,
        is_begun: bool,
        is_instant: Instant | None = None,
    ) -> None:
        """Take where to read, the draft to write to, which channels set off a node, and whether checkpoints exist.

        ``is_instant`` tells which calls need no commit before them.
        """
        # All that the base's initializer does, without its look at the serializer's shape (30 us) for every run.
        self.serde = encoding.SERIALIZER
        self._database = database
        self._draft = draft
        self._triggers = triggers
        self._is_instant = is_instant
        self._graphs: dict[str, _Graph] = {}
        self._stored: set[str] | None = None if is_begun else set()
        self._interrupts: dict[str, RaisedInterrupt] = {}
        self._first: FirstCheckpoint | None = None

    @property
    def interrupts(self) -> list[RaisedInterrupt]:
        """The interrupts raised in this execution; one that left a graph inside a node is that graph's task's alone."""
        return list(self._interrupts.values())

    def begin(self, first: FirstCheckpoint) -> None:
        """Take the first checkpoint of the run's own graph; see ``Saver``."""
        self._first = first

    async def aput(
        self, config: RunnableConfig, checkpoint: Checkpoint, metadata: CheckpointMetadata, new_versions: ChannelVersions
    ) -> RunnableConfig:
        """Store a checkpoint; see the module for when it is committed. Raises ``FencedError``."""
        place = _place(config)
        namespace, parent = str(place.get("checkpoint_ns", "")), place.get("checkpoint_id")
        graph = self._graph(namespace)
        if graph.is_alone:
            graph.riding = {}
        beginning = graph.beginning
        if beginning is not None and beginning[1]["id"] == parent and _START not in checkpoint["channel_values"]:
            graph.beginning = parent = None
        self._settle(graph)
        if parent is None and checkpoint["channel_values"].keys() == {_START}:
            graph.beginning = (config, checkpoint, metadata)
        else:
            self._add(graph, parent, (config, checkpoint, metadata), new_versions)
        graph.written, graph.expected = set(), self._pending_tasks(namespace, checkpoint)
        if graph.expected != 0 and self._draft.tells_steps and not self._goes_on_at_once(namespace, graph, checkpoint):
            await self._draft.commit()
        return {
            "configurable": {"thread_id": place["thread_id"], "checkpoint_ns": namespace, "checkpoint_id": checkpoint["id"]}
        }

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Store what a task wrote; committed at once while siblings of it are under way. Raises ``FencedError``."""
        place = _place(config)
        namespace, checkpoint_id = str(place.get("checkpoint_ns", "")), str(place["checkpoint_id"])
        graph = self._graph(namespace)
        for number, (channel, value) in enumerate(writes):
            if channel == _INTERRUPT:
                for each in cast("Sequence[object]", value):
                    if isinstance(each, Interrupt):
                        raised = cast("Interrupt[Any]", each)
                        self._interrupts.setdefault(raised.id, RaisedInterrupt(task_id, raised))
            index = WRITES_IDX_MAP.get(channel, number)
            key = (checkpoint_id, task_id, index)
            if index >= 0 and key in graph.riding:
                continue
            row: JsonObject = {
                "checkpoint_ns": namespace,
                "checkpoint_id": checkpoint_id,
                "task_id": task_id,
                "task_path": task_path,
                "idx": index,
                "channel": channel,
            }
            graph.riding[key] = (row, value)
        if task_id == _NULL_TASK_ID:
            return
        if any(channel == _ERROR for channel, _ in writes) and all(channel in WRITES_IDX_MAP for channel, _ in writes):
            self._draft.withdraw(UUID(task_id))
        graph.finished.append(UUID(task_id))
        graph.written.add(task_id)
        if graph.has_siblings_under_way:
            self._settle(graph)
            await self._draft.commit()

    def flush(self) -> None:
        """Put what waits for the next checkpoint into the draft: the run ends here, or pauses."""
        for graph in self._graphs.values():
            self._settle(graph)

    def _begun(self, graph: _Graph, config: RunnableConfig) -> CheckpointTuple:
        """Return the first checkpoint, once, and put it into the draft."""
        (checkpoint, metadata), self._first = cast("FirstCheckpoint", self._first), None
        names = {"thread_id": _place(config)["thread_id"], "checkpoint_ns": "", "checkpoint_id": checkpoint["id"]}
        place: RunnableConfig = {"configurable": names}
        # A copy: LangGraph goes on in the one that it is given, before this one is written.
        self._add(graph, None, (place, copy_checkpoint(checkpoint), metadata), checkpoint["channel_versions"])
        graph.expected = self._pending_tasks("", checkpoint)
        return CheckpointTuple(place, checkpoint, metadata, None, [])

    def _graph(self, namespace: str) -> _Graph:
        return self._graphs.setdefault(namespace, _Graph())

    def _goes_on_at_once(self, namespace: str, graph: _Graph, checkpoint: Checkpoint) -> bool:
        """Tell whether nothing but an instant call follows: what led to it is then committed with it.

        A crash in between loses the step before, which is carried out again. A call that lasts is announced, and that
        announcement commits both.
        """
        if namespace or self._is_instant is None or graph.expected != 1:
            return False
        sent = checkpoint["channel_values"].get(documents.TASKS)
        return bool(sent) and self._is_instant(sent)

    def _add(self, graph: _Graph, parent: str | None, told: _Told, new_versions: ChannelVersions) -> None:
        """Put a checkpoint into the draft."""
        config, checkpoint, metadata = told
        document, graph.lineage = documents.write(graph.lineage, parent, checkpoint, new_versions)
        row: JsonObject = {
            "checkpoint_ns": str(_place(config).get("checkpoint_ns", "")),
            "checkpoint_id": checkpoint["id"],
            "parent_checkpoint_id": parent,
            "document": document,
            "metadata": cast("Json", get_checkpoint_metadata(config, metadata)),
        }
        self._draft.add("checkpoints", row)

    def _settle(self, graph: _Graph) -> None:
        """Put a graph's writes into the draft, and with them the steps that made them."""
        if graph.beginning is not None:
            beginning, graph.beginning = graph.beginning, None
            self._add(graph, None, beginning, beginning[1]["channel_versions"])
        for row, value in graph.riding.values():
            self._draft.add("writes", {**row, "value": encoding.encode(value)})
        for step_id in graph.finished:
            self._draft.release(step_id)
        graph.riding, graph.finished = {}, []

    def _pending_tasks(self, namespace: str, checkpoint: Checkpoint) -> int | None:
        """Count the tasks a checkpoint leads to, or more where a node has several triggers; none means the graph ends."""
        # Of several graphs that one task executes, LangGraph numbers all but the first: ``node:task|1``.
        triggers = self._triggers("|".join(each.partition(":")[0] for each in namespace.split("|") if not each.isdigit()))
        if triggers is None:
            return None
        values = checkpoint["channel_values"]
        return len(values.get(documents.TASKS) or ()) + len(triggers.intersection(values))

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Return a checkpoint, the latest unless the config names one, with what its unfinished superstep wrote.

        A graph that has stored none is known to have none, without asking: of a thousand small graphs none waits for that.
        """
        namespace = str(_place(config).get("checkpoint_ns", ""))
        graph = self._graph(namespace)
        if self._first is not None and not namespace:
            return self._begun(graph, config)
        if self._stored is not None and graph.lineage is None and graph.beginning is None and namespace not in self._stored:
            return None
        self._settle(graph)
        if not self._draft.is_empty:
            await self._draft.commit()
        chain, writes = await self._load(partial(self._standing, namespace, get_checkpoint_id(config)))
        if not chain:
            return None
        found = self._tuple(config, chain, writes)
        graph.lineage = documents.resume(chain, found.checkpoint)
        graph.written = {
            task_id
            for task_id, channel, _ in found.pending_writes or ()
            if channel not in WRITES_IDX_MAP and task_id != _NULL_TASK_ID
        }
        graph.expected = self._pending_tasks(namespace, found.checkpoint)
        return found

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,  # noqa: A002 - the base class's name
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """List checkpoints of the run, newest first, of one namespace or of all."""
        self.flush()
        if not self._draft.is_empty:
            await self._draft.commit()
        place = _place(config) if config else {}
        namespace = cast("str | None", place.get("checkpoint_ns"))
        end = get_checkpoint_id(before) if before else None
        wanted = get_checkpoint_id(config) if config and "checkpoint_id" in place else None
        found = await self._load(lambda ctx, run_id: list_checkpoints(ctx, run_id, namespace))
        count = 0
        for stored in found:
            is_out = (end is not None and stored.checkpoint_id >= end) or (
                wanted is not None and stored.checkpoint_id != wanted
            )
            if is_out or any(stored.metadata.get(name) != value for name, value in (filter or {}).items()):
                continue
            if limit is not None and count >= limit:
                return
            count += 1
            chain = [
                each for each in found if each.namespace == stored.namespace and each.checkpoint_id <= stored.checkpoint_id
            ]
            writes = await self._load(partial(self._writes, stored.namespace, stored.checkpoint_id))
            yield self._tuple({"configurable": {"thread_id": str(self._draft.held.run_id)}}, chain, writes)

    async def adelete_thread(self, thread_id: str) -> None:
        """Delete every checkpoint of the run."""
        del thread_id
        self.flush()
        if not self._draft.is_empty:
            await self._draft.commit()
        async with self._database.system_context([self._draft.held.organization_id]) as ctx:
            await delete_checkpoints(ctx, self._draft.held.run_id)
        self._graphs, self._stored = {}, set()

    async def _load(self, query: Callable[[Context, UUID], Awaitable[T]]) -> T:
        held = self._draft.held
        return await self._database.read(held.organization_id, lambda ctx: query(ctx, held.run_id))

    async def _standing(
        self, namespace: str, wanted: str | None, ctx: Context, run_id: UUID
    ) -> tuple[list[StoredCheckpoint], list[PendingWrite]]:
        """Load a checkpoint and its writes; the first time, too, of which graphs there is any."""
        if self._stored is None:
            self._stored = await list_namespaces(ctx, run_id)
        chain = await load_checkpoint(ctx, run_id, namespace, wanted)
        return chain, await self._writes(namespace, chain[0].checkpoint_id, ctx, run_id) if chain else []

    @staticmethod
    async def _writes(namespace: str, checkpoint_id: str, ctx: Context, run_id: UUID) -> list[PendingWrite]:
        found = await load_writes(ctx, run_id, namespace, checkpoint_id)
        return [(each.task_id, each.channel, encoding.decode(each.value)) for each in found]

    def _tuple(self, config: RunnableConfig, chain: list[StoredCheckpoint], writes: list[PendingWrite]) -> CheckpointTuple:
        head, thread_id = chain[0], _place(config)["thread_id"]

        def place(checkpoint_id: str) -> RunnableConfig:
            names = {"thread_id": thread_id, "checkpoint_ns": head.namespace, "checkpoint_id": checkpoint_id}
            return {"configurable": names}

        parent = head.parent_checkpoint_id
        return CheckpointTuple(
            place(head.checkpoint_id),
            documents.read(chain),
            cast("CheckpointMetadata", head.metadata),
            place(parent) if parent else None,
            writes,
        )


# LangGraph looks at the signature of each saver that it is given, and takes it from here if it is here (25 us).
JournalSaver.aput_writes.__signature__ = signature(JournalSaver.aput_writes)  # type: ignore[attr-defined] # as functools.wraps does


def _place(config: RunnableConfig) -> dict[str, Any]:
    return config.get("configurable", {})
