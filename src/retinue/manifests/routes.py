"""Applying and exporting files over HTTP."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request

from retinue.core.errors import FieldProblem
from retinue.core.http.context import actor_of, open_context
from retinue.manifests import service
from retinue.manifests.errors import ManifestInvalidError
from retinue.manifests.exporting import export
from retinue.manifests.reading import read_file
from retinue.manifests.schemas import ApplyFiles
from retinue.manifests.types import ApplyPlan, Document, ExportedFiles, FileProblem, ManifestFile

KindName = Literal["agent", "tool", "template", "team", "workflow", "schedule", "budget", "n8n_connection"]

router = APIRouter(tags=["manifests"])


@router.post("/apply")
async def apply_files(request: Request, body: ApplyFiles) -> ApplyPlan:
    """Make resources what YAML files say: all of them or none. A dry run returns the plan."""
    if body.prune and body.source is None:
        problem = FieldProblem("source", "is needed to prune", "Name the source that the resources were applied under.")
        raise ManifestInvalidError("Pruning needs a source.", remedy=problem.remedy, fields=(problem,))
    await actor_of(request)
    files = [ManifestFile(each.path, each.text) for each in body.files]
    documents, problems = await asyncio.to_thread(_read, files)
    async with open_context(request) as ctx:
        return await service.apply(
            ctx,
            service.Request(
                documents,
                problems,
                source=body.source,
                prune=body.prune,
                is_dry_run=body.dry_run,
                digest=body.digest,
            ),
        )


def _read(files: Sequence[ManifestFile]) -> tuple[list[Document], list[FileProblem]]:
    documents: list[Document] = []
    problems: list[FileProblem] = []
    for file in files:
        read, wrong = read_file(file)
        documents += read
        problems += wrong
    return documents, problems


@router.get("/export")
async def export_files(
    request: Request,
    kind: Annotated[KindName | None, Query(description="Only resources of this kind.")] = None,
    name: Annotated[str | None, Query(max_length=200, description="Only the resource of this name; needs kind.")] = None,
) -> ExportedFiles:
    """Return resources as YAML files, without secrets."""
    if name is not None and kind is None:
        problem = FieldProblem("kind", "is needed with a name", "Add kind.")
        raise ManifestInvalidError("A name needs a kind.", remedy=problem.remedy, fields=(problem,))
    async with open_context(request) as ctx:
        return await export(ctx, kind, name)
