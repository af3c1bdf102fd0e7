"""What can go wrong with tools."""

from typing import Self

from retinue.core.errors import ConflictError, FieldProblem, InvalidError, MissingError


class ToolMissingError(MissingError):
    """There is no such tool."""

    code = "tool_missing"


class _FieldError(InvalidError):
    @classmethod
    def of(cls, *fields: FieldProblem) -> Self:
        """Make the error of some field problems; the first of them is the sentence."""
        first = fields[0]
        return cls(f"{first.field}: {first.message}.", remedy=first.remedy, fields=fields)


class ToolInvalidError(_FieldError):
    """The tool is not valid."""

    code = "tool_invalid"


class ToolsUnusableError(_FieldError):
    """The agent names a tool that cannot be used."""

    code = "tools_unusable"


class ToolNameTakenError(ConflictError):
    """A tool with this name exists already."""

    code = "tool_name_taken"
    remedy = "Choose another name."


class ToolBuiltInError(ConflictError):
    """A built-in tool cannot be changed."""

    code = "tool_built_in"
    remedy = "Make a tool of your own, or leave this one out of your agents."


class ToolInUseError(ConflictError):
    """Agents use this tool."""

    code = "tool_in_use"


class OpenApiInvalidError(_FieldError):
    """The OpenAPI document cannot be used."""

    code = "openapi_invalid"
    remedy = "Give an OpenAPI 3.0 or 3.1 or Swagger 2.0 document, as JSON or YAML."


class OpenApiChangedError(ConflictError):
    """The OpenAPI document is not the one that was shown."""

    code = "openapi_changed"
    remedy = "Read the document again, and choose its operations."


class GraphMissingError(MissingError):
    """There is no such installed graph."""

    code = "graph_missing"
    remedy = "Choose one of GET /api/v1/tools/functions whose is_graph is true, or install the package that has it."

    def __init__(self, name: str, why: str | None) -> None:
        """Name what was asked for, and why it cannot be loaded where it is installed."""
        message = f"names {name}, which cannot be loaded: {why}" if why else f"names {name}, which is no installed graph"
        super().__init__(f"function {message}.", fields=(FieldProblem("function", message, self.remedy),))
