"""Publishing in Redis, under the names of the data model, for readers outside. One worker at a time does it.

Nothing here is the authority: each key is made again from the rows every few seconds, and expires when nobody does.
"""

from datetime import UTC, datetime
from uuid import UUID

from retinue.agents.types import measures_key, presence_key
from retinue.core.db.database import Database
from retinue.core.errors import UnavailableError
from retinue.core.ids import new_id
from retinue.core.json import JsonObject, dumps
from retinue.core.kv.port import KeyValue
from retinue.integrations.redis import repository
from retinue.integrations.redis.types import PublishedAgent, ScheduledJob

SECONDS = 10.0
QUEUE = "queue:scheduled_jobs"
_PUBLISHER = "retinue:publisher"
_KEPT_SECONDS = SECONDS * 6
_PAGE = 1000
_MOST_JOBS = 1000
_FIRST = UUID(int=0)


class Publisher:
    """The name under which this process publishes."""

    def __init__(self) -> None:
        """Choose one."""
        self.name = str(new_id())


async def publish(database: Database) -> None:
    """Publish how agents are and what is due next, where there is a Redis. Every worker attempts it; it may be repeated."""
    link, kv = database.resources.redis, database.resources.kv
    if link is None or link.is_lost:
        return
    if not await _is_ours(kv, database.resources.part(Publisher, Publisher).name):
        return
    after = _FIRST
    while True:
        agents = await repository.list_agents(database, after, _PAGE)
        if agents:
            after = agents[-1].agent_id
            await kv.set_many({presence_key(each.agent_id): each.status for each in agents}, ttl_seconds=_KEPT_SECONDS)
            measured = {measures_key(each.agent_id): _fields(each) for each in agents}
            await kv.set_fields({key: each for key, each in measured.items() if each}, ttl_seconds=_KEPT_SECONDS)
        if len(agents) < _PAGE:
            break
    jobs = await repository.list_scheduled(database, _MOST_JOBS)
    await kv.set_list(QUEUE, [_job(each) for each in jobs], ttl_seconds=_KEPT_SECONDS)


async def _is_ours(kv: KeyValue, name: str) -> bool:
    """Say whether this process publishes now: the one that did so last, or the first after it stopped."""
    try:
        if await kv.set(_PUBLISHER, name, ttl_seconds=SECONDS * 2, only_if_absent=True):
            return True
        return await kv.get(_PUBLISHER) == name and await kv.set(_PUBLISHER, name, ttl_seconds=SECONDS * 2)
    except UnavailableError:
        return False


def _fields(agent: PublishedAgent) -> dict[str, str]:
    at = agent.last_execution_time
    fields = {
        "cpu": None if agent.cpu is None else str(agent.cpu),
        "memory": None if agent.memory is None else str(agent.memory),
        "last_execution_time": None if at is None else _instant(at),
        "last_duration_ms": None if agent.last_duration_ms is None else str(agent.last_duration_ms),
    }
    return {name: value for name, value in fields.items() if value is not None}


def _job(job: ScheduledJob) -> str:
    document: JsonObject = {
        "schedule_id": str(job.schedule_id),
        "organization_id": str(job.organization_id),
        "target_type": job.target_type,
        "target_id": str(job.target_id),
        "due_at": _instant(job.due_at),
    }
    return dumps(document).decode()


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
