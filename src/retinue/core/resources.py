"""What a process owns for its whole life and hands down with each context. Filled at the entry point, by hand."""

from dataclasses import dataclass
from typing import TypeVar, cast

from retinue.core.bus.bus import Bus
from retinue.core.dispatch.port import Dispatch
from retinue.core.http.outbound import Outbound
from retinue.core.secrets import SecretBox
from retinue.core.settings import CoreSettings, Settings

SettingsT = TypeVar("SettingsT", bound=Settings)


@dataclass(slots=True)
class Resources:
    """The process's long-lived parts: encryption, settings by class, bus, dispatch, and the client for outgoing calls."""

    secrets: SecretBox
    core: CoreSettings
    settings: dict[type[Settings], Settings]
    bus: Bus
    dispatch: Dispatch
    outbound: Outbound

    def settings_of(self, kind: type[SettingsT]) -> SettingsT:
        """Return a room's settings. Raises ``KeyError`` for a room that is not in ``features.py``."""
        return cast("SettingsT", self.settings[kind])
