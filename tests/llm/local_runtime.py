"""A local model of a few lines in the place of the real one, and the moment at which it is being fetched."""

import fcntl
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from retinue.llm.local import service
from retinue.llm.local.types import EXPECTED_FILE, LocalModel

RUNTIME = """
import http.server, json, threading, types


class CommonParams:
    def __init__(self):
        self.model, self.cpuparams, self.cpuparams_batch = (types.SimpleNamespace() for _ in range(3))


class Server:
    def __init__(self, parameters):
        if open(parameters.model.path, "rb").read(4) == b"fail":
            raise SystemExit(3)
        key = f"Bearer {parameters.api_keys[0]}"

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200 if self.headers["Authorization"] == key else 401)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                message = {"role": "assistant", "content": "Hello from here."}
                usage = {"prompt_tokens": 5, "completion_tokens": 4}
                choice = {"index": 0, "message": message, "finish_reason": "stop"}
                body = json.dumps({"model": "local", "choices": [choice], "usage": usage}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._http = http.server.ThreadingHTTPServer((parameters.hostnames[0], 0), Handler)
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        self.listening_address = f"http://127.0.0.1:{self._http.server_port}"

    def handle_metrics(self):
        return "0"
"""


def put_runtime(data_dir: Path) -> None:
    """Put a runtime that is quick to start where the real one would be."""
    runtime = service.runtime_folder(data_dir) / "xllamacpp"
    runtime.mkdir(parents=True)
    (runtime / "__init__.py").write_text(RUNTIME)


def put_model(data_dir: Path, model: LocalModel, content: bytes = b"GGUF") -> None:
    """Put a file of the right size where the model's would be; it takes no room on the disk."""
    file = service.model_file(data_dir, model)
    file.parent.mkdir(parents=True)
    with file.open("wb") as writer:
        writer.write(content)
        writer.truncate(model.size_bytes)


@contextmanager
def fetching(data_dir: Path) -> Generator[None]:
    """Hold a data folder as a process does that fetches a model into it."""
    models = data_dir / "models"
    partial = models / service.PARTIAL_FOLDER
    partial.mkdir(parents=True)
    with (models / "install.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
        partial.rmdir()


@contextmanager
def expecting(data_dir: Path) -> Generator[None]:
    """Keep a data folder as `retinue up` does before its installer runs; what stands for it ends with the block."""
    marker = data_dir / "models" / EXPECTED_FILE
    marker.parent.mkdir(parents=True, exist_ok=True)
    waits = "import sys; sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", waits, "retinue.embedded"], stdin=subprocess.PIPE) as supervisor:  # noqa: S603 - our own
        marker.write_text(f"{supervisor.pid}\n")
        yield
