"""Failures of a model call, each with its remedy. ``unavailable`` and ``limited`` may be retried."""

from retinue.core.errors import DeniedError, Error, InvalidError, Kind, MissingError, UnavailableError


class ModelUnavailableError(UnavailableError):
    """The model's server does not respond."""

    code = "model_unavailable"
    remedy = "Check the provider's URL and that its server is running, then try again."


class ModelTimeoutError(ModelUnavailableError):
    """The model took too long."""

    code = "model_timeout"
    remedy = "Raise the agent's time limit or choose a faster model, then try again."


class ModelLimitedError(Error):
    """The provider allows no more calls for now."""

    kind = Kind.LIMITED
    code = "model_limited"
    remedy = "Wait, or ask the provider for a higher limit, then try again."


class ModelQuotaError(ModelLimitedError):
    """The account at the provider has no credit left."""

    code = "model_quota_used_up"
    remedy = "Add credit or raise the budget at the provider, then try again."


class ModelKeyError(DeniedError):
    """The provider refuses the API key."""

    code = "model_key_refused"
    remedy = "Enter a valid key under Settings → Models, then try again."


class ModelUnknownError(MissingError):
    """The provider has no such model."""

    code = "model_unknown"
    remedy = "Choose one of the provider's models in the agent's editor."


class ModelRefusedError(InvalidError):
    """The provider refuses the request."""

    code = "model_refused"
    remedy = "The message is the provider's own. Check whether the model supports the agent's parameters and tools."


class ModelAddressError(InvalidError):
    """The provider's URL is not allowed or is wrong."""

    code = "model_address_refused"
    remedy = "Correct the provider's URL under Settings → Models, then try again."


class ContextTooLongError(InvalidError):
    """The conversation is longer than the model can read."""

    code = "context_too_long"
    remedy = "Lower history_messages in the agent's memory, shorten the input, or choose a model with a larger context."
