"""The reference servers of the MCP project that are written in Python, for the tests: an environment of their own in .tools.

`python -m tools.mcp_python` prints the folder of their commands, or that there is none, with exit code 1; with `install` it
installs them first. They are no part of Retinue's own environment and locks: their MCP SDK is another version.
"""

import os
import subprocess
import sys

from tools.console import ROOT

PACKAGES = ("mcp-server-time==2026.10.19", "mcp-server-git==2026.10.19")
_UV = str(ROOT / ".tools" / "bin" / "uv")
_FOLDER = ROOT / ".tools" / "mcp-python-2026.10.19"
_DONE = _FOLDER / "installed"
"""Written last, so that an install that was broken off is repeated."""


def find(name: str) -> str | None:
    """Return the path of a server such as mcp-server-time; None when it is not installed."""
    return str(_FOLDER / "bin" / name) if _DONE.is_file() else None


def install() -> None:
    """Install the packages where they are missing. Raises ``OSError`` or ``subprocess.CalledProcessError``."""
    if _DONE.is_file():
        return
    _run("venv", "--quiet", "--clear", "--python", sys.executable, str(_FOLDER))
    _run("pip", "install", "--quiet", "--python", str(_FOLDER / "bin" / "python"), *PACKAGES)
    _DONE.touch()


def _run(*arguments: str) -> None:
    environ = dict(os.environ)
    if "UV_DEFAULT_INDEX" not in environ and (index := _configured()):
        environ["UV_DEFAULT_INDEX"] = index
    subprocess.run([_UV, *arguments], check=True, env=environ, stdin=subprocess.DEVNULL)


def _configured() -> str:
    """Return the index that is configured for pip: uv does not read its configuration."""
    if "PIP_INDEX_URL" in os.environ:
        return os.environ["PIP_INDEX_URL"]
    line = ["python3", "-m", "pip", "config", "get", "global.index-url"]
    asked = subprocess.run(line, capture_output=True, text=True, check=False)
    return asked.stdout.strip()


def main() -> int:
    """Print where the servers are; return 1 when there are none."""
    try:
        if sys.argv[1:] == ["install"]:
            install()
    except (OSError, subprocess.CalledProcessError) as error:
        print(error)
    found = _DONE.is_file()
    print(str(_FOLDER / "bin") if found else f"No {', '.join(PACKAGES)}: run python -m tools.mcp_python install.")
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
