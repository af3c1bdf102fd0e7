"""The data folder: everything that one Retinue keeps on this machine, and the marker that says which version wrote it.

The folder belongs to the user who starts Retinue. Its secrets are files that only they can read; the database is in a folder
below it, or, when its account may not come there, at a place that `postgres.location` names.
"""

import contextlib
import errno
import fcntl
import json
import os
import re
import tempfile
from base64 import urlsafe_b64encode
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import retinue
from retinue.embedded.errors import StartError
from retinue.llm.local.types import EXPECTED_FILE

MARKER = "retinue.json"
RESTORE_MARKER = "restore.incomplete"
"""Is in the data folder from the beginning of a restore to its end."""


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Where one Retinue keeps its state on this machine; made by `open_folder`."""

    path: Path

    def secret(self, name: str) -> str:
        """Return the secret kept in this file of the folder: 32 random bytes in URL-safe base64, made at the first call.

        Raises StartError when it can neither be read nor written.
        """
        file = self.path / name
        with explained(file):
            with contextlib.suppress(FileExistsError):
                made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                try:
                    with os.fdopen(made, "w") as writer:
                        writer.write(urlsafe_b64encode(os.urandom(32)).decode() + "\n")
                except OSError:
                    file.unlink(missing_ok=True)  # an empty secret would be taken for one at the next start
                    raise
            return file.read_text().strip()

    def log_file(self, name: str) -> Path:
        """Return the file that a program of this Retinue writes its log to; its folder is made when it is missing."""
        logs = self.path / "logs"
        with explained(logs):
            logs.mkdir(mode=0o700, exist_ok=True)
        return logs / f"{name}.log"

    def expect_model(self, *, is_expected: bool) -> None:
        """Tell the workers, from before they start, that this process will fetch a local model, or that it will not."""
        file = self.path / "models" / EXPECTED_FILE
        if not is_expected:
            with contextlib.suppress(OSError):  # it counts only as long as this process lives
                file.unlink()
            return
        with explained(file):
            file.parent.mkdir(mode=0o700, exist_ok=True)
            file.write_text(f"{os.getpid()}\n")

    def mark(self, **facts: str) -> None:
        """Write down the version of this program, and facts such as the schema's revision, as what the folder now holds."""
        known = dict(self.marked()) | facts | {"version": retinue.__version__}
        file = self.path / MARKER
        partial = file.with_suffix(".partial")
        with explained(file):
            partial.write_text(json.dumps(known, indent=2) + "\n")
            partial.replace(file)

    def marked(self) -> Mapping[str, str]:
        """Read what the last version that used the folder wrote down; empty in a new folder.

        Raises StartError when the marker is not readable as one.
        """
        file = self.path / MARKER
        if not file.exists():
            return {}
        with explained(file):
            text = file.read_text()
        try:
            known = json.loads(text)
            return {str(name): str(value) for name, value in known.items()}
        except (ValueError, AttributeError):
            raise StartError(
                f"{file} is damaged: it does not hold what Retinue wrote into it.",
                f'Put back the file from a backup, or write {{"version": "{retinue.__version__}"}} into it '
                "if you know that no newer Retinue has used this folder.",
            ) from None

    def refuse_newer(self) -> None:
        """Raise StartError when a newer Retinue than this has used the folder: its data would not be understood."""
        theirs = self.marked().get("version")
        if theirs is not None and _release(theirs) > _release(retinue.__version__):
            raise StartError(
                f"The data folder {self.path} was last used by Retinue {theirs}, and this is the older "
                f"{retinue.__version__}. Nothing was changed.",
                f"Start Retinue {theirs} or a later one, or set RETINUE_DATA_DIR to another folder.",
            )

    def refuse_half_restored(self) -> None:
        """Raise StartError when a restore into this folder did not end: what is there is not complete."""
        if (self.path / RESTORE_MARKER).exists():
            raise StartError(
                f"A restore into {self.path} did not finish, so the data in it is not complete.",
                "Run 'retinue restore' again: it starts over. Or delete the folder.",
            )

    @contextlib.contextmanager
    def locked(self, name: str, holder: str = "") -> Generator[None]:
        """Hold this lock of the folder; it ends with this process however that ends.

        Raises AlreadyHeldError, with what the other process said of itself as `holder`, when another one has it.
        """
        with explained(self.path / name):
            file = (self.path / name).open("a+")
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AlreadyHeldError(_content(file)) from None
            _rewrite(file, holder)
            try:
                yield
            finally:
                _rewrite(file, "")


