"""The package's verbs: an organization's agents, each change of them a version, and their frozen form for a run."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

from pydantic import ValidationError

from retinue.agents import callees, repository, rules
from retinue.agents.errors import (
    AgentBusyError,
    AgentChangedError,
    AgentHostedError,
    AgentInactiveError,
    AgentInvalidError,
    AgentMissingError,
    AgentNotRunnableError,
    AgentPausedError,
)
from retinue.agents.permissions import HEARTBEAT, READ, WRITE
from retinue.agents.repository import Filters, Origin
from retinue.agents.rows import Row, agent_of, presence_of, receipt_of
from retinue.agents.templates import service as templates
from retinue.agents.templates.types import AgentTemplate
from retinue.agents.types import (
    Agent,
    AgentDraft,
    AgentForRun,
    AgentType,
    Category,
    Definition,
    HeartbeatReceipt,
    Release,
    Runtime,
    Status,
)
from retinue.agents.variables import service as variables
from retinue.agents.variables.types import Names, NewVariable
from retinue.agents.versions import service as versions
from retinue.core import audit
from retinue.core import outbox as events
from retinue.core.context import Context
from retinue.core.db.pages import Page, Position, decode, page_of
from retinue.core.diff import difference
from retinue.core.errors import FieldProblem
from retinue.core.ids import new_id
from retinue.core.json import JsonObject
from retinue.core.permissions import require, require_acting
from retinue.engine.spec.agent import AgentConfig, DeploymentConfig
from retinue.llm import service as llm
from retinue.tools import service as tools

WRITING = WRITE
SAVED = "agent.saved"  # event: a version was saved of an agent (``agent_id``) whose versions are deployed by themselves
_NAME_CHARACTERS = 200


async def list_page(ctx: Context, filters: Filters, *, cursor: str | None, limit: int) -> Page[Agent]:
    """Return a page of agents, newest first. ``popular`` also takes in those most used in the last 30 days."""
    require(ctx, READ)
    rows = await repository.list_page(ctx, filters, decode(cursor) if cursor else None, limit)
    page = page_of(rows, limit, lambda row: Position(row.created_at, row.id))
    return Page([agent_of(row, ctx.now) for row in page.items], page.next_cursor)


async def get(ctx: Context, agent_id: UUID) -> Agent:
    """Return one agent. Raises ``AgentMissingError``."""
    require(ctx, READ)
    return agent_of(await _row(ctx, agent_id), ctx.now)


async def list_ids(ctx: Context, name: str | None = None) -> list[UUID]:
    """Return the ids of all agents, oldest first; of one name only when it is given."""
    require(ctx, READ)
    return await repository.list_ids(ctx, name)


async def require_exists(ctx: Context, agent_id: UUID) -> None:
    """Make sure that an agent exists. Raises ``AgentMissingError``."""
    require(ctx, READ)
    await _row(ctx, agent_id)


async def create(
    ctx: Context,
    values: Mapping[str, Any],
    *,
    template_id: UUID | None = None,
    parameters: JsonObject | None = None,
    status: Status = Status.INACTIVE,
) -> Agent:
    """Write a new agent, its variables, its first version and an audit entry.

    ``values``: fields of ``Definition`` (name is needed unless a template gives it), ``variables`` (``NewVariable``) and
    ``note``; with a template they take the place of what it gives. Raises ``AgentInvalidError``, ``ToolsUnusableError``,
    ``ModelChoiceError``, ``TemplateMissingError`` and ``ParametersInvalidError``, each naming the field.
    """
    require(ctx, WRITE)
    given = dict(values)
    own = cast("tuple[NewVariable, ...]", given.pop("variables", ()))
    note = str(given.pop("note", ""))
    begun: dict[str, Any] = {}
    lent: tuple[NewVariable, ...] = ()
    if template_id is not None:
        beginning = await templates.begin(ctx, template_id, parameters or {})
        begun, lent = _begun(beginning.template), beginning.variables
    elif parameters:
        raise AgentInvalidError.of(
            FieldProblem("parameters", "are for a template", "Name a template_id, or leave them out.")
        )
    definition = _complete({**begun, **given})
    is_custom = template_id is None or bool(given.keys() & {"instructions", "config"})
    kept = [each for each in lent if each.name not in {one.name for one in own}]
    return await _make(ctx, definition, Origin(template_id, is_custom), [*kept, *own], note=note, status=status)


def _begun(template: AgentTemplate) -> dict[str, Any]:
    start = template.default_config
    return {
        "name": template.name,
        "description": template.description,
        "icon": template.icon,
        "category": Category(template.category),
        "type": template.type,
        "agent_type": AgentType(start.agent_type),
        "instructions": start.instructions,
        "config": start.config,
        "deployment_config": start.deployment_config,
    }


def _complete(values: Mapping[str, Any]) -> Definition:
    if not values.get("name"):
        raise AgentInvalidError.of(FieldProblem("name", "is needed", "Add this field."))
    defaults: dict[str, Any] = {
        "description": "",
        "icon": "bot",
        "category": Category.SUPPORT,
        "agent_type": AgentType.ASSISTIVE,
        "runtime": Runtime.HOSTED,
        "instructions": "",
        "config": AgentConfig(),
        "deployment_config": DeploymentConfig(),
        "webhook_url": None,
    }
    return Definition(**{**defaults, **values})


async def _make(
    ctx: Context,
    definition: Definition,
    origin: Origin,
    own: list[NewVariable],
    *,
    note: str = "",
    status: Status = Status.INACTIVE,
) -> Agent:
    rules.check_definition(definition)
    await _check_model(ctx, definition)
    agent_id = new_id()
    await callees.check(ctx, agent_id, definition.config)
    await repository.insert(ctx, agent_id, definition, origin, status)
    for each in own:
        await variables.create(ctx, agent_id, each)
    await tools.bind_agent(ctx, agent_id, definition.config.tools)
    await versions.keep(ctx, agent_id, 1, rules.write_snapshot(definition), note=note)
    await audit.record(ctx, "agent.created", ("agent", agent_id), after=rules.shown(definition))
    if status is Status.ACTIVE:
        before: JsonObject = {"status": Status.INACTIVE}
        await audit.record(ctx, "agent.activated", ("agent", agent_id), before=before, after={"status": status})
    await _tell_saved(ctx, agent_id, definition)
    return await _get_and_announce(ctx, agent_id)


async def _tell_saved(ctx: Context, agent_id: UUID, definition: Definition) -> None:
    if definition.deployment_config.auto_deploy:
        await events.append(ctx, SAVED, {"agent_id": str(agent_id)})


async def _check_model(ctx: Context, definition: Definition) -> None:
    choice, parameters = definition.config.model, definition.config.parameters
    if choice.provider_id is not None or parameters.script is not None:
        await llm.resolve_model(ctx, choice.provider_id, choice.name, parameters.model_dump(mode="json"))


async def update(ctx: Context, agent_id: UUID, changes: Mapping[str, Any], *, version: int | None, note: str = "") -> Agent:
    """Change an agent; what is not named stays. Each change is a new version; a change of nothing is none.

    ``changes``: fields of ``Definition``. ``version`` is the one that was changed from. Raises ``AgentChangedError`` that
    tells who was first, and as ``create`` does.
    """
    require(ctx, WRITE)
    before = await _lock(ctx, agent_id)
    if version is not None and version != before.version:
        raise await _changed(ctx, before, version)
    return await _save(ctx, before, replace(before.definition, **changes), note=note)


async def restore(ctx: Context, agent_id: UUID, version: int) -> Agent:
    """Make an earlier version the present one, as a new version. Raises ``VersionMissingError``, and as ``create`` does."""
    require(ctx, WRITE)
    before = await _lock(ctx, agent_id)
    kept = await versions.get(ctx, agent_id, version)
    return await _save(ctx, before, read_release(kept.snapshot), note=f"Version {version} restored")


def read_release(snapshot: JsonObject) -> Definition:
    """Return what a version's snapshot defines. Raises ``AgentInvalidError`` for one of an older form."""
    try:
        return rules.read_snapshot(snapshot)
    except ValidationError:
        message = "was written in an older form and cannot be used any more"
        raise AgentInvalidError.of(FieldProblem("version", message, "Copy what you need from it by hand.")) from None


