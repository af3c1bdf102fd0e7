"""Readers: whose rights a channel has, by its token, and what they are now.

A session's person reads in all of their organizations. Rights are asked of the database when a channel is joined, at once
when the bus tells that a grant changed, and every ten seconds, by one statement for all readers of the process.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId, UserId
from retinue.identity.grants import service as grants
from retinue.realtime import tokens
from retinue.realtime.tokens import Claims
from retinue.realtime.types import Table

Identity = tuple[UserId, tuple[OrganizationId, ...]]
"""A person and the organizations in which they act: what a verdict of the policies depends on."""


@dataclass(slots=True, eq=False)
class Reader:
    """A session and what its person may do in each organization; ``has_ended``: the session is over."""

    user_id: UserId
    session_id: UUID
    places: Mapping[OrganizationId, frozenset[str]]
    has_ended: bool = False
    _identities: dict[str, Identity] = field(default_factory=dict[str, Identity])

    def identity(self, table: Table) -> Identity:
        """Return who reads a table: the person, in the organizations in which they have its permission."""
        known = self._identities.get(table.permission)
        if known is None:
            places = tuple(sorted(each for each, permissions in self.places.items() if table.permission in permissions))
            known = self._identities[table.permission] = (self.user_id, places)
        return known

    def update(self, places: Mapping[OrganizationId, frozenset[str]] | None) -> bool:
        """Take what the person may do now (None: the session is over); say whether something changed."""
        if places is None:
            changed, self.has_ended, self.places = not self.has_ended, True, {}
        else:
            changed, self.places = places != self.places, places
        if changed:
            self._identities = {}
        return changed


class Readers:
    """The readers of this process by session, each with the number of channels that use it."""

    def __init__(self, database: Database) -> None:
        """Take where rights are asked."""
        self._database = database
        self._known: dict[UUID, Reader] = {}
        self._uses: dict[UUID, int] = {}
        self._noticed: set[Reader] = set()

    async def find(self, token: str) -> tuple[Reader, Claims] | None:
        """Return the reader of an access token and what the token says; None when it or its session is not valid."""
        claims = tokens.read(self._database.resources.secrets, token, now=self._database.clock.now().timestamp())
        if claims is None:
            return None
        places = (await grants.list_places(self._database, [(claims.session_id, claims.user_id)]))[0]
        if places is None:
            return None
        reader = self._known.get(claims.session_id)
        if reader is None:
            return Reader(claims.user_id, claims.session_id, places), claims
        if reader.update(places):
            self._noticed.add(reader)
        return reader, claims

    def use(self, reader: Reader) -> Reader:
        """Count a channel that uses a reader; returns the one that is kept up to date."""
        kept = self._known.setdefault(reader.session_id, reader)
        self._uses[reader.session_id] = self._uses.get(reader.session_id, 0) + 1
        return kept

    def leave(self, reader: Reader) -> None:
        """Count a channel that uses a reader no longer."""
        left = self._uses.get(reader.session_id, 0) - 1
        if left > 0:
            self._uses[reader.session_id] = left
        else:
            self._uses.pop(reader.session_id, None)
            self._known.pop(reader.session_id, None)

    async def check(self) -> set[Reader]:
        """Ask what all readers may do now; returns those for whom that changed since the last time."""
        readers = list(self._known.values())
        if not readers:
            return set()
        found = await grants.list_places(self._database, [(each.session_id, each.user_id) for each in readers])
        changed = {reader for reader, places in zip(readers, found, strict=True) if reader.update(places)}
        noticed, self._noticed = self._noticed, set()
        return changed | noticed
