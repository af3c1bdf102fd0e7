"""Files that are sent."""

import mimetypes
import os
from pathlib import Path
from typing import BinaryIO, TypeAlias

Upload: TypeAlias = bytes | BinaryIO | os.PathLike[str] | tuple[str, bytes]
"""A file to send: its content, an open file, a path, or a name and its content."""

_USUAL = "file"


def read_upload(upload: Upload, media_type: str | None) -> tuple[str, bytes, str]:
    """Return the name, the content and the media type of a file; without ``media_type`` its name tells it."""
    if isinstance(upload, bytes):
        name, content = _USUAL, upload
    elif isinstance(upload, tuple):
        name, content = upload
    elif isinstance(upload, os.PathLike):
        path = Path(upload)
        name, content = path.name, path.read_bytes()
    else:
        name, content = Path(str(getattr(upload, "name", _USUAL))).name, upload.read()
    return name, content, media_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
