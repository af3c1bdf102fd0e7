"""`retinue doctor` on Redis: what it says of a server that keeps what it holds, of others, and of one that is away."""

from pathlib import Path

import pytest

from retinue.cli.doctor_redis import examine_redis
from retinue.cli.finding import State
from tests.redis_server import KINDS, serving_redis

_OK, _MIND = State.OK, State.MIND
_CASES = {
    "keeps everything": ({"appendonly": "yes", "maxmemory_policy": "noeviction"}, [_OK, _OK, _OK]),
    "keeps snapshots": ({"save": "900 1", "maxmemory_policy": "noeviction"}, [_OK, _MIND, _OK]),
    "keeps nothing": ({"maxmemory_policy": "noeviction"}, [_OK, _MIND, _OK]),
    "throws away": ({"appendonly": "yes", "maxmemory_policy": "allkeys-lru"}, [_OK, _OK, _MIND]),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", _CASES)
async def test_persistence_and_eviction_are_looked_at(kind: str, case: str, tmp_path: Path) -> None:
    settings, states = _CASES[case]
    with serving_redis(kind, tmp_path, **settings) as server:
        findings = await examine_redis({"REDIS_URL": server.url})

    assert [each.state for each in findings] == states
    assert findings[0].text.startswith("Valkey 9" if kind == "valkey" else "Redis 7")
    assert all(each.remedy for each in findings if each.state is not State.OK)


async def test_server_that_is_away_fails_and_nothing_is_said_without_one() -> None:
    (away,) = await examine_redis({"REDIS_URL": "redis://:secret@127.0.0.1:9/0"})

    assert (away.state, bool(away.remedy)) == (State.FAILED, True)
    assert "secret" not in away.text
    assert await examine_redis({}) == []
