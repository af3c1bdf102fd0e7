"""What can go wrong with variables of the organization."""

from retinue.core.errors import ConflictError, InvalidError, MissingError


class OrganizationVariableMissingError(MissingError):
    """There is no such variable in the organization."""

    code = "organization_variable_missing"


class OrganizationVariableNameTakenError(ConflictError):
    """The organization has a variable of this name."""

    code = "organization_variable_name_taken"
    remedy = "Choose another name, or update that variable."


class OrganizationVariableLimitError(ConflictError):
    """The organization has as many variables as it may have."""

    code = "organization_variable_limit"
    remedy = "Delete one that is not used."


class OrganizationVariableInUseError(ConflictError):
    """Agents or tools use the variable."""

    code = "organization_variable_in_use"
    remedy = "Remove it from them first, or give them a variable of their own."


class OrganizationSecretStaysSecretError(InvalidError):
    """A secret variable can only become plain with a new value."""

    code = "organization_secret_stays_secret"
    remedy = "Send the value along with is_secret: false."
