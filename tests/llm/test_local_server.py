"""The process that serves the local model: one for all workers, gone with the worker that started it, and when it is idle.

Its runtime is replaced by one of a few lines, at the same import, so that nothing is fetched; the last test runs the real
model where `make test` could fetch it.
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from pathlib import Path

import aiohttp
import pytest

from retinue.core.processes import is_running
from retinue.llm.local import service
from retinue.llm.local.errors import LocalModelNotInstalledError, LocalModelNotStartedError
from retinue.llm.local.types import EXPECTED_FILE
from retinue.llm.local_server import FETCHING, LOADING, MODULE, LocalModelServer, Running, find_running
from tests.llm.local_runtime import expecting, fetching, put_model, put_runtime

REAL = Path(__file__).resolve().parents[2] / ".tools" / "local-model"
WORKER = """
import asyncio, sys, time
from pathlib import Path
from retinue.llm.local_server import LocalModelServer
asyncio.run(LocalModelServer(Path(sys.argv[1])).ensure_running())
print("running", flush=True)
time.sleep(600)
"""


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """Give a data folder with a model and a runtime that are quick to start."""
    put_runtime(tmp_path)
    put_model(tmp_path, service.get_model("smollm2-135m"))
    return tmp_path


@pytest.fixture
async def server(data_dir: Path) -> AsyncIterator[LocalModelServer]:
    """Give one worker's way to the model; it is ended with the test."""
    one = LocalModelServer(data_dir)
    yield one
    await one.stop()


async def _status(base_url: str, api_key: str) -> int:
    headers = {"Authorization": f"Bearer {api_key}"}
    async with aiohttp.ClientSession() as session, session.get(f"{base_url}/models", headers=headers) as answer:
        return answer.status


def _start(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE)


def _running(data_dir: Path) -> Running:
    found = find_running(data_dir)
    assert found is not None
    return found


async def _until_gone(pid: int, seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while is_running(pid) and time.monotonic() < deadline:
        await asyncio.sleep(0.02)
    return not is_running(pid)


async def test_nothing_is_started_where_nothing_is_installed(tmp_path: Path) -> None:
    server = LocalModelServer(tmp_path)

    assert not server.is_installed()
    with pytest.raises(LocalModelNotInstalledError):
        await server.ensure_running()


async def test_a_model_that_is_being_fetched_is_waited_for(tmp_path: Path) -> None:
    one, told = LocalModelServer(tmp_path), asyncio.Queue[str]()

    try:
        with fetching(tmp_path):
            waiting = asyncio.create_task(one.ensure_running(told.put_nowait))
            async with asyncio.timeout(5):
                first = await told.get()
            put_runtime(tmp_path)
            put_model(tmp_path, service.get_model("smollm2-135m"))
        async with asyncio.timeout(20):
            status = await _status(*await waiting)
    finally:
        await one.stop()

    assert (first, told.get_nowait(), told.empty()) == (FETCHING, LOADING, True)
    assert status == 200


@pytest.mark.parametrize("coming", [fetching, expecting])
async def test_a_fetching_that_fails_ends_the_waiting(
    tmp_path: Path, coming: Callable[[Path], AbstractContextManager[None]]
) -> None:
    told = asyncio.Queue[str]()

    with coming(tmp_path):
        waiting = asyncio.create_task(LocalModelServer(tmp_path).ensure_running(told.put_nowait))
        async with asyncio.timeout(5):
            await told.get()

    with pytest.raises(LocalModelNotInstalledError):
        await waiting


async def test_what_a_killed_supervisor_expected_is_not_waited_for(tmp_path: Path) -> None:
    with expecting(tmp_path):
        assert service.is_being_fetched(tmp_path)

    assert (tmp_path / "models" / EXPECTED_FILE).exists()
    assert not service.is_being_fetched(tmp_path)


async def test_a_stranger_with_the_supervisor_s_process_id_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / EXPECTED_FILE).write_text(f"{os.getpid()}\n")

    assert not service.is_being_fetched(tmp_path)


async def test_model_is_served_on_the_loopback_with_a_key(server: LocalModelServer) -> None:
    assert server.is_installed()

    base_url, api_key = await server.ensure_running()

    assert base_url.startswith("http://127.0.0.1:")
    assert base_url.endswith("/v1")
    assert await _status(base_url, api_key) == 200
    assert await _status(base_url, "another") == 401


