"""Limits on requests: so many a minute for an API key, and ever slower guessing at passwords.

Both count in the shared store, so that they hold over all API processes together.
"""

import hashlib
import ipaddress
import time
from dataclasses import dataclass

from retinue.core.errors import LimitedError, UnavailableError
from retinue.core.kv.port import KeyValue
from retinue.core.logging import get_logger

_log = get_logger(__name__)
_WINDOW_SECONDS = 60.0
_SLICES = 20
_MANY_KEYS = 10_000
_GUESSES_SECONDS = 3600.0
_LONGEST_WAIT_SECONDS = 900.0


class RateLimitedError(LimitedError):
    """The API key has made its requests of this minute."""

    code = "rate_limited"
    remedy = "Wait as long as Retry-After says, then go on; or ask an operator for a higher subscription tier."


class GuessingLimitedError(LimitedError):
    """Too many attempts with this account from this address."""

    code = "sign_in_limited"
    remedy = "Wait as long as Retry-After says, then try again."


@dataclass(slots=True)
class _Lease:
    left: int
    ends_at: float


class ApiLimits:
    """Requests a minute of each API key. Draws a twentieth at a time from the shared counter, so most requests ask nobody.

    Never lets more through than the limit; with several processes what one has drawn and not used is lost to the others.
    """

    def __init__(self, kv: KeyValue) -> None:
        """Take the shared store."""
        self._kv = kv
        self._leases: dict[str, _Lease] = {}

    async def take(self, api_key_id: str, per_minute: int) -> None:
        """Count one request of a key. Raises ``RateLimitedError`` with the time until the next window.

        When the store does not answer, the request is let through: a lost limit is better than a lost service.
        """
        now = time.monotonic()
        lease = self._leases.get(api_key_id)
        if lease is None or lease.ends_at <= now:
            lease = self._fresh(api_key_id, now)
        if lease.left == 0:
            try:
                await self._draw(api_key_id, lease, per_minute)
            except UnavailableError as error:
                _log.warning("limits.skipped", api_key_id=api_key_id, reason=error.detail)
                return
        if lease.left <= 0:
            raise RateLimitedError(retry_after_seconds=max(1.0, lease.ends_at - time.monotonic()))
        lease.left -= 1

    async def _draw(self, api_key_id: str, lease: _Lease, per_minute: int) -> None:
        share = max(1, per_minute // _SLICES)
        count = await self._kv.add(f"ratelimit:api:{api_key_id}", share, ttl_seconds=_WINDOW_SECONDS)
        granted = min(share, per_minute - (count.value - share))
        lease.ends_at = time.monotonic() + count.expires_in_seconds
        # Several requests may draw at once: what each was granted adds up. A negative lease is a closed window.
        lease.left = max(lease.left, 0) + granted if granted > 0 else lease.left or -1

    def _fresh(self, api_key_id: str, now: float) -> _Lease:
        if len(self._leases) >= _MANY_KEYS:
            self._leases = {key: lease for key, lease in self._leases.items() if lease.ends_at > now}
        lease = _Lease(0, now + _WINDOW_SECONDS)
        self._leases[api_key_id] = lease
        return lease


@dataclass(frozen=True, slots=True)
class GuessLimits:
    """Attempts that are free for one account from one address; attempts an hour from one address at any accounts."""

    free_attempts: int
    per_ip: int


def wait_seconds(attempts: int, free_attempts: int) -> float:
    """Return how long the attempt after this many must wait: doubling from one second to fifteen minutes."""
    if attempts < free_attempts:
        return 0.0
    return min(2.0 ** min(attempts - free_attempts, 20), _LONGEST_WAIT_SECONDS)


async def require_may_guess(kv: KeyValue, ip: str | None, account: str, limits: GuessLimits) -> None:
    """Count an attempt with an account from an address, before it is checked. Raises ``GuessingLimitedError``.

    From the free attempts on, each closes the door for a while behind itself, so attempts made at once are no way round.
    Counts are forgotten after an hour, or by ``forgive``.
    """
    pair, address = _pair(ip, account), _address(ip)
    doors = await kv.get_many([f"{pair}:door", f"{address}:door"])
    if doors:
        raise GuessingLimitedError(retry_after_seconds=max(1.0, max(map(float, doors.values())) - time.time()))
    total = await kv.add(address, 1, ttl_seconds=_GUESSES_SECONDS)
    if total.value > limits.per_ip:
        await _close(kv, f"{address}:door", total.expires_in_seconds)
        raise GuessingLimitedError(retry_after_seconds=max(1.0, total.expires_in_seconds))
    attempts = await kv.add(pair, 1, ttl_seconds=_GUESSES_SECONDS)
    wait = wait_seconds(attempts.value, limits.free_attempts)
    if wait and not await _close(kv, f"{pair}:door", wait):
        raise GuessingLimitedError(retry_after_seconds=wait)


async def forgive(kv: KeyValue, ip: str | None, account: str) -> None:
    """Forget the attempts with an account from an address: one of them was right."""
    pair = _pair(ip, account)
    await kv.delete(pair, f"{pair}:door")
    await kv.add(_address(ip), -1, ttl_seconds=_GUESSES_SECONDS)


async def require_may_try_code(kv: KeyValue, account: str, free_attempts: int) -> None:
    """Count an attempt with a code of an account's second factor, from any address. Raises ``GuessingLimitedError``.

    Whoever tries codes knows the password already, so that the account alone counts: six digits do not stand many attempts.
    """
    counter = f"ratelimit:code:{account}"
    door = await kv.get(f"{counter}:door")
    if door is not None:
        raise GuessingLimitedError(retry_after_seconds=max(1.0, float(door) - time.time()))
    attempts = await kv.add(counter, 1, ttl_seconds=_GUESSES_SECONDS)
    wait = wait_seconds(attempts.value, free_attempts)
    if wait and not await _close(kv, f"{counter}:door", wait):
        raise GuessingLimitedError(retry_after_seconds=wait)


async def forgive_codes(kv: KeyValue, account: str) -> None:
    """Forget the attempts with codes of an account: one of them was right."""
    await kv.delete(f"ratelimit:code:{account}", f"ratelimit:code:{account}:door")


async def _close(kv: KeyValue, door: str, seconds: float) -> bool:
    return await kv.set(door, str(time.time() + seconds), ttl_seconds=seconds, only_if_absent=True)


def _address(ip: str | None) -> str:
    return f"ratelimit:sign-in:{origin_of(ip)}"


def _pair(ip: str | None, account: str) -> str:
    digest = hashlib.sha256(f"{origin_of(ip)}|{account.strip().lower()}".encode()).hexdigest()[:32]
    return f"ratelimit:sign-in:{digest}"


def origin_of(ip: str | None) -> str:
    """Return what counts as one address: of IPv6 the /64 network, since whoever has one address there has them all."""
    try:
        address = ipaddress.ip_address(ip or "")
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(address.ipv4_mapped or ipaddress.ip_network((int(address), 64), strict=False))
