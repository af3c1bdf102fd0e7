"""A run begins from the checkpoint that LangGraph itself would have begun it from."""

from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver

from retinue.engine.compile.agent import compile_agent
from retinue.engine.first_checkpoint import first_checkpoint

_GIVEN: dict[str, Any] = {"messages": [{"role": "user", "content": "Say it."}]}


async def test_first_checkpoint_is_the_one_that_langgraph_makes_of_the_input() -> None:
    await first_checkpoint(compile_agent(), {"messages": [{"role": "user", "content": "Another run's."}]})
    saver, config = InMemorySaver(), RunnableConfig(configurable={"thread_id": "1"})
    graph = compile_agent().copy({"checkpointer": saver})
    _ = [chunk async for chunk in graph.astream(_GIVEN, config, interrupt_before=["model"])]  # type: ignore[arg-type] # as the engine does
    expected = await saver.aget_tuple(config)

    made = await first_checkpoint(compile_agent(), _GIVEN)

    assert expected is not None
    assert made.metadata == expected.metadata
    for name in ("v", "channel_values", "updated_channels"):
        assert made.checkpoint[name] == expected.checkpoint[name]
    versions = made.checkpoint["channel_versions"]
    assert versions == dict.fromkeys(expected.checkpoint["channel_versions"], 2)
    assert made.checkpoint["versions_seen"] == {"__input__": {}, "__start__": {"__start__": 1}}
    assert {"__input__", "__start__"} == expected.checkpoint["versions_seen"].keys()


async def test_runs_share_nothing_of_their_first_checkpoints() -> None:
    one, other = [await first_checkpoint(compile_agent(), _GIVEN) for _ in range(2)]
    one.checkpoint["channel_values"]["messages"] = []
    one.checkpoint["channel_versions"]["messages"] = 9
    one.checkpoint["versions_seen"]["__start__"]["__start__"] = 9
    one.metadata["step"] = 9

    assert other.checkpoint["channel_values"]["messages"] == _GIVEN["messages"]
    assert other.checkpoint["channel_versions"]["messages"] == 2
    assert other.checkpoint["versions_seen"]["__start__"] == {"__start__": 1}
    assert other.metadata.get("step") == 0
    assert one.checkpoint["id"] != other.checkpoint["id"]
