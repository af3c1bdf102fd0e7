"""The ledger under any order of calls, ends, deaths and expiries: no limit is passed, no call is lost or counted twice."""

import json
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from tests.conftest import Postgres

LIMIT, RUN_LIMIT = Decimal("1.00"), Decimal("0.40")
RUNS = 3


@dataclass
class Books:
    """A database's ledger for one organization, beside what a model of it expects."""

    owner: psycopg.Connection[Any]
    app: psycopg.Connection[Any]
    organization: str
    runs: list[str]
    budgets: tuple[str, str]
    open: dict[str, tuple[int, Decimal]] = field(default_factory=dict[str, tuple[int, Decimal]])
    dead: set[str] = field(default_factory=set[str])
    used: Decimal = Decimal(0)
    made: int = 0

    def reserve(self, run: int, usd: Decimal, again: int) -> None:
        """Reserve a call, asking several times as after a lost reply."""
        call_id, short = str(uuid.uuid4()), list[Any]()
        call: dict[str, Any] = {
            "id": call_id,
            "organization_id": self.organization,
            "run_id": self.runs[run],
            "lease": 1,
            "step_id": str(uuid.uuid4()),
            "interrupted_id": str(uuid.uuid4()),
            "model": "m",
            "usd": str(usd),
            "tokens": 10,
            "seconds": 600,
            "is_downgraded": False,
            "questions": [],
        }
        for _ in range(again):
            short = self.app.execute("SELECT call_id FROM tenant.reserve_spending(%s, %s)", self._given([call])).fetchall()
        if not short:
            self.open[call_id] = (run, usd)

    def settle(self, part: Decimal, again: int) -> None:
        """End the oldest call whose worker lives: with a part of its worst case, or unmade."""
        alive = [each for each in self.open if each not in self.dead]
        if not alive:
            return
        usd = self.open.pop(alive[0])[1] * part
        ending: dict[str, Any] = {"id": alive[0], "organization_id": self.organization, "state": "released"}
        if part:
            ending |= {"state": "settled", "usd": str(usd), "tokens": 7}
            self.used, self.made = self.used + usd, self.made + 1
        for _ in range(again):
            self.app.execute("SELECT tenant.settle_spending(%s, %s)", self._given([ending]))

    def crash(self) -> None:
        """Have the worker of all open calls die."""
        self.dead |= set(self.open)

    def expire(self) -> None:
        """Let the time of dead calls be up, and reap."""
        self.owner.execute(
            "UPDATE budget_entries SET expires_at = tenant.now() WHERE id = ANY (%s::uuid[])", (list(self.dead),)
        )
        self.app.execute("SELECT tenant.reap_spending(1000)")
        for each in self.dead:
            self.open.pop(each, None)
        self.dead = set()

    def check(self) -> None:
        """Require that limits hold, that counters are the sums of entries, and that both are what the model expects."""
        self.owner.execute("SELECT 1")
        counters = self.owner.execute(
            "SELECT budget_id::text, counted_id::text, reserved_usd, settled_usd, reserved_tokens, settled_calls"
            " FROM budget_counters WHERE organization_id = %s",
            (self.organization,),
        ).fetchall()
        for budget, counted, reserved, settled, tokens, _ in counters:
            assert reserved + settled <= (LIMIT if budget == self.budgets[0] else RUN_LIMIT)
            sums = self.owner.execute(
                "SELECT coalesce(sum(reserved_usd) FILTER (WHERE state = 'reserved'), 0), coalesce(sum(settled_usd), 0),"
                " coalesce(sum(reserved_tokens) FILTER (WHERE state = 'reserved'), 0)"
                " FROM budget_entries WHERE budget_id = %s AND counted_id = %s",
                (budget, counted),
            ).fetchone()
            assert sums == (reserved, settled, tokens)
        of_all = [row for row in counters if row[0] == self.budgets[0]]
        held = sum((usd for _, usd in self.open.values()), Decimal(0))
        assert [(row[2], row[3], row[5]) for row in of_all] in ([], [(held, self.used, self.made)])

    def _given(self, entries: list[dict[str, Any]]) -> tuple[str, str]:
        return f"{{{self.organization}}}", json.dumps(entries)


