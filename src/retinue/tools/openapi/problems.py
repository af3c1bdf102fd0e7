"""Why a document, or one operation of it, cannot be used. Runs in the child process that reads documents."""

from typing import Final

REMEDY: Final = "Give an OpenAPI 3.0 or 3.1 or Swagger 2.0 document, as JSON or YAML."


class DocumentError(Exception):
    """The whole document cannot be used: the field of the request, what is wrong with it, and the remedy."""

    def __init__(self, message: str, remedy: str = REMEDY, *, field: str = "document") -> None:
        """Take what is wrong, as it continues ``field: …``."""
        self.field, self.message, self.remedy = field, message, remedy
        super().__init__(message)


class OperationError(Exception):
    """One operation cannot become a tool; the text is the reason, as a clause that begins with "it" or "its"."""
