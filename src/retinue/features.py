"""The ordered list of rooms: the only place that knows them all. Entry points gather what the rooms offer from here."""

from retinue.core.feature import Feature
from retinue.llm import feature as llm

FEATURES: tuple[Feature, ...] = (llm.feature,)


def permissions_of(role: str) -> frozenset[str]:
    """Return every permission that a role has, over all rooms."""
    return frozenset(name for feature in FEATURES for name, roles in feature.permissions.items() if role in roles)
