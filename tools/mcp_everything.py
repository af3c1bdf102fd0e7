"""The reference server of the MCP project for the tests: the npm package server-everything, in .tools.

`python -m tools.mcp_everything` prints its command line, or why there is none, with exit code 1; with `install` it installs
the package first. Only the standard library: it may run with the Node.js of a wheel, see tools/console.py.
"""

import sys

from tools.console import ROOT, ConsoleError, node, npm

VERSION = "2026.8.31"
_PACKAGE = "@modelcontextprotocol/server-everything"
_FOLDER = ROOT / ".tools" / f"mcp-everything-{VERSION}"
_PROGRAM = _FOLDER / "node_modules" / _PACKAGE / "dist" / "index.js"
_NODE = _FOLDER / "node"
"""The path of the Node.js that installed it; written last, so that an install that was broken off is repeated."""


def find() -> list[str] | None:
    """Return the command line of the server, to which a transport is added; None when it is not installed."""
    return [_NODE.read_text(encoding="utf-8"), str(_PROGRAM)] if _NODE.is_file() and _PROGRAM.is_file() else None


def install() -> None:
    """Install the package where it is missing. Raises ``ConsoleError`` that has the output of npm."""
    if find() is None:
        _FOLDER.mkdir(parents=True, exist_ok=True)
        options = ("--prefix", ".", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline")
        npm("install", *options, f"{_PACKAGE}@{VERSION}", folder=_FOLDER)
        _NODE.write_text(node(), encoding="utf-8")


def main() -> int:
    """Print the command line of the server; return 1 when there is none."""
    try:
        if sys.argv[1:] == ["install"]:
            install()
    except ConsoleError as error:
        print(error)
    found = find()
    print(" ".join(found) if found else f"No {_PACKAGE}: run python -m tools.mcp_everything install.")
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