class AlreadyHeldError(Exception):
    """Another live process holds this lock of the data folder."""

    def __init__(self, holder: str) -> None:
        """Keep what the holder wrote of itself; empty when it wrote nothing."""
        super().__init__(holder)
        self.holder = holder


VARIABLES = {
    "XDG_DATA_HOME": ("", "Folder of the data folder `retinue`, outside of a checkout. Empty: .local/share of your home.")
}
"""What finding the data folder reads beside RETINUE_DATA_DIR, with its default and meaning."""


def default_path(environment: Mapping[str, str]) -> Path:
    """Where the data folder is: RETINUE_DATA_DIR, else `.retinue` in the checkout, else the user's data folder."""
    chosen = environment.get("RETINUE_DATA_DIR")
    if chosen:
        return Path(chosen).expanduser().absolute()
    checkout = Path(retinue.__file__).resolve().parents[2]
    if (checkout / "pyproject.toml").is_file() and (checkout / "src" / "retinue").is_dir():
        return checkout / ".retinue"
    shared = environment.get("XDG_DATA_HOME")
    return (Path(shared) if shared else Path("~/.local/share").expanduser()) / "retinue"


def open_folder(path: Path) -> DataFolder:
    """Open the data folder at this place; it is made when it is missing.

    Root's folder lets others pass through it (never list it), since the database below belongs to a powerless account.

    Raises StartError when the folder cannot be made or written, or a newer Retinue has used it.
    """
    mode = 0o711 if os.geteuid() == 0 else 0o700
    with explained(path):
        path.mkdir(parents=True, exist_ok=True)
        if path.stat().st_uid == os.geteuid() and path.stat().st_mode & 0o777 != mode:
            path.chmod(mode)
        tempfile.TemporaryFile(dir=path).close()  # the one true test of the right to write
    folder = DataFolder(path.resolve())
    folder.refuse_newer()
    return folder


@contextlib.contextmanager
def explained(path: Path) -> Generator[None]:
    """Turn the failures of a file system into sentences that say what to do."""
    try:
        yield
    except PermissionError as error:
        raise StartError(
            f"{error.filename or path} may not be read or written by this user.",
            "Give this user the right to it, or set RETINUE_DATA_DIR to a folder that it may write.",
        ) from error
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise full_disk(path) from error
        if error.errno == errno.EROFS:
            raise StartError(
                f"{path} is on a file system that is mounted read-only.",
                "Set RETINUE_DATA_DIR to a folder that can be written.",
            ) from error
        raise StartError(f"{path} cannot be used: {error.strerror}.", "Set RETINUE_DATA_DIR to another folder.") from error


def full_disk(path: Path) -> StartError:
    """Give the sentence for a file system with no room left."""
    return StartError(
        f"The disk that holds {path} is full. What Retinue has stored is not damaged.",
        "Free some space (300 MB at least), or set RETINUE_DATA_DIR to a folder on another disk, and start again.",
    )


def _release(version: str) -> tuple[int, ...]:
    """Return the numbers of a version before any suffix: 0.2.0rc1 is (0, 2, 0)."""
    found = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in found.group().split(".")) if found else ()


def _content(file: IO[str]) -> str:
    file.seek(0)
    return file.read().strip()


def _rewrite(file: IO[str], text: str) -> None:
    with contextlib.suppress(OSError):  # what is written here only helps a later message
        os.ftruncate(file.fileno(), 0)
        os.write(file.fileno(), text.encode())  # nothing stays in a buffer, which closing would write again
