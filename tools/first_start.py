"""Measure a first start: from a clean clone to a signed-in owner whose agent has completed a run on the local model.

Clones this checkout into a temporary folder, runs ``make up`` there as anyone would, claims the installation at the printed
link, waits for the local model and runs the starter agent that chats. Prints each moment in seconds from the command.

    python3 tools/first_start.py           with the caches of this machine
    python3 tools/first_start.py --cold    with empty caches of pip, uv and npm
"""

import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

_LINK = re.compile(r"(https?://\S+)/claim\?token=([\w.~-]+)")
_PORT = "8691"


class Watch:
    """Tells moments since the command was given."""

    def __init__(self) -> None:
        """Begin now."""
        self.began = time.monotonic()

    def tell(self, what: str) -> None:
        """Print a moment."""
        print(f"{time.monotonic() - self.began:8.1f} s  {what}", flush=True)


class Client:
    """The least HTTP client: cookies, the request token, JSON."""

    def __init__(self, address: str) -> None:
        """Talk to one installation."""
        self.address = address
        self.csrf = ""
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Call the API and return its JSON."""
        headers = {"Content-Type": "application/json", "Origin": self.address, "X-CSRF-Token": self.csrf}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.address}/api/v1{path}", data, headers, method=method)
        with self.opener.open(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")


def find_link(process: subprocess.Popen[str], log: Path) -> tuple[str, str]:
    """Read what the process says until it gives the claim link; keep all of it in a log."""
    assert process.stdout is not None
    with log.open("w", encoding="utf-8") as kept:
        for line in process.stdout:
            kept.write(line)
            found = _LINK.search(line)
            if found:
                threading.Thread(target=lambda: keep_reading(process, log), daemon=True).start()
                return found[1], found[2]
    raise SystemExit(f"'make up' ended early:\n{log.read_text(encoding='utf-8')[-3000:]}")


def keep_reading(process: subprocess.Popen[str], log: Path) -> None:
    """Keep reading what the process says, so that it never blocks."""
    assert process.stdout is not None
    with log.open("a", encoding="utf-8") as kept:
        for line in process.stdout:
            kept.write(line)


def until_ready(address: str) -> None:
    """Wait until everything answers."""
    for _ in range(1200):
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise SystemExit("not ready")


def _use(address: str, token: str, watch: Watch) -> None:
    client = Client(address)
    body = {
        "token": token,
        "email": "olga@acme.example",
        "full_name": "Olga",
        "password": secrets.token_urlsafe(16),
        "organization_name": "Acme",
    }
    client.csrf = client.call("POST", "/auth/claim", body)["csrf_token"]
    watch.tell("signed in as the first owner")
    while not client.call("GET", "/instance")["local_model"]["installed"]:
        time.sleep(0.2)
    watch.tell("the local model is installed")
    agents = client.call("GET", "/agents")["items"]
    assert len(agents) >= 3, agents
    chat = next(each for each in agents if not each["config"]["tools"])
    run = client.call("POST", "/runs", {"type": "agent", "target_id": chat["id"], "input": {"prompt": "Say hello to Olga."}})
    while run["status"] in {"pending", "running"}:
        time.sleep(0.1)
        run = client.call("GET", f"/runs/{run['id']}")
    watch.tell(f"first run {run['status']}: {json.dumps(run['output'])[:100]}")
    assert run["status"] == "completed", run


def main() -> None:
    """Do it and tell."""
    source = Path(__file__).resolve().parent.parent
    folder = Path(tempfile.mkdtemp(prefix="retinue-first-start-"))
    folder.chmod(0o755)
    clone = folder / "retinue"
    subprocess.run(["git", "clone", "--quiet", str(source), str(clone)], check=True)
    environ = {**os.environ, "RETINUE_PORT": _PORT, "PYTHONUNBUFFERED": "1"}
    if "--cold" in sys.argv:
        caches = {"PIP_CACHE_DIR": "pip", "UV_CACHE_DIR": "uv", "npm_config_cache": "npm"}
        environ |= {name: str(folder / "cache" / value) for name, value in caches.items()}
    watch = Watch()
    process = subprocess.Popen(
        ["make", "up"],
        cwd=clone,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        address, token = find_link(process, folder / "up.log")
        until_ready(address)
        watch.tell("ready: API, worker and console answer")
        _use(address, token, watch)
        again = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)
        process.wait(60)
        print(f"{time.monotonic() - again:8.1f} s  to end it with Ctrl-C")
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
