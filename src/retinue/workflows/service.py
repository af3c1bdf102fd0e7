"""The package's verbs: an organization's workflows, each change of them a version, and their frozen form for a run."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from retinue.agents.types import Release
from retinue.core import audit
from retinue.core import outbox as events
from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.db.pages import CursorInvalidError, Page, Position, decode, page_of
from retinue.core.diff import difference
from retinue.core.errors import FieldProblem
from retinue.core.ids import OrganizationId, new_id
from retinue.core.json import JsonObject
from retinue.core.permissions import require
from retinue.core.webhooks import new_secret
from retinue.engine.export.program import python_program
from retinue.engine.output import check_output
from retinue.engine.spec.agent import ServingConfig
from retinue.engine.spec.input import PromptInput
from retinue.engine.spec.workflow.document import identity
from retinue.engine.spec.workflow.findings import Finding
from retinue.engine.spec.workflow.formats import current
from retinue.engine.spec.workflow.reading import read
from retinue.workflows import examining, linking, references, releases, repository, rules
from retinue.workflows.errors import (
    WorkflowBusyError,
    WorkflowChangedError,
    WorkflowInputInvalidError,
    WorkflowInvalidError,
    WorkflowLinkedError,
    WorkflowMissingError,
    WorkflowNotConversationalError,
    WorkflowNotPublishedError,
    WorkflowVersionMissingError,
)
from retinue.workflows.occasions import check_not_paused, check_occasion
from retinue.workflows.permissions import READ, WRITE
from retinue.workflows.repository import Switches, WorkflowFilter
from retinue.workflows.types import (
    Occasion,
    ProgramGap,
    Workflow,
    WorkflowDefinition,
    WorkflowForRun,
    WorkflowProgram,
    WorkflowReport,
    WorkflowStanding,
    WorkflowSummary,
    WorkflowVersion,
    WorkflowWebhook,
)

SAVED = "workflow.saved"
"""Event: a workflow whose versions are deployed by themselves was saved."""
_HIGHEST = 2**31 - 1
_NAME_CHARACTERS = 200
_SWITCHES = ("is_active", "is_paused")
_DRAWN = ("nodes", "edges")


async def list_page(ctx: Context, wanted: WorkflowFilter, *, cursor: str | None, limit: int) -> Page[WorkflowSummary]:
    """Return a page of workflows, newest first."""
    require(ctx, READ)
    rows = await repository.list_page(ctx, wanted, decode(cursor) if cursor else None, limit)
    return page_of(rows, limit, lambda each: Position(each.created_at, each.id))


async def list_ids(ctx: Context, name: str | None = None) -> list[UUID]:
    """Return the ids of all workflows, or of the one of a name, oldest first."""
    require(ctx, READ)
    return await repository.list_ids(ctx, name)


async def get(ctx: Context, workflow_id: UUID) -> Workflow:
    """Return one workflow. Raises ``WorkflowMissingError``."""
    require(ctx, READ)
    return await _get(ctx, workflow_id)


async def validate(ctx: Context, definition: JsonObject, examined: Sequence[Finding] = ()) -> WorkflowReport:
    """Return all findings in a definition, what its nodes refer to included. Writes nothing.

    ``examined`` are those of ``examining.examine``, which is done before; here and in ``create`` and ``update``.
    """
    require(ctx, READ)
    found = [*await _findings(ctx, current(definition)), *examined]
    is_valid = all(each.severity != "error" for each in found)
    return WorkflowReport(is_valid, [rules.shown(each) for each in found])


async def examine_in(ctx: Context, definition: JsonObject) -> Sequence[Finding]:
    """Look at code as ``examining.examine`` does, in the caller's transaction: files are applied all of them or none."""
    return await examining.examine(ctx.resources, definition)


async def create(ctx: Context, new: WorkflowDefinition, *, note: str = "", examined: Sequence[Finding] = ()) -> Workflow:
    """Write a new workflow, its first version and an audit entry. It is inactive, and no version is published.

    Raises ``WorkflowInvalidError`` that names each finding, and ``WorkflowNameTakenError``.
    """
    require(ctx, WRITE)
    new = replace(new, definition=current(new.definition))
    await _check(ctx, new, examined)
    workflow_id = new_id()
    await repository.insert(ctx, workflow_id, new)
    await references.check_allowed(ctx, workflow_id, new.definition)
    kept = (new.definition, identity(new.definition))
    await repository.keep_version(ctx, workflow_id, 1, kept, note)
    await _note_saved(ctx, workflow_id, new)
    await audit.record(ctx, "workflow.created", ("workflow", workflow_id), after=rules.audited(new))
    return await _get_and_announce(ctx, workflow_id)


