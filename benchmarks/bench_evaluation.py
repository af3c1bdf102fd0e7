"""What does the evaluation of alert rules add to the cost of a run?

CPU time of worker and PostgreSQL for a run of three steps, of which every twentieth fails, with no rule and with rules:
those of the starter pack, which a new organization may enable; and *many*, 60 that all watch these runs, a third each
about the agent whose runs complete, the one whose runs fail, and all: failures in a row, in a window and as a ratio, p95 of
the response time, spending, the duration of runs. The rounds with rules include everything that workers do to evaluate
them: they look at spending once a minute, at metrics each 15 to 60 s by their window, at durations each 15 s, at what fires
each 5 s, and at failures when a run fails. Rounds with and without rules are pairs, in alternating order; of their
differences the median and the standard error are told.

A difference of two rounds of some hundred runs has an error as large as itself. Evaluation by itself is therefore also
measured alone: only the runs that fail are begun, one by one at the pace of all of them, with and without rules. The
difference is what evaluation adds, divided by the number of runs in a whole round. It errs to the worse: workers rest less
when nothing else is running.

    python -m benchmarks.bench_evaluation [RUNS [PAIRS]]

Seen (two quiet cores, PostgreSQL 18, December 2026, 12 pairs): starter pack 1.39 ± 0.82 % by itself (goal 2, reached), 2.0
± 5.7 % of 6.0 ms as the difference; many, after it, with twice as many failed runs in their windows, 5.7 ± 1.1 % (missed).
Many alone, without the rounds of the pack before: 3.0 ± 0.38 %, and 2.7 ± 5.2 % of 5.6 ms as the difference; before windows
were counted from the runs that failed 3.8 ± 0.6 %, before looks rested by their length and windows were counted together
4.9 ± 1.0 %.
"""

import asyncio
import math
import sys
import time
from pathlib import Path
from statistics import stdev

from benchmarks.installation import Installation, agent, finished, installation, start_run, start_runs, until
from benchmarks.report import Report, median

_RUNS = 400
_PAIRS = 12
_PARTS = 10
_SETTLING_SECONDS = 1.0
_RULES_OF_A_KIND = 10
_FAILING_SHARE = 20
_ENABLE = """
UPDATE alert_configs SET enabled = %s, next_eval_at = CASE WHEN %s THEN tenant.now() + random() * interval '1 minute' END
WHERE id = ANY (%s::uuid[])
"""
_CALL = {"tool_calls": [{"name": "calculator", "arguments": {"expression": "2 + 2"}}]}
_GOOD = {"turns": [_CALL, {"text": "It is four."}]}
_BAD = {"turns": [_CALL, {"error": "down"}]}
_CONDITIONS = (
    {"status": "error", "consecutive_failures": 3},
    {"status": "error", "count": 1_000_000, "window": "15m"},
    {"status": "error", "ratio": 0.9, "window": "1h", "min_count": 20},
    {"metric": "response_time", "agg": "p95", "op": ">", "value": 1e9, "window": "10m"},
    {"run_duration": {"gt": "1h"}},
    {"budget": {"usd": 1_000_000, "period": "month"}},
)


async def _agents(made: Installation) -> tuple[str, str]:
    """Make an agent whose runs complete and one whose runs fail."""
    found = (await made.call("GET", "/models"))["items"]
    scripted = next(each for each in found if each["kind"] == "scripted")
    model = {"provider_id": scripted["provider_id"], "name": scripted["name"]}
    configs = [
        {"model": model, "parameters": {"script": script}, "tools": [{"name": "calculator"}]} for script in (_GOOD, _BAD)
    ]
    return await agent(made, configs[0]), await agent(made, configs[1])


async def _rules_of_pack(made: Installation) -> list[str]:
    """Make the rules of the starter pack; return their ids."""
    pack = await made.call("POST", "/alert-configs/starter-pack")
    return [each["id"] for each in pack["created"]]


async def _many_rules(made: Installation, agents: tuple[str, str]) -> list[str]:
    """Make rules, a third each about the two agents and about all runs; return their ids."""
    ids: list[str] = []
    for conditions in _CONDITIONS:
        for _ in range(_RULES_OF_A_KIND):
            scope = ({"agent_id": agents[0]}, {"agent_id": agents[1]}, {})[len(ids) % 3]
            body = {"name": f"Rule {len(ids)}", "conditions": conditions, **scope}
            ids.append((await made.call("POST", "/alert-configs", body))["id"])
    return ids


