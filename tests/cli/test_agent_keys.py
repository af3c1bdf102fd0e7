"""Keys of external agents from the command line."""

import orjson

from tests.cast import Cast
from tests.cli.conftest import Terminal


async def test_keys_of_an_agent_are_created_rotated_and_revoked_from_the_command_line(adam: Terminal, cast: Cast) -> None:
    body = {"name": "Gauge reader", "runtime": "external", "status": "active"}
    agent = (await cast.anna.http.post("/agents", json=body)).json["id"]
    made = await adam("agent-keys", "create", "Gauge reader")
    prefix = made.out.strip()[:12]
    listed = await adam("agent-keys", "list", agent)
    rotated = await adam("agent-keys", "rotate", "Gauge reader", prefix, "--overlap", "0", "--json")
    issued = orjson.loads(rotated.out)
    revoked = await adam("agent-keys", "revoke", "Gauge reader", issued["agent_key"]["prefix"])
    unknown = await adam("agent-keys", "revoke", "Gauge reader", "rta_unknown")
    secret = await adam("agent-keys", "webhook-secret", "Gauge reader")
    headers = [{"Authorization": f"Bearer {key}"} for key in (made.out.strip(), issued["key"])]
    statuses = [(await cast.nobody.post(f"/agents/{agent}/heartbeat", json={}, headers=each)).status for each in headers]

    assert (made.code, made.out[:4]) == (0, "rta_"), made.err
    assert prefix in listed.out
    assert (revoked.code, statuses) == (0, [401, 401]), revoked.err
    assert (unknown.code, "has no key" in unknown.err) == (2, True)
    assert secret.out.startswith("whsec_")