async def update(
    ctx: Context,
    workflow_id: UUID,
    changes: Mapping[str, Any],
    *,
    version: int | None,
    note: str = "",
    examined: Sequence[Finding] = (),
) -> Workflow:
    """Change a workflow; what is not named stays. A definition that means something else is a new version.

    ``changes``: fields of ``WorkflowDefinition``, ``is_active`` and ``is_paused``. ``version`` is the one that was changed
    from. Raises ``WorkflowChangedError``, ``WorkflowNotPublishedError``, and as ``create`` does.
    """
    require(ctx, WRITE)
    before = await _lock(ctx, workflow_id)
    if version is not None and version != before.version:
        message = f"is {version}, but the workflow has version {before.version} by now"
        raise WorkflowChangedError(fields=(FieldProblem("version", message, WorkflowChangedError.remedy),))
    switches = {name: changes.get(name, getattr(before, name)) for name in _SWITCHES}
    if switches["is_active"] and before.active_version is None:
        raise WorkflowNotPublishedError(remedy="Publish a version first.")
    own = _definition_of(before)
    new = replace(own, **{name: value for name, value in changes.items() if name not in _SWITCHES})
    new = replace(new, definition=current(new.definition))
    if before.n8n_workflow_id is not None and any(new.definition.get(part) != own.definition.get(part) for part in _DRAWN):
        raise WorkflowLinkedError
    was, now = difference(rules.audited(own) | _switched(before), rules.audited(new) | switches)
    if not now:
        return before
    if (new.definition, new.agent_id) != (own.definition, own.agent_id):
        await _check(ctx, new, examined)
        await references.check_allowed(ctx, workflow_id, new.definition)
    following = before.version + (identity(new.definition) != identity(before.definition))
    await repository.update(ctx, workflow_id, new, Switches(following, **switches))
    await _note_saved(ctx, workflow_id, new)
    if following != before.version:
        await repository.keep_version(ctx, workflow_id, following, (new.definition, identity(new.definition)), note)
    await audit.record(ctx, "workflow.updated", ("workflow", workflow_id), before=was, after={**now, "version": following})
    return await _get_and_announce(ctx, workflow_id)


async def _note_saved(ctx: Context, workflow_id: UUID, new: WorkflowDefinition) -> None:
    if new.deployment_config.auto_deploy:
        await events.append(ctx, SAVED, {"workflow_id": str(workflow_id)})


def _definition_of(workflow: Workflow) -> WorkflowDefinition:
    return WorkflowDefinition(workflow.definition, workflow.agent_id, workflow.trigger_config, workflow.deployment_config)


def _switched(workflow: Workflow) -> JsonObject:
    return {name: getattr(workflow, name) for name in _SWITCHES}


async def publish(ctx: Context, workflow_id: UUID, version: int | None) -> Workflow:
    """Let runs take a version, by default the newest, from now on. Unfinished runs go on with theirs.

    Raises ``WorkflowVersionMissingError``, and ``WorkflowInvalidError`` when what the version refers to is gone.
    """
    require(ctx, WRITE)
    before = await _lock(ctx, workflow_id)
    kept = await get_version(ctx, workflow_id, version or before.version)
    await _check(ctx, WorkflowDefinition(kept.definition, before.agent_id, before.trigger_config))
    await references.check_allowed(ctx, workflow_id, kept.definition)
    if kept.version == before.active_version:
        return before
    await repository.publish(ctx, workflow_id, kept.version)
    was: JsonObject = {"active_version": before.active_version}
    await audit.record(
        ctx, "workflow.published", ("workflow", workflow_id), before=was, after={"active_version": kept.version}
    )
    return await _get_and_announce(ctx, workflow_id)


async def link_n8n(ctx: Context, workflow_id: UUID, n8n_workflow_id: str | None) -> Workflow:
    """Let a workflow of n8n carry it out, or its own definition (None). Raises as ``linking.link`` does."""
    require(ctx, WRITE)
    await linking.link(ctx, await _lock(ctx, workflow_id), n8n_workflow_id)
    return await _get_and_announce(ctx, workflow_id)


async def rotate_webhook_secret(ctx: Context, workflow_id: UUID) -> WorkflowWebhook:
    """Make a new secret for a workflow's webhook, which is returned once; the one before is no longer accepted."""
    require(ctx, WRITE)
    await _lock(ctx, workflow_id)
    secret = new_secret()
    await repository.set_webhook_secret(ctx, workflow_id, ctx.resources.secrets.seal(secret))
    await audit.record(ctx, "workflow.webhook_secret_rotated", ("workflow", workflow_id))
    return WorkflowWebhook(workflow_id, f"/api/v1/workflows/{workflow_id}/webhook", secret)


