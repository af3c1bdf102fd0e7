"""`retinue models`: the local models, for a person at a prompt and for the first start in the background."""

import os
import sys
import time
from pathlib import Path

from retinue.cli.exits import FAILED, OK, fail
from retinue.core.errors import Error
from retinue.core.settings import environment
from retinue.embedded.errors import StartError
from retinue.embedded.folder import default_path, open_folder
from retinue.llm.local import service
from retinue.llm.local.types import LocalModel

MEGABYTE = 1_000_000
BACKGROUND_NICENESS = 10
QUIET_REPORT_SECONDS = 10.0


def print_catalogue(data_dir: Path | None) -> int:
    """Print each model with its state, size, licence and, where there is one, its warning."""
    folder = data_dir or default_path(environment())
    installed = service.list_installed(folder)
    chosen = service.get_chosen(folder).name if installed else ""
    for model in service.list_models():
        state = "in use" if model.name == chosen else "installed" if model in installed else "not installed"
        tools = "chat and tools" if model.can_use_tools else "chat only"
        print(f"{model.name:<20} {state:<14} {model.size_bytes // MEGABYTE:>4} MB   {tools:<15} {model.licence}")
        print(f"{'':<20} {model.title}; takes {model.memory_bytes // MEGABYTE} MB of memory. For demonstrations.")
        if model.warning:
            print(f"{'':<20} Note: {model.warning}")
    return OK


def install(name: str, data_dir: Path | None) -> int:
    """Install a model with its progress on one line; return the exit code."""
    try:
        folder = open_folder(data_dir or default_path(environment())).path
        model = service.get_model(name)
        if model.warning and not service.is_complete(folder, model):
            print(f"Note: {model.warning}")
        fetched = service.install(folder, name, _bar, environment())
    except Error as error:
        return fail(error, FAILED)
    except StartError as error:
        print(error, file=sys.stderr)
        return FAILED
    print(f"{name} installed." if fetched else f"{name} is already installed.")
    return OK


def remove(name: str, data_dir: Path | None) -> int:
    """Remove an installed model; return the exit code."""
    try:
        service.remove(data_dir or default_path(environment()), name)
    except Error as error:
        return fail(error, FAILED)
    print(f"{name} removed.")
    return OK


def install_quietly(name: str) -> int:
    """Install a model on the first start, out of everyone's way; a failure is one sentence and no more."""
    folder = default_path(environment())
    try:
        model = service.get_model(name)
        if service.was_removed(folder) or model in service.list_installed(folder):
            return OK
        os.nice(BACKGROUND_NICENESS)
        print(f"The small local model {model.title} is fetched in the background ({_megabytes(model)} MB).")
        service.install(folder, name, _Steps(), environment())
    except Error as error:
        return fail(error, FAILED)
    print(f"The local model {model.name} is installed: agents can run on it now.")
    return OK


class _Steps:
    """Reports now and then, on a line of its own, as a log wants it."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, what: str, done: int, total: int) -> None:
        """Report, at most every ten seconds."""
        if total and time.monotonic() - self._last > QUIET_REPORT_SECONDS:
            self._last = time.monotonic()
            print(f"{what}: {done // MEGABYTE} of {total // MEGABYTE} MB")


def _bar(what: str, done: int, total: int) -> None:
    if not sys.stdout.isatty():
        if done == total:
            print(f"{what}: {'fetched' if total else 'fetching'}")
        return
    filled = 30 * done // total if total else 0
    print(f"\r{what:<24} [{'#' * filled:<30}] {done // MEGABYTE:>4} of {total // MEGABYTE:>4} MB ", end="", flush=True)
    if total and done >= total:
        print()


def _megabytes(model: LocalModel) -> int:
    return model.size_bytes // MEGABYTE
