"""Pure decisions about organizations: their slugs."""

import re
import unicodedata

from retinue.core.validation import form

_SLUG_LENGTH = 40
SLUG_PATTERN = form(
    r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
    "may contain small letters, digits and '-', up to 63 characters, and must begin and end with a letter or a digit",
)


def slug_of(name: str) -> str:
    """Make a slug out of a name: small Latin letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_SLUG_LENGTH].strip("-") or "organization"