async def find_webhook(database: Database, workflow_id: UUID) -> tuple[OrganizationId, str] | None:
    """Return whose a workflow is that accepts webhooks, and the secret that signs them; None for any other."""
    found = await repository.find_webhook(database, workflow_id)
    return None if found is None else (found[0], database.resources.secrets.open(found[1]))


async def restore(ctx: Context, workflow_id: UUID, version: int) -> Workflow:
    """Make an earlier version the newest one, as a new version. Raises ``WorkflowVersionMissingError`` and as ``create``."""
    kept = await get_version(ctx, workflow_id, version)
    note = f"Version {version} restored"
    return await update(ctx, workflow_id, {"definition": kept.definition}, version=None, note=note)


async def duplicate(ctx: Context, workflow_id: UUID) -> Workflow:
    """Make a copy of a workflow; it begins at version 1, inactive."""
    require(ctx, WRITE)
    source = await _get(ctx, workflow_id)
    name = f"{source.name[: _NAME_CHARACTERS - 7]} (copy)"
    copy = replace(_definition_of(source), definition={**source.definition, "name": name})
    return await create(ctx, copy, note=f"Copied from {workflow_id}")


async def delete(ctx: Context, workflow_id: UUID) -> None:
    """Delete a workflow; its runs stay. Raises ``WorkflowBusyError`` while some of them are unfinished."""
    require(ctx, WRITE)
    before = await _lock(ctx, workflow_id)
    count = await repository.count_unfinished_runs(ctx, workflow_id)
    if count:
        raise WorkflowBusyError(f"The workflow has unfinished runs: {count}.")
    await repository.delete(ctx, workflow_id)
    own = _definition_of(before)
    await audit.record(ctx, "workflow.deleted", ("workflow", workflow_id), before=rules.audited(own))
    _tell(ctx, workflow_id, "deleted")


async def list_versions(ctx: Context, workflow_id: UUID, *, cursor: str | None, limit: int) -> Page[WorkflowVersion]:
    """Return a page of versions, the newest first. Raises ``WorkflowMissingError``, ``CursorInvalidError``."""
    await get(ctx, workflow_id)
    if cursor is not None and not (cursor.isascii() and cursor.isdigit() and int(cursor) <= _HIGHEST):
        raise CursorInvalidError
    rows = await repository.list_versions(ctx, workflow_id, int(cursor) if cursor else _HIGHEST, limit + 1)
    kept = rows[:limit]
    return Page(kept, str(kept[-1].version) if len(rows) > limit else None)


async def get_version(ctx: Context, workflow_id: UUID, version: int) -> WorkflowVersion:
    """Return one version. Raises ``WorkflowMissingError``, ``WorkflowVersionMissingError``."""
    await get(ctx, workflow_id)
    found = [each for each in await repository.list_versions(ctx, workflow_id, version + 1, 1) if each.version == version]
    if not found:
        raise WorkflowVersionMissingError(f"The workflow has no version {version}.")
    return found[0]


async def get_program(ctx: Context, workflow_id: UUID, version: int | None) -> WorkflowProgram:
    """Return a version (None: the newest) as a program. Raises ``WorkflowInvalidError`` for one that is not valid now."""
    found = await get(ctx, workflow_id) if version is None else await get_version(ctx, workflow_id, version)
    checked = read(found.definition)
    if checked.workflow is None:
        raise WorkflowInvalidError
    program = python_program(checked.workflow, found.version)
    return WorkflowProgram(found.version, program.source, [ProgramGap(each.path, each.message) for each in program.gaps])


async def get_release(ctx: Context, workflow_id: UUID, version: int | None = None) -> Release:
    """Return a version (None: the newest) as it is deployed, with the present versions of all that its nodes start.

    Raises ``WorkflowMissingError``, ``WorkflowVersionMissingError``, ``WorkflowNotPublishedError`` for a workflow that a
    node starts, and ``WorkflowInvalidError`` for what was deleted and for workflows that are nested too deeply.
    """
    workflow = await get(ctx, workflow_id)
    kept = await get_version(ctx, workflow_id, workflow.version if version is None else version)
    return Release(kept.version, await releases.pin(ctx, workflow, kept.definition))


def read_release_config(release: JsonObject) -> ServingConfig:
    """Return how a release may be called. Raises ``WorkflowInvalidError`` for a snapshot of an older form."""
    return releases.read_config(release)


def prompt_of(release: JsonObject) -> PromptInput | None:
    """Return how a release is talked with; None where its input is not one text."""
    definition = release.get("definition")
    return rules.prompt_of(definition) if isinstance(definition, dict) else None


