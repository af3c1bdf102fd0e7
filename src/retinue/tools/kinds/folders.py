"""Paths below the folders that the operator allows: everything else is refused, whatever it is written like."""

import os
from pathlib import Path

from retinue.core.errors import InvalidError

_REMEDY = "The operator allows folders with RETINUE_TOOL_FOLDERS."


class FolderRefusedError(InvalidError):
    """The path is not below a folder that tools may use."""

    code = "folder_refused"
    remedy = _REMEDY


def path_below(folders: tuple[Path, ...], text: str) -> Path:
    """Return the path that a text names, without links in it. Raises ``FolderRefusedError`` when no folder allows it."""
    if "\0" in text or not text.startswith("/") or any(part in {".", ".."} for part in text.split("/")):
        raise FolderRefusedError("must be an absolute path without . and ..")
    if not folders:
        raise FolderRefusedError("cannot be used: this installation allows no folder to tools")
    path = Path(text)
    for folder in folders:
        if path.is_relative_to(folder):
            if Path(os.path.realpath(path)) != Path(os.path.realpath(folder)) / path.relative_to(folder):
                raise FolderRefusedError("leads through a link; name the real path")
            return path
    raise FolderRefusedError("is not below a folder that tools may use")
