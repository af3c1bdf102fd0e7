"""Why a file cannot be attached."""

from typing import ClassVar

from retinue.core.errors import Error, FieldProblem, InvalidError, Kind, MissingError


class AttachmentMissingError(MissingError):
    """There is no such attachment."""

    code = "attachment_missing"


class AttachmentNotGivenError(InvalidError):
    """The request has no file."""

    code = "attachment_not_given"
    remedy = "Send multipart/form-data with the file in the field named file."

    def __init__(self) -> None:
        """Name the field."""
        super().__init__(fields=(FieldProblem("file", "is missing", "Add this field."),))


class AttachmentTooLargeError(Error):
    """The file is too large to be attached."""

    kind: ClassVar[Kind] = Kind.TOO_LARGE
    code = "attachment_too_large"


class AttachmentTypeError(InvalidError):
    """Files of this type cannot be read by an agent."""

    code = "attachment_type"
    remedy = "Attach pictures (PNG, JPEG, GIF, WebP) or text (plain, Markdown, CSV, JSON, XML, YAML, source code)."


class AttachmentUsedError(InvalidError):
    """The attachment was sent with another message already."""

    code = "attachment_used"
    remedy = "Upload the file again."
