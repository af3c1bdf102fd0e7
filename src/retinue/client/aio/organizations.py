"""Operations of organizations, for an event loop. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Unpack

from retinue.client.resource import AsyncResource, path
from retinue.client.types.common_2 import OwnOrganization
from retinue.client.types.organizations import (
    Certificate,
    CreateOrganization,
    Erasure,
    ErasurePage,
    Organization,
    OrganizationDeletion,
    OrganizationDeletionPage,
    OwnOrganizationPage,
    RequestErasure,
    Retention,
    RetentionPreview,
    SetRetention,
    SetTracing,
    Tracing,
    UpdateOrganization,
)


class AsyncOrganizationsApi(AsyncResource):
    """Operations of organizations."""

    async def list_erasures(self, *, limit: int | None = None, cursor: str | None = None) -> ErasurePage:
        """List erasures that you requested or of an organization that you administer, newest first."""
        return await self._connection.json("GET", "/erasures", query={"limit": limit, "cursor": cursor})

    def iterate_erasures(self, *, limit: int | None = None) -> AsyncIterator[Erasure]:
        """Iterate over what ``list_erasures`` lists, page after page."""
        return self._connection.items("/erasures", query={"limit": limit})

    async def create_erasure(self, **body: Unpack[RequestErasure]) -> Erasure:
        """Erase a person, an agent or an organization completely, in the background."""
        return await self._connection.json("POST", "/erasures", body=body)

    async def get_erasure(self, erasure_id: str, /) -> Erasure:
        """Return an erasure with its progress."""
        return await self._connection.json("GET", path("erasures", erasure_id))

    async def get_erasure_certificate(self, erasure_id: str, /) -> Certificate:
        """Return the certificate of a finished erasure: each table and bucket, what was deleted, and what stays …"""
        return await self._connection.json("GET", path("erasures", erasure_id, "certificate"))

    async def list_deletions(self, *, limit: int | None = None, cursor: str | None = None) -> OrganizationDeletionPage:
        """List deletions of organizations that you requested or own, newest first. Superusers see all."""
        return await self._connection.json("GET", "/organization-deletions", query={"limit": limit, "cursor": cursor})

    def iterate_deletions(self, *, limit: int | None = None) -> AsyncIterator[OrganizationDeletion]:
        """Iterate over what ``list_deletions`` lists, page after page."""
        return self._connection.items("/organization-deletions", query={"limit": limit})

    async def get_deletion(self, deletion_id: str, /) -> OrganizationDeletion:
        """Return a deletion with its progress. It remains after the organization is deleted, without its name."""
        return await self._connection.json("GET", path("organization-deletions", deletion_id))

    async def cancel_deletion(self, deletion_id: str, /) -> OrganizationDeletion:
        """Cancel a deletion. Possible until `erase_after`. Runs that were cancelled stay cancelled."""
        return await self._connection.json("POST", path("organization-deletions", deletion_id, "cancel"))

    async def start_deletion(self, deletion_id: str, /) -> OrganizationDeletion:
        """Delete now, without waiting for `erase_after`. It cannot be cancelled afterwards."""
        return await self._connection.json("POST", path("organization-deletions", deletion_id, "start"))

    async def list(self, *, limit: int | None = None, cursor: str | None = None) -> OwnOrganizationPage:
        """List your organizations, oldest first. An API key sees its own organization only."""
        return await self._connection.json("GET", "/organizations", query={"limit": limit, "cursor": cursor})

    def iterate(self, *, limit: int | None = None) -> AsyncIterator[OwnOrganization]:
        """Iterate over what ``list`` lists, page after page."""
        return self._connection.items("/organizations", query={"limit": limit})

    async def create(self, **body: Unpack[CreateOrganization]) -> OwnOrganization:
        """Create an organization with the starter agents. You become its owner."""
        return await self._connection.json("POST", "/organizations", body=body)

    async def get(self) -> Organization:
        """Return the organization of the request."""
        return await self._connection.json("GET", "/organizations/current")

    async def update(self, **body: Unpack[UpdateOrganization]) -> Organization:
        """Change the organization's name, slug and settings."""
        return await self._connection.json("PATCH", "/organizations/current", body=body)

    async def delete(self, *, confirm: str, grace_seconds: int | None = None) -> OrganizationDeletion:
        """Delete the organization with everything in it. For owners; `confirm` must be its slug."""
        return await self._connection.json(
            "DELETE", "/organizations/current", query={"confirm": confirm, "grace_seconds": grace_seconds}
        )

    async def get_retention(self) -> Retention:
        """Return how long the organization keeps each kind of record, with the bounds of each."""
        return await self._connection.json("GET", "/organizations/current/retention")

    async def set_retention(self, **body: Unpack[SetRetention]) -> Retention:
        """Set how long each kind is kept."""
        return await self._connection.json("PUT", "/organizations/current/retention", body=body)

    async def preview_retention(self, **body: Unpack[SetRetention]) -> RetentionPreview:
        """Count what the next maintenance would delete, were these the settings. Nothing is changed."""
        return await self._connection.json("POST", "/organizations/current/retention/preview", body=body)

    async def get_tracing(self) -> Tracing:
        """Return where traces of runs are sent and can be looked at, and whether content leaves with them."""
        return await self._connection.json("GET", "/organizations/current/tracing")

    async def set_tracing(self, **body: Unpack[SetTracing]) -> Tracing:
        """Allow inputs and outputs of the organization's runs to leave with traces, or not. Holds from now on."""
        return await self._connection.json("PUT", "/organizations/current/tracing", body=body)
