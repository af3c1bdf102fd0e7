"""Comparing what was restored with what the backup says, and the sealed values with the secret key."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256

from psycopg.errors import UndefinedFunction

from retinue.backups import repository
from retinue.backups.files import read_files
from retinue.backups.making import connect, server_version
from retinue.backups.restoring import Backup
from retinue.backups.types import FILES, Manifest, Progress
from retinue.core.secrets import SecretBox, SecretUnreadableError

Stored = Mapping[str, tuple[int, str]]
"""Storage key → size in bytes, SHA-256."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What was compared, and a sentence for each thing that differs."""

    tables: int
    rows: int
    files: int
    differences: tuple[str, ...]


async def compare(url: str, manifest: Manifest, stored: Stored) -> Compared:
    """Compare a restored database, before it is migrated, and the files with the manifest and the rows.

    The hashes of rows are compared when the server has the same major version; another may write values in another form.
    """
    async with await connect(url) as connection, connection.transaction():
        is_same = int(server_version(connection).split(".")[0]) == manifest.server_major
        restored = {table.name: table for table in await repository.measure_tables(connection)}
        files = await repository.list_files(connection)
    differences: list[str] = []
    for table in manifest.tables:
        found = restored.get(table.name)
        if found is None:
            differences.append(f"The table {table.name} is missing.")
        elif found.rows != table.rows:
            differences.append(f"The table {table.name} has {found.rows} rows instead of {table.rows}.")
        elif is_same and found.digest != table.digest:
            differences.append(f"The table {table.name} has other values than the backup's database had.")
    known = {*manifest.files.missing, *manifest.files.damaged}
    differences += [
        _differs(key, files[key], stored.get(key)) for key in files if key not in known and stored.get(key) != files[key]
    ]
    return Compared(len(restored), sum(table.rows for table in restored.values()), len(stored), tuple(differences))


def _differs(key: str, wanted: tuple[int, str], found: tuple[int, str] | None) -> str:
    if found is None:
        return f"The file {key} is missing."
    return f"The file {key} has other content: {found[0]} bytes instead of {wanted[0]}, or another SHA-256."


def read_stored(backup: Backup, progress: Progress) -> dict[str, tuple[int, str]]:
    """Read every file of a backup without storing it."""
    found: dict[str, tuple[int, str]] = {}
    for entry in read_files(backup.part(FILES)):
        digest = sha256()
        for content in entry.content:
            digest.update(content)
        found[entry.key] = (entry.size_bytes, digest.hexdigest())
        progress(f"Files: {len(found)} of {backup.manifest.files.count}")
    return found


_SEALED = "SELECT key_check, sample FROM tenant.sealed_values()"
_FORGET = "UPDATE installation SET key_check = NULL"


async def fits(url: str, keys: tuple[str, ...]) -> bool:
    """Whether these secret keys open what is sealed in a database; true when nothing is."""
    async with await connect(url) as connection:
        try:
            row = await (await connection.execute(_SEALED)).fetchone()
        except UndefinedFunction:
            return True
    box = SecretBox(keys)
    for sealed in row or ():
        if sealed is not None:
            with suppress(SecretUnreadableError):
                box.open(sealed)
                return True
            return False
    return True


async def forget_sealed(url: str) -> None:
    """Remove every sealed value from a scratch database, so that a process without the secret key starts on it."""
    async with await connect(url) as connection, connection.transaction():
        columns = await (
            await connection.execute("SELECT table_name::text, column_name::text FROM tenant.sealed_columns()")
        ).fetchall()
        await connection.execute(_FORGET)
        for table, column in columns:
            await repository.clear_column(connection, table, column)