async def test_one_process_serves_all_workers_however_they_come(server: LocalModelServer, data_dir: Path) -> None:
    others = [LocalModelServer(data_dir) for _ in range(4)]

    answers = await asyncio.gather(*(one.ensure_running() for one in (server, *others)), server.ensure_running())

    assert len(set(answers)) == 1
    for other in others:
        await other.stop()


async def test_model_that_was_stopped_is_started_again_with_another_key(server: LocalModelServer, data_dir: Path) -> None:
    first = await server.ensure_running()
    pid = _running(data_dir).pid
    await server.stop()

    second = await server.ensure_running()

    assert not is_running(pid)
    assert first[1] != second[1]
    assert await _status(*second) == 200


async def test_killed_process_is_replaced(server: LocalModelServer, data_dir: Path) -> None:
    await server.ensure_running()
    os.kill(_running(data_dir).pid, signal.SIGKILL)
    await asyncio.sleep(0.1)

    assert await _status(*await server.ensure_running()) == 200


async def test_process_ends_with_the_worker_that_started_it(data_dir: Path) -> None:
    worker = _start("-c", WORKER, str(data_dir))
    assert worker.stdout is not None
    worker.stdout.readline()
    pid = _running(data_dir).pid

    worker.kill()
    worker.communicate()

    assert await _until_gone(pid)


async def test_idle_process_ends_by_itself(data_dir: Path) -> None:
    child = _start("-m", MODULE, "--data-dir", str(data_dir), "--parent", str(os.getpid()), "--idle-seconds", "1")

    await asyncio.to_thread(child.communicate, timeout=20)

    assert child.returncode == 0
    assert find_running(data_dir) is None


async def test_model_chosen_later_takes_the_place_of_the_first(server: LocalModelServer, data_dir: Path) -> None:
    await server.ensure_running()
    first = _running(data_dir)
    put_model(data_dir, service.get_model("qwen2.5-coder-0.5b"))
    (data_dir / "models" / "chosen").write_text("qwen2.5-coder-0.5b")

    other = LocalModelServer(data_dir)
    await other.ensure_running()

    second = _running(data_dir)
    await other.stop()
    assert (first.model, second.model) == ("smollm2-135m", "qwen2.5-coder-0.5b")
    assert await _until_gone(first.pid)


async def test_process_that_does_not_start_is_a_sentence(tmp_path: Path, data_dir: Path) -> None:
    service.model_file(data_dir, service.get_model("smollm2-135m")).unlink()
    service.model_file(data_dir, service.get_model("smollm2-135m")).parent.rmdir()
    put_model(tmp_path, service.get_model("smollm2-135m"), b"fail")

    with pytest.raises(LocalModelNotStartedError, match="exit code 3"):
        await LocalModelServer(data_dir).ensure_running()


async def test_secrets_of_the_process_are_for_its_owner_only(server: LocalModelServer, data_dir: Path) -> None:
    await server.ensure_running()

    assert (data_dir / "models" / "server.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(not service.list_installed(REAL), reason="the model could not be fetched; 'make test' tries to")
async def test_real_model_answers_as_openai_would() -> None:
    server = LocalModelServer(REAL)
    base_url, api_key = await server.ensure_running()
    question = {
        "model": "smollm2-135m",
        "temperature": 0,
        "max_tokens": 20,
        "messages": [
            {"role": "system", "content": "You are a helpful assistant."},
            {"role": "user", "content": "What is the capital of France?"},
        ],
    }
    headers = {"Authorization": f"Bearer {api_key}"}

    async with aiohttp.ClientSession(headers=headers) as session:
        async with session.post(f"{base_url}/chat/completions", json=question) as answer:
            whole = await answer.json()
        async with session.post(f"{base_url}/chat/completions", json=question | {"stream": True}) as answer:
            lines = [line.decode() async for line in answer.content if line.startswith(b"data: ")]
    await server.stop()

    assert "Paris" in whole["choices"][0]["message"]["content"]
    assert len(lines) > 4
    assert lines[-1].strip() == "data: [DONE]"
