"""How a model call fails, in words that say what to do. ``unavailable`` and ``limited`` may be retried."""

from retinue.core.errors import DeniedError, Error, InvalidError, Kind, MissingError, UnavailableError


class ModelUnavailableError(UnavailableError):
    """The model's server does not answer."""

    code = "model_unavailable"
    remedy = "Check that the provider's address is right and its server is up, then resume the run."


class ModelTimeoutError(ModelUnavailableError):
    """The model took too long."""

    code = "model_timeout"
    remedy = "Raise the agent's time limit, or choose a faster model; then resume the run."


class ModelLimitedError(Error):
    """The provider allows no more calls for now."""

    kind = Kind.LIMITED
    code = "model_limited"
    remedy = "Wait, or ask the provider for a higher limit; then resume the run."


class ModelQuotaError(ModelLimitedError):
    """The account at the provider is used up; waiting does not help."""

    code = "model_quota_used_up"
    remedy = "Add credit or raise the budget at the provider; then resume the run."


class ModelKeyError(DeniedError):
    """The provider refuses its key."""

    code = "model_key_refused"
    remedy = "Enter a valid key under Settings → Models and press Test; then resume the run."


class ModelUnknownError(MissingError):
    """The provider has no such model."""

    code = "model_unknown"
    remedy = "Choose one of the provider's models in the agent's editor."


class ModelRefusedError(InvalidError):
    """The provider refuses the request."""

    code = "model_refused"
    remedy = "The sentence is the provider's own; most often a parameter or a tool's schema is not supported by this model."


class ModelAddressError(InvalidError):
    """The provider's address may not be called, or is not the right one."""

    code = "model_address_refused"
    remedy = "Correct the provider's address under Settings → Models and press Test; then resume the run."


class ContextTooLongError(InvalidError):
    """The conversation is longer than the model can read."""

    code = "context_too_long"
    remedy = "Lower history_messages in the agent's memory, shorten the input, or choose a model with a larger context."
