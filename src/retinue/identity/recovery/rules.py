"""Pure decisions about who may help whom back in."""

from retinue.core.permissions import Role
from retinue.identity.recovery.types import Recoverable


def refusal(acting: str | None, person: Recoverable) -> str | None:
    """Return why a member of a role may not reset a person's password or second factor, or None.

    Anyone who resets a password can take over the account, so they must belong to no other organization, must not be an
    owner unless the acting member is one, and must not be a superuser. Superusers are not asked.
    """
    if acting not in {Role.OWNER, Role.ADMIN}:
        return "Only owners and admins can do this."
    if person.role == Role.OWNER and acting != Role.OWNER:
        return "Only an owner can do this for an owner."
    if person.is_superuser:
        return "The person is a superuser of this installation."
    if person.organization_count != 1:
        return "The person belongs to other organizations, too."
    return None
