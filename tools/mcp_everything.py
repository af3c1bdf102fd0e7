"""The reference server of the MCP project for the tests: the npm package server-everything, in .tools.

`python -m tools.mcp_everything` prints where it is, or why there is none, with exit code 1; with `install` it installs it
first.
"""

import os
import shutil
import subprocess
import sys

from tools.console import ROOT

VERSION = "2026.8.31"
_PACKAGE = "@modelcontextprotocol/server-everything"
_FOLDER = ROOT / ".tools" / "mcp-everything"
_PROGRAM = _FOLDER / "node_modules" / _PACKAGE / "dist" / "index.js"


def find() -> list[str] | None:
    """Return the command line of the server, to which a transport is added; None without one."""
    node = shutil.which("node")
    return [node, str(_PROGRAM)] if node is not None and _PROGRAM.is_file() else None


def install() -> list[str] | None:
    """Install the package with npm where it is missing; return its command line, if it came."""
    npm = shutil.which("npm")
    if find() is None and npm is not None:
        _FOLDER.mkdir(parents=True, exist_ok=True)
        environ = dict(os.environ)
        if "SSL_CERT_FILE" in environ:  # npm has its own list of authorities, and ignores the system's
            environ.setdefault("NODE_EXTRA_CA_CERTS", environ["SSL_CERT_FILE"])
        command = [
            npm,
            "install",
            "--prefix",
            str(_FOLDER),
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            f"{_PACKAGE}@{VERSION}",
        ]
        subprocess.run(command, env=environ, capture_output=True, check=False, timeout=300)
    return find()


def main() -> int:
    """Print where the server is; return 1 when there is none."""
    found = install() if sys.argv[1:] == ["install"] else find()
    print(" ".join(found) if found else f"No {_PACKAGE}: it needs Node.js with npm, and the package from a registry.")
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
