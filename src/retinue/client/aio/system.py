"""Operations of system, for an event loop. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from retinue.client.resource import AsyncResource
from retinue.client.types.system import Backups, Instance


class AsyncSystemApi(AsyncResource):
    """Operations of system."""

    async def list_backups(self) -> Backups:
        """Return the last successes, what needs a look, and the newest 100 backups, newest first. For superusers."""
        return await self._connection.json("GET", "/backups")

    async def create_backup(self) -> Backups:
        """Have a worker make a backup, beside the daily ones; it begins within a minute and is never deleted by …"""
        return await self._connection.json("POST", "/backups")

    async def get_instance(self) -> Instance:
        """Return the installation's version and worker status."""
        return await self._connection.json("GET", "/instance")