@pytest.fixture(scope="module")
def connections(postgres: Postgres) -> Iterator[tuple[psycopg.Connection[Any], psycopg.Connection[Any]]]:
    with (
        psycopg.connect(postgres.owner_url, autocommit=True) as owner,
        psycopg.connect(postgres.app_url, autocommit=True) as app,
    ):
        yield owner, app


def _books(owner: psycopg.Connection[Any], app: psycopg.Connection[Any]) -> Books:
    organization, runs = str(uuid.uuid4()), [str(uuid.uuid4()) for _ in range(RUNS)]
    owner.execute("INSERT INTO organizations (id, name, slug) VALUES (%s, 'Acme', %s)", (organization, organization))
    for run in runs:
        owner.execute(
            "INSERT INTO runs (id, organization_id, type, target_id, target_name, trigger, status, plan, input, trace_id)"
            " VALUES (%s, %s, 'agent', %s, 'Scribe', 'manual', 'running', %s, '{}', 't')",
            (run, organization, uuid.uuid4(), Jsonb({})),
        )
    budgets = (str(uuid.uuid4()), str(uuid.uuid4()))
    for budget, scope, limit in ((budgets[0], "organization", LIMIT), (budgets[1], "run", RUN_LIMIT)):
        owner.execute(
            "INSERT INTO budgets (id, organization_id, name, scope, period, limit_usd) VALUES (%s, %s, %s, %s, 'total', %s)",
            (budget, organization, scope, scope, limit),
        )
    return Books(owner, app, organization, runs, budgets)


_AGAIN = st.integers(1, 2)
_ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("reserve"), st.integers(0, RUNS - 1), st.sampled_from(["0.05", "0.13", "0.30"]), _AGAIN),
        st.tuples(st.just("settle"), st.sampled_from(["0", "0.001", "0.5", "1"]), _AGAIN),
        st.tuples(st.just("crash")),
        st.tuples(st.just("expire")),
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=_ACTS)
def test_no_order_of_events_passes_a_limit_or_loses_a_call(
    connections: tuple[psycopg.Connection[Any], psycopg.Connection[Any]], acts: list[tuple[Any, ...]]
) -> None:
    books = _books(*connections)
    for act, *given_ in acts:
        if act == "reserve":
            books.reserve(given_[0], Decimal(given_[1]), given_[2])
        elif act == "settle":
            books.settle(Decimal(given_[0]), given_[1])
        elif act == "crash":
            books.crash()
        else:
            books.expire()
        books.check()
    books.crash()
    books.expire()
    books.check()
    assert books.open == {}


def test_call_that_is_settled_after_its_reservation_expired_is_counted(
    connections: tuple[psycopg.Connection[Any], psycopg.Connection[Any]],
) -> None:
    books = _books(*connections)
    books.reserve(0, Decimal("0.30"), 1)
    (call,) = books.open
    books.crash()
    books.expire()
    books.open[call] = (0, Decimal("0.30"))

    books.settle(Decimal(1), 2)

    books.check()
    assert books.used == Decimal("0.30")


def test_budget_that_is_deleted_at_the_same_time_refuses_no_call(
    connections: tuple[psycopg.Connection[Any], psycopg.Connection[Any]], postgres: Postgres
) -> None:
    books = _books(*connections)
    with psycopg.connect(postgres.owner_url) as deleter, ThreadPoolExecutor(1) as pool:
        deleter.execute("DELETE FROM budgets WHERE id = %s", (books.budgets[1],))
        reserving = pool.submit(books.reserve, 0, Decimal("0.30"), 1)
        waits = "SELECT count(*) FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid))"
        until = time.monotonic() + 30
        while not books.owner.execute(waits, (deleter.info.backend_pid,)).fetchall()[0][0]:
            assert time.monotonic() < until
        deleter.commit()
        reserving.result(30)

    counted = "SELECT budget_id::text, reserved_usd FROM budget_counters WHERE organization_id = %s"
    assert books.owner.execute(counted, (books.organization,)).fetchall() == [(books.budgets[0], Decimal("0.30"))]
