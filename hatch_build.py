"""Build hook: builds the web console into the package when its sources changed since the last time.

Node.js is asked for only then, and only where the system has none: it is 200 MB that every isolated build would unpack.
RETINUE_SKIP_WEB_BUILD=1 leaves the console as it is, for work on the rest.
"""

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def _load_console() -> ModuleType:
    """Load the builder from its file: the project's folder is not on the path of an isolated build."""
    spec = importlib.util.spec_from_file_location("retinue_console", Path(__file__).parent / "tools" / "console.py")
    if spec is None or spec.loader is None:
        raise ImportError("tools/console.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


class ConsoleBuildHook(BuildHookInterface[Any]):
    """Runs before a wheel, an editable install or a source distribution is made."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Ask for Node.js when it will be used."""
        console = _load_console()
        return [console.NODE_WHEEL] if not _is_skipped() and console.is_stale() and console.needs_wheel() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - the interface's names
        """Build the console when it is stale."""
        if not _is_skipped():
            _load_console().build()


def _is_skipped() -> bool:
    return os.environ.get("RETINUE_SKIP_WEB_BUILD") == "1"
