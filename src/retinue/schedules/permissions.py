"""The permissions of schedules. To make one start runs, ``runs:write`` is needed too."""

from collections.abc import Mapping

from retinue.core.permissions import ANYONE, MANAGERS

READ = "schedules:read"
WRITE = "schedules:write"

ALL: Mapping[str, frozenset[str]] = {READ: ANYONE, WRITE: MANAGERS}
