"""Errors of the domain. They know their kind; only transports know status codes, exit codes and protocol errors.

A subclass stands for each failure that a caller may treat apart. Its docstring is the text a person reads, its fields
are ids and facts. ``unavailable`` may be retried; the other kinds give the same answer again.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class Kind(StrEnum):
    """What sort of failure it is, independent of any transport."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    DENIED = "denied"
    MISSING = "missing"
    CONFLICT = "conflict"
    TOO_LARGE = "too_large"
    TIMED_OUT = "timed_out"
    LIMITED = "limited"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One field of the input that was refused: its path (``config.limits.max_steps``), why, and the remedy."""

    field: str
    message: str
    remedy: str | None = None


class Error(Exception):
    """Something went wrong."""

    kind: ClassVar[Kind] = Kind.UNAVAILABLE
    code: ClassVar[str] = "error"
    remedy: ClassVar[str | None] = None

    def __init__(
        self,
        detail: str | None = None,
        *,
        remedy: str | None = None,
        fields: tuple[FieldProblem, ...] = (),
        retry_after_seconds: float | None = None,
    ) -> None:
        """Take the sentence for this case; without one, the class's docstring serves."""
        self.detail = detail or (type(self).__doc__ or "").strip().split("\n")[0]
        self.remedy_text = remedy or type(self).remedy
        self.fields = fields
        self.retry_after_seconds = retry_after_seconds
        super().__init__(self.detail)


class InvalidError(Error):
    """The request is not valid."""

    kind = Kind.INVALID
    code = "invalid"


class UnauthenticatedError(Error):
    """The request is not authenticated."""

    kind = Kind.UNAUTHENTICATED
    code = "unauthenticated"
    remedy = "Sign in, or send an API key as 'Authorization: Bearer …'."


class DeniedError(Error):
    """You do not have access."""

    kind = Kind.DENIED
    code = "denied"


class MissingError(Error):
    """The resource does not exist."""

    kind = Kind.MISSING
    code = "missing"
    remedy = "Check the id. The resource may be deleted or belong to another organization."


class ConflictError(Error):
    """The request conflicts with the current state."""

    kind = Kind.CONFLICT
    code = "conflict"


class LimitedError(Error):
    """Too many requests."""

    kind = Kind.LIMITED
    code = "limited"


class UnavailableError(Error):
    """A required service does not respond."""

    kind = Kind.UNAVAILABLE
    code = "unavailable"
