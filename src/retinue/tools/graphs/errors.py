"""Why an installed graph cannot be used."""

from retinue.core.errors import FieldProblem, MissingError


class GraphMissingError(MissingError):
    """There is no such installed graph."""

    code = "graph_missing"
    remedy = "Choose one of GET /api/v1/tools/functions whose is_graph is true, or install the package that has it."

    def __init__(self, name: str, why: str | None) -> None:
        """Name what was asked for, and why it cannot be loaded where it is installed."""
        message = f"names {name}, which cannot be loaded: {why}" if why else f"names {name}, which is no installed graph"
        super().__init__(f"function {message}.", fields=(FieldProblem("function", message, self.remedy),))
