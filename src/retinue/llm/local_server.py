"""The process that serves the local model, and how a worker comes to it.

`python -m retinue.llm.local_server` loads the chosen model and speaks OpenAI's API on a port of the loopback, with a key
that is made again at each start. One process serves all workers of a machine: a lock in the data folder sees to it. It ends
with the worker that started it, and by itself when nobody has asked for a while.
"""

import argparse
import asyncio
import contextlib
import fcntl
import importlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retinue.core.processes import command_line, end_with_parent, is_running
from retinue.llm.local import service
from retinue.llm.local.errors import LocalModelNotInstalledError, LocalModelNotStartedError
from retinue.llm.local.types import LocalModel

MODULE = "retinue.llm.local_server"
START_SECONDS = 600.0
"""A machine under load may take minutes to load the model; the run that waits has its own, mostly shorter, limit."""
STOP_SECONDS = 10.0
TICK_SECONDS = 0.02
FETCH_TICK_SECONDS = 0.25
WATCH_SECONDS = 5.0
IDLE_SECONDS = 600.0
NICENESS = 10
SLOTS = 2
"""Answers that are written at the same time; further requests wait their turn inside the server."""
HTTP_THREADS = 32
"""Each open request, waiting ones too, holds one."""

FETCHING = "The local model is still being fetched; this step waits until it is there."
LOADING = "The local model is being loaded; this step waits until it answers."


@dataclass(frozen=True, slots=True)
class Running:
    """What the serving process wrote down about itself."""

    pid: int
    base_url: str
    api_key: str
    model: str


class LocalModelServer:
    """A worker's way to the local model; starts the serving process when there is none."""

    def __init__(self, data_dir: Path) -> None:
        """Take the data folder below which the models are; nothing is started yet."""
        self._data_dir = data_dir
        self._starting = asyncio.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def is_installed(self) -> bool:
        """Whether a local model and its runtime are in the data folder."""
        return bool(service.list_installed(self._data_dir))

    async def ensure_running(self, tell: Callable[[str], None] | None = None) -> tuple[str, str]:
        """Return the base URL (ending in /v1) and the API key of the serving process; start it when there is none.

        It may be repeated before each call and costs next to nothing while the process lives. Starting takes about a second,
        and a model that is being fetched is waited for: `tell` receives a sentence about it. The caller bounds the time.

        Raises LocalModelNotInstalledError, LocalModelNotStartedError.
        """
        tell = tell or _keep_quiet
        await self._wait_until_fetched(tell)
        if find_running(self._data_dir) is None:
            tell(LOADING)
        async with self._starting:
            chosen = service.get_chosen(self._data_dir)
            running = find_running(self._data_dir)
            if running is None or running.model != chosen.name:
                running = await self._start(chosen)
            with contextlib.suppress(OSError):
                _used_file(self._data_dir).touch()
            return running.base_url, running.api_key

    async def _wait_until_fetched(self, tell: Callable[[str], None]) -> None:
        has_told = False
        while not self.is_installed() and service.is_being_fetched(self._data_dir):
            if not has_told:
                tell(FETCHING)
            has_told = True
            await asyncio.sleep(FETCH_TICK_SECONDS)

    async def stop(self) -> None:
        """End the serving process if this object started it. Repeating it does nothing."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        while process.poll() is None:
            if time.monotonic() > deadline:
                process.kill()
            await asyncio.sleep(TICK_SECONDS)

    async def _start(self, chosen: LocalModel) -> Running:
        await self.stop()
        self._process = _spawn(self._data_dir)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            running = find_running(self._data_dir)
            if running is not None and running.model == chosen.name:
                return running
            if self._process.poll():
                raise LocalModelNotStartedError(f"The local model's server ended with exit code {self._process.returncode}.")
            await asyncio.sleep(TICK_SECONDS)
        raise LocalModelNotStartedError(f"The local model's server was not ready after {START_SECONDS:g} s.")


def _keep_quiet(_sentence: str) -> None:
    pass


def find_running(data_dir: Path) -> Running | None:
    """Find the process that serves this data folder's model, whichever process started it; None when there is none."""
    try:
        facts = json.loads(_facts_file(data_dir).read_text(encoding="utf-8"))
        running = Running(facts["pid"], facts["base_url"], facts["api_key"], facts["model"])
    except (OSError, ValueError, KeyError):
        return None
    return running if is_running(running.pid) and MODULE in command_line(running.pid) else None


