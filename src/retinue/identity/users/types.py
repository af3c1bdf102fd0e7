"""A user, and what is needed to make one."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, Field, StringConstraints

from retinue.core.ids import UserId

# Names that RFC 6761 and its kin keep for a house's own network; the validator takes none of them, an installation may.
_INTRANET = re.compile(r"(?i)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*(home\.arpa|internal|lan|local|localhost|test)")


def _checked(value: str) -> str:
    local, _, domain = value.rpartition("@")
    is_intranet = _INTRANET.fullmatch(domain) is not None
    try:
        found = validate_email(
            f"{local}@example.com" if is_intranet else value, check_deliverability=False, globally_deliverable=False
        )
    except EmailNotValidError as error:
        raise ValueError(str(error)) from None
    return f"{found.local_part}@{domain.lower()}" if is_intranet else found.normalized


EmailAddress = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=3, max_length=320), AfterValidator(_checked)
]
FullName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
NewPassword = Annotated[str, Field(min_length=1, max_length=1000, description="The new password.")]


@dataclass(frozen=True, slots=True)
class User:
    """A person with an account. ``subscription_tier`` sets how many requests a minute the person's API keys may make."""

    id: UserId
    email: str
    username: str
    full_name: str
    avatar_url: str | None
    has_two_factor: bool
    is_active: bool
    is_superuser: bool
    subscription_tier: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class NewUser:
    """An account to be made; the password comes as its hash, made by ``service.hash_password``."""

    email: str
    full_name: str
    password_hash: str


@dataclass(frozen=True, slots=True)
class PasswordOwner:
    """Whose password it is. ``words``: other names that an attacker would try first, such as the organization's."""

    email: str = ""
    username: str = ""
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """What a person changes of their profile; None leaves a field."""

    full_name: str | None = None
    username: str | None = None


@dataclass(frozen=True, slots=True)
class Avatar:
    """An uploaded picture of a person. ``type``: its media type, by its signature; ``checksum``: SHA-256 in hexadecimal."""

    type: str
    content: bytes
    checksum: str


@dataclass(frozen=True, slots=True)
class Administration:
    """What only a superuser changes of a user; None leaves a field."""

    is_active: bool | None = None
    is_superuser: bool | None = None
    subscription_tier: str | None = None


@dataclass(frozen=True, slots=True)
class Credential:
    """What an e-mail address stands for at sign-in."""

    user_id: UserId
    password_hash: str
    is_active: bool
    has_two_factor: bool
