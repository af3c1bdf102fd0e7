"""The audit log's entry, written in the transaction of what it tells: who, what, which record, before and after."""

import uuid
from typing import LiteralString

from psycopg.types.json import Jsonb

from retinue.core.context import Actor, Context
from retinue.core.ids import new_id
from retinue.core.json import JsonObject

_INSERT: LiteralString = "SELECT tenant.audit(%s::jsonb)"


async def record(
    ctx: Context,
    action: str,
    target: tuple[str, uuid.UUID],
    *,
    before: JsonObject | None = None,
    after: JsonObject | None = None,
) -> None:
    """Write one entry: ``action`` as ``agent.updated``, ``target`` as (type, id). Secrets must not be in the documents."""
    await ctx.tx.execute(_INSERT, (Jsonb(entry(ctx.actor, action, target, before=before, after=after)),), prepare=True)


def entry(
    actor: Actor,
    action: str,
    target: tuple[str, uuid.UUID],
    *,
    before: JsonObject | None = None,
    after: JsonObject | None = None,
) -> JsonObject:
    """Return an entry as ``tenant.audit`` takes it, for a function of the database that writes it with what it tells."""
    return {
        "id": str(new_id()),
        "organization_id": _text(actor.organization_id),
        "actor_kind": actor.kind.value,
        "actor_id": _text(actor.user_id),
        "api_key_id": _text(actor.api_key_id),
        "action": action,
        "target_type": target[0],
        "target_id": str(target[1]),
        "before": before,
        "after": after,
        "ip": actor.ip,
        "user_agent": actor.user_agent,
        "request_id": actor.request_id,
    }


def _text(identifier: uuid.UUID | None) -> str | None:
    return None if identifier is None else str(identifier)