def main(arguments: Sequence[str]) -> int:
    """Serve the chosen model until idle or told to end; return the exit code, 0 also when another process serves already."""
    parser = argparse.ArgumentParser(prog=MODULE)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--idle-seconds", type=float, default=IDLE_SECONDS)
    given = parser.parse_args(arguments)
    end_with_parent(given.parent, signal.SIGTERM)
    os.nice(NICENESS)
    data_dir: Path = given.data_dir
    with (data_dir / "models" / "server.lock").open("a") as lock:
        if not _take(lock.fileno(), data_dir):
            return 0
        try:
            _serve(data_dir, given.idle_seconds)
        except LocalModelNotInstalledError as error:
            print(error.detail, error.remedy_text, file=sys.stderr)  # noqa: T201 - this process's log
            return 1
        finally:
            _facts_file(data_dir).unlink(missing_ok=True)
    return 0


def _serve(data_dir: Path, idle_seconds: float) -> None:
    model = service.get_chosen(data_dir)
    runtime = service.runtime_folder(data_dir)
    if runtime.is_dir():
        sys.path.insert(0, str(runtime))
    # Optional, and 100 MB: it lies in the data folder, only this process loads it, and it carries no types.
    xllamacpp: Any = importlib.import_module("xllamacpp")
    threads = max(1, (os.cpu_count() or 2) - 1)
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(service.model_file(data_dir, model))
    parameters.model_alias = {model.name}
    parameters.n_ctx = model.context_window * SLOTS
    parameters.n_parallel = SLOTS
    parameters.n_threads_http = HTTP_THREADS
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
    parameters.cpuparams.poll = 0  # waiting threads sleep: spinning ones take the core from everyone else
    parameters.hostnames = ["127.0.0.1"]
    parameters.api_keys = [secrets.token_urlsafe(32)]
    parameters.cors_origins = "http://127.0.0.1"
    parameters.cache_ram_mib = 0
    parameters.enable_reasoning = 0  # small models would spend an answer's tokens on reasoning
    parameters.use_jinja, parameters.ui, parameters.offline, parameters.endpoint_metrics = True, False, True, True
    parameters.verbosity = 1
    server = xllamacpp.Server(parameters)
    facts = Running(os.getpid(), f"{server.listening_address}/v1", parameters.api_keys[0], model.name)
    _used_file(data_dir).touch()
    _write_facts(data_dir, facts)
    _wait_until_idle(lambda: str(server.handle_metrics()), _used_file(data_dir), idle_seconds)


def _wait_until_idle(counters: Callable[[], str], used: Path, idle_seconds: float) -> None:
    """Return when nothing was asked for so long; the server's own counters tell."""
    last, changed_at = "", time.time()
    while time.time() - changed_at < idle_seconds:
        time.sleep(min(WATCH_SECONDS, idle_seconds))
        now = counters()
        with contextlib.suppress(OSError):
            changed_at = max(changed_at, used.stat().st_mtime)
        if now != last:
            last, changed_at = now, time.time()


def _spawn(data_dir: Path) -> subprocess.Popen[bytes]:
    log = data_dir / "logs" / "model.log"
    try:
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as writer:
            return subprocess.Popen(
                [sys.executable, "-m", MODULE, "--data-dir", str(data_dir), "--parent", str(os.getpid())],
                stdin=subprocess.DEVNULL,
                stdout=writer,
                stderr=writer,
                start_new_session=True,
            )
    except OSError as error:
        raise LocalModelNotStartedError(f"The local model's server cannot be started: {error.strerror}.") from error


def _take(descriptor: int, data_dir: Path) -> bool:
    """Take the lock that the one serving process holds; one that serves another model than the chosen makes room first."""
    running = find_running(data_dir)
    if running is not None and running.model != service.get_chosen(data_dir).name:
        with contextlib.suppress(ProcessLookupError):
            os.kill(running.pid, signal.SIGTERM)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write_facts(data_dir: Path, facts: Running) -> None:
    file = _facts_file(data_dir)
    partial = file.with_suffix(".partial")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as writer:
        json.dump({"pid": facts.pid, "base_url": facts.base_url, "api_key": facts.api_key, "model": facts.model}, writer)
    partial.replace(file)


def _facts_file(data_dir: Path) -> Path:
    return data_dir / "models" / "server.json"


def _used_file(data_dir: Path) -> Path:
    return data_dir / "models" / "server.used"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
