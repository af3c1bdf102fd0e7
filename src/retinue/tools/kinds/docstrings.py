"""Reading docstrings: the text for the model, and what is said of each argument."""

import inspect
import re

_CHARACTERS = 4000
_HEAD = re.compile(r"^(?:Args|Arguments|Parameters):\s*$")
_ARGUMENT = re.compile(r"^\s+\*{0,2}(\w+)(?:\s*\([^)]*\))?:\s*(.+)$")


def read_docstring(text: str | None) -> tuple[str, dict[str, str]]:
    """Return a docstring's text without its section ``Args:``, and the descriptions of arguments out of that section."""
    described: dict[str, str] = {}
    kept: list[str] = []
    is_inside = False
    for line in inspect.cleandoc(text or "").splitlines():
        if _HEAD.match(line):
            is_inside = True
        elif is_inside and (not line.strip() or line.startswith(" ")):
            match = _ARGUMENT.match(line)
            if match:
                described[match[1]] = match[2].strip()
        else:
            is_inside = False
            kept.append(line)
    return "\n".join(kept).strip()[:_CHARACTERS], described
