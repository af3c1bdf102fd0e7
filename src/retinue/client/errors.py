"""What can go wrong with a request."""

from typing import Any


class RetinueError(Exception):
    """Something went wrong."""


class ConnectionFailedError(RetinueError):
    """Retinue cannot be reached, or did not answer in time."""


class ApiError(RetinueError):
    """Retinue refused a request: ``status`` of HTTP, ``code`` as run_missing, what to do (``remedy``), and wrong fields."""

    def __init__(self, status: int, document: dict[str, Any]) -> None:
        """Take the answer's status and its problem document."""
        self.status = status
        self.code = str(document.get("code") or "error")
        self.detail = str(document.get("detail") or document.get("title") or f"Status {status}.")
        self.remedy: str | None = document.get("remedy")
        self.fields: list[dict[str, Any]] = list(document.get("errors") or [])
        super().__init__(f"{self.detail} ({self.code})")


class WorkLostError(ApiError):
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
