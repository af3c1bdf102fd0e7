"""What can go wrong with members."""

from retinue.core.errors import ConflictError, DeniedError, MissingError


class MemberMissingError(MissingError):
    """The organization has no such member."""

    code = "member_missing"


class AlreadyMemberError(ConflictError):
    """The person is already a member."""

    code = "already_member"
    remedy = "Change the role at /api/v1/members/{user_id} instead."


class LastOwnerError(ConflictError):
    """The member is the last owner of the organization."""

    code = "last_owner"
    remedy = "Make someone else an owner first."


class OwnersOnlyError(DeniedError):
    """Only an owner can add, change or remove an owner."""

    code = "owners_only"
    remedy = "Ask an owner of the organization."


class GrantBeyondOwnError(DeniedError):
    """You cannot grant a role, or change an owner, with fewer permissions than that role has."""

    code = "grant_beyond_own"

    def __init__(self, role: str, missing: list[str]) -> None:
        """Take the role and the permissions of it that the actor lacks."""
        super().__init__(
            f"The role {role} has permissions that you lack: {', '.join(missing)}.",
            remedy="Use an API key that has these scopes, or sign in as a member who has the role.",
        )


class MemberChangedError(ConflictError):
    """Another user changed this member at the same time."""

    code = "member_changed"
    remedy = "Read the member again, then decide."
