"""Making and removing the demonstration organization, for the operator, at the installation's database.

It is an organization of its own, so that it mixes with nothing. What it has is made through the HTTP API, inside this
process, and its runs are carried out by the engine; ``history`` then puts most of them into the last 30 days.
"""

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection

from retinue.core.ids import OrganizationId, UserId
from retinue.demo import content, history
from retinue.demo.errors import (
    DemoExistsError,
    DemoMissingError,
    DemoTooSlowError,
    DemoUsedError,
    OwnerMissingError,
)
from retinue.demo.history import CreatedDemo, Owner
from retinue.demo.inside import Inside, entered

RUNS = 220
NAME = content.NAME
_AT_ONCE = 20
_REPORTED_DAYS = 13
"""Agents may report points that are 14 days late."""
_PATIENCE_SECONDS = 120.0
_TICK_SECONDS = 0.1
_MARK = "demo"

Report = Callable[[str], None]

_OWNER: LiteralString = """
SELECT id FROM users WHERE is_active
  AND CASE WHEN %(email)s::text IS NULL THEN is_superuser ELSE lower(email) = lower(%(email)s) END
ORDER BY created_at LIMIT 1
"""
_FIND: LiteralString = "SELECT id, created_by FROM organizations WHERE slug = %s AND status = 'active'"
_OPEN: LiteralString = """
SELECT count(*) FROM runs WHERE organization_id = %s AND status IN ('pending', 'running')
"""
_UNTOLD: LiteralString = """
SELECT (SELECT count(*) FROM run_endings WHERE organization_id = %(id)s)
  + (SELECT count(*) FROM metric_changes WHERE organization_id = %(id)s)
  + (SELECT count(*) FROM usage_changes WHERE organization_id = %(id)s)
"""
# What the demonstration makes has a mark: its runs a tag, its agents their names.
_OWN: LiteralString = """
SELECT (SELECT count(*) FROM runs WHERE organization_id = %(id)s AND parent_run_id IS NULL AND conversation_id IS NULL
    AND NOT %(mark)s = ANY (tags)),
  (SELECT count(*) FROM agents WHERE organization_id = %(id)s AND NOT name = ANY (%(names)s)),
  (SELECT count(*) FROM memberships WHERE organization_id = %(id)s) - 1
"""
_AFTERMATH: tuple[LiteralString, ...] = (
    "DELETE FROM organization_deletions WHERE target_id = %s",
    "DELETE FROM audit_log WHERE organization_id IS NULL AND target_type = 'organization' AND target_id = %s",
)
_STARTERS = ("Assistant", "Calculator desk", "Note keeper")


@dataclass(frozen=True, slots=True)
class _Work:
    inside: Inside
    owner: Owner
    organization: OrganizationId
    draw: random.Random


async def fill(url: str, environ: Mapping[str, str], owner_email: str | None, report: Report) -> int:
    """Make the demonstration organization; return how many runs it has. ``url`` is that of the database's owner.

    Raises DemoExistsError, OwnerMissingError, DemoTooSlowError.
    """
    draw = random.Random(20)  # noqa: S311 - the same organization each time
    async with await AsyncConnection.connect(url, autocommit=True) as owner:
        if await (await owner.execute(_FIND, (content.SLUG,))).fetchone():
            raise DemoExistsError
        row = await (await owner.execute(_OWNER, {"email": owner_email})).fetchone()
        if row is None:
            raise OwnerMissingError
        user = UserId(row[0])
        async with entered(environ, user, organization=None, new=(content.NAME, content.SLUG)) as (inside, organization):
            report("Agents, a team, a workflow, rules and schedules are made.")
            work = _Work(inside, owner, organization, draw)
            made = await _make(work, user, report)
            report("The history of 30 days is written.")
            await history.load(owner, made, draw)
            await _metrics(inside, made.agents, draw)
            await _present(work, made.agents)
            report("Metrics and usage are added up.")
            await _settled(owner, _UNTOLD, {"id": organization})
        return len(made.runs)


async def remove(url: str, environ: Mapping[str, str], *, everything: bool) -> None:
    """Remove the demonstration organization. Raises DemoMissingError, and DemoUsedError unless ``everything``."""
    async with await AsyncConnection.connect(url, autocommit=True) as owner:
        row = await (await owner.execute(_FIND, (content.SLUG,))).fetchone()
        if row is None or row[1] is None:
            raise DemoMissingError
        organization = OrganizationId(row[0])
        await _refuse_used(owner, organization, everything=everything)
        async with entered(environ, UserId(row[1]), organization=organization) as (inside, _):
            await inside.call("DELETE", f"/organizations/current?confirm={content.SLUG}&grace_seconds=0")
            await _settled(owner, "SELECT count(*) FROM organizations WHERE id = %(id)s", {"id": organization})
        for statement in _AFTERMATH:
            await owner.execute(statement, (organization,))


