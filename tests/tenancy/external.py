"""What the tests of tenancy know about routes of external agents; see ``objects``."""

import secrets
from typing import Any

from tests.tenancy.world import World


async def make_agent_key(world: World) -> str:
    """Issue a key of Acme's agent, as if it were external."""
    agent = await world.id_of("agent_id")
    row = world.owner.execute(
        "INSERT INTO agent_keys (id, organization_id, agent_id, prefix, secret_hash)"
        " VALUES (gen_random_uuid(), %s, %s, %s, %s) RETURNING id",
        (world.acme, agent, f"rta_{world.cast.marker}", secrets.token_bytes(32)),
    ).fetchone()
    assert row is not None
    return str(row[0])


BODIES: dict[str, Any] = {
    "POST /agents/{agent_id}/keys/{agent_key_id}/rotate": {"overlap_seconds": 60},
    "POST /agents/{agent_id}/executions": {"status": "success"},
    "POST /agents/{agent_id}/work/claim": {},
    "POST /agents/{agent_id}/work/{run_id}/extend": {"lease": 1},
    "POST /agents/{agent_id}/work/{run_id}/complete": {"lease": 1, "output": "done"},
    "POST /agents/{agent_id}/work/{run_id}/fail": {"lease": 1, "message": "broken"},
    "POST /agents/{agent_id}/work/{run_id}/logs": {"lines": [{"message": "line"}]},
    "POST /agents/{agent_id}/work/{run_id}/thoughts": {"thoughts": [{"node_id": "a", "content": "thought"}]},
}
"""Route → a valid body."""