def _cpu_ms(made: Installation) -> dict[str, float]:
    """Return the CPU time so far of each thread of worker and PostgreSQL, without autovacuum, which comes in bursts."""
    children = Path(f"/proc/{made.postgres_pid}/task/{made.postgres_pid}/children").read_text(encoding="ascii").split()
    pids = [made.processes["worker-0"].pid, made.postgres_pid, *(int(each) for each in children if _is_counted(each))]
    threads = [each for pid in pids for each in Path(f"/proc/{pid}/task").glob("*/schedstat")]
    return {str(each): _nanoseconds(each) / 1e6 for each in threads}


def _since(made: Installation, before: dict[str, float]) -> float:
    """Return the CPU milliseconds since then; what ended in the meantime is not known."""
    return sum(spent - before.get(thread, 0.0) for thread, spent in _cpu_ms(made).items())


def _is_counted(pid: str) -> bool:
    try:
        return b"autovacuum" not in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _nanoseconds(schedstat: Path) -> int:
    try:
        return int(schedstat.read_text(encoding="ascii").split()[0])
    except OSError:
        return 0


async def _cpu_of_runs(made: Installation, agents: tuple[str, str], runs: int) -> tuple[float, float]:
    """Return the CPU milliseconds of a run, its metrics written included, and the seconds that all took.

    The failures come between the others.
    """
    failing = runs // _FAILING_SHARE // _PARTS
    good = runs // _PARTS - failing
    before, cpu, begin = finished(made), _cpu_ms(made), time.monotonic()
    for _ in range(_PARTS):
        await asyncio.gather(start_runs(made, agents[0], good, 30), start_runs(made, agents[1], failing, 2))
    started = (good + failing) * _PARTS
    await until(lambda: finished(made) >= before + started)
    seconds = time.monotonic() - begin
    await until(lambda: made.query("SELECT count(*) FROM run_endings") == [(0,)])
    return _since(made, cpu) / started, seconds


async def _cpu_of_failures(made: Installation, agent_id: str, runs: int, seconds: float) -> float:
    """Return the CPU milliseconds for a run when only those that fail are begun, at the pace of all of them."""
    failing = runs // _FAILING_SHARE
    await asyncio.sleep(_SETTLING_SECONDS)
    before, cpu = finished(made), _cpu_ms(made)
    begin = time.monotonic()
    for number in range(1, failing + 1):
        await start_run(made, agent_id)
        await asyncio.sleep(max(0.0, begin + seconds * number / failing - time.monotonic()))
    await until(lambda: finished(made) >= before + failing)
    await until(lambda: made.query("SELECT count(*) FROM run_endings") == [(0,)])
    return _since(made, cpu) / runs


async def _measure(
    report: Report, made: Installation, agents: tuple[str, str], rules: list[str], name: str, *, runs: int, pairs: int
) -> None:
    with_runs: dict[bool, list[float]] = {True: [], False: []}
    alone: dict[bool, list[float]] = {True: [], False: []}
    for number in range(pairs):
        pair, pace = ((True, False) if number % 2 else (False, True)), list[float]()
        for enabled in pair:
            made.query(_ENABLE, enabled, enabled, rules)
            cpu, seconds = await _cpu_of_runs(made, agents, runs)
            with_runs[enabled].append(cpu)
            pace.append(seconds)
            alone[enabled].append(await _cpu_of_failures(made, agents[1], runs, pace[0]))
    made.query(_ENABLE, False, False, rules)
    whole = median(with_runs[False])
    report.figure(f"{name}: CPU of a run without rules", whole, "ms")
    report.figure(f"{name}: CPU of a run with {len(rules)} rules", median(with_runs[True]), "ms")
    _tell(report, f"{name}: difference, of a run's CPU", with_runs, whole, most=None)
    _tell(report, f"{name}: evaluation by itself, of a run's CPU", alone, whole, most=2)


async def main(runs: int, pairs: int) -> None:
    """Measure and report."""
    report = Report("evaluation")
    async with installation(workers=1) as made:
        agents = await _agents(made)
        sets = {"starter pack": await _rules_of_pack(made), "many": await _many_rules(made, agents)}
        made.query(_ENABLE, False, False, [each for rules in sets.values() for each in rules])
        await _cpu_of_runs(made, agents, runs)
        for name, rules in sets.items():
            await _measure(report, made, agents, rules, name, runs=runs, pairs=pairs)
    report.close()


def _tell(report: Report, what: str, seen: dict[bool, list[float]], whole: float, most: float | None) -> None:
    parts = [(rules - without) / whole * 100 for rules, without in zip(seen[True], seen[False], strict=True)]
    report.figure(what, median(parts), "%", most=most)
    report.figure("  standard error", stdev(parts) / math.sqrt(len(parts)) if len(parts) > 1 else math.nan, "%")


if __name__ == "__main__":
    given = [int(each) for each in sys.argv[1:]]
    asyncio.run(main(*(given + [_RUNS, _PAIRS][len(given) :])))
