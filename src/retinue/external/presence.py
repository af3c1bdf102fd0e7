"""The presence of agents where others look for it: in the key-value store."""

from retinue.agents import service as agents
from retinue.agents.types import HeartbeatReceipt, presence_key
from retinue.core.context import Context
from retinue.core.errors import UnavailableError
from retinue.core.kv.port import KeyValue
from retinue.core.logging import get_logger

_log = get_logger(__name__)


async def publish_presence(kv: KeyValue, receipt: HeartbeatReceipt) -> None:
    """Put an agent's presence where others look for it: ``agent:{id}:status``, until the next heartbeat is overdue.

    The row is the authority; a store that does not answer costs nothing but the copy. Outside of any transaction.
    """
    try:
        await kv.set(presence_key(receipt.agent_id), receipt.presence, ttl_seconds=receipt.next_within_seconds)
    except UnavailableError as error:
        _log.warning("agent.presence_not_published", agent_id=str(receipt.agent_id), reason=error.detail)


async def list_presence_keys(ctx: Context) -> list[str]:
    """Name the entries of the key-value store that hold the presence of the organization's agents."""
    return [presence_key(each) for each in await agents.list_ids(ctx)]
