"""The presence of agents where others look for it: in the key-value store."""

from retinue.agents import service as agents
from retinue.agents.types import HeartbeatReceipt, keys_of, measures_key, presence_key
from retinue.core.context import Context
from retinue.core.errors import UnavailableError
from retinue.core.kv.port import KeyValue
from retinue.core.logging import get_logger
from retinue.external.types import NewHeartbeat

_log = get_logger(__name__)


async def publish_presence(kv: KeyValue, receipt: HeartbeatReceipt, sent: NewHeartbeat) -> None:
    """Put an agent's presence and measures where others look for them, until the next heartbeat is overdue.

    The row is the authority; a store that does not answer costs nothing but the copy. Outside of any transaction.
    """
    measured = {"cpu": sent.cpu_percent, "memory": sent.memory_bytes}
    fields = {name: str(value) for name, value in measured.items() if value is not None}
    try:
        await kv.set(presence_key(receipt.agent_id), receipt.presence, ttl_seconds=receipt.next_within_seconds)
        if fields:
            await kv.set_fields({measures_key(receipt.agent_id): fields}, ttl_seconds=receipt.next_within_seconds)
    except UnavailableError as error:
        _log.warning("agent.presence_not_published", agent_id=str(receipt.agent_id), reason=error.detail)


async def list_presence_keys(ctx: Context) -> list[str]:
    """Name the entries of the key-value store that hold the presence and measures of the organization's agents."""
    return [key for each in await agents.list_ids(ctx) for key in keys_of(each)]
