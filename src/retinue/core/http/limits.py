"""Limits on requests: so many a minute for an API key, and ever slower guessing at passwords.

Both count in the shared store, so that they hold over all API processes together.
"""

import asyncio
import hashlib
import ipaddress
import time
from dataclasses import dataclass, field

from retinue.core.errors import LimitedError, UnavailableError
from retinue.core.kv.port import KeyValue, Taken
from retinue.core.logging import get_logger

_log = get_logger(__name__)
_WINDOW_SECONDS = 60.0
_SLICES = 20
_MANY_KEYS = 10_000
_GUESSES_SECONDS = 3600.0
_LONGEST_WAIT_SECONDS = 900.0
_HOLD_SECONDS = 0.5
_CLOSING_SECONDS = 2.0


class RateLimitedError(LimitedError):
    """The API key has reached its rate limit."""

    code = "rate_limited"
    remedy = "Wait for the seconds in Retry-After, or ask an operator for a higher subscription tier."


class GuessingLimitedError(LimitedError):
    """Too many attempts with this account from this address."""

    code = "sign_in_limited"
    remedy = "Wait for the seconds in Retry-After, then try again."


@dataclass(slots=True)
class _Lease:
    """What one process has of one key's requests: reserved at the shared counter and not used yet."""

    per_minute: int
    ends_at: float
    """When the minute ends, by ``time.monotonic``."""
    left: int = 0
    remaining: int = 0
    """What was left for everyone when it was last asked."""
    closed_until: float = 0.0
    is_counted: bool = False
    """The shared counter has answered."""
    is_told: bool = False
    """``is_near`` has answered yes in this minute."""
    used: int = 0
    since: float = 0.0
    waiting: "list[asyncio.Future[bool]]" = field(default_factory=list["asyncio.Future[bool]"])
    drawing: "asyncio.Task[None] | None" = None


class ApiLimits:
    """Requests a minute of each API key over all processes: never more than the limit, and all of it to anyone who asks.

    A process reserves at the shared counter what its waiting requests need, and what they will need within half a second by
    their present rate, at most a twentieth of what is left. What it has not used by then it gives back. So a busy key asks
    the counter a few times a second, and what one process holds is lost to the others for half a second at most.
    """

    def __init__(self, kv: KeyValue, *, hold_seconds: float = _HOLD_SECONDS) -> None:
        """Take the shared store, and for how long what is reserved may lie unused."""
        self._kv = kv
        self._hold = hold_seconds
        self._leases: dict[str, _Lease] = {}
        self._returning: set[asyncio.Task[None]] = set()

    async def take(self, api_key_id: str, per_minute: int) -> None:
        """Count one request of a key. Raises ``RateLimitedError`` with the time until the next window.

        When the store does not answer, the request is let through: a lost limit is better than a lost service.
        """
        now = time.monotonic()
        lease = self._leases.get(api_key_id)
        if lease is None or (lease.ends_at <= now and not lease.waiting):
            lease = self._fresh(api_key_id, per_minute, now)
        lease.used += 1
        if lease.left > 0:
            lease.left -= 1
            return
        if now < lease.closed_until:
            raise RateLimitedError(retry_after_seconds=max(1.0, lease.ends_at - now))
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        lease.waiting.append(answer)
        if lease.drawing is None or lease.drawing.done():
            lease.drawing = asyncio.create_task(self._draw(api_key_id, lease), name="limits draw")
        if not await answer:
            raise RateLimitedError(retry_after_seconds=max(1.0, lease.ends_at - time.monotonic()))

    def is_near(self, api_key_id: str) -> bool:
        """Say, once a minute in this process, whether a key has used 80% of its limit."""
        lease = self._leases.get(api_key_id)
        if lease is None or lease.is_told or not lease.is_counted or lease.remaining + lease.left > lease.per_minute // 5:
            return False
        lease.is_told = True
        return True

    async def close(self) -> None:
        """Give back what is reserved and not used, for the processes that go on."""
        for api_key_id, lease in self._leases.items():
            self._give_back(api_key_id, lease)
        if self._returning:
            await asyncio.wait(self._returning, timeout=_CLOSING_SECONDS)

    async def _draw(self, api_key_id: str, lease: _Lease) -> None:
        while lease.waiting:
            waiting, lease.waiting = lease.waiting, []
            now = time.monotonic()
            held, lease.left = lease.left if now < lease.ends_at else 0, 0  # of the draw before, during which these came
            wanted = max(0, len(waiting) + _ahead(lease, now, self._hold) - held)
            try:
                taken = await self._kv.take(
                    counter_of(api_key_id), wanted, most=lease.per_minute, ttl_seconds=_WINDOW_SECONDS
                )
            except UnavailableError as error:
                _log.warning("limits.skipped", api_key_id=api_key_id, reason=error.detail)
                taken = Taken(wanted, lease.remaining, _WINDOW_SECONDS)
            else:
                lease.is_counted = True
            now, granted = time.monotonic(), held + taken.granted
            lease.ends_at, lease.remaining = now + taken.expires_in_seconds, taken.left
            lease.left = max(0, granted - len(waiting))
            if granted < len(waiting):
                lease.closed_until = min(lease.ends_at, now + self._hold)
            for place, answer in enumerate(waiting):
                if not answer.done():
                    answer.set_result(place < granted)
            if lease.left:
                asyncio.get_running_loop().call_later(self._hold, self._give_back, api_key_id, lease, lease.since)

    def _give_back(self, api_key_id: str, lease: _Lease, since: float | None = None) -> None:
        """Return what was reserved and not used, unless it was drawn again since, or its minute is over."""
        unused = lease.left
        if not unused or (since is not None and lease.since != since) or time.monotonic() >= lease.ends_at:
            return
        lease.left = 0
        task = asyncio.create_task(self._return(api_key_id, lease, unused), name="limits return")
        self._returning.add(task)
        task.add_done_callback(self._returning.discard)

    async def _return(self, api_key_id: str, lease: _Lease, unused: int) -> None:
        try:
            await self._kv.take(counter_of(api_key_id), -unused, most=lease.per_minute, ttl_seconds=_WINDOW_SECONDS)
        except UnavailableError as error:
            _log.warning("limits.not_returned", api_key_id=api_key_id, requests=unused, reason=error.detail)

    def _fresh(self, api_key_id: str, per_minute: int, now: float) -> _Lease:
        if len(self._leases) >= _MANY_KEYS:
            self._leases = {key: lease for key, lease in self._leases.items() if lease.ends_at > now}
        lease = _Lease(per_minute, now + _WINDOW_SECONDS)
        self._leases[api_key_id] = lease
        return lease


