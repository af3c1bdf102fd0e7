"""What can go wrong with teams."""

from typing import Self

from retinue.core.errors import ConflictError, FieldProblem, InvalidError, MissingError


class TeamMissingError(MissingError):
    """There is no such team."""

    code = "team_missing"


class TeamVersionMissingError(MissingError):
    """The team has no such version."""

    code = "team_version_missing"


class TeamInvalidError(InvalidError):
    """The team is not valid."""

    code = "team_invalid"

    @classmethod
    def of(cls, *fields: FieldProblem) -> Self:
        """Make the error of some field problems; the first of them is the sentence."""
        first = fields[0]
        return cls(f"{first.field}: {first.message}.", remedy=first.remedy, fields=fields)


class TeamNotRunnableError(TeamInvalidError):
    """The team cannot be run as it is."""

    code = "team_not_runnable"


class TeamChangedError(ConflictError):
    """Another user has changed the team since it was read."""

    code = "team_changed"
    remedy = "Load the team again, bring your change in, and save with the new version."


class TeamBusyError(ConflictError):
    """The team has runs that are not finished."""

    code = "team_busy"
    remedy = "Cancel its runs, or wait until they are finished."


class TeamInUseError(ConflictError):
    """Other teams have the team as a member, or agents call it as a tool."""

    code = "team_in_use"
    remedy = "Take it out of those teams first."
