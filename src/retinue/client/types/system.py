"""Documents of system. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import Literal, TypeAlias, TypedDict

__all__ = ["BackupAttempt", "BackupStatus", "BackupTrigger", "Backups", "Instance", "LocalModelState"]

BackupStatus: TypeAlias = Literal["running", "succeeded", "failed"]


BackupTrigger: TypeAlias = Literal["manual", "daily"]


class BackupAttempt(TypedDict):
    """An attempt to back up the installation: on which host, into which folder, and its last rehearsal."""

    error: str | None
    finished_at: str | None
    host: str
    id: str
    place: str | None
    rehearsal_error: str | None
    rehearsed_at: str | None
    size_bytes: int | None
    started_at: str
    status: BackupStatus
    trigger: BackupTrigger


class Backups(TypedDict):
    """How the backups stand: ``daily_at`` is HH:MM in UTC, null when none is made by itself; the last two …"""

    daily_at: str | None
    is_running: bool
    items: list[BackupAttempt]
    last_rehearsal_at: str | None
    last_success_at: str | None
    requested_at: str | None
    warnings: list[str]


class LocalModelState(TypedDict):
    """Whether the small model is on the machine of this API."""

    installed: bool


class Instance(TypedDict):
    """The installation: jobs that wait for a worker are the queue's depth, over all organizations."""

    database: str
    local_model: LocalModelState
    queue_depth: int
    running: int
    version: str
    workers: int
