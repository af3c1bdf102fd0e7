"""Documents of manifests. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

__all__ = [
    "Action",
    "ApplyFile",
    "ApplyFiles",
    "ApplyPlan",
    "ExportedFile",
    "ExportedFiles",
    "FieldChange",
    "FileProblem",
    "MissingSecret",
    "ResourceChange",
]

Action: TypeAlias = Literal["create", "change", "delete", "unchanged"]


class ApplyFile(TypedDict):
    """A YAML file. Several documents are separated by `---`."""

    path: str
    text: str


class ApplyFiles(TypedDict):
    """Files to apply. With ``dry_run`` nothing is changed: the answer shows what would be, and what is wrong."""

    digest: NotRequired[str | None]
    dry_run: NotRequired[bool]
    files: list[ApplyFile]
    prune: NotRequired[bool]
    source: NotRequired[str | None]


class FileProblem(TypedDict):
    """What is wrong at one place of a file. Lines and columns count from 1; ``field`` is empty for wrong YAML."""

    column: int
    field: str
    file: str
    line: int
    message: str
    remedy: str | None


class MissingSecret(TypedDict):
    """A secret that a file names and that has no value yet, and how to set it."""

    field: str
    kind: str
    name: str
    remedy: str


class FieldChange(TypedDict):
    """A field that an apply changes: its value before and after; null stands for none."""

    after: Any
    before: Any
    field: str


class ResourceChange(TypedDict):
    """What an apply does with one resource. ``id`` is null for one that a dry run would create."""

    action: Action
    fields: list[FieldChange]
    file: str | None
    id: str | None
    kind: str
    name: str


class ApplyPlan(TypedDict):
    """What an apply does, or would do. With problems nothing is applied."""

    changes: list[ResourceChange]
    digest: str
    is_applied: bool
    missing_secrets: list[MissingSecret]
    problems: list[FileProblem]


class ExportedFile(TypedDict):
    """A resource as a YAML file. ``secrets`` are the fields whose secret values were left out."""

    kind: str
    name: str
    path: str
    secrets: list[str]
    text: str


class ExportedFiles(TypedDict):
    """Resources as files, ordered by their paths, and sentences about what could not be exported."""

    files: list[ExportedFile]
    warnings: list[str]
