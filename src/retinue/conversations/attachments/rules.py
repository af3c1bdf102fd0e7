"""What may be attached, told by the file's own first bytes rather than by what it is called."""

from retinue.conversations.attachments.errors import AttachmentTypeError
from retinue.core.errors import FieldProblem
from retinue.core.media_types import picture_type

PICTURE_MAX_BYTES = 5 * 1024 * 1024
"""The largest picture that the large providers take (Anthropic: 5 MB; OpenAI and Google take more)."""

_MAX_NAME = 255


def kind_of(head: bytes, declared: str) -> str:
    """Return the media type of a file by its first 4 KB. Raises ``AttachmentTypeError`` for what no agent can read."""
    picture = picture_type(head)
    if picture is not None:
        return picture
    plain = declared.split(";", 1)[0].strip().lower()
    if plain.startswith(("image/", "video/", "audio/", "font/")) and plain != "image/svg+xml":
        raise _refused(plain)
    if b"\0" in head:
        raise _refused(plain)
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:  # a character may be cut at the end of the head
            raise _refused(plain) from None
    return plain if plain.startswith("text/") or plain == "application/json" else "text/plain"


def is_picture(kind: str) -> bool:
    """Say whether an attachment is shown to the model as a picture, and not as text."""
    return kind.startswith("image/")


def safe_name(given: str | None) -> str:
    """Return a file's name without folders and control characters."""
    last = (given or "").replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(character for character in last if character.isprintable()).strip()[-_MAX_NAME:] or "file"


def _refused(kind: str) -> AttachmentTypeError:
    return AttachmentTypeError(fields=(FieldProblem("file", f"{kind or 'this type'} is not supported"),))
