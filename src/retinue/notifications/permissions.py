"""Notifications belong to persons: each reads and changes their own, as a member with any role."""

from collections.abc import Mapping

from retinue.core.permissions import ANYONE

OWN = "notifications:own"

ALL: Mapping[str, frozenset[str]] = {OWN: ANYONE}
