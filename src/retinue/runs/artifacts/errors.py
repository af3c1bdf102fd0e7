"""Why an artifact cannot be had."""

from retinue.core.errors import InvalidError, MissingError


class ArtifactMissingError(MissingError):
    """There is no such artifact."""

    code = "artifact_missing"


class ArtifactTooLargeError(InvalidError):
    """The artifact is too large to be sent by a tool."""

    code = "artifact_too_large"
    remedy = "Send a smaller file."
