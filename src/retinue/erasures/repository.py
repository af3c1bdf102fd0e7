"""All SQL of erasures. Changes are made by functions: the serving role may only read."""

import json
import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, LiteralString

from psycopg.rows import kwargs_row
from psycopg.types.json import Jsonb
from pydantic import TypeAdapter

from retinue.core.context import Context, Tx
from retinue.core.db.database import Database
from retinue.core.db.pages import Position
from retinue.core.ids import OrganizationId
from retinue.core.json import JsonObject
from retinue.erasures.types import Claimed, ErasedTable, Erasure, ErasureKind, ErasurePhase, Terms

_HOLD = timedelta(seconds=30)
"""How long a worker that gives no sign of progress keeps an erasure: a batch takes about a second."""
_PAUSE = timedelta(seconds=2)


def _row(*, kind: str, phase: str, tables: dict[str, dict[str, int]], **columns: Any) -> Erasure:  # noqa: ANN401 - a row
    return Erasure(
        kind=ErasureKind(kind),
        phase=ErasurePhase(phase),
        rows_deleted=sum(counts.get("deleted", 0) for counts in tables.values()),
        rows_anonymized=sum(counts.get("anonymized", 0) for counts in tables.values()),
        **columns,
    )


Target = tuple[uuid.UUID, uuid.UUID | None, str]
"""What is erased: its id, its organization, the hash of its name."""
_REQUEST: LiteralString = "SELECT tenant.request_erasure(%s, %s, %s, %s, %s)"


async def request(tx: Tx, erasure_id: uuid.UUID, kind: ErasureKind, target: Target) -> bool:
    """Enter an erasure. False when there is one already."""
    cursor = await tx.execute(_REQUEST, (erasure_id, kind.value, *target))
    return await cursor.fetchone() is not None


_LIST: LiteralString = """
SELECT e.id, e.kind, e.target_id, e.of_organization_id AS organization_id, e.name_hash, e.requested_by, e.requested_at,
       e.phase, e.attempts, e.tables, e.files_deleted, e.error, e.started_at, e.finished_at
FROM erasures e
WHERE (%(only)s::uuid IS NULL OR e.id = %(only)s)
  AND (%(at)s::timestamptz IS NULL OR (e.requested_at, e.id) < (%(at)s, %(id)s::uuid))
ORDER BY e.requested_at DESC, e.id DESC LIMIT %(limit)s
"""


async def list_erasures(tx: Tx, after: Position | None, limit: int, *, only: uuid.UUID | None = None) -> list[Erasure]:
    """List the erasures that the person of the transaction may see, newest first; with ``only``, none but that one."""
    values = {"at": after and after.at, "id": after and after.id, "limit": limit, "only": only}
    async with tx.cursor(row_factory=kwargs_row(_row)) as cursor:
        return await (await cursor.execute(_LIST, values)).fetchall()


_CERTIFICATE: LiteralString = "SELECT certificate FROM erasures WHERE id = %s"


async def get_certificate(tx: Tx, erasure_id: uuid.UUID) -> JsonObject | None:
    """Return a certificate's document; None when there is none."""
    row = await (await tx.execute(_CERTIFICATE, (erasure_id,))).fetchone()
    return None if row is None else row[0]


_CLAIM: LiteralString = """
SELECT id, kind, target_id, organization_id, phase, attempts, terms_encrypted FROM tenant.claim_erasures(%s, %s)
"""


async def claim(database: Database) -> Claimed | None:
    """Claim an erasure that nobody carries out."""
    rows = await database.statement(_CLAIM, (1, _HOLD))
    if not rows:
        return None
    row = rows[0]
    place = None if row[3] is None else OrganizationId(row[3])
    return Claimed(row[0], ErasureKind(row[1]), row[2], place, ErasurePhase(row[4]), row[5], row[6])


_NOTE: LiteralString = "SELECT tenant.note_erasure(%s, %s, %s, %s, %s, %s, %s, %s)"


async def note(  # noqa: PLR0913 - each is a figure of its own
    database: Database,
    erasure_id: uuid.UUID,
    *,
    phase: ErasurePhase | None = None,
    deleted: Mapping[str, int] | None = None,
    files: int = 0,
    keys: int = 0,
    terms: bytes | None = None,
    error: str | None = None,
) -> None:
    """Record progress and renew the claim."""
    more = {table: {"deleted": rows} for table, rows in (deleted or {}).items()}
    values = (erasure_id, _HOLD, phase and phase.value, Jsonb(more), files, keys, terms, error)
    await database.statement(_NOTE, values)


_BACK: LiteralString = "SELECT tenant.put_erasure_back(%s, %s)"


async def put_back(database: Database, erasure_id: uuid.UUID) -> None:
    """Let an erasure wait for a moment."""
    await database.statement(_BACK, (erasure_id, _PAUSE))


_DROP: LiteralString = "SELECT tenant.drop_erasure(%s)"