def counter_of(api_key_id: str) -> str:
    """Return the key under which the shared store counts the requests of an API key."""
    return f"ratelimit:api:{api_key_id}"


def _ahead(lease: _Lease, now: float, hold_seconds: float) -> int:
    """Return how many requests beyond those that wait to reserve: what comes within the hold, as fast as they come now."""
    elapsed = max(now - lease.since, 0.001)
    soon = 0 if lease.since == 0.0 else int(lease.used / elapsed * hold_seconds)
    lease.since, lease.used = now, 0
    return min(soon, lease.remaining // _SLICES)


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
    Counts are forgotten after an hour, or by ``reset_attempts``.
    """
    pair, address = _pair(ip, account), _address(ip)
    doors = await kv.seconds_left([f"{pair}:door", f"{address}:door"])
    if doors:
        raise GuessingLimitedError(retry_after_seconds=max(1.0, *doors.values()))
    total = await kv.add(address, 1, ttl_seconds=_GUESSES_SECONDS)
    if total.value > limits.per_ip:
        await _close(kv, f"{address}:door", total.expires_in_seconds)
        raise GuessingLimitedError(retry_after_seconds=max(1.0, total.expires_in_seconds))
    attempts = await kv.add(pair, 1, ttl_seconds=_GUESSES_SECONDS)
    wait = wait_seconds(attempts.value, limits.free_attempts)
    if wait and not await _close(kv, f"{pair}:door", wait):
        raise GuessingLimitedError(retry_after_seconds=wait)


async def reset_attempts(kv: KeyValue, ip: str | None, account: str) -> None:
    """Forget the attempts with an account from an address: one of them was right."""
    pair = _pair(ip, account)
    await kv.delete(pair, f"{pair}:door")
    await kv.add(_address(ip), -1, ttl_seconds=_GUESSES_SECONDS)


async def require_may_try_code(kv: KeyValue, account: str, free_attempts: int) -> None:
    """Count an attempt with a code of an account's second factor, from any address. Raises ``GuessingLimitedError``.

    To try a code requires the password, so only the account is counted: six digits allow few attempts.
    """
    counter = f"ratelimit:code:{account}"
    doors = await kv.seconds_left([f"{counter}:door"])
    if doors:
        raise GuessingLimitedError(retry_after_seconds=max(1.0, *doors.values()))
    attempts = await kv.add(counter, 1, ttl_seconds=_GUESSES_SECONDS)
    wait = wait_seconds(attempts.value, free_attempts)
    if wait and not await _close(kv, f"{counter}:door", wait):
        raise GuessingLimitedError(retry_after_seconds=wait)


async def reset_code_attempts(kv: KeyValue, account: str) -> None:
    """Forget the attempts with codes of an account: one of them was right."""
    await kv.delete(*code_keys_of(account))


def code_keys_of(account: str) -> tuple[str, str]:
    """Return the keys under which attempts with codes of an account are counted."""
    return f"ratelimit:code:{account}", f"ratelimit:code:{account}:door"


async def _close(kv: KeyValue, door: str, seconds: float) -> bool:
    return await kv.set(door, "closed", ttl_seconds=seconds, only_if_absent=True)


def _address(ip: str | None) -> str:
    return f"ratelimit:sign-in:{origin_of(ip)}"


def _pair(ip: str | None, account: str) -> str:
    digest = hashlib.sha256(f"{origin_of(ip)}|{account.strip().lower()}".encode()).hexdigest()[:32]
    return f"ratelimit:sign-in:{digest}"


def origin_of(ip: str | None) -> str:
    """Return what counts as one address: of IPv6 the /64 network, since anyone who has one address there has them all."""
    try:
        address = ipaddress.ip_address(ip or "")
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(address.ipv4_mapped or ipaddress.ip_network((int(address), 64), strict=False))
