"""Grants: what actors whose credential was checked some time ago may do now. For streams, which outlive that check."""

import uuid
from collections.abc import Mapping, Sequence

from retinue.core.context import Actor
from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId, UserId
from retinue.identity.api_keys import service as api_keys
from retinue.identity.grants import repository


async def check(database: Database, actors: Sequence[Actor]) -> list[frozenset[str] | None]:
    """Return the permissions of each actor in its organization, by one statement for all of them.

    None where the key or session has ended or its person is disabled; an empty set where the person is no longer a member,
    or lacks the second factor that the organization requires.
    """
    asked = list(dict.fromkeys(repository.asked(actor) for actor in actors))
    found = await repository.list_grants(database, asked)
    permissions: dict[repository.Asked, frozenset[str] | None] = {}
    for one in asked:
        grant = found.get(one)
        if grant is None:
            permissions[one] = None
        elif grant.role is None or grant.needs_two_factor:
            permissions[one] = frozenset()
        else:
            of_role = database.resources.permissions_of(grant.role)
            permissions[one] = of_role if grant.scopes is None else api_keys.effective(grant.scopes, of_role)
    return [permissions[repository.asked(actor)] for actor in actors]


Places = Mapping[OrganizationId, frozenset[str]]
"""What a person may do in each of their organizations."""


async def list_places(database: Database, sessions: Sequence[tuple[uuid.UUID, UserId]]) -> list[Places | None]:
    """Return, for each session and its person, their permissions by organization; None where the session has ended.

    An organization is left out while it requires a second factor that the person lacks.
    """
    found: list[dict[OrganizationId, frozenset[str]] | None] = [None for _ in sessions]
    for row in await repository.list_places(database, sessions):
        places = found[row.number - 1]
        if places is None:
            places = found[row.number - 1] = {}
        if row.organization_id is not None and row.role is not None and not row.needs_two_factor:
            places[row.organization_id] = database.resources.permissions_of(row.role)
    return list(found)
