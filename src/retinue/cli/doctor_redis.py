"""What `retinue doctor` finds out about Redis: does it answer, does it keep what it holds, and may it throw it away."""

from collections.abc import Mapping
from typing import Any

from redis.exceptions import RedisError, ResponseError

from retinue.cli.finding import Finding, State
from retinue.core.db.outages import first_line
from retinue.core.redis_link import client_of
from retinue.core.settings import CoreSettings, load

_LOOK = "See docs/redis.md."


async def examine_redis(environ: Mapping[str, str]) -> list[Finding]:
    """Look at the server that REDIS_URL names; nothing without one."""
    url = load(CoreSettings, environ).redis_url
    if not url:
        return []
    redis = client_of(url)
    try:
        return [await _answers(redis), await _keeps(redis), await _evicts(redis)]
    except (RedisError, OSError, TimeoutError) as error:
        text = f"The server that REDIS_URL names does not serve: {first_line(error)} PostgreSQL does its part, slower."
        return [Finding("Redis", State.FAILED, text, "Start it, and check REDIS_URL and its password.")]
    finally:
        await redis.aclose()


async def _answers(redis: Any) -> Finding:  # noqa: ANN401 - redis-py's, whose types are open
    await redis.set("retinue:probe", "1", px=1000)
    found: dict[str, Any] = await redis.info("server")
    name = "Valkey" if "valkey_version" in found else "Redis"
    return Finding("Redis", State.OK, f"{name} {found.get('valkey_version') or found.get('redis_version')} answers.")


async def _keeps(redis: Any) -> Finding:  # noqa: ANN401 - as above
    setting = await _settings(redis, "appendonly", "save")
    if setting is None:
        return Finding("Redis keeps", State.MIND, "CONFIG GET is not allowed, so its persistence cannot be seen.", _LOOK)
    if setting["appendonly"] == "yes":
        return Finding("Redis keeps", State.OK, "It keeps what it holds over a restart, by its append-only file.")
    if setting["save"]:
        text = "It keeps what it holds by snapshots alone: a crash clears the limits of the last minutes."
        return Finding("Redis keeps", State.MIND, text, f"Set 'appendonly yes' and 'appendfsync everysec'. {_LOOK}")
    text = "It keeps nothing over a restart: limits on guessing passwords are cleared. Nothing else is lost."
    return Finding("Redis keeps", State.MIND, text, f"Set 'appendonly yes' and 'appendfsync everysec'. {_LOOK}")


async def _evicts(redis: Any) -> Finding:  # noqa: ANN401 - as above
    setting = await _settings(redis, "maxmemory-policy")
    if setting is None or setting["maxmemory-policy"] == "noeviction":
        return Finding("Redis's memory", State.OK, "It throws nothing away to make room.")
    text = f"It throws keys away when its memory is full ({setting['maxmemory-policy']}): limits would be cleared."
    return Finding("Redis's memory", State.MIND, text, f"Set 'maxmemory-policy noeviction'. {_LOOK}")


async def _settings(redis: Any, *names: str) -> dict[str, str] | None:  # noqa: ANN401 - as above
    """Return settings of the server; None where it does not tell them, as services of clouds do not."""
    try:
        found: dict[str, str] = await redis.config_get(*names)
    except ResponseError:
        return None
    return found if all(name in found for name in names) else None
