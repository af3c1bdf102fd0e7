"""`retinue erase`: complete erasure of a person, an agent or an organization, for the operator, at its database.

The command carries the erasure out itself and shows the progress. When it is ended early, a worker, or the same command
again, goes on where it stopped.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString
from uuid import UUID

import typer
from psycopg import AsyncConnection

from retinue.cli.exits import FAILED, OK
from retinue.cli.owner import run_as_owner, secret_key
from retinue.core.ids import OrganizationId
from retinue.core.settings import CoreSettings, environment

_FIND: dict[str, LiteralString] = {
    "person": "SELECT id, NULL::uuid, email FROM users WHERE lower(email) = lower(%(name)s) OR id::text = %(name)s",
    "agent": "SELECT id, organization_id, name FROM agents WHERE id::text = %(name)s",
    "organization": "SELECT id, id, slug FROM organizations WHERE slug = %(name)s OR id::text = %(name)s",
}
_OPEN = "SELECT id FROM erasures WHERE target_id = %s AND phase <> 'finished'"
_PROGRESS = "SELECT phase, tables, files_deleted, error, certificate, attempts FROM erasures WHERE id = %s"
_MISSING = {
    "person": "No account has this address",
    "agent": "No agent has this id",
    "organization": "No organization has this slug",
}
_LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class _Target:
    id: UUID
    organization_id: OrganizationId | None
    name: str


def erase(kind: str, name: str, *, is_confirmed: bool, output: Path | None) -> int:
    """Erase what a name means, after asking for it again; print the certificate, and write it to a file if one is named."""
    return run_as_owner(lambda url, core: _erase(url, core, kind, name, is_confirmed=is_confirmed, output=output))


async def _erase(url: str, core: CoreSettings, kind: str, name: str, *, is_confirmed: bool, output: Path | None) -> int:
    async with await AsyncConnection.connect(url, connect_timeout=10, autocommit=True) as connection:
        row = await (await connection.execute(_FIND[kind], {"name": name.strip()})).fetchone()
        if row is None:
            print(f"{_MISSING[kind]}: {name}.", file=sys.stderr)
            return FAILED
        target = _Target(row[0], None if row[1] is None else OrganizationId(row[1]), str(row[2]))
        if not is_confirmed:
            typed = typer.prompt(f"This cannot be undone. Type {target.name} to erase the {kind}", err=True)
            if typed.strip() != target.name:
                print("Nothing was erased.", file=sys.stderr)
                return FAILED
        return await _carry_out(connection, url, core, kind, target, output)


async def _carry_out(  # noqa: PLR0917 - what the command line gives
    connection: AsyncConnection[Any], url: str, core: CoreSettings, kind: str, target: _Target, output: Path | None
) -> int:
    from retinue.erasures import service  # noqa: PLC0415 - loads every package's code
    from retinue.erasures.types import ErasureKind  # noqa: PLC0415 - the same
    from retinue.features import FEATURES  # noqa: PLC0415 - the same
    from retinue.process import Process  # noqa: PLC0415 - the same

    # What it seals, such as the names to search for at the end, is opened by the process that goes on with it.
    process = Process({**environment(), "DATABASE_URL": url, "RETINUE_SECRET_KEY": secret_key(core)})
    await process.start(is_serving=False)
    try:
        row = await (await connection.execute(_OPEN, (target.id,))).fetchone()
        if row is None:
            erasure_id = await service.request_as_operator(
                process.database, ErasureKind(kind), target.id, target.organization_id
            )
        else:
            erasure_id = row[0]
            print("It was begun before; this goes on with it.", file=sys.stderr)
        wanted = {"erasures.work", "deletions.erase"}
        jobs = [each.run for feature in FEATURES for each in feature.periodic if each.name in wanted]
        while True:
            rounds = [asyncio.ensure_future(job(process.database)) for job in jobs]
            told = await _watch(connection, erasure_id, rounds)
            if told is None:
                print("The deletion was cancelled; nothing was erased.", file=sys.stderr)
                return FAILED
            if told["error"] is not None:
                print("It failed. Repair the cause and repeat the command, or let a worker try again.", file=sys.stderr)
                return FAILED
            if told["certificate"] is not None:
                return _show(told["certificate"], output)
            await asyncio.sleep(_LOOK_SECONDS)
    finally:
        await process.stop()


async def _watch(
    connection: AsyncConnection[Any], erasure_id: UUID, rounds: Sequence["asyncio.Future[None]"]
) -> dict[str, Any] | None:
    """Print the progress until the rounds are over; return the record."""
    last = ""
    while True:
        _, running = await asyncio.wait(rounds, timeout=_LOOK_SECONDS)
        row = await (await connection.execute(_PROGRESS, (erasure_id,))).fetchone()
        if row is None:
            return None
        phase, tables, files, error, certificate, _attempts = row
        rows = sum(each.get("deleted", 0) for each in tables.values())
        line = f"{phase}: {rows:,} rows, {files:,} files" + (f". {error}" if error else "")
        if line != last:
            print(line, file=sys.stderr, flush=True)
            last = line
        if not running:
            for each in rounds:
                each.result()
            return {"certificate": certificate, "error": error}


def _show(certificate: dict[str, Any], output: Path | None) -> int:
    """Print a certificate so that a person can read it."""
    if output is not None:
        output.write_text(json.dumps(certificate, indent=1) + "\n", encoding="utf-8")
    print(f"Erasure {certificate['id']} of the {certificate['kind']} {certificate['target_id']}")
    print(f"Requested {certificate['requested_at']}, attempts: {certificate['attempts']}")
    print("\nDeleted:")
    for table in certificate["tables"]:
        more = f", {table['anonymized']:,} made anonymous" if table["anonymized"] else ""
        print(f"  {table['table']}: {table['deleted']:,} rows{more}")
    for bucket in certificate["buckets"]:
        print(f"  {bucket['bucket']}: {bucket['deleted']:,}")
    print(f"\nSearched {certificate['searched_tables']} tables. Still named in:")
    for kept in certificate["kept"]:
        what = "by name" if kept["names"] else "by id"
        print(f"  {kept['table']}: {kept['rows']:,} rows, {what}. {kept['reason']}")
    if not certificate["kept"]:
        print("  none")
    print()
    for remark in certificate["remarks"]:
        print(f"- {remark}")
    return OK
