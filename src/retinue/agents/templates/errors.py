"""What can go wrong with templates."""

from typing import Self

from retinue.core.errors import ConflictError, FieldProblem, InvalidError, MissingError


class TemplateMissingError(MissingError):
    """There is no such template."""

    code = "agent_template_missing"


class TemplateForeignError(ConflictError):
    """The template does not belong to this organization."""

    code = "agent_template_foreign"
    remedy = "Create an agent from it, and save the agent as a template."


class TemplateUnpublishableError(InvalidError):
    """The template cannot be published as it is."""

    code = "agent_template_unpublishable"

    @classmethod
    def of(cls, *fields: FieldProblem) -> Self:
        """Make the error of some field problems; the first of them is the sentence."""
        first = fields[0]
        return cls(f"{first.field}: {first.message}.", remedy=first.remedy, fields=fields)


class ParametersInvalidError(InvalidError):
    """The parameters do not fit the template."""

    code = "template_parameters_invalid"

    @classmethod
    def of(cls, *fields: FieldProblem) -> Self:
        """Make the error of some field problems; the first of them is the sentence."""
        first = fields[0]
        return cls(f"{first.field}: {first.message}.", remedy=first.remedy, fields=fields)
