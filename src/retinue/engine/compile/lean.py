# LangGraph leaves generics open in its own signatures.
# pyright: reportUnknownMemberType=false

"""Nodes without the callbacks that nobody listens to.

LangGraph wraps a node and its writers into a sequence that makes callback managers and a task of its own for every step, for
tracers. Ours has none, and the recorder reports what a step does: omitting them saves a fifth of what the graph costs
(measured: 1.2 → 0.95 ms of CPU for a run of five steps; docs/decisions/0006). Everything else stays LangGraph's.
"""

from collections.abc import Sequence
from typing import Any, cast

from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.runnables.config import var_child_runnable_config
from langgraph.pregel import Pregel


class CallbackFreeSequence(Runnable[Any, Any]):
    """A node and its writers, one after the other."""

    def __init__(self, steps: list[Runnable[Any, Any]]) -> None:
        """Take the node, then its writers."""
        self._steps = steps

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:  # noqa: A002, ANN401 - the base's
        """Refuse: our graphs run on the loop alone."""
        raise NotImplementedError

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:  # noqa: A002, ANN401 - as above
        """Run the steps; ``interrupt()`` finds the config where LangGraph would have put it."""
        token = var_child_runnable_config.set(config)
        try:
            value = input
            for step in self._steps:
                value = await step.ainvoke(value, config, **kwargs)
            return value
        finally:
            var_child_runnable_config.reset(token)


def strip_callbacks(graph: Pregel[Any, Any, Any, Any]) -> None:
    """Put lean sequences in the place of LangGraph's, in a graph that has not run yet and in the graphs inside its nodes."""
    for node in graph.nodes.values():
        if isinstance(node.bound, CallbackFreeSequence):
            continue  # a graph may stand inside several nodes
        for inside in cast("Sequence[object]", node.subgraphs):
            if isinstance(inside, Pregel):
                strip_callbacks(cast("Pregel[Any, Any, Any, Any]", inside))
        writers = cast("list[Runnable[Any, Any]]", node.flat_writers)
        node.bound = CallbackFreeSequence([node.bound, *writers])
        node.writers = []
        node.__dict__.pop("node", None)  # what was put together from the former parts, and kept
        node.__dict__.pop("flat_writers", None)
