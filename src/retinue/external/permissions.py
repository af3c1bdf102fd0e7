"""The permission to act for external agents, of members and API keys. An agent's own key acts for this agent without it."""

from collections.abc import Mapping

from retinue.core.permissions import MANAGERS

ACT = "agents:act"

ALL: Mapping[str, frozenset[str]] = {ACT: MANAGERS}
