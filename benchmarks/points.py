"""Points of metrics in a table by COPY: the most that the same server takes, to compare intake with."""

import time
import uuid
from datetime import UTC, datetime, timedelta

import psycopg

from benchmarks.installation import Installation

COPIED = 200_000


def copy_points(made: Installation, agent_id: str) -> float:
    """Return the rows a second that COPY writes into the table of points, in one connection."""
    ((organization,),) = made.query("SELECT organization_id FROM agents WHERE id = %s", agent_id)
    at = datetime.now(UTC) - timedelta(minutes=30)
    lines = [
        f"{uuid.uuid4()}\t{organization}\t{agent_id}\tresponse_time\t{200 + index % 977}\tms\t{{}}\t"
        f"{(at + timedelta(milliseconds=index)).isoformat()}\n"
        for index in range(COPIED)
    ]
    text = "".join(lines).encode()
    with psycopg.connect(made.owner_url, autocommit=True) as owner:
        columns = "id, organization_id, agent_id, metric_type, value, unit, metadata, recorded_at"
        began = time.perf_counter()
        with owner.cursor() as cursor, cursor.copy(f"COPY reported_metrics ({columns}) FROM STDIN".encode()) as copy:
            copy.write(text)
        return COPIED / (time.perf_counter() - began)
