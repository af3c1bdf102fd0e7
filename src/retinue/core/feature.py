"""Feature: what a package offers. ``features.py`` lists them; entry points gather routers, settings, listeners and tasks."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from retinue.core.settings import Settings

if TYPE_CHECKING:
    from retinue.core.context import Context
    from retinue.core.db.database import Database
    from retinue.core.ids import UserId
    from retinue.core.outbox import Listener
    from retinue.core.telemetry.telemetry import Instruments
    from retinue.core.timers import Effect


@dataclass(frozen=True, slots=True)
class Periodic:
    """Work that every worker attempts every so often; it must be safe to run on several workers at once."""

    name: str
    interval_seconds: float
    run: "Callable[[Database], Awaitable[None]]"
    when_pending: bool = False
    """Attempted only while the database's ``tenant.pending_work`` names it, and not sooner than the interval after."""


@dataclass(frozen=True, slots=True)
class Feature:
    """What a package offers: HTTP routers, permissions by role, settings, listeners of events, periodic work."""

    name: str
    routers: tuple[str, ...] = ()
    """Modules with a ``router``. Only an API process loads them: a worker serves no HTTP, and need not hold its code."""
    pages: tuple[str, ...] = ()
    """Modules with a ``router`` of what is not below /api/v1: pages for browsers, and protocols with paths of their own."""
    permissions: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    """Permission → the roles that have it."""
    settings: tuple[type[Settings], ...] = ()
    listens: "Mapping[str, Listener]" = field(default_factory=dict[str, "Listener"])
    """Event type → listener; it runs in a transaction of the event's organization, at least once."""
    timers: "Mapping[str, Effect]" = field(default_factory=dict[str, "Effect"])
    """Kind of timer → what it brings about when it is due (``core.timers``)."""
    periodic: tuple[Periodic, ...] = ()
    instruments: tuple[type["Instruments"], ...] = ()
    """What the process counts of this package; made at the start, so that every process tells every metric."""
    looks: "tuple[Callable[[Database], Awaitable[None]], ...]" = ()
    """Called before the metrics are read, once in ten seconds at most, to set gauges."""
    organization_created: "tuple[Callable[[Context], Awaitable[None]], ...]" = ()
    """Called in the transaction that makes an organization, as the platform acting in it."""
    account_deleted: "tuple[Callable[[Context, UserId], Awaitable[None]], ...]" = ()
    """Called in the transaction that deletes an account, before its rows go: see ``identity.accounts.ports``."""
    organization_stopped: "tuple[Callable[[Context], Awaitable[int]], ...]" = ()
    """Stops what goes on in an organization that is to be deleted: see ``identity.deletions.ports``."""
    organization_keys: "tuple[Callable[[Context], Awaitable[list[str]]], ...]" = ()
    """Names what the key-value store holds of an organization that is to be deleted: see ``identity.deletions.ports``."""
    file_folders: tuple[str, ...] = ()
    """First parts of storage keys, each followed by the organization's id: they are emptied when it is deleted."""
