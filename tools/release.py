"""Makes a release and tries it as a person would who has Python and nothing else.

    python -m tools.release [FOLDER]     FOLDER is dist unless named

Writes the wheel, the source distribution, a software bill of materials (CycloneDX) and the checksums of all three. Then the
wheel is installed into an empty environment, with the locked versions, and ``retinue up`` is started from it in an empty
folder: the console and the version must be served. The source distribution must install too.
"""

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from retinue import __version__
from tools.docs import components

UV = Path(".tools/bin/uv").absolute()
_SUMS = "SHA256SUMS"
_READY_SECONDS = 180.0
_STOP_SECONDS = 60.0


def make(folder: Path) -> tuple[Path, Path]:
    """Build everything into a folder; return the wheel and the source distribution. Raises what a build raises."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([UV, "build", "--quiet", "--out-dir", folder], check=True)
    (wheel,) = folder.glob(f"retinue-{__version__}-*.whl")
    (source,) = folder.glob(f"retinue-{__version__}.tar.gz")
    bill = folder / f"retinue-{__version__}.cdx.json"
    bill.write_text(components.bill_of_materials(__version__), encoding="utf-8")
    lines = [f"{hashlib.sha256(each.read_bytes()).hexdigest()}  {each.name}\n" for each in (bill, source, wheel)]
    (folder / _SUMS).write_text("".join(lines), encoding="ascii")
    return wheel, source


def install(package: Path, environment: Path) -> Path:
    """Install a package into an empty environment, with the locked versions; return its ``retinue``."""
    subprocess.run([UV, "venv", "--quiet", "--python", sys.executable, environment], check=True)
    python = environment / "bin" / "python"
    line = [UV, "pip", "install", "--quiet", "--python", python, "--constraint", "requirements.lock", package]
    subprocess.run(line, check=True)
    return environment / "bin" / "retinue"


def try_out(retinue: Path, home: Path) -> str:
    """Start ``retinue up`` in an empty folder; return the version it serves.

    Raises ``AssertionError`` for what is missing.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RETINUE_", "DATABASE_", "PYTHON"))}
    environ = kept | {"RETINUE_DATA_DIR": str(home / "data"), "RETINUE_PORT": str(port), "RETINUE_LOCAL_MODEL": "off"}
    log = home / "log"
    with log.open("wb") as writer:
        process = subprocess.Popen([retinue, "up"], cwd=home, env=environ, stdout=writer, stderr=writer)
        try:
            end = time.monotonic() + _READY_SECONDS
            while "is ready" not in log.read_text() and process.poll() is None and time.monotonic() < end:
                time.sleep(0.05)
            assert "is ready" in log.read_text(), log.read_text()
            page = urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30).read().decode()
            assert '<div id="root">' in page, page
            served = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/openapi.json", timeout=30))
        finally:
            process.send_signal(signal.SIGINT)
            code = process.wait(_STOP_SECONDS)
    assert code == 0, log.read_text()
    return str(served["info"]["version"])


def main() -> None:
    """Make a release, try it and print what was made."""
    folder = Path(sys.argv[1] if sys.argv[1:] else "dist")
    wheel, source = make(folder)
    with tempfile.TemporaryDirectory(prefix="retinue-release-") as name:
        home = Path(name)
        home.chmod(0o755)
        assert try_out(install(wheel, home / "wheel"), home) == __version__
        version = subprocess.run([install(source, home / "source"), "--version"], check=True, capture_output=True, text=True)
        assert __version__ in version.stdout, version.stdout
    print((folder / _SUMS).read_text(), end="")


if __name__ == "__main__":
    main()