async def get_prompt(ctx: Context, workflow_id: UUID) -> PromptInput:
    """Return how a person talks with a workflow. Raises as ``get_for_run``, and ``WorkflowNotConversationalError``."""
    prompt = rules.prompt_of((await get_for_run(ctx, workflow_id, Occasion("manual"))).definition)
    if prompt is None:
        raise WorkflowNotConversationalError
    return prompt


async def get_for_run(
    ctx: Context, workflow_id: UUID, occasion: Occasion, release: Release | None = None, *, version: int | None = None
) -> WorkflowForRun:
    """Return the version of a workflow that a run takes. The caller has asked for the permission to run.

    A ``release`` takes the place of what is published; only a paused workflow refuses it.
    A trial takes the newest version, or that of ``version``, of an inactive workflow too. Raises ``WorkflowMissingError``,
    ``WorkflowNotPublishedError``, ``WorkflowPausedError``, ``WorkflowInactiveError``, ``TriggerRefusedError``, and
    ``WorkflowInvalidError`` when what the version refers to is gone.
    """
    workflow = await _get_standing(ctx, workflow_id)
    if release is not None:
        check_not_paused(workflow)
        if workflow.n8n_workflow_id is None:
            return await releases.get_for_run(ctx, workflow_id, release)
    else:
        check_occasion(workflow, occasion)
    version = (version or workflow.version) if occasion.is_trial else workflow.active_version
    if version is None:
        raise WorkflowNotPublishedError
    definition = await repository.get_definition(ctx, workflow_id, version)
    if workflow.n8n_workflow_id is not None:
        own = (workflow.id, workflow.name, version, workflow.agent_id, definition)
        return WorkflowForRun(*own, (), workflow.n8n_workflow_id)
    targets = await references.find_targets(ctx, definition)
    return WorkflowForRun(workflow.id, workflow.name, version, workflow.agent_id, definition, targets)


async def _get_standing(ctx: Context, workflow_id: UUID) -> WorkflowStanding:
    standing = await repository.get_standing(ctx, workflow_id)
    if standing is None:
        raise WorkflowMissingError
    return standing


async def check_runnable(ctx: Context, workflow_id: UUID, occasion: Occasion) -> None:
    """Demand that a workflow may be run on an occasion. Raises as ``get_for_run`` does."""
    check_occasion(await _get_standing(ctx, workflow_id), occasion)


def check_input(definition: JsonObject, run_input: JsonObject) -> None:
    """Demand that an input fits a definition's input schema. Raises ``WorkflowInputInvalidError``."""
    schema = definition.get("input_schema")
    problems = check_output(run_input, schema) if isinstance(schema, dict) else ()
    if problems:
        fields = tuple(FieldProblem("input", each.rstrip("."), WorkflowInputInvalidError.remedy) for each in problems)
        raise WorkflowInputInvalidError(f"The input does not fit: {problems[0].rstrip('.')}.", fields=fields)


async def _findings(ctx: Context, definition: JsonObject) -> list[Finding]:
    reading, mentions = rules.look_at(definition), rules.mentions(definition)
    found = list(reading.findings)
    if mentions:
        known = await references.list_known(ctx, mentions)
        if any(not any(each.is_met_by(one) for one in known) for each in mentions):
            found += rules.meet(mentions, known, await repository.list_names(ctx))
        else:
            found += rules.meet(mentions, known, {})
    return found


async def _check(ctx: Context, new: WorkflowDefinition, examined: Sequence[Finding] = ()) -> None:
    if new.agent_id is not None and not await repository.has_agent(ctx, new.agent_id):
        problem = FieldProblem("agent_id", "names no agent that there is", "Choose another, or leave it out.")
        raise WorkflowInvalidError.of(problem)
    found = [*await _findings(ctx, new.definition), *examined]
    errors = [each for each in found if each.severity == "error"]
    if errors:
        raise WorkflowInvalidError.of_findings(errors)


async def _get(ctx: Context, workflow_id: UUID) -> Workflow:
    workflow = await repository.get(ctx, workflow_id)
    if workflow is None:
        raise WorkflowMissingError
    return workflow


async def _lock(ctx: Context, workflow_id: UUID) -> Workflow:
    if not await repository.lock(ctx, workflow_id):
        raise WorkflowMissingError
    return await _get(ctx, workflow_id)


async def _get_and_announce(ctx: Context, workflow_id: UUID) -> Workflow:
    workflow = await _get(ctx, workflow_id)
    _tell(ctx, workflow_id, "saved")
    return workflow


def _tell(ctx: Context, workflow_id: UUID, status: str) -> None:
    organization_id, bus = ctx.organization_id, ctx.resources.bus
    news: JsonObject = {"id": str(workflow_id), "status": status}
    ctx.after_commit.append(lambda: bus.news(organization_id, "workflow", news))
