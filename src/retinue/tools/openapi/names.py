"""Names of imported tools."""

from typing import Final

_CHARACTERS: Final = 64


def tool_name(name: str, prefix: str, taken: set[str]) -> str:
    """Return a name of at most 64 characters that is not taken: the name itself, else with ``_2``, ``_3`` and so on."""
    plain = f"{prefix}{name}"[:_CHARACTERS]
    found, count = plain, 2
    while found in taken:
        suffix = f"_{count}"
        found, count = plain[: _CHARACTERS - len(suffix)] + suffix, count + 1
    return found
