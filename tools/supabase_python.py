"""The Python clients of Supabase for the tests, in an environment of their own: they need an older websockets than Retinue.

`python -m tools.supabase_python` prints the Python of that environment, or that there is none, with exit code 1; with
`install` it sets it up first, from a lock with hashes.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "tests" / "realtime" / "python_client" / "requirements.lock"


def _folder() -> Path:
    digest = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    return ROOT / ".tools" / f"supabase-python-{digest[:12]}"


def find() -> Path | None:
    """Return the Python of the environment; None when it is not set up."""
    folder = _folder()
    return folder / "bin" / "python" if (folder / "ready").is_file() else None


def install() -> Path:
    """Set the environment up where it is missing; return its Python. Raises ``subprocess.CalledProcessError``."""
    found = find()
    if found is not None:
        return found
    folder = _folder()
    line = [ROOT / "tools" / "environment.sh", LOCK, folder / "ready"]
    environ = {"UV_SYSTEM_CERTS": "1", "UV_PYTHON_DOWNLOADS": "never", **os.environ, "ENVIRONMENT": str(folder)}
    subprocess.run(line, env=environ, check=True)
    return folder / "bin" / "python"


def main() -> int:
    """Print the Python of the environment; return 1 when there is none."""
    try:
        found = install() if sys.argv[1:] == ["install"] else find()
    except subprocess.CalledProcessError:
        found = None
    print(found or "No environment for the Python clients of Supabase: run python -m tools.supabase_python install.")
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
