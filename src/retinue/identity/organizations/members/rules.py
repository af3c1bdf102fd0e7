"""Pure decisions about who may give which role to whom."""

from retinue.core.permissions import Role


def may_change_role(acting: str | None, before: str | None, after: str | None) -> bool:
    """Say whether someone of a role may turn a membership from one role into another (None: no membership).

    Owners are made, changed and removed by owners alone; everything else is an admin's business too.
    """
    if Role.OWNER in {before, after}:
        return acting == Role.OWNER
    return acting in {Role.OWNER, Role.ADMIN}
