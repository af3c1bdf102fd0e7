"""When a backup is due, and which are kept: laws of pure functions. And the seal, which nothing may change unnoticed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retinue.backups import rules
from retinue.backups.errors import BackupInvalidError, BackupKeyError
from retinue.backups.sealing import CHUNK_BYTES, Opener, Sealer, open_with_passphrase, seal_with_passphrase

_INSTANTS = st.integers(1_704_067_200, 1_893_456_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
_COUNTS = st.integers(0, 8)
_KEY = bytes(range(32))


@given(st.lists(_INSTANTS, max_size=60), st.integers(1, 8), _COUNTS, _COUNTS)
def test_kept_backups_are_few_and_the_newest_is_among_them(
    instants: list[datetime], daily: int, weekly: int, monthly: int
) -> None:
    kept = rules.kept(instants, daily=daily, weekly=weekly, monthly=monthly)

    assert kept <= set(instants)
    assert len(kept) <= daily + weekly + monthly
    assert not instants or max(instants) in kept


@given(st.lists(_INSTANTS, max_size=60), st.integers(1, 8), _COUNTS, _COUNTS)
def test_deleting_twice_deletes_nothing_more(instants: list[datetime], daily: int, weekly: int, monthly: int) -> None:
    once = rules.kept(instants, daily=daily, weekly=weekly, monthly=monthly)

    assert rules.kept(once, daily=daily, weekly=weekly, monthly=monthly) == once


@given(st.lists(_INSTANTS, min_size=1, max_size=60), st.integers(1, 8), _COUNTS, _COUNTS)
def test_each_of_the_newest_days_keeps_its_newest_backup(
    instants: list[datetime], daily: int, weekly: int, monthly: int
) -> None:
    kept = rules.kept(instants, daily=daily, weekly=weekly, monthly=monthly)

    for day in sorted({each.date() for each in instants}, reverse=True)[:daily]:
        assert max(each for each in instants if each.date() == day) in kept


@given(_INSTANTS, st.integers(1, 6), st.integers(1, 6))
def test_a_year_of_daily_backups_reaches_back_for_months(first: datetime, weekly: int, monthly: int) -> None:
    held: set[datetime] = set()
    for day in range(365):
        held.add(first + timedelta(days=day))
        held = rules.kept(held, daily=7, weekly=weekly, monthly=monthly)

    last = first + timedelta(days=364)
    assert {last - timedelta(days=day) for day in range(7)} <= held
    assert len({(each.year, each.month) for each in held}) >= monthly
    assert len({each.isocalendar()[:2] for each in held}) >= weekly


@given(_INSTANTS, st.integers(0, 23), st.integers(0, 59))
def test_a_backup_is_due_once_a_day(now: datetime, hour: int, minute: int) -> None:
    time = f"{hour:02}:{minute:02}"
    due = rules.last_due(now, time)

    assert timedelta(0) <= now - due < timedelta(days=1)
    assert rules.is_due(now, time, last_success_at=due - timedelta(seconds=1), last_failure_at=None)
    assert not rules.is_due(now, time, last_success_at=due, last_failure_at=None)
    assert not rules.is_due(now, time, last_success_at=None, last_failure_at=now - timedelta(minutes=14))
    assert rules.is_due(now, time, last_success_at=None, last_failure_at=now - timedelta(minutes=15))


@given(_INSTANTS)
def test_a_name_tells_its_instant(instant: datetime) -> None:
    assert rules.instant_of(rules.name_of(instant)) == instant
    assert rules.instant_of(f"{rules.name_of(instant)}{rules.PARTIAL}") is None


def _sealed(content: bytes, name: str = "id/part") -> bytes:
    sealer = Sealer(_KEY, name)
    return sealer.header() + sealer.update(content) + sealer.finish()


def _opened(sealed: bytes, key: bytes = _KEY, name: str = "id/part", step: int = 700_001) -> bytes:
    opener = Opener(key, name)
    return b"".join(opener.update(sealed[at : at + step]) for at in range(0, len(sealed), step)) + opener.finish()


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 2 * CHUNK_BYTES + 5])
def test_sealed_content_is_opened_whatever_its_size(size: int) -> None:
    content = bytes(size)

    assert _opened(_sealed(content)) == content


@given(st.integers(0, 10**9), st.integers(0, 7))
def test_changed_bit_is_found(place: int, bit: int) -> None:
    sealed = bytearray(_sealed(b"content"))
    sealed[place % len(sealed)] ^= 1 << bit

    with pytest.raises((BackupInvalidError, BackupKeyError)):
        _opened(bytes(sealed))


def test_chunks_cannot_be_left_out_cut_off_or_moved_and_parts_cannot_change_places() -> None:
    whole = _sealed(bytes(3 * CHUNK_BYTES))
    head, chunk = len(whole) - 3 * (CHUNK_BYTES + 16), CHUNK_BYTES + 16
    first, second, third = (whole[head + n * chunk : head + (n + 1) * chunk] for n in range(3))

    for forged in (first + second, first + third, second + first + third, first + second + third + third, b""):
        with pytest.raises((BackupInvalidError, BackupKeyError)):
            _opened(whole[:head] + forged)
    with pytest.raises(BackupKeyError):
        _opened(whole, name="id/other")
    with pytest.raises(BackupKeyError):
        _opened(whole, key=bytes(32))


def test_passphrase_opens_what_it_sealed_and_no_other_does() -> None:
    sealed = seal_with_passphrase(b"the key", "a long passphrase", "id/secret")

    assert open_with_passphrase(sealed, "a long passphrase", "id/secret") == b"the key"
    with pytest.raises(BackupKeyError):
        open_with_passphrase(sealed, "another passphrase", "id/secret")
    with pytest.raises(BackupInvalidError):
        open_with_passphrase(sealed.replace(b"65536", b"99999999999"), "a long passphrase", "id/secret")
