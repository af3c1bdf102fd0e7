"""Programs that tests and benchmarks need beside Retinue, each in an environment of its own, from a lock with hashes.

`python -m tools.environments` prints the Python of each, or that there is none, with exit code 1; with `install` it sets up
first what is missing. They are the Python clients of Supabase, which need an older websockets, Arize Phoenix, and reference
servers of the MCP project. Agno's AgentOS is set up only by the benchmark that is asked to compare with it.
"""

import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment in ``.tools``, by its name, and the lock that it is made from."""

    name: str
    lock: str

    def find(self) -> Path | None:
        """Return its Python; None when it is not set up."""
        folder = self._folder()
        return folder / "bin" / "python" if (folder / "ready").is_file() else None

    def install(self) -> None:
        """Set it up where it is missing. Raises ``subprocess.CalledProcessError``."""
        if self.find() is None:
            folder = self._folder()
            line = [ROOT / "tools" / "environment.sh", ROOT / self.lock, folder / "ready"]
            defaults = {"UV_SYSTEM_CERTS": "1", "UV_PYTHON_DOWNLOADS": "never"}
            subprocess.run(line, env=defaults | os.environ | {"ENVIRONMENT": str(folder)}, check=True)

    def _folder(self) -> Path:
        digest = hashlib.sha256((ROOT / self.lock).read_bytes()).hexdigest()
        return ROOT / ".tools" / f"{self.name}-{digest[:12]}"


SUPABASE = Environment("supabase-python", "tests/realtime/python_client/requirements.lock")
PHOENIX = Environment("phoenix", "tests/integrations/tracing/phoenix/requirements.lock")
MCP_SERVERS = Environment("mcp-servers", "tests/tools/reference_servers/requirements.lock")
AGENT_OS = Environment("agent-os", "benchmarks/peers/requirements.lock")


def main() -> int:
    """Print the Python of each environment; return 1 when one is missing."""
    code = 0
    for each in (SUPABASE, PHOENIX, MCP_SERVERS):
        if sys.argv[1:] == ["install"]:
            try:
                each.install()
            except subprocess.CalledProcessError:
                print(f"The environment {each.name} could not be set up.", file=sys.stderr)
        found = each.find()
        print(found or f"No environment {each.name}: run python -m tools.environments install.")
        code = code if found else 1
    return code


if __name__ == "__main__":
    sys.exit(main())
