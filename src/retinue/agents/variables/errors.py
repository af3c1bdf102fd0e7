"""What can go wrong with variables."""

from retinue.core.errors import ConflictError, InvalidError, MissingError


class VariableMissingError(MissingError):
    """There is no such variable."""

    code = "variable_missing"


class VariableNameTakenError(ConflictError):
    """The agent has a variable of this name."""

    code = "variable_name_taken"
    remedy = "Choose another name, or update that variable."


class VariableLimitError(ConflictError):
    """The agent has as many variables as an agent may have."""

    code = "variable_limit"
    remedy = "Delete one that is not used."


class SecretStaysSecretError(InvalidError):
    """A secret variable can only become plain with a new value."""

    code = "secret_stays_secret"
    remedy = "Send the value along with is_secret: false."
