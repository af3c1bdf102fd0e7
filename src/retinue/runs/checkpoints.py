"""LangGraph's checkpoints in the journal: one saver for each execution of a run.

When what is committed (measured in docs/decisions/0005): the input's checkpoint rides with the first step; a step
alone in its superstep is committed with the checkpoint that follows; of parallel steps each is committed when it ends, so
that a crash repeats none of them; the last checkpoint of a run rides with the run's end. What a superstep's only task
wrote is not stored, because the checkpoint it leads to is in the same commit.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from operator import is_
from typing import Any, cast
from uuid import UUID

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    PendingWrite,
    get_checkpoint_id,
    get_checkpoint_metadata,
)
from langgraph.types import Interrupt

from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId
from retinue.core.json import Json, JsonObject
from retinue.runs import encoding
from retinue.runs.journal import Draft
from retinue.runs.repository_checkpoints import (
    Selection,
    StoredCheckpoint,
    delete_checkpoints,
    load_checkpoints,
    load_writes,
)

_TASKS = "__pregel_tasks"
_INTERRUPT = "__interrupt__"


@dataclass(frozen=True, slots=True)
class RaisedInterrupt:
    """An interrupt that a task of this execution raised; the task's id is the step's."""

    task_id: str
    interrupt: Interrupt[Any]


class JournalSaver(BaseCheckpointSaver[int]):
    """Saves one run's checkpoints through its draft. Lives as long as one execution."""

    def __init__(self, database: Database, draft: Draft, *, triggers: frozenset[str], is_begun: bool) -> None:
        """Take where to read, the draft to write to, which channels set off a node, and whether checkpoints exist."""
        # All that the base's initializer does, without its look at the serializer's shape (30 us) for every run.
        self.serde = encoding.SERIALIZER
        self._database = database
        self._draft = draft
        self._triggers = triggers
        self._is_begun = is_begun
        self._riding: dict[tuple[str, str, str, int], JsonObject] = {}
        self._written = 0
        self._expected = 1
        self._head: dict[str, str] = {}
        self._lists: dict[tuple[str, str], tuple[int, list[Any]]] = {}
        self.interrupts: list[RaisedInterrupt] = []

    async def aput(
        self, config: RunnableConfig, checkpoint: Checkpoint, metadata: CheckpointMetadata, new_versions: ChannelVersions
    ) -> RunnableConfig:
        """Store a checkpoint; see the module for when it is committed. Raises ``FencedError``."""
        place = _place(config)
        namespace, parent = str(place.get("checkpoint_ns", "")), place.get("checkpoint_id")
        if self._written != 1 or self._expected != 1:
            self._draft_riding()
        self._riding, self._written = {}, 0
        self._draft.add(
            "checkpoints",
            self._row(namespace, parent, checkpoint, (get_checkpoint_metadata(config, metadata), new_versions)),
        )
        self._head[namespace] = checkpoint["id"]
        self._expected = self._pending_tasks(checkpoint)
        self._is_begun = True
        if self._expected and self._draft.tells_steps:
            await self._draft.commit()
        return {
            "configurable": {"thread_id": place["thread_id"], "checkpoint_ns": namespace, "checkpoint_id": checkpoint["id"]}
        }

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Store what a task wrote; committed at once while siblings of it are under way. Raises ``FencedError``."""
        place = _place(config)
        self._draft.release(UUID(task_id))
        for number, (channel, value) in enumerate(writes):
            if channel == _INTERRUPT:
                self.interrupts += [RaisedInterrupt(task_id, each) for each in value]
            index = WRITES_IDX_MAP.get(channel, number)
            key = (str(place.get("checkpoint_ns", "")), str(place["checkpoint_id"]), task_id, index)
            if index >= 0 and key in self._riding:
                continue
            self._riding[key] = {
                "checkpoint_ns": key[0],
                "checkpoint_id": key[1],
                "task_id": task_id,
                "task_path": task_path,
                "idx": index,
                "channel": channel,
                "value": encoding.encode(value),
            }
        self._written += 1
        if self._written < self._expected:
            self._draft_riding()
            await self._draft.commit()

    def flush(self) -> None:
        """Put what waits for the next checkpoint into the draft: the run ends here, or pauses."""
        self._draft_riding()

    def _draft_riding(self) -> None:
        for row in self._riding.values():
            self._draft.add("writes", row)
        self._riding = {}

    def _row(
        self,
        namespace: str,
        parent: str | None,
        checkpoint: Checkpoint,
        rest: tuple[CheckpointMetadata, ChannelVersions],
    ) -> JsonObject:
        metadata, new_versions = rest
        values = checkpoint["channel_values"]
        follows = parent is not None and self._head.get(namespace) == parent
        stored: dict[str, Json] = {
            channel: self._encoded(namespace, channel, (version, values[channel]), follows=follows)
            for channel, version in new_versions.items()
            if channel in values
        }
        document = {
            "v": checkpoint["v"],
            "ts": checkpoint["ts"],
            "versions": checkpoint["channel_versions"],
            "seen": checkpoint["versions_seen"],
            "updated": checkpoint.get("updated_channels"),
            "values": stored,
        }
        return {
            "checkpoint_ns": namespace,
            "checkpoint_id": checkpoint["id"],
            "parent_checkpoint_id": parent,
            "document": cast("Json", document),
            "metadata": cast("Json", metadata),
        }

    def _encoded(self, namespace: str, channel: str, new: tuple[Any, Any], *, follows: bool) -> Json:
        version, value = new
        if not isinstance(value, list) or channel == _TASKS:
            return encoding.encode(cast("object", value))
        now: list[Any] = list(cast("list[Any]", value))
        before = self._lists.get((namespace, channel))
        self._lists[(namespace, channel)] = (version, now)
        if follows and before is not None and len(now) >= len(before[1]) and all(map(is_, before[1], now)):
            return encoding.encode_grown(before[0], now[len(before[1]) :])
        return encoding.encode(now)

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Return a checkpoint, the latest unless the config names one, with what its unfinished superstep wrote."""
        if not self._is_begun:
            return None
        await self._settle()
        namespace = str(_place(config).get("checkpoint_ns", ""))
        chain = await self._load(Selection(namespace, up_to=get_checkpoint_id(config)))
        if not chain:
            return None
        found = self._tuple(config, chain, await self._writes(namespace, chain[0].checkpoint_id))
        self._remember(namespace, found)
        return found

    def _remember(self, namespace: str, found: CheckpointTuple) -> None:
        """Take up from a loaded checkpoint, so that lists go on growing and finished siblings are counted."""
        self._head[namespace] = found.checkpoint["id"]
        for channel, value in found.checkpoint["channel_values"].items():
            if isinstance(value, list) and channel != _TASKS:
                version = cast("int", found.checkpoint["channel_versions"][channel])
                self._lists[(namespace, channel)] = (version, list(cast("list[Any]", value)))
        by_task: defaultdict[str, bool] = defaultdict(bool)
        for task_id, channel, _ in found.pending_writes or ():
            by_task[task_id] |= channel not in WRITES_IDX_MAP
        self._written = sum(by_task.values())
        self._expected = self._pending_tasks(found.checkpoint)

    def _pending_tasks(self, checkpoint: Checkpoint) -> int:
        """Count the tasks a checkpoint leads to, or more where a node has several triggers; none means the graph ends."""
        values = checkpoint["channel_values"]
        return len(values.get(_TASKS) or ()) + len(self._triggers.intersection(values))

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,  # noqa: A002 - the base class's name
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """List checkpoints of the run, newest first, of one namespace or of all."""
        await self._settle()
        place = _place(config) if config else {}
        namespace = cast("str | None", place.get("checkpoint_ns"))
        end = get_checkpoint_id(before) if before else None
        wanted = get_checkpoint_id(config) if config and "checkpoint_id" in place else None
        chains = await self._load(Selection(namespace, up_to=None))
        count = 0
        for stored in chains:
            is_out = (end is not None and stored.checkpoint_id >= end) or (
                wanted is not None and stored.checkpoint_id != wanted
            )
            if is_out or any(stored.metadata.get(name) != value for name, value in (filter or {}).items()):
                continue
            if limit is not None and count >= limit:
                return
            count += 1
            older = [
                each for each in chains if each.namespace == stored.namespace and each.checkpoint_id <= stored.checkpoint_id
            ]
            writes = await self._writes(stored.namespace, stored.checkpoint_id)
            yield self._tuple({"configurable": {"thread_id": str(self._draft.held.run_id)}}, older, writes)

    async def adelete_thread(self, thread_id: str) -> None:
        """Delete every checkpoint of the run."""
        del thread_id
        await self._settle()
        async with self._database.system_context([self._organization]) as ctx:
            await delete_checkpoints(ctx, self._draft.held.run_id)
        self._head, self._lists = {}, {}

    @property
    def _organization(self) -> OrganizationId:
        return self._draft.held.organization_id

    async def _settle(self) -> None:
        self._draft_riding()
        if not self._draft.is_empty:
            await self._draft.commit()

    async def _load(self, selection: Selection) -> list[StoredCheckpoint]:
        run_id = self._draft.held.run_id
        return await self._database.read(self._organization, lambda ctx: load_checkpoints(ctx, run_id, selection))

    async def _writes(self, namespace: str, checkpoint_id: str) -> list[PendingWrite]:
        run_id = self._draft.held.run_id
        found = await self._database.read(self._organization, lambda ctx: load_writes(ctx, run_id, namespace, checkpoint_id))
        return [(each.task_id, each.channel, encoding.decode(each.value)) for each in found]

    def _tuple(self, config: RunnableConfig, chain: list[StoredCheckpoint], writes: list[PendingWrite]) -> CheckpointTuple:
        head, thread_id = chain[0], _place(config)["thread_id"]

        def place(checkpoint_id: str) -> RunnableConfig:
            names = {"thread_id": thread_id, "checkpoint_ns": head.namespace, "checkpoint_id": checkpoint_id}
            return {"configurable": names}

        parent = head.parent_checkpoint_id
        return CheckpointTuple(
            place(head.checkpoint_id),
            _checkpoint(head, _values(chain)),
            cast("CheckpointMetadata", head.metadata),
            place(parent) if parent else None,
            writes,
        )