async def _save(ctx: Context, before: Row, definition: Definition, *, note: str) -> Agent:
    if definition == before.definition:
        return agent_of(before, ctx.now)
    rules.check_definition(definition)
    if definition.config.model != before.definition.config.model or definition.config.parameters.script is not None:
        await _check_model(ctx, definition)
    await callees.check(ctx, before.id, definition.config)
    is_custom = rules.becomes_custom(before.definition, definition)
    version = await repository.update(ctx.tx, before, definition, is_custom=is_custom)
    if version is None:
        raise AgentChangedError
    await tools.bind_agent(ctx, before.id, definition.config.tools)
    await versions.keep(ctx, before.id, version, rules.write_snapshot(definition), note=note)
    was, now = difference(rules.shown(before.definition), rules.shown(definition))
    await audit.record(ctx, "agent.updated", ("agent", before.id), before=was, after={**now, "version": version})
    await _tell_saved(ctx, before.id, definition)
    return await _get_and_announce(ctx, before.id)


async def _changed(ctx: Context, row: Row, version: int) -> AgentChangedError:
    newest = await versions.get(ctx, row.id, row.version)
    who = newest.created_by.full_name if newest.created_by and newest.created_by.full_name else "Someone"
    when = newest.created_at.strftime("%Y-%m-%d %H:%M UTC")
    message = f"{who} saved version {row.version} of this agent at {when}; you began from version {version}"
    return AgentChangedError(f"{message}.", fields=(FieldProblem("version", message, AgentChangedError.remedy),))


