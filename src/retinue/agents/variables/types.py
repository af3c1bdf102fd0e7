"""Values of variables as they leave this package. A secret's value is never among them."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of an agent; ``value`` is null for a secret one and for one without a value yet."""

    id: uuid.UUID
    agent_id: uuid.UUID
    name: str
    description: str
    value: str | None
    is_secret: bool
    has_value: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class NewVariable:
    """A variable to be made; a secret's value is sealed before it is stored."""

    name: str
    description: str = ""
    value: str | None = None
    is_secret: bool = False


@dataclass(frozen=True, slots=True)
class Names:
    """What an agent's variables are called: plain ones with their values, secret ones, and those without a value."""

    plain: Mapping[str, str]
    secret: tuple[str, ...]
    empty: tuple[str, ...]