async def _refuse_used(owner: Owner, organization: OrganizationId, *, everything: bool) -> None:
    if everything:
        return
    names = [*_STARTERS, *(each["name"] for each in content.AGENTS)]
    row = await (await owner.execute(_OWN, {"id": organization, "mark": _MARK, "names": names})).fetchone()
    runs, agents, members = row or (0, 0, 0)
    if runs or agents or members:
        raise DemoUsedError(
            f"The demonstration organization has {runs} runs, {agents} agents and {members} members that were added to it."
        )


async def _make(work: _Work, user: UserId, report: Report) -> CreatedDemo:
    inside, owner, organization, draw = work.inside, work.owner, work.organization, work.draw
    agents = {each["name"]: (await inside.post("/agents", {**each, "status": "active"}))["id"] for each in content.AGENTS}
    kinds = (("/alert-configs", content.RULES), ("/variables", content.VARIABLES), ("/budgets", content.budgets(agents)))
    for path, bodies in kinds:
        for body in bodies:
            await inside.post(path, body)
    team = (await inside.post("/teams", content.team(agents)))["id"]
    workflow = await inside.post("/workflows", content.workflow(agents))
    await inside.post(f"/workflows/{workflow['id']}/publish", {})
    await inside.call("PATCH", f"/workflows/{workflow['id']}", {"is_active": True})
    schedule = await _schedules(inside, agents)
    for name in ("Support triage", "Market analyst"):
        await inside.post("/deployments", {"target_id": agents[name], "note": "First release"})
    report(f"{RUNS} runs are carried out.")
    runs, failed = await _runs(work, agents)
    runs += await _others(inside, owner, organization, team, workflow["id"])
    await _chats(inside, owner, organization, agents)
    await _rate(inside, runs, draw)
    chats = await (
        await owner.execute(
            "SELECT id FROM runs WHERE organization_id = %s AND conversation_id IS NOT NULL", (organization,)
        )
    ).fetchall()
    draw.shuffle(runs)
    scheduled = [run for run, name in runs if name == "Market analyst"][:12]
    return CreatedDemo(
        organization=organization,
        user=user,
        agents={name: UUID(each) for name, each in agents.items()},
        runs=[*(run for run, _ in runs), *(row[0] for row in chats)],
        schedule=UUID(schedule),
        scheduled=scheduled,
        failed=failed,
    )


async def _schedules(inside: Inside, agents: Mapping[str, str]) -> str:
    weekly = {"frequency": "weekly", "days": [1], "time": "07:00", "timezone": "Europe/Berlin"}
    hourly = {"frequency": "hourly", "interval": 4, "timezone": "UTC", "enabled": False}
    prompts = content.PROMPTS
    brief = {
        "name": "Weekly market brief",
        "target_id": agents["Market analyst"],
        "input": {"prompt": prompts["Market analyst"][0]},
    }
    sweep = {
        "name": "Sweep of open messages",
        "target_id": agents["Support triage"],
        "input": {"prompt": prompts["Support triage"][3]},
    }
    made = await inside.post("/schedules", {**brief, **weekly})
    await inside.post("/schedules", {**sweep, **hourly})
    return made["id"]


async def _runs(work: _Work, agents: Mapping[str, str]) -> tuple[list[tuple[UUID, str]], list[tuple[UUID, str]]]:
    """Start the runs of agents, a few at once, and wait for them. Some fail: for these the agent has another script."""
    inside, owner, organization, draw = work.inside, work.owner, work.organization, work.draw
    names = draw.choices(list(content.SHARES), list(content.SHARES.values()), k=RUNS)
    good = [(name, draw.choice(content.PROMPTS[name])) for name in names]
    runs: list[tuple[UUID, str]] = []
    failed: list[tuple[UUID, str]] = []
    third = len(good) // 3
    for number in range(3):
        for name, script in content.FAILURES.items():
            body = next(each for each in content.AGENTS if each["name"] == name)
            failing = {**body["config"], "parameters": {"script": {"turns": script}}}
            await inside.call("PATCH", f"/agents/{agents[name]}", {"config": failing, "note": "Try another provider"})
            failed += await _start(inside, agents, [(name, content.PROMPTS[name][number % 3])] * (1 + number % 2))
            await _settled(owner, _OPEN, (organization,))
            back = {"config": body["config"], "note": "Back to the former provider"}
            await inside.call("PATCH", f"/agents/{agents[name]}", back)
        part = good[number * third : (number + 1) * third if number < 2 else None]  # noqa: PLR2004 - the last takes the rest
        for begin in range(0, len(part), _AT_ONCE):
            runs += await _start(inside, agents, part[begin : begin + _AT_ONCE])
            await _settled(owner, _OPEN, (organization,))
    return runs + failed, failed