async def duplicate(ctx: Context, agent_id: UUID) -> Agent:
    """Make a copy of an agent, variables and their secret values included; it begins inactive at version 1."""
    require(ctx, WRITE)
    source = await _row(ctx, agent_id)
    name = f"{source.definition.name[: _NAME_CHARACTERS - 7]} (copy)"
    definition = replace(source.definition, name=name)
    made = await _make(ctx, definition, Origin(source.template_id, source.is_custom), [], note=f"Copied from {agent_id}")
    await variables.copy(ctx, agent_id, made.id)
    return await _get_and_announce(ctx, made.id)


async def delete(ctx: Context, agent_id: UUID) -> None:
    """Delete an agent; its runs stay. Raises ``AgentBusyError`` while some are unfinished, ``AgentInUseError`` in a team."""
    require(ctx, WRITE)
    await repository.hold_roll_ups(ctx.tx)
    row = await _lock(ctx, agent_id)
    count = await repository.count_unfinished_runs(ctx, agent_id)
    if count:
        raise AgentBusyError(f"The agent has unfinished runs: {count}.")
    await callees.refuse_used(ctx, agent_id)
    await repository.delete(ctx.tx, agent_id)
    await audit.record(ctx, "agent.deleted", ("agent", agent_id), before=rules.shown(row.definition))
    _tell(ctx, agent_id, "deleted")


async def refuse_used(ctx: Context, agent_id: UUID) -> None:
    """Demand that nothing else needs an agent. Raises ``AgentInUseError``."""
    await callees.refuse_used(ctx, agent_id)


async def activate(ctx: Context, agent_id: UUID) -> Agent:
    """Put an agent to work; an active one stays so. May be repeated. Raises ``AgentMissingError``."""
    return await _move(ctx, agent_id, Status.ACTIVE, [Status.INACTIVE, Status.PAUSED, Status.ERROR])


async def pause(ctx: Context, agent_id: UUID, reason: str | None = None) -> Agent:
    """Pause an agent, with a sentence of why. It starts no more runs; active ones continue. Raises ``AgentMissingError``."""
    return await _move(ctx, agent_id, Status.PAUSED, [Status.INACTIVE, Status.ACTIVE, Status.ERROR], reason)


async def _move(ctx: Context, agent_id: UUID, status: Status, before: list[Status], reason: str | None = None) -> Agent:
    require(ctx, WRITE)
    row = await _lock(ctx, agent_id)
    if not await repository.set_status(ctx.tx, agent_id, status, reason=reason and reason[:1000], before=before):
        return agent_of(row, ctx.now)
    action = "agent.activated" if status is Status.ACTIVE else "agent.paused"
    await audit.record(ctx, action, ("agent", agent_id), before={"status": row.status}, after={"status": status})
    return await _get_and_announce(ctx, agent_id)


async def mark_failed(ctx: Context, agent_id: UUID, reason: str) -> None:
    """Set an active agent's status to error, with a sentence of why. For the platform; may be repeated."""
    await _mark(ctx, agent_id, Status.ERROR, reason=reason[:1000], before=Status.ACTIVE)


