"""All SQL of grants."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString

from psycopg.rows import class_row

from retinue.core.context import Actor
from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId, UserId


@dataclass(frozen=True, slots=True)
class Asked:
    """A credential: an API key or a session, of a person, in an organization."""

    api_key_id: uuid.UUID | None
    session_id: uuid.UUID | None
    user_id: UserId | None
    organization_id: OrganizationId | None


@dataclass(frozen=True, slots=True)
class Grant:
    """What a credential stands for now. ``number`` counts what was asked from 1; a session has no scopes."""

    number: int
    role: str | None
    scopes: list[str] | None
    needs_two_factor: bool


def asked(actor: Actor) -> Asked:
    """Return the credential that an actor came with."""
    return Asked(actor.api_key_id, actor.session_id, actor.user_id, actor.organization_id)


_LIST: LiteralString = """
SELECT number, role, scopes, needs_two_factor FROM auth.list_grants(
  %(keys)s::uuid[], %(sessions)s::uuid[], %(persons)s::uuid[], %(places)s::uuid[], tenant.now())
"""


async def list_grants(database: Database, wanted: Sequence[Asked]) -> dict[Asked, Grant]:
    """Return what credentials grant now; those that have ended, and those of disabled persons, are left out."""
    values = {
        "keys": [each.api_key_id for each in wanted],
        "sessions": [each.session_id for each in wanted],
        "persons": [each.user_id for each in wanted],
        "places": [each.organization_id for each in wanted],
    }
    async with database.quick() as connection, connection.cursor(row_factory=class_row(Grant)) as cursor:
        rows = await (await cursor.execute(_LIST, values, prepare=True)).fetchall()
    return {wanted[row.number - 1]: row for row in rows}


@dataclass(frozen=True, slots=True)
class Place:
    """An organization of a session's person. ``number`` counts the sessions from 1; nulls: the person has none."""

    number: int
    organization_id: OrganizationId | None
    role: str | None
    needs_two_factor: bool


_LIST_PLACES: LiteralString = """
SELECT number, organization_id, role, needs_two_factor
FROM auth.list_places(%(sessions)s::uuid[], %(persons)s::uuid[], tenant.now())
"""


async def list_places(database: Database, sessions: Sequence[tuple[uuid.UUID, UserId]]) -> list[Place]:
    """Return the organizations of the persons of sessions; sessions that have ended, and disabled persons, have no row."""
    values = {"sessions": [each for each, _ in sessions], "persons": [person for _, person in sessions]}
    async with database.quick() as connection, connection.cursor(row_factory=class_row(Place)) as cursor:
        return await (await cursor.execute(_LIST_PLACES, values, prepare=True)).fetchall()