async def drop(database: Database, erasure_id: uuid.UUID) -> None:
    """Remove an erasure whose deletion was cancelled before anything was deleted."""
    await database.statement(_DROP, (erasure_id,))


_NAMES: LiteralString = "SELECT tenant.names_of_person(%s)"


async def list_names(ctx: Context, person: uuid.UUID) -> list[str]:
    """Return what names a person: addresses and the username, in lower case."""
    return [row[0] for row in await (await ctx.tx.execute(_NAMES, (person,))).fetchall()]


_RUNS: LiteralString = "SELECT organization_id, run_id FROM tenant.list_runs_to_erase(%s, %s)"


async def list_runs(database: Database, erasure_id: uuid.UUID, most: int) -> dict[OrganizationId, list[uuid.UUID]]:
    """Return the next runs to erase, by organization."""
    found: dict[OrganizationId, list[uuid.UUID]] = {}
    for organization_id, run_id in await database.statement(_RUNS, (erasure_id, most)):
        found.setdefault(OrganizationId(organization_id), []).append(run_id)
    return found


_ERASE_RUNS: LiteralString = "SELECT tenant.erase_runs(%s, %s, %s, %s, %s)"


async def erase_runs(
    database: Database, erasure_id: uuid.UUID, organization_id: OrganizationId, run_ids: list[uuid.UUID], most: int
) -> bool:
    """Delete rows of runs, up to a number, in one transaction, and note them. False: some are left."""
    ((is_done,),) = await database.statement(_ERASE_RUNS, (erasure_id, organization_id, run_ids, most, _HOLD))
    return bool(is_done)


_AGENT_ROWS: LiteralString = "SELECT tenant.erase_agent_rows(%s, %s, %s)"
_PERSON_ROWS: LiteralString = "SELECT tenant.begin_person_rows(%s, %s)"
_ORGANIZATION_ROWS: LiteralString = "SELECT tenant.begin_organization_rows(%s, %s)"


async def erase_agent_rows(database: Database, erasure_id: uuid.UUID, most: int) -> int:
    """Delete or clear rows of an agent, up to a number; return how many. 0: nothing is left, the agent is gone."""
    ((count,),) = await database.statement(_AGENT_ROWS, (erasure_id, most, _HOLD))
    return int(count)


async def begin_person_rows(database: Database, erasure_id: uuid.UUID) -> None:
    """Count what goes with an account, and go on to the next phase."""
    await database.statement(_PERSON_ROWS, (erasure_id, _HOLD))


async def begin_organization_rows(database: Database, erasure_id: uuid.UUID) -> None:
    """Count what goes with an organization, and go on to the next phase."""
    await database.statement(_ORGANIZATION_ROWS, (erasure_id, _HOLD))


_SEARCHED: LiteralString = "SELECT tenant.list_searched_tables()"
_MENTIONS: LiteralString = "SELECT tenant.count_mentions(%s, %s)"


async def list_searched(database: Database) -> list[str]:
    """Name every table of the database."""
    return [row[0] for row in await database.statement(_SEARCHED, ())]


async def count_mentions(ctx: Context, table: str, terms: list[str]) -> int:
    """Count the rows of a table in which any of some texts stands."""
    row = await (await ctx.tx.execute(_MENTIONS, (table, terms))).fetchone()
    return int(row[0]) if row else 0


_FACTS: LiteralString = """
SELECT name_hash, requested_at, started_at, attempts, tables, files_deleted, keys_deleted FROM erasures WHERE id = %s
"""


async def get_facts(ctx: Context, erasure_id: uuid.UUID) -> tuple[Any, ...]:
    """Return what the certificate takes from the record: hash, instants, attempts, tables, files and keys deleted."""
    row = await (await ctx.tx.execute(_FACTS, (erasure_id,))).fetchone()
    if row is None:
        raise LookupError(erasure_id)
    return (*row[:4], _tables(row[4]), *row[5:])


def _tables(counts: dict[str, dict[str, int]]) -> tuple[ErasedTable, ...]:
    found = (ErasedTable(name, each.get("deleted", 0), each.get("anonymized", 0)) for name, each in sorted(counts.items()))
    return tuple(each for each in found if each.deleted or each.anonymized)


_FINISH: LiteralString = "SELECT tenant.finish_erasure(%s, %s::jsonb)"


async def finish(ctx: Context, erasure_id: uuid.UUID, document: str) -> bool:
    """End an erasure with its certificate. False when another worker did."""
    return await (await ctx.tx.execute(_FINISH, (erasure_id, document))).fetchone() is not None


_TERMS = TypeAdapter(Terms)


def write_terms(terms: Terms) -> str:
    """Write terms as one text, to be sealed."""
    return _TERMS.dump_json(terms).decode()


def read_terms(text: str) -> Terms:
    """Read terms, also as versions before stored them: the names alone."""
    found = json.loads(text)
    return _TERMS.validate_python({"names": found, "keys": []} if isinstance(found, list) else found)
