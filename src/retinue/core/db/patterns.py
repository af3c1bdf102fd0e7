"""Patterns of LIKE."""


def containing(text: str | None) -> str | None:
    r"""Return the pattern of texts that contain this one, in which ``%``, ``_`` and ``\`` mean themselves; None for None."""
    if text is None:
        return None
    return "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
