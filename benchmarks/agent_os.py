"""Agno's AgentOS as another yardstick of ``bench_clients``: the same two agents, carried out within the request.

The server is run by the Python of an environment of its own (``tools.environments.AGENT_OS``), as
https://docs.agno.com/agent-os describes it: its asynchronous PostgreSQL store, a session for each run, no telemetry.

    python benchmarks/agent_os.py MODEL_URL DATABASE_URL PORT
"""

# The environment of the type checker has no Agno.
# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

import sys

import uvicorn
from agno.agent import Agent
from agno.db.postgres import AsyncPostgresDb
from agno.models.openai.like import OpenAILike
from agno.os import AgentOS


def calculator(expression: str) -> str:
    """Calculate an arithmetic expression."""
    return str(len(expression))


def main(model_url: str, database_url: str, port: int) -> None:
    """Serve the agents ``answer`` and ``tool`` until the process is ended."""
    database = AsyncPostgresDb(db_url=database_url)
    agents = [
        Agent(
            id=name,
            model=OpenAILike(id=name, base_url=f"{model_url}/v1", api_key="none"),
            instructions="Answer.",
            tools=[calculator] if name == "tool" else [],
            db=database,
            telemetry=False,
        )
        for name in ("answer", "tool")
    ]
    app = AgentOS(agents=agents, telemetry=False).get_app()
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
