"""An external agent: it claims its runs, and answers with the number of words of the prompt.

pip install retinue
RETINUE_URL=http://localhost:8000 AGENT=… AGENT_KEY=rta_… python agent.py
"""

import asyncio
import os
import resource

from retinue.client import AsyncExternalAgent, Task, TaskWarning


async def count(task: Task) -> dict[str, int]:
    """Count the words of a prompt."""
    words = str(task.prompt or "").split()
    await task.log("Counting.", details={"characters": len(str(task.prompt))})
    await task.think(f"I see {len(words)} words.", node_type="action", confidence_score=1.0)
    if not words:
        raise TaskWarning("The prompt has no words.", output={"words": 0})
    return {"words": len(words)}


def measure() -> dict[str, int]:
    """Return what is sent with each heartbeat."""
    return {"memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}


async def main() -> None:
    """Work until stopped."""
    async with AsyncExternalAgent(os.environ["RETINUE_URL"], os.environ["AGENT"], os.environ["AGENT_KEY"]) as agent:
        await agent.report(status="success", message="The agent has started.")
        await agent.work(count, concurrency=2, measure=measure)


if __name__ == "__main__":
    asyncio.run(main())
