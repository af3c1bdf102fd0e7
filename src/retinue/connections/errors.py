"""What can go wrong while a person connects."""

from retinue.core.errors import ConflictError, DeniedError, InvalidError


class ConnectionInvalidError(InvalidError):
    """The request for a connection is not valid."""

    code = "connection_invalid"


class SessionNeededError(DeniedError):
    """A person connects in a browser, in which they are signed in."""

    code = "session_needed"
    remedy = "Open connect_url of the connection in a browser."


class AttemptInvalidError(ConflictError):
    """The attempt to connect has expired, was used before, or was begun in another session."""

    code = "connection_attempt_invalid"
    remedy = "Connect again, and finish in the same browser within 10 minutes."


class ConsentRefusedError(ConflictError):
    """The authorization server did not grant the connection."""

    code = "consent_refused"
    remedy = "Connect again, and consent to what is asked."


class ConnectionInUseError(ConflictError):
    """Tools use this connection."""

    code = "connection_in_use"
    remedy = "Change the credentials of these tools first, or disconnect to end what was granted."


class ConsentNotNeededError(ConflictError):
    """No person takes part in this connection: the client signs in by itself."""

    code = "consent_not_needed"
    remedy = "Send a test call of a tool that uses it to see whether it works."
