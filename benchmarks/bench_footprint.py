"""How soon is ``retinue up`` ready from a warm start, and how much memory do all its processes hold idle?

A first start fills the folder; then the time from the command to ``/readyz`` answering 200 (API, schema, a worker), median
of three. Memory is the proportional set size (PSS) of the whole process tree, PostgreSQL included, ten seconds after that,
and again 60 s after 100 runs of a plain answer and 100 with a tool call. The local model is not installed here and so not
counted. Take the figures in an environment that holds ``requirements.lock`` alone.

    python -m benchmarks.bench_footprint

Seen (two cores that everything shares, PostgreSQL 18, November 2026): ready from an empty folder 2.5 s, from a warm start
1.2 s; idle 226 MiB: worker 96, API 73, the rest PostgreSQL and the supervisor. Later that month, with many more packages,
``requirements.lock`` alone, under load: idle 341 MiB (API 115, worker and the process that kept a successor of it 147,
PostgreSQL 68, supervisor 11), after 200 runs 434. With processes forked from a template (decision 0023), validators that
are built late and pools that shrink, quietly: ready from an empty folder 3.2 s, from a warm start 2.1 s; idle 278 MiB (API
63, worker 64, template 69, PostgreSQL 69, supervisor 12), 251 when pools have shrunk; after 200 runs 365 (105, 101, 74, 73,
12). With a template that ends when both are made, word lists for passwords in a process of their own and fewer connections,
quietly: ready from an empty folder 2.6 s, from a warm start 2.3 s; idle 250 MiB (API 86, worker 86, PostgreSQL 65,
supervisor 13; goal 250, reached), 220 when pools have shrunk; after 200 runs 273 (102, 107, 51, 13). Later: idle 240, after
200 runs 267 (101, 107, 47, 12). The goal after runs is missed: what is imported takes 120 MiB, and each process comes to
write to a third of it.
"""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import aiohttp

from benchmarks.installation import Installation, claim, finished, stand_in_agent, start_runs, until
from benchmarks.ports import free_port, stand_in
from benchmarks.report import Report, median
from retinue.embedded.postgres import find_owner_url

_RUNS = 100
_SETTLED_SECONDS = 60.0


def tree(root: int) -> list[int]:
    """Return the ids of a process and of all that descend from it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text(encoding="utf-8")
            except OSError:
                continue
            children.setdefault(int(stat.rsplit(")", 1)[1].split()[1]), []).append(int(entry.name))
    found: list[int] = []
    left = [root]
    while left:
        found.append(left.pop())
        left += children.get(found[-1], [])
    return found


def _pss_mib(pid: int) -> float:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) / 1024


def start_up(folder: str, port: int) -> tuple[subprocess.Popen[bytes], float]:
    """Start ``retinue up`` in a folder; return it when it is ready, with the seconds that took."""
    environ = {**os.environ, "RETINUE_DATA_DIR": folder, "RETINUE_PORT": str(port), "RETINUE_LOCAL_MODEL": "off"}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)  # a start is warm when what the first one compiled was kept
    began = time.perf_counter()
    log = (Path(folder).parent / "up.log").open("ab")
    process = subprocess.Popen([sys.executable, "-m", "retinue.cli.main", "up"], env=environ, stdout=log, stderr=log)
    while time.perf_counter() - began < 120:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1) as answer:
                if answer.status == 200:
                    return process, time.perf_counter() - began
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.02)
    raise SystemExit("not ready within two minutes")


def _tell(report: Report, supervisor: int, when: str, *, most_mib: float) -> None:
    """Tell the memory of each process of Retinue, of PostgreSQL, and of all."""
    sizes: dict[str, float] = {}
    for pid in tree(supervisor):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().split()
        name = "PostgreSQL" if not words or "postgres" in words[0] else " ".join(words[1:])[-24:] or words[0]
        sizes[name] = sizes.get(name, 0.0) + _pss_mib(pid)
    for name, size in sorted(sizes.items(), key=lambda item: -item[1]):
        report.figure(f"  {when}: {name.strip()}", size, "MiB")
    report.figure(f"{when}: memory of all processes, PSS", sum(sizes.values()), "MiB", most=most_mib)


async def _run_agents(folder: str, port: int) -> None:
    """Carry out runs of an agent that answers and of one that calls a tool."""
    model, model_url = stand_in()
    owner_url, url = find_owner_url(Path(folder)), f"http://127.0.0.1:{port}"
    environ = {**os.environ, "DATABASE_URL": owner_url, "RETINUE_DATA_DIR": folder, "RETINUE_PUBLIC_URL": url}
    environ["RETINUE_SECRET_KEY_FILE"] = f"{folder}/secret.key"
    made = Installation(url, owner_url, model_url, environ, {})
    try:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as made.session:
            await claim(made)
            agents = [
                await stand_in_agent(made, "answer"),
                await stand_in_agent(made, "tool", tools=[{"name": "calculator"}]),
            ]
            for agent_id in agents:
                await start_runs(made, agent_id, _RUNS)
            await until(lambda: finished(made) == 2 * _RUNS, every=0.2)
    finally:
        if made.owner is not None:
            made.owner.close()
        model.terminate()
        model.wait(30)


def main() -> None:
    """Measure and tell."""
    report = Report("footprint")
    with tempfile.TemporaryDirectory(prefix="retinue-bench-") as parent:
        Path(parent).chmod(0o755)
        folder, port = str(Path(parent) / "data"), free_port()
        process, seconds = start_up(folder, port)
        report.figure("ready, empty folder", seconds, "s")
        times: list[float] = []
        for _ in range(3):
            process.send_signal(signal.SIGINT)
            process.wait(30)
            process, seconds = start_up(folder, port)
            times.append(seconds)
        report.figure("ready, warm start, median of 3", median(times), "s", most=4)
        time.sleep(10)
        _tell(report, process.pid, "idle", most_mib=250)
        asyncio.run(_run_agents(folder, port))
        time.sleep(_SETTLED_SECONDS)
        _tell(report, process.pid, f"after {2 * _RUNS} runs", most_mib=200)  # 210 MB
        process.send_signal(signal.SIGINT)
        process.wait(30)
    report.close()


if __name__ == "__main__":
    main()
