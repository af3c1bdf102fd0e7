"""LangChain's ``create_agent`` in one process without any persistence: the yardstick of other benchmarks.

Prints the runs a second of so many runs, so many at a time, against the stand-in model server: with the model ``tool`` one
tool call, then the answer; with ``answer`` the answer alone.
"""

# LangChain leaves the types of its own signatures open.
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false

import asyncio
import sys
import time

from langchain.agents import create_agent
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from pydantic import SecretStr


@tool
def calculator(expression: str) -> str:
    """Calculate an arithmetic expression."""
    return str(len(expression))


async def main(model_url: str, runs: int, name: str, at_once: int) -> None:
    """Run and print."""
    model = ChatOpenAI(model=name, base_url=f"{model_url}/v1", api_key=SecretStr("none"), max_retries=0)
    agent = create_agent(model, [calculator] if name == "tool" else [], system_prompt="Answer.")
    gate = asyncio.Semaphore(at_once)

    async def one() -> None:
        async with gate:
            state = await agent.ainvoke({"messages": [{"role": "user", "content": "Say it."}]})
            assert len(state["messages"]) == (4 if name == "tool" else 2), state

    await asyncio.gather(*(one() for _ in range(20)))
    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(runs)))
    print(runs / (time.perf_counter() - began))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
