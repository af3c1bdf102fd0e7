"""The verbs of manifests: apply files, all of them or none, and export resources as files.

A plan is what an apply really does: it is carried out in the transaction, each resource is compared before and after, and a
dry run is rolled back. So a plan knows every refusal, and the second apply of the same files changes nothing.
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any
from uuid import UUID

from psycopg import Rollback

from retinue.core.context import Check, Context
from retinue.core.errors import Error, FieldProblem, InvalidError, Kind
from retinue.core.json import JsonObject, dumps
from retinue.manifests import checking, repository
from retinue.manifests.difference import difference
from retinue.manifests.errors import ManifestInvalidError, PlanChangedError
from retinue.manifests.ports import ManifestKind
from retinue.manifests.registry import KINDS, kind_named
from retinue.manifests.repository import Applied
from retinue.manifests.types import (
    Action,
    ApplyPlan,
    Document,
    FieldChange,
    FileProblem,
    MissingSecret,
    ResourceChange,
)

MAX_RESOURCES = 500
_SHOWN_PROBLEMS = 20
_REFUSALS = frozenset({Kind.INVALID, Kind.CONFLICT, Kind.MISSING})


@dataclass(frozen=True, slots=True)
class Request:
    """What to apply: documents, the problems found while they were read, and what to do with them.

    ``source`` names the files' origin: resources are recorded under it, and ``prune`` deletes those recorded under it that
    no document describes. ``digest`` is that of the plan that was confirmed, if any.
    """

    documents: Sequence[Document]
    problems: Sequence[FileProblem] = ()
    source: str | None = None
    prune: bool = False
    is_dry_run: bool = False
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class _Resource:
    """A document that fits the format of its kind."""

    document: Document
    kind: ManifestKind
    file: Any

    @property
    def key(self) -> tuple[str, str]:
        return self.kind.name, self.file.name


@dataclass(slots=True)
class _Work:
    """What an apply knows by now."""

    request: Request
    changes: list[ResourceChange] = field(default_factory=list[ResourceChange])
    problems: list[FileProblem] = field(default_factory=list[FileProblem])
    missing_secrets: list[MissingSecret] = field(default_factory=list[MissingSecret])
    recorded: dict[tuple[str, str], UUID] = field(default_factory=dict[tuple[str, str], UUID])
    """What the source applied earlier, by kind and name."""
    finishing: list[tuple[_Resource, UUID, Sequence[Check]]] = field(
        default_factory=list[tuple[_Resource, UUID, Sequence[Check]]]
    )
    """What was written, with the checks that were left for the end."""


async def apply(ctx: Context, request: Request) -> ApplyPlan:
    """Make resources what documents say, in this transaction, or with ``is_dry_run`` find out what that would do.

    A dry run returns the problems in the plan. Otherwise raises ``ManifestInvalidError`` that names each of them, and
    ``PlanChangedError`` when the plan is not the one of ``digest``. Writes the resources with their audit entries.
    """
    await repository.lock(ctx)
    work = _Work(request, problems=list(request.problems))
    async with _undone(ctx) as undo:
        await _carry_out(ctx, work)
        if request.is_dry_run:
            undo()
    plan = ApplyPlan(
        digest=_digest(work.changes),
        is_applied=not request.is_dry_run,
        changes=tuple(work.changes),
        problems=tuple(work.problems),
        missing_secrets=tuple(work.missing_secrets),
    )
    if request.is_dry_run:
        return replace(plan, changes=tuple(_planned(each) for each in plan.changes))
    if plan.problems:
        raise _refusal(plan.problems)
    if request.digest is not None and request.digest != plan.digest:
        raise PlanChangedError
    return plan


@asynccontextmanager
async def _undone(ctx: Context) -> AsyncGenerator[Callable[[], None]]:
    """Roll back what is done inside, and drop its calls after the commit, on an error and after ``undo``."""
    count = len(ctx.after_commit)
    is_undone = False

    def undo() -> None:
        nonlocal is_undone
        is_undone = True

    try:
        async with ctx.tx.transaction() as transaction:
            yield undo
            if is_undone:
                raise Rollback(transaction)  # noqa: TRY301 - ends the savepoint alone
    except BaseException:
        is_undone = True
        raise
    finally:
        if is_undone:
            del ctx.after_commit[count:]


async def _carry_out(ctx: Context, work: _Work) -> None:
    resources = _in_order(_resources(work))
    ctx.checks_at_end = []
    if work.request.source is not None:
        for each in await repository.list_applied(ctx, work.request.source, ()):
            work.recorded[each.kind, each.name] = each.resource_id
    kept: set[tuple[str, UUID]] = set()
    for resource in resources:
        resource_id = await _apply_one(ctx, work, resource)
        if resource_id is not None:
            kept.add((resource.kind.name, resource_id))
            work.finishing.append((resource, resource_id, tuple(ctx.checks_at_end)))
        ctx.checks_at_end = []
    ctx.checks_at_end = None
    for each in work.finishing:
        await _finish_one(ctx, work, *each)
    if work.request.prune and not work.problems:
        await _prune(ctx, work, kept)


def _resources(work: _Work) -> list[_Resource]:
    """Return the documents that fit their format, in their order, and note what is wrong with the others."""
    found: list[_Resource] = []
    first: dict[tuple[str, str], Document] = {}
    if len(work.request.documents) > MAX_RESOURCES:
        document = work.request.documents[MAX_RESOURCES]
        message = f"is one of {len(work.request.documents)} resources; {MAX_RESOURCES} at most are applied at once"
        work.problems.append(checking.problem_at(document, (), message, "Apply fewer files at once."))
        return []
    for document in work.request.documents:
        kind = kind_named(document.value.get("kind"))
        if kind is None:
            work.problems.append(_unknown_kind(document))
            continue
        file, problems = checking.parse(document, kind.model)
        work.problems += problems
        if file is None:
            continue
        resource = _Resource(document, kind, file)
        earlier = first.setdefault(resource.key, document)
        if earlier is document:
            found.append(resource)
        else:
            line = earlier.position_of(("name",)).line
            message = f"is used twice for this kind: {earlier.file}, line {line}, has the same name"
            work.problems.append(checking.problem_at(document, ("name",), message, "Rename or remove one of the two."))
    return found


def _in_order(resources: Sequence[_Resource]) -> list[_Resource]:
    """Put resources in the order of their kinds, but none before those that it names."""
    by_key = {each.key: each for each in resources}
    ordered: dict[tuple[str, str], _Resource] = {}
    seen: set[tuple[str, str]] = set()

    def put(resource: _Resource) -> None:
        if resource.key in seen:
            return
        seen.add(resource.key)
        for each in resource.kind.references(resource.file):
            inner = by_key.get(each)
            if inner is not None:
                put(inner)
        ordered[resource.key] = resource

    for resource in sorted(resources, key=lambda each: KINDS.index(each.kind)):
        put(resource)
    return list(ordered.values())


def _unknown_kind(document: Document) -> FileProblem:
    names = [kind.name for kind in KINDS]
    given = document.value.get("kind")
    if "kind" not in document.value:
        return checking.problem_at(document, ("kind",), "is missing", f"Begin with kind: and one of: {', '.join(names)}.")
    message = f"is {given!r}, which is no kind of resource"
    return checking.problem_at(document, ("kind",), message, checking.suggestion(str(given), names))


async def _finish_one(ctx: Context, work: _Work, resource: _Resource, resource_id: UUID, checks: Sequence[Check]) -> None:
    """Write what a resource says of later ones, and make the checks that were left for the end."""
    kind = resource.kind
    try:
        before = await kind.read(ctx, resource_id) or {}
        await kind.finish(ctx, resource_id, resource.file)
        for check in checks:
            await check()
    except Error as error:
        _note_refusal(work, resource, error)
        return
    after = await kind.read(ctx, resource_id) or {}
    fields = difference(before, after)
    if fields:
        index = next(index for index, each in enumerate(work.changes) if (each.kind, each.id) == (kind.name, resource_id))
        change = work.changes[index]
        is_new = change.action is Action.CREATE
        fields = _new_fields(kind, after) if is_new else (*change.fields, *fields)
        work.changes[index] = replace(change, action=change.action if is_new else Action.CHANGE, fields=fields)


async def _apply_one(ctx: Context, work: _Work, resource: _Resource) -> UUID | None:
    """Apply one document; return the id of its resource, and None when it was refused."""
    try:
        return await _write(ctx, work, resource)
    except Error as error:
        _note_refusal(work, resource, error)
        return None


def _note_refusal(work: _Work, resource: _Resource, error: Error) -> None:
    """Note why a document was refused. Raises the error again when it is none of those."""
    if error.kind not in _REFUSALS:
        raise error
    fields = error.fields or (FieldProblem("name", error.detail.rstrip("."), error.remedy_text),)
    work.problems += checking.problems_at(resource.document, fields)


async def _write(ctx: Context, work: _Work, resource: _Resource) -> UUID:
    kind, file, source = resource.kind, resource.file, work.request.source
    note = f"Applied from {resource.document.file}"[:1000]
    found = await _match(ctx, work, resource)
    before = None if found is None else await kind.read(ctx, found)
    async with _undone(ctx) as undo:
        if found is None or before is None:
            resource_id = await kind.create(ctx, file, note)
        else:
            resource_id = found
            await kind.update(ctx, resource_id, file, note)
        after = await kind.read(ctx, resource_id) or {}
        fields = () if before is None else difference(before, after)
        if before is not None and not fields:
            undo()  # nothing differs, so nothing is written: no version, no entry in the audit log
    if source is not None:
        moved = await _record(ctx, Applied(kind.name, resource_id, source, file.name))
        fields = (*fields, *((moved,) if moved and before is not None else ()))
    action = Action.CREATE if before is None else Action.CHANGE if fields else Action.UNCHANGED
    if before is None:
        fields = _new_fields(kind, after)
    work.changes.append(ResourceChange(action, kind.name, file.name, resource.document.file, resource_id, fields))
    work.missing_secrets += await kind.missing_secrets(ctx, resource_id, file)
    return resource_id


def _new_fields(kind: ManifestKind, document: JsonObject) -> tuple[FieldChange, ...]:
    shown = {name: value for name, value in kind.short(document).items() if name not in ("kind", "name")}
    return tuple(FieldChange(name, None, value) for name, value in shown.items())


async def _match(ctx: Context, work: _Work, resource: _Resource) -> UUID | None:
    """Return the resource that a document describes: the one that its source applied under this name, else by name."""
    recorded = work.recorded.get(resource.key)
    if recorded is not None and await resource.kind.read(ctx, recorded) is not None:
        return recorded
    ids = await resource.kind.list_ids(ctx, resource.file.name)
    if len(ids) > 1:
        message = f"names {len(ids)} {resource.kind.folder} of the organization, so it is not clear which one is meant"
        raise InvalidError(fields=(FieldProblem("name", message, "Rename all but one of them."),))
    return ids[0] if ids else None


async def _record(ctx: Context, applied: Applied) -> FieldChange | None:
    """Record a resource under its source; return the change of its source when that was another or none."""
    known = await repository.list_applied(ctx, applied.source, (applied.resource_id,))
    before = next((each for each in known if (each.kind, each.resource_id) == (applied.kind, applied.resource_id)), None)
    if before == applied:
        return None
    await repository.put_applied(ctx, applied)
    was = None if before is None else before.source
    return None if was == applied.source else FieldChange("source", was, applied.source)


async def _prune(ctx: Context, work: _Work, kept: set[tuple[str, UUID]]) -> None:
    """Delete what the source applied earlier and no document describes: what is used by others after those."""
    left = [
        (kind, name, resource_id)
        for kind in reversed(KINDS)
        for (kind_name, name), resource_id in sorted(work.recorded.items())
        if kind_name == kind.name and (kind_name, resource_id) not in kept
    ]
    while left:
        refused = [(each, problem) for each in left if (problem := await _delete(ctx, work, *each)) is not None]
        if len(refused) == len(left):
            work.problems += [problem for _, problem in refused]
            return
        left = [each for each, _ in refused]


async def _delete(ctx: Context, work: _Work, kind: ManifestKind, name: str, resource_id: UUID) -> FileProblem | None:
    """Delete a resource and the record of it; return why it cannot be."""
    document = await kind.read(ctx, resource_id)
    try:
        async with _undone(ctx):
            await repository.delete_applied(ctx, kind.name, resource_id)
            if document is not None:  # else it was deleted otherwise
                await kind.delete(ctx, resource_id)
    except Error as error:
        if error.kind not in _REFUSALS:
            raise
        message = f"{kind.name} {name} cannot be deleted: {error.detail.rstrip('.')}"
        return FileProblem("", 0, 0, "", message, error.remedy_text)
    if document is not None:
        work.changes.append(ResourceChange(Action.DELETE, kind.name, str(document["name"]), None, resource_id, ()))
    return None


def _digest(changes: Sequence[ResourceChange]) -> str:
    """Return what stands for a plan. Ids of resources that are created do not count: they differ each time."""
    return sha256(dumps([_planned(each) for each in changes])).hexdigest()


def _planned(change: ResourceChange) -> ResourceChange:
    return replace(change, id=None) if change.action is Action.CREATE else change


def _refusal(problems: Sequence[FileProblem]) -> ManifestInvalidError:
    fields = tuple(FieldProblem(place_of(each), each.message, each.remedy) for each in problems[:_SHOWN_PROBLEMS])
    count = f" There are {len(problems)} problems." if len(problems) > 1 else ""
    sentence = " ".join(each for each in (fields[0].field, fields[0].message) if each)
    return ManifestInvalidError(f"{sentence}. Nothing was changed.{count}", remedy=fields[0].remedy, fields=fields)


def place_of(problem: FileProblem) -> str:
    """Write where a problem is: ``agents/a.yaml:14:5 config.limits``."""
    place = f"{problem.file}:{problem.line}:{problem.column}" if problem.file else ""
    return " ".join(each for each in (place, problem.field) if each)