async def _start(inside: Inside, agents: Mapping[str, str], wanted: list[tuple[str, str]]) -> list[tuple[UUID, str]]:
    async def one(name: str, prompt: str) -> tuple[UUID, str]:
        body = {"target_id": agents[name], "input": {"prompt": prompt}, "tags": [_MARK]}
        return UUID((await inside.post("/runs", body))["id"]), name

    return list(await asyncio.gather(*(one(*each) for each in wanted)))


async def _others(
    inside: Inside, owner: Owner, organization: OrganizationId, team: str, workflow: str
) -> list[tuple[UUID, str]]:
    """Run the team and the workflow a few times."""
    started: list[tuple[UUID, str]] = []
    for number in range(5):
        body = {
            "type": "team",
            "target_id": team,
            "input": {"prompt": "Why did checkout fail this morning?"},
            "tags": [_MARK],
        }
        started.append((UUID((await inside.post("/runs", body))["id"]), "Incident board"))
        message = {"message": content.PROMPTS["Refund desk"][number % 3], "amount": 20 + 15 * number}
        body = {"input": message, "tags": [_MARK]}
        started.append((UUID((await inside.post(f"/workflows/{workflow}/runs", body))["id"]), "Order desk"))
    await _settled(owner, _OPEN, (organization,))
    await _settled(owner, f"{_OPEN} OR organization_id = %s AND waiting_reason = 'members'", (organization, organization))
    return started


async def _chats(inside: Inside, owner: Owner, organization: OrganizationId, agents: Mapping[str, str]) -> None:
    for name, texts in content.CHATS:
        chat = await inside.post("/conversations", {"agent_id": agents[name], "title": texts[0][:60]})
        for text in texts:
            await inside.post(f"/conversations/{chat['id']}/messages", {"content": text, "tags": [_MARK]})
            await _settled(owner, _OPEN, (organization,))


async def _metrics(inside: Inside, agents: Mapping[str, UUID], draw: random.Random) -> None:
    """Report an accuracy every few hours, as an evaluation would."""
    now = datetime.now(UTC)
    for name in ("Support triage", "Market analyst"):
        points = [
            {
                "metric_type": "accuracy",
                "value": round(min(0.99, 0.86 + 0.006 * (13 - hours / 24) + draw.gauss(0, 0.015)), 4),
                "recorded_at": (now - timedelta(hours=hours)).isoformat(),
            }
            for hours in range(1, 24 * _REPORTED_DAYS, 4)
        ]
        await inside.post(f"/agents/{agents[name]}/metrics", {"points": points})


async def _rate(inside: Inside, runs: list[tuple[UUID, str]], draw: random.Random) -> None:
    for run, _ in draw.sample(runs, 14):
        body = {"value": "up" if draw.random() > 0.25 else "down"}  # noqa: PLR2004 - a share
        await inside.call("PUT", f"/runs/{run}/feedback", body)


async def _present(work: _Work, agents: Mapping[str, UUID]) -> None:
    """Leave something to do: a refund that waits for a release, and a run that failed just now, on which a rule fires."""
    inside = work.inside
    name = "Code reviewer"
    body = next(each for each in content.AGENTS if each["name"] == name)
    failing = {**body["config"], "parameters": {"script": {"turns": content.FAILURES[name]}}}
    await inside.call("PATCH", f"/agents/{agents[name]}", {"config": failing, "note": "Try another provider"})
    await _start(inside, {name: str(agents[name])}, [(name, content.PROMPTS[name][0])])
    await _settled(work.owner, _OPEN, (work.organization,))
    await inside.call("PATCH", f"/agents/{agents[name]}", {"config": body["config"], "note": "Back to the former provider"})
    workflows = await inside.call("GET", "/workflows")
    message = {"message": "Refund the damaged table of order 5190.", "amount": 249}
    await inside.post(f"/workflows/{workflows['items'][0]['id']}/runs", {"input": message, "tags": [_MARK]})


async def _settled(owner: Owner, count: LiteralString, values: Any) -> None:  # noqa: ANN401 - parameters of the statement
    """Wait until a statement counts nothing. Raises DemoTooSlowError."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        row = await (await owner.execute(count, values)).fetchone()
        if row is None or row[0] == 0:
            return
        await asyncio.sleep(_TICK_SECONDS)
    raise DemoTooSlowError
