"""PostgreSQL's client programs: which of them fit a server, and how they are run as streams.

Passwords go through the environment, never the command line, which other users of the machine can read.
"""

import asyncio
import contextlib
import os
import re
import signal
import subprocess
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from retinue.backups.errors import ProgramsError
from retinue.core.processes import tie_to_this_process

READ_BYTES = 1024 * 1024
_NEEDED = ("pg_dump", "pg_restore", "psql")
_ASK_SECONDS = 30
_SAID = 4000
_INHERITED = ("PATH", "HOME")


@dataclass(frozen=True, slots=True)
class Programs:
    """A folder with pg_dump, pg_restore and psql, and their version."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        """The major version."""
        return int(self.version.split(".")[0])

    def path(self, name: str) -> str:
        """Return the full path of one program."""
        return str(self.folder / name)


def choose_programs(folders: Sequence[Path], url: str, server: str) -> Programs:
    """Return the first programs that are not older than the server and can connect to it.

    Raises ``ProgramsError``, which names the version of each pg_dump that was found and why it was not used.
    """
    refused: list[str] = []
    for folder in dict.fromkeys(folders):
        if not all((folder / name).is_file() for name in _NEEDED):
            continue
        version = _version_of(folder)
        if version is None:
            refused.append(f"{folder / 'pg_dump'} does not run on this system")
            continue
        programs = Programs(folder, version)
        if programs.major < int(server.partition(".")[0]):
            refused.append(f"pg_dump {version} in {folder} is older than the server")
            continue
        problem = _why_not(programs, url)
        if problem is None:
            return programs
        refused.append(f"the programs of version {version} in {folder} cannot connect: {problem}")
    found = "; ".join(refused) or "no folder with pg_dump, pg_restore and psql was found"
    raise ProgramsError(f"The server is PostgreSQL {server}, and {found}.")


def _version_of(folder: Path) -> str | None:
    try:
        said = subprocess.run(  # noqa: S603 - a program of a folder that the operator or the package names
            [folder / "pg_dump", "--version"], capture_output=True, text=True, check=False, timeout=_ASK_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"\) (\d+(?:\.\d+)*)", said.stdout)
    return found[1] if found and said.returncode == 0 else None


def _why_not(programs: Programs, url: str) -> str | None:
    """Try to connect; the programs of the wheel are built without TLS, for example."""
    arguments, environ = connection_of(url)
    try:
        said = subprocess.run(  # noqa: S603 - as above
            [programs.path("psql"), "-X", "-q", "-c", "SELECT 1", *arguments],
            env=environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=_ASK_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"there is no answer within {_ASK_SECONDS} s"
    return None if said.returncode == 0 else said.stderr.strip().replace("\n", " ").rstrip(".")


def connection_of(url: str) -> tuple[list[str], dict[str, str]]:
    """Return the arguments and the environment with which a program connects to a database, as the platform."""
    values = {name: str(value) for name, value in conninfo_to_dict(url).items() if value is not None}
    values["options"] = f"{values.get('options', '')} -c app.is_system=on".strip()
    password = values.pop("password", None)
    # What libpq reads, as the driver does in this process: certificates, a file of passwords.
    inherited = {name: value for name, value in os.environ.items() if name.startswith("PG") or name in _INHERITED}
    secret = {} if password is None else {"PGPASSWORD": password}
    return ["--dbname", make_conninfo(**values)], inherited | secret | {"LC_ALL": "C"}


class Program:
    """A running program: what it writes is read, what it reads is written, what it says is kept."""

    def __init__(self, process: asyncio.subprocess.Process, name: str) -> None:
        """Take the process."""
        self.name = name
        self._process = process
        self._said = bytearray()
        self._listener = asyncio.create_task(self._listen())

    async def output(self) -> AsyncIterator[bytes]:
        """Return what it writes, in chunks, to the end."""
        stream = self._process.stdout
        while stream is not None and (content := await stream.read(READ_BYTES)):
            yield content

    async def feed(self, content: bytes) -> bool:
        """Give it content, as fast as it takes it; False when it takes no more."""
        stream = self._process.stdin
        if stream is None:
            return False
        try:
            stream.write(content)
            await stream.drain()
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    async def end(self) -> str | None:
        """Close its input and wait; return what it said when it failed, None when it succeeded."""
        stream = self._process.stdin
        if stream is not None:
            stream.close()
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                await stream.wait_closed()
        code = await self._process.wait()
        await self._listener
        if code == 0:
            return None
        said = self._said.decode(errors="replace").strip()
        return f"{self.name} ended with exit code {code}: {said or 'it said nothing'}"

    async def kill(self) -> None:
        """End it at once; a transaction that it began is rolled back by the server."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        await self._listener

    async def _listen(self) -> None:
        stream = self._process.stderr
        while stream is not None and (content := await stream.read(READ_BYTES)):
            self._said += content
            del self._said[:-_SAID]


@asynccontextmanager
async def started(programs: Programs, name: str, *arguments: str, url: str | None = None) -> AsyncGenerator[Program]:
    """Start a program, connected to a database when a URL is given; it is ended at once when the body fails.

    Only from the main thread: the program ends when the thread does that started it.
    """
    connection, environ = connection_of(url) if url else ([], {"PATH": os.defpath, "LC_ALL": "C"})
    process = await asyncio.create_subprocess_exec(
        programs.path(name),
        *arguments,
        *connection,
        env=environ,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=4 * READ_BYTES,
        preexec_fn=tie_to_this_process(signal.SIGKILL),
    )
    program = Program(process, name)
    try:
        yield program
    finally:
        if process.returncode is None:
            await program.kill()
