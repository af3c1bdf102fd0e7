"""The journal's saver is held to LangGraph's own conformance suite for checkpointers."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
)
from langgraph.checkpoint.conformance import checkpointer_test, validate

from retinue.engine.execute import triggers
from retinue.process import Process
from retinue.runs.execution.checkpoints import JournalSaver
from retinue.runs.execution.journal import EntryBuffer, RunLease
from tests.conftest import Postgres
from tests.runs.workshop import Stage, plan_of, staged

_BASE = ["put", "put_writes", "get_tuple", "list", "delete_thread"]


class _Threads(BaseCheckpointSaver[int]):
    """The suite has one saver for many threads, we have one for each run: this hands each thread to the saver of its own."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self._stage = stage
        self._savers: dict[str, JournalSaver] = {}

    async def _of(self, config: RunnableConfig | None) -> JournalSaver:
        assert config is not None
        thread_id = config.get("configurable", {})["thread_id"]
        if thread_id not in self._savers:
            claimed = await self._stage.workshop.claim(await self._stage.start(plan_of()))
            assert claimed is not None
            held = RunLease(claimed.run_id, claimed.organization_id, claimed.lease, claimed.last_sequence)
            draft = EntryBuffer(self._stage.workshop.journal, held)
            self._savers[thread_id] = JournalSaver(self._stage.process.database, draft, triggers=triggers, is_begun=True)
        return self._savers[thread_id]

    async def aput(
        self, config: RunnableConfig, checkpoint: Checkpoint, metadata: CheckpointMetadata, new_versions: ChannelVersions
    ) -> RunnableConfig:
        return await (await self._of(config)).aput(config, checkpoint, metadata, new_versions)

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        await (await self._of(config)).aput_writes(config, writes, task_id, task_path)

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        return await (await self._of(config)).aget_tuple(config)

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,  # noqa: A002 - the base class's name
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        saver = await self._of(config)
        async for found in saver.alist(config, filter=filter, before=before, limit=limit):
            yield found

    async def adelete_thread(self, thread_id: str) -> None:
        await (await self._of({"configurable": {"thread_id": thread_id}})).adelete_thread(thread_id)


@pytest.mark.parametrize("capability", _BASE)
async def test_saver_conforms(postgres: Postgres, process: Process, capability: str) -> None:
    async with staged(postgres, process, ["Hello."]) as stage:

        @checkpointer_test(name="JournalSaver")
        async def factory() -> AsyncGenerator[BaseCheckpointSaver[int]]:
            yield _Threads(stage)

        report = await validate(factory, capabilities={capability})

        result = report.results[capability]
        assert result.failures == []
        assert result.passed is True
