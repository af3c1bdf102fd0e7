"""The checkpoint that a graph's first node begins from, without the superstep in which LangGraph takes the input.

That superstep does the same for every run: it moves the input to the channels of the state and sets off the first node. Each
process has LangGraph do it once for a graph (its own public way: execute, and stop before the first node), and keeps the
checkpoint. A run begins from a copy with its own input, as one that goes on after a crash: docs/decisions/0026.
"""

# LangGraph leaves generics open in its own signatures.
# pyright: reportUnknownMemberType=false

from abc import ABC, abstractmethod
from datetime import UTC, datetime
from typing import Any, NamedTuple, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver, Checkpoint, CheckpointMetadata, copy_checkpoint
from langgraph.checkpoint.base.id import uuid6
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.pregel import Pregel


class FirstCheckpoint(NamedTuple):
    """A run's first checkpoint, which nothing has stored yet."""

    checkpoint: Checkpoint
    metadata: CheckpointMetadata


class Saver(BaseCheckpointSaver[int], ABC):
    """A saver that can be given the first checkpoint of a run."""

    @abstractmethod
    def begin(self, first: FirstCheckpoint) -> None:
        """Take it: it is what LangGraph finds as the latest, and is stored as if LangGraph had saved it."""


class _Template(InMemorySaver):
    get_next_version = cast("Any", BaseCheckpointSaver[int].get_next_version)
    """Versions are integers, as ours are."""


_TEMPLATES: dict[Pregel[Any, Any, Any, Any], FirstCheckpoint] = {}


async def first_checkpoint(graph: Pregel[Any, Any, Any, Any], given: dict[str, Any]) -> FirstCheckpoint:
    """Return the first checkpoint of a run of a graph; each part of the input is a channel that begins as it is given."""
    template = _TEMPLATES.get(graph)
    if template is None:
        template = _TEMPLATES[graph] = await _made_by_langgraph(graph, given)
    checkpoint = copy_checkpoint(template.checkpoint)
    checkpoint["id"], checkpoint["ts"] = str(uuid6(clock_seq=0)), datetime.now(UTC).isoformat()
    checkpoint["channel_values"] |= given
    return FirstCheckpoint(checkpoint, cast("CheckpointMetadata", dict(template.metadata)))


async def _made_by_langgraph(graph: Pregel[Any, Any, Any, Any], given: dict[str, Any]) -> FirstCheckpoint:
    saver = _Template()
    config: RunnableConfig = {"configurable": {"thread_id": "template"}}
    async for _ in graph.copy({"checkpointer": saver}).astream(given, config, interrupt_before="*"):
        pass
    found = await saver.aget_tuple(config)
    if found is None:
        raise RuntimeError("LangGraph saved no checkpoint before the first node")
    return FirstCheckpoint(found.checkpoint, found.metadata)
