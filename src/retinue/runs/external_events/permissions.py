"""The permissions of events."""

from collections.abc import Mapping

from retinue.core.permissions import MANAGERS

READ = "events:read"
SEND = "events:send"

ALL: Mapping[str, frozenset[str]] = {READ: MANAGERS, SEND: MANAGERS}
