"""Carrying out erasures. Every step may be repeated: a worker that dies is followed by another, the next attempt.

The phases: the runs with their files, in batches; the rows, in batches, and at the end the thing itself; the search of every
table for what still names it; the certificate, written in the transaction that ends the erasure.
"""

from contextlib import suppress
from dataclasses import replace

from pydantic import TypeAdapter

from retinue.agents.types import keys_of
from retinue.conversations import service as conversations
from retinue.core import audit
from retinue.core.context import Actor, ActorKind, Context
from retinue.core.db.database import Database, acting_as
from retinue.core.errors import Error
from retinue.core.ids import UserId
from retinue.core.logging import get_logger
from retinue.core.secrets import SecretUnreadableError
from retinue.erasures import repository, rules
from retinue.erasures.types import (
    FORMAT,
    Certificate,
    Claimed,
    ErasedBucket,
    ErasureKind,
    ErasurePhase,
    KeptRows,
    Terms,
)
from retinue.identity.accounts import service as accounts
from retinue.identity.deletions import service as deletions
from retinue.identity.deletions.types import Phase
from retinue.identity.sessions import service as sessions
from retinue.identity.users.errors import UserMissingError
from retinue.integrations.influxdb import service as influxdb
from retinue.integrations.influxdb.service import Forgotten
from retinue.runs import service as runs

_log = get_logger(__name__)
_CERTIFICATE = TypeAdapter(Certificate)


async def work(database: Database) -> None:
    """Carry out the erasures that nobody else does, one after the other."""
    while claimed := await repository.claim(database):
        try:
            is_over = await _erase(database, claimed)
        except Exception as error:  # noqa: BLE001 - the border of an erasure: the others go on, and it is tried again
            _log.exception("erasure.failed", erasure_id=str(claimed.id))
            text = error.detail if isinstance(error, Error) else type(error).__name__
            await repository.note(database, claimed.id, error=f"{text} It is tried again.")
            continue
        if not is_over:
            await repository.put_back(database, claimed.id)


async def _erase(database: Database, claimed: Claimed) -> bool:
    """Go on with an erasure; False: it waits for the deletion of an organization."""
    if claimed.phase is ErasurePhase.REQUESTED and claimed.kind is not ErasureKind.ORGANIZATION:
        claimed = await _begin(database, claimed)
    if claimed.kind is ErasureKind.ORGANIZATION:
        if not await _organization(database, claimed):
            return False
    elif claimed.phase is not ErasurePhase.SEARCH:
        await _runs(database, claimed)
        await (_agent(database, claimed) if claimed.kind is ErasureKind.AGENT else _person(database, claimed))
        await repository.note(database, claimed.id, phase=ErasurePhase.SEARCH)
    await _finish(database, claimed)
    return True


async def _begin(database: Database, claimed: Claimed) -> Claimed:
    """Store, sealed, the names that the search at the end looks for: by then the rows that have them are gone."""
    async with database.system_context([]) as ctx:
        names = await repository.list_names(ctx, claimed.target_id) if claimed.kind is ErasureKind.PERSON else []
    sealed = database.resources.secrets.seal(repository.write_terms(Terms(names, [])))
    await repository.note(database, claimed.id, phase=ErasurePhase.RUNS, terms=sealed)
    return replace(claimed, phase=ErasurePhase.RUNS, terms_encrypted=sealed)


async def _runs(database: Database, claimed: Claimed) -> None:
    while found := await repository.list_runs(database, claimed.id, rules.RUNS_AT_ONCE):
        for organization_id, run_ids in found.items():
            async with database.system_context([organization_id]) as ctx:
                keys = await runs.cancel_for_erasure(ctx, run_ids)
            await database.resources.storage.delete(keys)
            await repository.note(database, claimed.id, files=len(keys))
            while not await repository.erase_runs(database, claimed.id, organization_id, run_ids, rules.FIRST_ROWS):
                pass
    if claimed.kind is ErasureKind.AGENT and claimed.organization_id is not None:
        while True:
            async with database.system_context([claimed.organization_id]) as ctx:
                deleted = await conversations.erase_of_agent(ctx, claimed.target_id)
            if deleted is None:
                break
            await repository.note(database, claimed.id, deleted=deleted)


async def _agent(database: Database, claimed: Claimed) -> None:
    await repository.note(database, claimed.id, phase=ErasurePhase.ROWS)
    keys = await database.resources.kv.delete(*keys_of(claimed.target_id), everywhere=True)
    await repository.note(database, claimed.id, keys=keys)
    while await repository.erase_agent_rows(database, claimed.id, rules.FIRST_ROWS):
        pass
    keys = await database.resources.kv.delete(*keys_of(claimed.target_id), everywhere=True)  # published in between
    await repository.note(database, claimed.id, keys=keys)


