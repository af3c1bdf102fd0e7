"""Values of manifests: files that describe resources (agents, tools and so on), and the plan that applying them makes."""

import uuid
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from retinue.core.json import Json, JsonObject

Path: TypeAlias = tuple[str | int, ...]
"""Where a value is in a document: names of fields and places in lists."""


class Action(StrEnum):
    """What an apply does with a resource."""

    CREATE = "create"
    CHANGE = "change"
    DELETE = "delete"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """A YAML file: its name, which errors repeat, and its text, which may hold several documents."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a file; lines and columns count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file as it was read, and where each of its values begins."""

    file: str
    value: JsonObject
    positions: dict[Path, Position] = field(repr=False)

    def position_of(self, path: Path) -> Position:
        """Return where a value begins; for one that is not there, where the value around it begins."""
        while path and path not in self.positions:
            path = path[:-1]
        return self.positions[path]


@dataclass(frozen=True, slots=True)
class FileProblem:
    """What is wrong at one place of a file. Lines and columns count from 1; ``field`` is empty for wrong YAML."""

    file: str
    line: int
    column: int
    field: str
    message: str
    remedy: str | None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that an apply changes: its value before and after; null stands for none."""

    field: str
    before: Json
    after: Json


@dataclass(frozen=True, slots=True)
class MissingSecret:
    """A secret that a file names and that has no value yet, and how to set it."""

    kind: str
    name: str
    field: str
    remedy: str


@dataclass(frozen=True, slots=True)
class ResourceChange:
    """What an apply does with one resource. ``id`` is null for one that a dry run would create."""

    action: Action
    kind: str
    name: str
    file: str | None
    id: uuid.UUID | None
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class ApplyPlan:
    """What an apply does, or would do. With problems nothing is applied.

    ``digest`` stands for the whole plan: sent along with the apply, it has the apply refused if the plan differs by then.
    """

    digest: str
    is_applied: bool
    changes: tuple[ResourceChange, ...]
    problems: tuple[FileProblem, ...]
    missing_secrets: tuple[MissingSecret, ...]


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A resource as a YAML file. ``secrets`` are the fields whose secret values were left out."""

    path: str
    kind: str
    name: str
    text: str
    secrets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExportedFiles:
    """Resources as files, ordered by their paths, and sentences about what could not be exported."""

    files: tuple[ExportedFile, ...]
    warnings: tuple[str, ...]