def _place(config: RunnableConfig) -> dict[str, Any]:
    return config.get("configurable", {})


def _checkpoint(head: StoredCheckpoint, values: dict[str, Any]) -> Checkpoint:
    document = cast("Mapping[str, Any]", head.document)
    return Checkpoint(
        v=document["v"],
        id=head.checkpoint_id,
        ts=document["ts"],
        channel_values=values,
        channel_versions=document["versions"],
        versions_seen=document["seen"],
        updated_channels=document["updated"],
    )


def _values(chain: list[StoredCheckpoint]) -> dict[str, Any]:
    """Put the state together from a checkpoint and its ancestors, the checkpoint itself first."""
    stored: dict[tuple[str, object], Json] = {}
    ancestry = {each.checkpoint_id: each for each in chain}
    current: StoredCheckpoint | None = chain[0]
    while current is not None:
        document = cast("Mapping[str, Any]", current.document)
        for channel, value in document["values"].items():
            stored.setdefault((channel, document["versions"][channel]), value)
        current = ancestry.get(current.parent_checkpoint_id or "")
    versions = cast("Mapping[str, object]", cast("Mapping[str, Any]", chain[0].document)["versions"])
    return {
        channel: encoding.assemble(stored, channel, version)
        for channel, version in versions.items()
        if (channel, version) in stored
    }
