"""Ending of e-mail about types of notifications by the link of a message, without signing in."""

from collections.abc import Iterable
from uuid import UUID

from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId
from retinue.core.mail import unsubscribing
from retinue.core.mail.unsubscribing import UnsubscribeLink, UnsubscribeLinkInvalidError, Unsubscription
from retinue.core.resources import Resources
from retinue.notifications import repository
from retinue.notifications.types import NotificationType

WHAT_FOR = "notifications"


def link_of(resources: Resources, organization_id: OrganizationId, user_id: UUID, types: Iterable[str]) -> UnsubscribeLink:
    """Return the link by which a person ends e-mail about some types in an organization."""
    return unsubscribing.link_of(resources, WHAT_FOR, str(organization_id), str(user_id), *sorted(set(types)))


async def preview(database: Database, token: str) -> Unsubscription:
    """Return what a link ends. Raises ``UnsubscribeLinkInvalidError``."""
    return await _act(database, token, ends=False)


async def end(database: Database, token: str) -> Unsubscription:
    """End e-mail about the types of a link; the inbox stays as it is. Raises ``UnsubscribeLinkInvalidError``."""
    return await _act(database, token, ends=True)


async def _act(database: Database, token: str, *, ends: bool) -> Unsubscription:
    organization, user, *types = unsubscribing.parts_of(database.resources, token, WHAT_FOR)
    known = [each for each in types if each in {kind.value for kind in NotificationType}]
    organization_id = OrganizationId(UUID(organization))
    async with database.system_context([organization_id]) as ctx:
        if ends:
            await repository.end_email(ctx, UUID(user), known)
        found = await repository.find_recipient(ctx, UUID(user), known)
        if found is None:
            raise UnsubscribeLinkInvalidError
        address, organization_name, is_done = found
        return Unsubscription(address, organization_name, known, is_done)
