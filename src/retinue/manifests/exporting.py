"""Writing an organization's resources as files."""

import re

from pydantic import ValidationError

from retinue.core.context import Context
from retinue.core.errors import DeniedError
from retinue.core.json import JsonObject
from retinue.manifests.errors import ExportMissingError
from retinue.manifests.ports import ManifestKind
from retinue.manifests.registry import KINDS
from retinue.manifests.types import ExportedFile, ExportedFiles
from retinue.manifests.writing import write

_LATER = ("team", "workflow", "schedule", "budget", "n8n_connection")
"""Kinds that API keys made for exports may not know yet: an export of everything goes on without them."""
_KEEPING = "An apply keeps the values that are set; a new resource needs them set in the console or over the API."


async def export(ctx: Context, kind_name: str | None, name: str | None) -> ExportedFiles:
    """Return resources as files: all, those of a kind, or those of a kind and name. Raises ``ExportMissingError``.

    A name that several resources of a kind have cannot stand for one of them: they are left out, with a warning.
    """
    kinds = KINDS if kind_name is None else tuple(each for each in KINDS if each.name == kind_name)
    files: list[ExportedFile] = []
    warnings: list[str] = []
    for kind in kinds:
        try:
            documents = [each for each in [await kind.read(ctx, each) for each in await kind.list_ids(ctx, name)] if each]
        except DeniedError:
            if kind_name is not None or kind.name not in _LATER:
                raise
            warnings.append(f"The folder {kind.folder} was left out: reading it needs {kind.folder}:read.")
            continue
        documents.sort(key=lambda each: str(each["name"]))
        names = [str(each["name"]) for each in documents]
        warnings += [
            f"{names.count(twice)} {kind.folder} have the name {twice} and were left out: rename all but one."
            for twice in sorted({each for each in names if names.count(each) > 1})
        ]
        paths: set[str] = set()
        files += [_exported(kind, each, paths) for each in documents if names.count(str(each["name"])) == 1]
    if name is not None and not files and not warnings:
        raise ExportMissingError(f"There is no {kind_name} named {name}.")
    return ExportedFiles(tuple(sorted(files, key=lambda each: each.path)), tuple(warnings))


def _exported(kind: ManifestKind, document: JsonObject, paths: set[str]) -> ExportedFile:
    name = str(document["name"])
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:80] or kind.name
    path, number = f"{kind.folder}/{slug}.yaml", 2
    while path in paths:
        path, number = f"{kind.folder}/{slug}-{number}.yaml", number + 1
    paths.add(path)
    secrets = kind.secrets(document)
    comments = [f"Secrets are not part of this file: {', '.join(secrets)}. {_KEEPING}"] if secrets else []
    try:
        short = kind.short(document)
    except ValidationError:  # written before a rule of today; an apply will name what is wrong
        short = document
    return ExportedFile(path, kind.name, name, write(short, comments), tuple(secrets))
