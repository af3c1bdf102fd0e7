"""Debian's InfluxDB 1.6 and VictoriaMetrics on the loopback; they can be killed, and keep what they have stored."""

import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from tools import servers

_SECONDS = 20.0
_CONFIGURATION = """
reporting-disabled = true
bind-address = "127.0.0.1:{backup}"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
[http]
  bind-address = "127.0.0.1:{port}"
  log-enabled = false
"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """A server on a port that it keeps."""

    command: list[str]
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        self.process = subprocess.Popen(  # noqa: S603 - a program of the tests
            self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        began = time.monotonic()
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert self.process.poll() is None, "it ended at once"
            assert time.monotonic() - began < _SECONDS, "it does not listen"
            time.sleep(0.02)

    def kill(self) -> None:
        """End it as a crash does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def influxdb(folder: Path) -> Server:
    """Return Debian's InfluxDB 1.6, not started."""
    program = servers.needed("influxd")
    port = _free_port()
    file = folder / "influxdb.conf"
    file.write_text(_CONFIGURATION.format(folder=folder, port=port, backup=_free_port()))
    return Server([program, "run", "-config", str(file)], port)


def victoria_metrics(folder: Path) -> Server:
    """Return Debian's VictoriaMetrics, not started."""
    program = servers.needed("victoria-metrics")
    port = _free_port()
    arguments = [f"-storageDataPath={folder}", f"-httpListenAddr=127.0.0.1:{port}", "-memory.allowedBytes=64MB"]
    return Server([program, *arguments], port)
