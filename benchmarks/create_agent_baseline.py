"""LangChain's ``create_agent`` in one process without any persistence: the yardstick of ``bench_http_runs``.

Prints the runs a second of so many runs, 16 at a time, against the stand-in model server: one tool call, then the answer.
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


async def main(model_url: str, runs: int) -> None:
    """Run and print."""
    model = ChatOpenAI(model="tool", base_url=f"{model_url}/v1", api_key=SecretStr("none"), max_retries=0)
    agent = create_agent(model, [calculator], system_prompt="Answer.")
    gate = asyncio.Semaphore(16)

    async def one() -> None:
        async with gate:
            state = await agent.ainvoke({"messages": [{"role": "user", "content": "Say it."}]})
            assert len(state["messages"]) == 4, state

    await asyncio.gather(*(one() for _ in range(20)))
    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(runs)))
    print(runs / (time.perf_counter() - began))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
