"""Who is connected: how many connections there are in all, from one address and of one user."""

from collections import Counter, defaultdict

from retinue.core.ids import UserId
from retinue.realtime.connection import Bucket, Connection
from retinue.realtime.settings import RealtimeSettings

_MANY_SENDERS = 10_000
_BATCH = 100
"""Messages of one request, which a full bucket must allow."""


class Crowd:
    """The connections of a process by address and by user. A connection has an address, and any number of users."""

    def __init__(self, settings: RealtimeSettings) -> None:
        """Begin with none."""
        self._settings = settings
        self._addresses: dict[Connection, str] = {}
        self._counts: Counter[str] = Counter()
        self._users: defaultdict[UserId, set[Connection]] = defaultdict(set)
        self._senders: dict[UserId, Bucket] = {}

    def refusal(self, address: str) -> str | None:
        """Return why another connection from an address is refused, if it is."""
        if len(self._addresses) >= self._settings.realtime_connections:
            return "Too many connections. Try again later."
        if self._counts[address] >= self._settings.realtime_connections_per_address:
            return "Too many connections from this address. Close some of them."
        return None

    def add(self, connection: Connection, address: str) -> None:
        """Add a connection."""
        self._addresses[connection] = address
        self._counts[address] += 1

    def enter(self, connection: Connection, user_id: UserId) -> bool:
        """Note that a connection acts for a user; say whether it may: a user has so many at most."""
        known = self._users.get(user_id, set())
        if connection not in known and len(known) >= self._settings.realtime_connections_per_user:
            return False
        self._users[user_id].add(connection)
        connection.users.add(user_id)
        return True

    def may_send(self, user_id: UserId, count: int) -> bool:
        """Say whether a user may send so many messages by HTTP now: as many a second as over one connection."""
        if len(self._senders) >= _MANY_SENDERS:
            self._senders = {each: bucket for each, bucket in self._senders.items() if not bucket.is_full()}
        rate = self._settings.realtime_messages_per_second
        return self._senders.setdefault(user_id, Bucket(rate, max(rate, _BATCH))).take(count)

    def remove(self, connection: Connection) -> None:
        """Take a connection away."""
        address = self._addresses.pop(connection)
        self._counts[address] -= 1
        if not self._counts[address]:
            del self._counts[address]
        for user_id in connection.users:
            self._users[user_id].discard(connection)
            if not self._users[user_id]:
                del self._users[user_id]
