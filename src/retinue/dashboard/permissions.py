"""The permissions of the dashboard."""

from collections.abc import Mapping

from retinue.core.permissions import ANYONE

READ = "dashboard:read"

ALL: Mapping[str, frozenset[str]] = {READ: ANYONE}