async def mark_recovered(ctx: Context, agent_id: UUID) -> None:
    """Set the status of an agent in error back to active. For the platform; may be repeated."""
    await _mark(ctx, agent_id, Status.ACTIVE, reason=None, before=Status.ERROR)


async def _mark(ctx: Context, agent_id: UUID, status: Status, *, reason: str | None, before: Status) -> None:
    if await repository.set_status(ctx.tx, agent_id, status, reason=reason, before=[before]):
        action, after = "agent.failed" if status is Status.ERROR else "agent.recovered", {"status": status, "reason": reason}
        await audit.record(ctx, action, ("agent", agent_id), before={"status": before}, after=after)
        _tell(ctx, agent_id, status)


async def heartbeat(ctx: Context, agent_id: UUID, status: str) -> HeartbeatReceipt:
    """Note that an external agent is alive. ``status``: online or error. Raises ``AgentHostedError``."""
    require_acting(ctx, HEARTBEAT, agent_id)
    row = await _row(ctx, agent_id)
    if row.definition.runtime is Runtime.HOSTED:
        raise AgentHostedError
    before = presence_of(row, ctx.now)
    await repository.set_heartbeat(ctx.tx, agent_id, ctx.now, status)
    after = await _row(ctx, agent_id)
    presence = presence_of(after, ctx.now)
    if presence is not before:
        _tell(ctx, agent_id, row.status)
    return receipt_of(after, presence, ctx.now)


async def check_activated(ctx: Context, agent_id: UUID) -> None:
    """Check that an agent may be used outside the playground. Raises ``AgentMissingError``, ``AgentInactiveError``."""
    _refuse_inactive(await _row(ctx, agent_id))


def _refuse_inactive(row: Row) -> None:
    if row.status is Status.INACTIVE:
        raise AgentInactiveError(f"{row.definition.name} is inactive and does not start runs.")


async def get_for_run(
    ctx: Context,
    agent_id: UUID,
    *,
    draft: AgentDraft | None = None,
    is_playground: bool = False,
    release: Release | None = None,
) -> AgentForRun:
    """Return an agent as a run freezes it. The caller has asked for the permission to run.

    A ``release`` or a ``draft`` takes the place of what is saved. Only a playground run may use an inactive agent. Raises
    ``AgentMissingError``, ``AgentInactiveError``, ``AgentPausedError``, and ``AgentNotRunnableError`` that names each
    variable without a value, each secret in the instructions, and each wrong field of the draft.
    """
    row = await _row(ctx, agent_id)
    if not is_playground:
        _refuse_inactive(row)
    if row.status is Status.PAUSED:
        raise AgentPausedError(f"{row.definition.name} is paused and begins no runs. {row.status_reason or ''}".rstrip())
    saved = row.definition if release is None else read_release(release.snapshot)
    definition = rules.drafted(saved, draft)
    problems = rules.variable_problems(definition, row.known)
    if problems:
        raise AgentNotRunnableError.of(*problems)
    names = await variables.names_of(ctx, agent_id) if row.known.variables else Names({}, (), ())
    return AgentForRun(
        id=row.id,
        organization_id=row.organization_id,
        name=definition.name,
        version=row.version if release is None else release.version,
        agent_type=definition.agent_type,
        runtime=definition.runtime,
        webhook_url=definition.webhook_url,
        instructions=definition.instructions,
        config=definition.config,
        deployment_config=definition.deployment_config,
        variables=names.plain,
        secret_names=names.secret,
    )


async def _row(ctx: Context, agent_id: UUID) -> Row:
    row = await repository.get(ctx.tx, agent_id)
    if row is None:
        raise AgentMissingError
    return row


async def _lock(ctx: Context, agent_id: UUID) -> Row:
    if not await repository.lock(ctx.tx, agent_id):
        raise AgentMissingError
    return await _row(ctx, agent_id)


async def _get_and_announce(ctx: Context, agent_id: UUID) -> Agent:
    agent = agent_of(await _row(ctx, agent_id), ctx.now)
    _tell(ctx, agent_id, agent.status)
    return agent


def _tell(ctx: Context, agent_id: UUID, status: str) -> None:
    organization_id, bus = ctx.organization_id, ctx.resources.bus
    news: JsonObject = {"id": str(agent_id), "status": status}
    ctx.after_commit.append(lambda: bus.news(organization_id, "agent", news))
