"""Free ports, and the stand-in model server as a process of its own."""

import socket
import subprocess
import sys
import time


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, seconds: float = 20) -> None:
    """Wait until someone listens on a port."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise SystemExit(f"nobody listens on port {port}")


def stand_in() -> tuple[subprocess.Popen[bytes], str]:
    """Start the stand-in model server and return it with its address."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.stand_in_model", "--port", str(port)])
    wait_for(port)
    return process, f"http://127.0.0.1:{port}"
