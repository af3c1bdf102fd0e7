"""What can go wrong with erasures."""

from retinue.core.errors import ConflictError, MissingError


class ErasureMissingError(MissingError):
    """There is no such erasure."""

    code = "erasure_missing"
    remedy = "GET /api/v1/erasures lists those you can see."


class ErasureOpenError(ConflictError):
    """It is already being erased."""

    code = "erasure_open"
    remedy = "GET /api/v1/erasures shows the progress."


class CertificateMissingError(ConflictError):
    """The erasure has not finished."""

    code = "certificate_missing"
    remedy = "Ask again when the erasure's phase is finished."


class ErasureUnconfirmedError(ConflictError):
    """The confirmation is not the name of what is to be erased."""

    code = "confirmation_wrong"
    remedy = "Send in the field confirm: the agent's name, the organization's slug, or the person's e-mail address."
