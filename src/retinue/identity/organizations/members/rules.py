"""Pure decisions about who may give which role to whom."""

from retinue.core.permissions import Role


def may_change_role(acting: str | None, before: str | None, after: str | None) -> bool:
    """Say whether someone of a role may turn a membership from one role into another (None: no membership).

    Owners are made, changed and removed by owners alone; everything else is an admin's business too.
    """
    if Role.OWNER in {before, after}:
        return acting == Role.OWNER
    return acting in {Role.OWNER, Role.ADMIN}


def roles_to_hold(before: str | None, after: str | None) -> list[str]:
    """Return the roles whose permissions the actor must have all: the one that is granted, and the owner's to change one.

    An API key acts with fewer permissions than its role has, so that the role alone does not decide.
    """
    return [role for role in {after, Role.OWNER if before == Role.OWNER else None} if role is not None]
