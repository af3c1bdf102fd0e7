"""The permissions of the web search settings."""

from collections.abc import Mapping

from retinue.core.permissions import ADMINS, ANYONE

READ = "web_search:read"
WRITE = "web_search:write"

ALL: Mapping[str, frozenset[str]] = {READ: ANYONE, WRITE: ADMINS}
