"""Processes that are told to end while they start: nothing is done yet, so they wait for nothing that does not answer."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Postgres
from tests.crash.ground import free_port

_STARTS_SECONDS = 100
_ENDS_SECONDS = 6
"""Less than the ten seconds for which a process that starts waits for its first wake-up."""


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("command", ["api", "worker"])
def test_a_process_that_starts_ends_by_a_signal_though_a_server_does_not_answer(
    postgres: Postgres, environ: dict[str, str], tmp_path: Path, command: str, sent: signal.Signals
) -> None:
    settings = {name: value for name, value in os.environ.items() if not name.startswith(("RETINUE_", "DATABASE_URL"))}
    with socket.create_server(("127.0.0.1", 0)) as silent, (tmp_path / "log").open("wb") as log:
        silent.settimeout(_STARTS_SECONDS)
        settings |= {
            "DATABASE_URL": postgres.owner_url,
            "DIRECT_DATABASE_URL": f"postgresql://nobody@127.0.0.1:{silent.getsockname()[1]}/none",
            "RETINUE_DATABASE_CONNECT_SECONDS": "60",
            "RETINUE_SECRET_KEY": environ["RETINUE_SECRET_KEY"],
            "RETINUE_DATA_DIR": str(tmp_path / "data"),
            "RETINUE_PORT": str(free_port()),
        }
        line = [sys.executable, "-m", "retinue.cli.main", command]
        process = subprocess.Popen(line, env=settings, stdout=log, stderr=log)
        try:
            connection, _ = silent.accept()
            with connection:
                process.send_signal(sent)
                code = process.wait(_ENDS_SECONDS)
        finally:
            process.kill()
            process.wait()

    assert code in {-sent, 128 + sent}
    assert "Traceback" not in (tmp_path / "log").read_text()
