"""What does a team add to its members' work?

A team of five members that collaborate (one model call, after them) against the same five agents run directly at the same
time, and one run of the leader's agent: the difference, divided by the members, is what the platform adds for each. Models
answer at once (scripted). One API, one worker, the embedded server's settings. Beside it the same graph by
LangGraph alone in this process, with its checkpointer in memory: five nodes at the same time and one after them, which do
nothing.
Then 20, 200 and 1,000 delegations in one run: the checkpoints must grow with them, not with their square.

    python -m benchmarks.bench_teams

Seen at load 2.7: 2.9 ms added for each member (57 ms for the direct runs, 71 ms for the team); checkpoints 43, 200
and 905 KiB; LangGraph alone 1.7 ms, so a team that keeps everything, in runs of their own, costs 42 times one that keeps
nothing.
"""

import asyncio
import operator
import time
from typing import Annotated, Any, TypedDict

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
from langgraph.types import Send

from benchmarks.installation import Installation, agent, installation, unsuccessful
from benchmarks.report import Report, median
from retinue.llm.types import SCRIPTED_ID

_MEMBERS = 5
_TIMES = 30


def _scripted(*turns: dict[str, Any]) -> dict[str, Any]:
    return {"model": {"provider_id": str(SCRIPTED_ID)}, "parameters": {"script": {"turns": list(turns)}}}


async def _run(made: Installation, kind: str, target_id: str) -> str:
    headers = made.headers | {"Prefer": "wait=60"}
    body = {"type": kind, "target_id": target_id, "input": {"prompt": "Say it."}}
    async with made.http.post(f"{made.api_url}/api/v1/runs", json=body, headers=headers) as response:
        run = await response.json()
        assert run["status"] == "completed", run
    return str(run["id"])


async def _team(made: Installation, kind: str, config: dict[str, Any], members: list[str]) -> str:
    roster = [{"agent_id": each} for each in members]
    body = {"name": f"Bench {kind}", "type": kind, "config": config, "members": roster}
    return str((await made.call("POST", "/teams", body))["id"])


async def _against_direct_runs(report: Report, made: Installation) -> None:
    members = [await agent(made, _scripted({"text": "Said."})) for _ in range(_MEMBERS)]
    leader = await agent(made, _scripted({"text": "All said."}))
    config = _scripted({"text": "All said."}) | {"max_parallel": _MEMBERS}
    team = await _team(made, "collaborate", config, members)
    direct, together = list[float](), list[float]()
    for number in range(_TIMES + 3):
        began = time.perf_counter()
        await asyncio.gather(*(_run(made, "agent", each) for each in members))
        await _run(made, "agent", leader)
        between = time.perf_counter()
        await _run(made, "team", team)
        if number >= 3:
            direct.append(between - began)
            together.append(time.perf_counter() - between)
    report.figure("five direct runs and one of the leader, p50", median(direct) * 1000, "ms")
    report.figure("team of five, p50", median(together) * 1000, "ms")
    added = (median(together) - median(direct)) * 1000 / _MEMBERS
    report.figure("added for each member", added, "ms", most=15)
    alone = await _langgraph_alone()
    report.figure("the same graph by LangGraph alone, nothing kept, p50", alone * 1000, "ms")
    report.figure("team of five to LangGraph alone", median(together) / alone, "")


class _State(TypedDict, total=False):
    answers: Annotated[list[str], operator.add]
    output: str


async def _langgraph_alone() -> float:
    """Return the seconds of a run of five members and a leader that do nothing, p50."""
    graph: Any = StateGraph(_State)  # LangGraph leaves generics open in its own signatures

    async def member(_: _State) -> _State:
        return {"answers": ["Said."]}

    def send(_: _State) -> list[Send]:
        return [Send("member", {}) for _ in range(_MEMBERS)]

    async def lead(state: _State) -> _State:
        return {"output": f"{len(state.get('answers', []))} said."}

    graph.add_node("member", member)
    graph.add_node("lead", lead)
    graph.add_conditional_edges(START, send, ["member"])
    graph.add_edge("member", "lead")
    compiled = graph.compile(checkpointer=InMemorySaver())
    seconds = list[float]()
    for number in range(_TIMES):
        began = time.perf_counter()
        done = await compiled.ainvoke({"answers": []}, {"configurable": {"thread_id": str(number)}})
        assert done["output"] == f"{_MEMBERS} said.", done
        seconds.append(time.perf_counter() - began)
    return median(seconds)


async def _growth(report: Report, made: Installation) -> None:
    member = await agent(made, _scripted({"text": "Said."}))
    name = (await made.call("GET", f"/agents/{member}"))["name"]
    key = name.lower().replace(" ", "-")
    sizes: dict[int, float] = {}
    for count in (20, 200, 1000):
        calls = [{"name": "delegate", "arguments": {"member": key, "task": "Say it."}} for _ in range(count // 20)]
        config = _scripted({"tool_calls": calls, "times": 20}, {"text": "Done."})
        config |= {"max_rounds": 50, "max_delegations": 1000, "limits": {"max_steps": 2000}}
        run_id = await _run(made, "team", await _team(made, "coordinate", config, [member]))
        ((size,),) = made.query("SELECT sum(length(document::text)) FROM checkpoints WHERE run_id = %s", run_id)
        ((children,),) = made.query("SELECT count(*) FROM runs WHERE parent_run_id = %s", run_id)
        assert children == count, children
        sizes[count] = float(size)
        report.figure(f"{count} delegations: checkpoints", float(size) / 1024, "KiB")
    report.figure("growth of checkpoints for ten times the delegations", sizes[200] / sizes[20], "", most=11)
    report.figure("growth of checkpoints from 200 to 1,000 delegations", sizes[1000] / sizes[200], "", most=5.5)


async def main() -> None:
    """Measure and tell."""
    report = Report("teams")
    async with installation() as made:
        await _against_direct_runs(report, made)
        await _growth(report, made)
        failed = [row for row in unsuccessful(made) if row[1]]
        if failed:
            raise SystemExit(f"runs failed: {failed}")
    report.close()


if __name__ == "__main__":
    asyncio.run(main())
