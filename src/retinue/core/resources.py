"""What a process owns for its whole life and hands down with each context. Filled at the entry point, by hand."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

from retinue.core.bus.bus import Bus
from retinue.core.dispatch.port import Dispatch
from retinue.core.outbound.client import Outbound
from retinue.core.secrets import SecretBox
from retinue.core.settings import CoreSettings, Settings
from retinue.core.storage import Storage
from retinue.core.telemetry.telemetry import Telemetry

if TYPE_CHECKING:
    from retinue.core.context import Context
    from retinue.core.http.limits import ApiLimits
    from retinue.core.ids import UserId
    from retinue.core.kv.port import KeyValue
    from retinue.core.redis_link import RedisLink

SettingsT = TypeVar("SettingsT", bound=Settings)
PartT = TypeVar("PartT")


@dataclass(slots=True)
class Resources:
    """The process's long-lived parts: encryption, settings by class, bus, dispatch, outgoing calls, files."""

    secrets: SecretBox
    core: CoreSettings
    settings: dict[type[Settings], Settings]
    bus: Bus
    dispatch: Dispatch
    outbound: Outbound
    storage: Storage
    permissions_of: Callable[[str], frozenset[str]]
    """Role → its permissions, over all packages."""
    organization_created: "tuple[Callable[[Context], Awaitable[None]], ...]" = ()
    account_deleted: "tuple[Callable[[Context, UserId], Awaitable[None]], ...]" = ()
    telemetry: Telemetry = field(default_factory=Telemetry)
    organization_stopped: "tuple[Callable[[Context], Awaitable[int]], ...]" = ()
    organization_keys: "tuple[Callable[[Context], Awaitable[list[str]]], ...]" = ()
    file_folders: tuple[str, ...] = ()
    kv: "KeyValue" = field(init=False)
    limits: "ApiLimits" = field(init=False)
    redis: "RedisLink | None" = None
    """Whether Redis answers, in an installation that names one."""
    parts: dict[type[Any], Any] = field(default_factory=dict[type[Any], Any])
    """What packages keep for the life of the process, by class: see ``part``."""

    def part(self, kind: type[PartT], make: Callable[[], PartT]) -> PartT:
        """Return the process's one value of a package's class; the first to ask makes it."""
        if kind not in self.parts:
            self.parts[kind] = make()
        return cast("PartT", self.parts[kind])

    def settings_of(self, kind: type[SettingsT]) -> SettingsT:
        """Return a package's settings. Raises ``KeyError`` for a package that is not in ``features.py``."""
        return cast("SettingsT", self.settings[kind])
