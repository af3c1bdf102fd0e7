"""How late is a change at 1,000 subscribers, what does a subscriber cost, and is any change lost when the API ends?

1,000 connections, each with one channel that subscribes to one of 50 agents by ``id=eq.…``, of ten persons with a session
each. 200 agents a second are changed, each in a transaction of its own and matching 20 subscribers: 4,000 frames a second.

*steady*, 20 seconds: the delay is from before the ``UPDATE`` to the frame at the subscriber; all share one machine and one
clock. Memory is the resident size of the API after the joins less before them, divided by the subscribers.

*restarts*: while the changes go on, the API gets SIGKILL and is started again, and then SIGTERM. Subscribers connect again
with the delays of the client of JavaScript and ask for what they missed. ``lost`` counts (subscriber, change) that never
came, and ``replayed`` those that came more than once, as changes of five seconds before may; a client applies them by key.

    python -m benchmarks.bench_realtime [SUBSCRIBERS]

Goals: p99 within 250 ms with 1,000 subscribers on two cores, and nothing lost, steadily and over both restarts. Seen (two
quiet cores, load 0.8, November 2026), reached: 749 joins a second, 42 KiB a subscriber after joining and 47 after the
changes; delay p50 43 ms, p95 70, p99 131, longest 187; 19 % of a core for the API and 10 % for PostgreSQL; nothing lost.
After SIGKILL and after SIGTERM the API answered in 3.7 s, and the longest delay of a change was 26 and 25 s, the time to
start, to connect again and to replay; 11,940 and 12,240 changes came twice.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from benchmarks.installation import Installation, installation
from benchmarks.report import Report, percentile
from benchmarks.subscribers import Subscriber, Writer, restart, subscribed, tokens_of_persons

SUBSCRIBERS, AGENTS, PERSONS = 1000, 50, 10
RATE, SECONDS = 200, 20.0
_SETTLE_SECONDS = 15.0
_GOAL_MS = 250


def _resident_kib(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


def _lost(subscribers: list[Subscriber], writer: Writer, first: int = 0) -> int:
    return sum(len(writer.of(each.agent, first) - set(each.numbers)) for each in subscribers)


async def _complete(subscribers: list[Subscriber], writer: Writer) -> None:
    """Wait until everything has come, or does not come any more."""
    for _ in range(int(_SETTLE_SECONDS / 0.5)):
        if not _lost(subscribers, writer):
            return
        await asyncio.sleep(0.5)


async def _steady(made: Installation, report: Report, subscribers: list[Subscriber], writer: Writer) -> None:
    cpu = {part: made.cpu_seconds(part) for part in ("api", "postgres")}
    await writer.run(SECONDS)
    await _complete(subscribers, writer)
    spent = {part: made.cpu_seconds(part) - cpu[part] for part in cpu}
    delays = [delay for each in subscribers for delay in each.delays]
    report.figure("changes a second", writer.count / SECONDS, "")
    report.figure("frames", len(delays), "")
    report.figure("lost", _lost(subscribers, writer), "", most=0)
    for share in (0.5, 0.95, 0.99):
        most = _GOAL_MS if share == 0.99 else None
        report.figure(f"delay p{share * 100:g}", percentile(delays, share) * 1000, "ms", most=most)
    report.figure("delay, longest", max(delays) * 1000, "ms")
    for part, seconds in spent.items():
        report.figure(f"CPU, {part}", seconds / SECONDS * 100, "% of a core")


async def _restarts(made: Installation, report: Report, subscribers: list[Subscriber], writer: Writer) -> None:
    for number in (signal.SIGKILL, signal.SIGTERM):
        first, name = writer.count, f"restart by {number.name}"
        for each in subscribers:
            each.delays.clear()
            each.problems.clear()
        writing = asyncio.create_task(writer.run(3600))
        try:
            await asyncio.sleep(3.0)
            before = sum(each.joins for each in subscribers)
            report.figure(f"{name}: until the API answers", await restart(made, number), "s")
            while sum(each.joins for each in subscribers) < before + len(subscribers):
                await asyncio.sleep(0.1)
            await subscribed(subscribers)
            await asyncio.sleep(3.0)
        finally:
            writer.is_stopped = True
            await writing
            writer.is_stopped = False
        await _complete(subscribers, writer)
        again = sum(count - 1 for each in subscribers for change, count in each.numbers.items() if change >= first)
        report.figure(f"{name}: changes", writer.count - first, "")
        report.figure(f"{name}: lost", _lost(subscribers, writer, first), "", most=0)
        report.figure(f"{name}: replayed", again, "")
        report.figure(f"{name}: longest delay", max(delay for each in subscribers for delay in each.delays), "s")
        problems = [text for each in subscribers for text in each.problems]
        report.figure(f"{name}: problems that channels received", len(problems), "", most=0)
        for text in sorted(set(problems))[:5]:
            print("   ", text)


async def main() -> None:
    """Measure and tell."""
    report = Report("realtime")
    count = int(sys.argv[1]) if len(sys.argv) > 1 else SUBSCRIBERS
    for whose in ("ADDRESS", "USER"):
        os.environ[f"RETINUE_REALTIME_CONNECTIONS_PER_{whose}"] = str(max(count, SUBSCRIBERS) * 2)
    async with installation(workers=0) as made:
        ids = [(await made.call("POST", "/agents", {"name": f"Agent {number}"}))["id"] for number in range(AGENTS)]
        tokens = await tokens_of_persons(made, PERSONS)
        key = (await made.call("GET", "/realtime"))["publishable_key"]
        api = made.processes["api"].pid
        before = _resident_kib(api)
        subscribers = [
            Subscriber(made, key, tokens[number % PERSONS], ids[(number // PERSONS) % AGENTS]) for number in range(count)
        ]
        tasks: list[asyncio.Task[None]] = []
        loop = asyncio.get_running_loop()
        began = loop.time()
        for number, each in enumerate(subscribers):
            tasks.append(asyncio.create_task(each.run()))
            if number % 50 == 49:
                await subscribed(subscribers[: number + 1])
        await subscribed(subscribers)
        report.figure("joins a second", count / (loop.time() - began), "")
        report.figure("memory a subscriber", (_resident_kib(api) - before) / count, "KiB")
        writer = Writer(made.owner_url, ids, RATE)
        await _steady(made, report, subscribers, writer)
        report.figure("memory a subscriber, after", (_resident_kib(api) - before) / count, "KiB")
        await _restarts(made, report, subscribers, writer)
        for task in tasks:
            task.cancel()
    report.close()


if __name__ == "__main__":
    asyncio.run(main())
