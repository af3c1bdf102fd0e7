"""What can go wrong between a tool and an authorization server."""

from retinue.core.errors import ConflictError, MissingError, UnavailableError
from retinue.tools.oauth.types import Need


class OAuthFailedError(UnavailableError):
    """The authorization server did not issue a token."""

    code = "oauth_failed"
    remedy = "Check the URLs, the client id and the secret under Authentication, and the authorization server's log."


class GrantRefusedError(OAuthFailedError):
    """The authorization server no longer accepts the grant."""

    code = "grant_refused"
    remedy = "Connect again."


class ConnectionMissingError(MissingError):
    """There is no such connection."""

    code = "connection_missing"


class ConnectionNeededError(ConflictError):
    """A connection is needed that nobody has granted."""

    code = "connection_needed"
    remedy = "Connect it on the tool's page, and try again."

    def __init__(self, need: Need, *, remedy: str | None = None) -> None:
        """Take what is lacking."""
        super().__init__(need.reason, remedy=remedy)
        self.need = need


class PersonMissingError(ConflictError):
    """The tool acts for a member, and nobody started this run."""

    code = "connection_needs_person"
    remedy = "Let the tool use one connection of the organization, or let a member start the run."