async def _person(database: Database, claimed: Claimed) -> None:
    await repository.begin_person_rows(database, claimed.id)
    keys = await _keys_of_person(database, claimed)
    count = await database.resources.kv.delete(*keys, everywhere=True)
    with suppress(UserMissingError):  # an attempt before this one got as far
        await accounts.delete_as_operator(database, UserId(claimed.target_id))
    count += await database.resources.kv.delete(*keys, everywhere=True)  # a session may have been used in between
    await repository.note(database, claimed.id, keys=count)


async def _keys_of_person(database: Database, claimed: Claimed) -> list[str]:
    """Name the person's keys, of which the sessions tell; they are stored, sealed, before these go."""
    person = UserId(claimed.target_id)
    async with database.context(Actor(ActorKind.USER, user_id=person)) as ctx:
        found = await sessions.list_keys_of_person(ctx)
    terms = _terms(database, claimed)
    if terms is None:
        return found
    keys = sorted({*terms.keys, *found})
    sealed = database.resources.secrets.seal(repository.write_terms(replace(terms, keys=keys)))
    await repository.note(database, claimed.id, terms=sealed)
    return keys


async def _organization(database: Database, claimed: Claimed) -> bool:
    """Count the rows, have them deleted now, and say whether they are."""
    if claimed.organization_id is None or claimed.phase is ErasurePhase.SEARCH:
        return True
    await repository.begin_organization_rows(database, claimed.id)
    async with database.system_context([claimed.organization_id]) as ctx:
        found = await deletions.carry_on(ctx, claimed.organization_id)
    if found is None or found[0] is Phase.CANCELLED:
        await repository.drop(database, claimed.id)
        return False
    if found[0] is not Phase.FINISHED:
        return False
    await repository.note(database, claimed.id, phase=ErasurePhase.SEARCH, files=found[1])
    return True


async def _finish(database: Database, claimed: Claimed) -> None:
    terms = _terms(database, claimed)
    names = [] if terms is None else terms.names
    tables = await repository.list_searched(database)
    kept: list[KeptRows] = []
    for table in tables:
        async with database.system_context([]) as ctx:
            named = await repository.count_mentions(ctx, table, names) if names else 0
            by_id = await repository.count_mentions(ctx, table, [str(claimed.target_id)])
        await repository.note(database, claimed.id)
        if named:
            kept.append(KeptRows(table, named, names=True, reason=rules.reason_of(table)))
        if by_id:
            kept.append(KeptRows(table, by_id, names=False, reason=rules.reason_of(table)))
    tag = rules.INFLUX_TAGS.get(claimed.kind)
    forgotten = Forgotten.NOWHERE if tag is None else await influxdb.forget(database, tag, claimed.target_id)
    async with database.system_context([]) as ctx:
        name_hash, requested_at, started_at, attempts, erased, files, keys = await repository.get_facts(ctx, claimed.id)
        certificate = Certificate(
            FORMAT,
            claimed.id,
            claimed.kind,
            claimed.target_id,
            name_hash,
            requested_at,
            started_at,
            attempts,
            erased,
            (ErasedBucket("files", files), ErasedBucket("key-value store", keys)),
            tuple(kept),
            len(tables),
            terms is not None,
            rules.remarks_of(claimed.kind, forgotten),
        )
        if await repository.finish(ctx, claimed.id, _CERTIFICATE.dump_json(certificate).decode()):
            await _record(ctx, claimed)
    _log.info("erasure.finished", erasure_id=str(claimed.id), kind=claimed.kind.value)


def _terms(database: Database, claimed: Claimed) -> Terms | None:
    """Return what was stored at the beginning; None when this process cannot read it."""
    if claimed.kind is not ErasureKind.PERSON:
        return Terms([], [])
    if claimed.terms_encrypted is None:
        return None
    try:
        return repository.read_terms(database.resources.secrets.open(claimed.terms_encrypted))
    except SecretUnreadableError:
        return None


async def _record(ctx: Context, claimed: Claimed) -> None:
    """Write the entry of no organization, and for an agent that of its organization."""
    target = ("user" if claimed.kind is ErasureKind.PERSON else claimed.kind.value, claimed.target_id)
    place = claimed.organization_id if claimed.kind is ErasureKind.AGENT else None
    async with acting_as(ctx, Actor(ActorKind.SYSTEM, organization_id=place)) as there:
        await audit.record(there, f"{claimed.kind.value}.erased", target, after={"erasure_id": str(claimed.id)})
