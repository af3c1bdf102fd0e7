"""What n8n sends at the end of a workflow. It shows the token that the run's start gave it; it is taken once."""

import hashlib
import hmac
from datetime import timedelta
from uuid import UUID

from retinue.core.db.database import Database
from retinue.core.json import JsonObject
from retinue.integrations.n8n import following
from retinue.integrations.n8n import repository_runs as repository
from retinue.integrations.n8n.errors import N8nCallbackRefusedError
from retinue.integrations.n8n.reading import capped
from retinue.integrations.n8n.schemas import N8nCallback
from retinue.integrations.n8n.types import CallbackAccepted


async def receive(database: Database, run_id: UUID, body: N8nCallback) -> CallbackAccepted:
    """Take a result, and have the run looked at now. A repetition changes nothing. Raises ``N8nCallbackRefusedError``."""
    found = await repository.find_token(database, run_id)
    given = hashlib.sha256(body.token.encode()).digest()
    if found is None or not hmac.compare_digest(given, found[1]):
        raise N8nCallbackRefusedError
    told: JsonObject = {"error": body.error} if body.error is not None else {"output": capped(body.output)}
    async with database.system_context([found[0]]) as ctx:
        is_new = await repository.put_callback(ctx, run_id, told)
        if is_new:
            known = await repository.get(ctx, run_id)
            if body.execution_id is not None and known is not None and known.execution_id is None:
                await repository.hold_link(ctx, known.workflow_id)
                await repository.bind(ctx, run_id, str(body.execution_id))
            await following.look_soon(ctx, run_id, timedelta())
    return CallbackAccepted(run_id, is_replay=not is_new)
