"""What can go wrong with a request."""

from typing import Any, cast


class RetinueError(Exception):
    """Something went wrong."""


class ConnectionFailedError(RetinueError):
    """Retinue cannot be reached, or did not answer in time."""


class ApiError(RetinueError):
    """Retinue refused a request: ``status`` of HTTP, ``code`` as run_missing, what to do (``remedy``), and wrong fields.

    ``request_id`` is in the log of the installation; ``document`` is the whole problem document (RFC 9457).
    """

    def __init__(self, status: int, document: dict[str, Any]) -> None:
        """Take the answer's status and its problem document."""
        self.status = status
        self.code = str(document.get("code") or "error")
        self.detail = str(document.get("detail") or document.get("title") or f"Status {status}.")
        self.remedy: str | None = document.get("remedy")
        self.fields: list[dict[str, Any]] = list(document.get("errors") or [])
        self.request_id: str | None = document.get("request_id")
        self.document = document
        super().__init__(f"{self.detail} ({self.code})")


class UnauthenticatedError(ApiError):
    """401: the key or session is missing, wrong or ended."""


class ForbiddenError(ApiError):
    """403: the key or session may not do this."""


class MissingError(ApiError):
    """404: there is no such object in the organization."""


class ConflictError(ApiError):
    """409: the state of an object does not allow this."""


class InvalidError(ApiError):
    """400, 413 or 422: the request is not valid; ``fields`` names what is wrong."""


class RateLimitedError(ApiError):
    """429: there were too many requests, also after repetitions."""


class ServerError(ApiError):
    """500 and above: the installation failed, or needs something that is away."""


class WorkLostError(ConflictError):
    """The run is no longer held: another has claimed it, or it is over. Stop this work."""


class WebhookError(RetinueError):
    """A call is not signed with the secret, or its time is not now."""


class TaskWarning(Exception):  # noqa: N818 - it is no error: the run is completed
    """Raise it in a handler to complete the run with a warning. ``output`` is the run's output."""

    def __init__(self, message: str, output: object = None) -> None:
        """Take the sentence, and what the run has resulted in."""
        super().__init__(message)
        self.message = message
        self.output = output


_KINDS: dict[int, type[ApiError]] = {
    400: InvalidError,
    401: UnauthenticatedError,
    403: ForbiddenError,
    404: MissingError,
    409: ConflictError,
    413: InvalidError,
    422: InvalidError,
    429: RateLimitedError,
}
_SERVER = 500


def error_of(status: int, document: object) -> ApiError:
    """Return the error that an answer tells."""
    found: dict[str, Any] = cast("dict[str, Any]", document) if isinstance(document, dict) else {}
    kind = _KINDS.get(status, ServerError if status >= _SERVER else ApiError)
    return WorkLostError(status, found) if found.get("code") == "work_lost" else kind(status, found)
