"""Why an artifact cannot be had."""

from retinue.core.errors import MissingError


class ArtifactMissingError(MissingError):
    """There is no such artifact."""

    code = "artifact_missing"
