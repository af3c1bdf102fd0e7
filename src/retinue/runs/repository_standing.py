"""The SQL of how the installation stands: runs that are not over, the queue, and the workers, over all organizations."""

from dataclasses import dataclass
from typing import LiteralString

from retinue.core.db.database import Database
from retinue.core.dispatch.settings import DispatchSettings


@dataclass(frozen=True, slots=True)
class Standing:
    """Counts of runs by status and trigger, of jobs by state (ready, delayed, running), and of workers."""

    runs: dict[tuple[str, str], int]
    jobs: dict[str, int]
    oldest_seconds: float
    workers: int


_STANDING: LiteralString = "SELECT runs, ready, delayed, running, oldest_seconds, workers FROM tenant.standing(%s)"


async def get_standing(database: Database) -> Standing:
    """Return how the installation stands; one statement."""
    stall = database.resources.settings_of(DispatchSettings).worker_stall_seconds
    ((runs, ready, delayed, running, oldest_seconds, workers),) = await database.statement(_STANDING, (stall,))
    counts = {(str(status), str(trigger)): int(count) for status, trigger, count in runs}
    jobs = {"ready": int(ready), "delayed": int(delayed), "running": int(running)}
    return Standing(counts, jobs, float(oldest_seconds), int(workers))
