"""The audit log's entry, written in the transaction of what it tells: who, what, which record, before and after."""

import uuid
from typing import LiteralString

from psycopg.types.json import Jsonb

from retinue.core.context import Context
from retinue.core.ids import new_id
from retinue.core.json import JsonObject

_INSERT: LiteralString = """
INSERT INTO audit_log (id, organization_id, actor_kind, actor_id, api_key_id, action, target_type, target_id,
                       before, after, ip, user_agent, request_id)
VALUES (%(id)s, %(organization_id)s, %(actor_kind)s, %(actor_id)s, %(api_key_id)s, %(action)s, %(target_type)s,
        %(target_id)s, %(before)s, %(after)s, %(ip)s, %(user_agent)s, %(request_id)s)
"""


async def record(
    ctx: Context,
    action: str,
    target: tuple[str, uuid.UUID],
    *,
    before: JsonObject | None = None,
    after: JsonObject | None = None,
) -> None:
    """Write one entry: ``action`` as ``agent.updated``, ``target`` as (type, id). Secrets must not be in the documents."""
    actor = ctx.actor
    await ctx.tx.execute(
        _INSERT,
        {
            "id": new_id(),
            "organization_id": actor.organization_id,
            "actor_kind": actor.kind.value,
            "actor_id": actor.user_id,
            "api_key_id": actor.api_key_id,
            "action": action,
            "target_type": target[0],
            "target_id": target[1],
            "before": None if before is None else Jsonb(before),
            "after": None if after is None else Jsonb(after),
            "ip": actor.ip,
            "user_agent": actor.user_agent,
            "request_id": actor.request_id,
        },
    )
