"""The bus, on each transport: subscribers get every piece once, late ones the whole text, a lost connection is restored."""

import asyncio
import gc
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, ExitStack, asynccontextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from retinue.core.bus import notifier
from retinue.core.bus.bus import Bus
from retinue.core.bus.hub import Hub
from retinue.core.bus.messages import Followed, JobReady, Message, News, RunChanged, StepEnded, Token, pack, unpack
from retinue.core.bus.notifier import GAP_SECONDS, Notifier
from retinue.core.bus.ports import LIVE, WORK, OnPayload, Transport
from retinue.core.bus.transport_fallback import FallbackTransport
from retinue.core.bus.transport_postgres import PostgresTransport
from retinue.core.bus.transport_redis import RedisTransport
from retinue.core.ids import OrganizationId, RunId, new_id
from retinue.core.redis_link import RedisLink
from tests.conftest import Postgres
from tests.redis_server import KINDS, LOST, RedisServer, serving_redis
from tests.relay import Relay


class Reader:
    """Follows a run and writes down what it is given."""

    def __init__(self) -> None:
        self.sequences: list[int] = []
        self.tokens: list[Token] = []
        self.texts: dict[tuple[str, str], str] = {}
        self.news: list[News] = []
        self.resyncs = 0
        self.arrived = asyncio.Event()

    def on_run_changed(self, moved: RunChanged) -> None:
        self.sequences.append(moved.sequence)
        self.arrived.set()

    def on_token(self, token: Token) -> None:
        key = (token.step_id, token.kind)
        known = "" if token.index == 0 else self.texts.get(key, "")
        assert token.index == len(known), "a gap or an overlap"
        self.texts[key] = known + token.text
        self.tokens.append(token)
        self.arrived.set()

    def on_news(self, news: News) -> None:
        self.news.append(news)
        self.arrived.set()

    def on_resync(self) -> None:
        self.resyncs += 1
        self.arrived.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not condition():
                self.arrived.clear()
                await self.arrived.wait()


@asynccontextmanager
async def _started(transport: Transport, *channels: str) -> AsyncGenerator[Bus]:
    bus = Bus(transport)
    await bus.start(channels)
    async with asyncio.timeout(5):
        await bus.connected.wait()
    try:
        yield bus
    finally:
        await bus.stop()


@pytest.fixture(scope="session")
def redis_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, RedisServer]]:
    """Start a server of each kind."""
    with ExitStack() as stack:
        yield {kind: stack.enter_context(serving_redis(kind, tmp_path_factory.mktemp(kind))) for kind in KINDS}


@pytest.fixture(params=["postgres", *KINDS, "valkey or postgres"])
async def transport(
    request: pytest.FixtureRequest, postgres: Postgres, redis_servers: dict[str, RedisServer]
) -> AsyncIterator[Callable[[], Transport]]:
    """Give what makes each of the carriers."""
    links: list[RedisLink] = []

    def make() -> Transport:
        if request.param == "postgres":
            return PostgresTransport(postgres.app_url)
        url = redis_servers[request.param.partition(" ")[0]].url
        if request.param in KINDS:
            return RedisTransport(url)
        links.append(RedisLink(url))
        return FallbackTransport(RedisTransport(url), PostgresTransport(postgres.app_url), links[-1])

    yield make
    for link in links:
        await link.close()


@pytest.fixture
async def ends(transport: Callable[[], Transport]) -> AsyncIterator[tuple[Bus, Bus]]:
    """Give a worker's end and a server's end."""
    async with AsyncExitStack() as stack:
        worker = await stack.enter_async_context(_started(transport(), WORK))
        server = await stack.enter_async_context(_started(transport(), LIVE))
        yield worker, server


ORGANIZATION = OrganizationId(new_id())


async def _heard(worker: Bus, server: Bus) -> None:
    """Wait until the worker has heard what the server said before: messages keep their order."""
    heard = asyncio.Event()
    worker.on_job_abort = lambda _job: heard.set()
    server.job_abort(1)
    async with asyncio.timeout(5):
        await heard.wait()


async def test_a_follower_gets_movements_and_tokens_in_order(ends: tuple[Bus, Bus]) -> None:
    worker, server = ends
    run, reader = RunId(new_id()), Reader()

    with server.follow_run(run, reader):
        for number in range(200):
            worker.token(run, "step", "text", f"{number} ")
        worker.run_changed(ORGANIZATION, run, 7)
        await reader.until(lambda: 7 in reader.sequences)

    assert reader.texts["step", "text"] == "".join(f"{number} " for number in range(200))
    assert len(reader.tokens) < 20


async def test_a_late_follower_gets_the_whole_text_first(ends: tuple[Bus, Bus]) -> None:
    worker, server = ends
    run, late = RunId(new_id()), Reader()
    for number in range(50):
        worker.token(run, "step", "text", f"{number} ")
    await asyncio.sleep(0)

    with server.follow_run(run, late):
        await late.until(lambda: bool(late.tokens))
        worker.token(run, "step", "text", "end")
        await late.until(lambda: late.texts["step", "text"].endswith("end"))

    assert late.tokens[0].index == 0
    assert late.texts["step", "text"] == "".join(f"{number} " for number in range(50)) + "end"


async def test_a_second_follower_in_the_same_process_is_given_what_is_known(ends: tuple[Bus, Bus]) -> None:
    worker, server = ends
    run, first, second = RunId(new_id()), Reader(), Reader()

    with server.follow_run(run, first):
        worker.token(run, "step", "reasoning", "once upon ")
        await first.until(lambda: bool(first.tokens))
        with server.follow_run(run, second):
            assert second.texts["step", "reasoning"] == "once upon "
            worker.token(run, "step", "reasoning", "a time")
            await second.until(lambda: second.texts["step", "reasoning"] == "once upon a time")


async def test_of_a_run_that_is_awaited_the_end_is_told_at_once_and_no_text(ends: tuple[Bus, Bus]) -> None:
    worker, server = ends
    run, waiter = RunId(new_id()), Reader()
    loop = asyncio.get_running_loop()

    with server.await_run(run, waiter):
        await _heard(worker, server)
        worker.token(run, "step", "text", "unread")
        worker.step_ended(run, "step")
        await asyncio.sleep(GAP_SECONDS)
        began = loop.time()
        worker.run_changed(ORGANIZATION, run, 5, status="completed")
        await waiter.until(lambda: 5 in waiter.sequences)

    assert loop.time() - began < GAP_SECONDS
    assert waiter.tokens == []


@pytest.mark.parametrize("begins", [Bus.follow_run, Bus.await_run])
async def test_news_of_a_run_is_held_back_no_longer_once_someone_waits_for_it(
    ends: tuple[Bus, Bus], monkeypatch: pytest.MonkeyPatch, begins: Callable[..., AbstractContextManager[None]]
) -> None:
    worker, server = ends
    run, reader, other = RunId(new_id()), Reader(), RunId(new_id())
    monkeypatch.setattr(notifier, "GAP_SECONDS", 60.0)
    with server.follow_run(other, reader):
        await _heard(worker, server)
        worker.run_changed(ORGANIZATION, other, 1)  # what is told next is held for the gap
        await reader.until(lambda: 1 in reader.sequences)
    worker.run_changed(ORGANIZATION, run, 5, status="completed")

    with begins(server, run, reader):
        await reader.until(lambda: 5 in reader.sequences)


async def test_who_follows_a_run_that_is_awaited_gets_the_whole_text(ends: tuple[Bus, Bus]) -> None:
    worker, server = ends
    run, waiter, late = RunId(new_id()), Reader(), Reader()

    with server.await_run(run, waiter):
        await _heard(worker, server)
        worker.token(run, "step", "text", "written unread")
        with server.follow_run(run, late):
            await late.until(lambda: bool(late.tokens))
            worker.token(run, "step", "text", " and read")
            await late.until(lambda: late.texts["step", "text"] == "written unread and read")


async def test_the_text_of_a_recorded_step_is_no_longer_replayed(ends: tuple[Bus, Bus]) -> None:
    worker, server = ends
    run, early, late = RunId(new_id()), Reader(), Reader()
    with server.follow_run(run, early):
        worker.token(run, "old", "text", "said and done")
        worker.step_ended(run, "old")
        worker.token(run, "new", "text", "now")
        await early.until(lambda: ("new", "text") in early.texts)

    with server.follow_run(run, late):
        await late.until(lambda: ("new", "text") in late.texts)

    assert ("old", "text") not in late.texts


async def test_a_text_larger_than_a_payload_arrives_whole(ends: tuple[Bus, Bus]) -> None:
    worker, server = ends
    run, reader = RunId(new_id()), Reader()
    text = 'Größe 🙂\n"quoted" \\ \0 ' * 2000

    with server.follow_run(run, reader):
        worker.token(run, "step", "text", text)
        await reader.until(lambda: len(reader.texts.get(("step", "text"), "")) == len(text))

    assert reader.texts["step", "text"] == text


async def test_half_a_surrogate_pair_does_not_stop_the_stream(ends: tuple[Bus, Bus]) -> None:
    worker, server = ends
    run, reader = RunId(new_id()), Reader()

    with server.follow_run(run, reader):
        worker.token(run, "step", "text", "a\ud83d")
        worker.token(run, "step", "text", "b")
        await reader.until(lambda: reader.texts.get(("step", "text"), "").endswith("b"))

    assert reader.texts["step", "text"] == "a?b"


async def test_an_organization_hears_of_its_own_and_not_of_others(ends: tuple[Bus, Bus]) -> None:
    worker, server = ends
    run, reader, stranger = RunId(new_id()), Reader(), Reader()

    with (
        server.follow_organization(ORGANIZATION, reader),
        server.follow_organization(OrganizationId(new_id()), stranger),
    ):
        worker.run_changed(ORGANIZATION, run, 3, status="running")
        worker.news(ORGANIZATION, "agent", {"id": "1", "status": "active"})
        await reader.until(lambda: bool(reader.news) and bool(reader.sequences))

    assert (stranger.news, stranger.sequences) == ([], [])


async def test_workers_are_woken_and_told_what_to_abort(ends: tuple[Bus, Bus]) -> None:
    worker, server = ends
    woken, aborted = asyncio.Event(), asyncio.Queue[int]()
    worker.on_job_ready = woken.set
    worker.on_job_abort = aborted.put_nowait

    server.job_ready()
    server.job_abort(17)

    async with asyncio.timeout(5):
        await woken.wait()
        assert await aborted.get() == 17


async def test_the_first_token_goes_at_once_and_later_ones_are_gathered(ends: tuple[Bus, Bus]) -> None:
    worker, server = ends
    run, reader = RunId(new_id()), Reader()
    loop = asyncio.get_running_loop()

    with server.follow_run(run, reader):
        await _heard(worker, server)  # else what is told again to a follower is taken for the second token
        worker.run_changed(ORGANIZATION, run, 1)
        await reader.until(lambda: bool(reader.sequences))
        await asyncio.sleep(GAP_SECONDS)
        began = loop.time()
        worker.token(run, "step", "text", "first")
        await reader.until(lambda: bool(reader.tokens))
        first = loop.time() - began
        worker.token(run, "step", "text", " second")
        await reader.until(lambda: len(reader.tokens) == 2)
        second = loop.time() - began

    assert first < GAP_SECONDS
    assert second >= GAP_SECONDS * 0.9


@pytest.mark.filterwarnings(LOST)
async def test_a_lost_connection_is_restored_and_readers_look_again(
    request: pytest.FixtureRequest, postgres: Postgres, redis_servers: dict[str, RedisServer], ends: tuple[Bus, Bus]
) -> None:
    worker, server = ends
    run, reader = RunId(new_id()), Reader()

    with server.follow_run(run, reader):
        worker.token(run, "step", "text", "before ")
        await reader.until(lambda: bool(reader.tokens))
        kinds = [kind for kind in KINDS if kind in request.node.name]
        if kinds:
            async with Redis(port=redis_servers[kinds[0]].port) as server_side:
                await server_side.execute_command("CLIENT", "KILL", "TYPE", "pubsub")  # pyright: ignore[reportUnknownMemberType] - as above
        else:
            async with await psycopg.AsyncConnection.connect(postgres.owner_url, autocommit=True) as owner:
                await owner.execute(_KILL_LISTENERS)
        worker.token(run, "step", "text", "and after")
        await reader.until(lambda: reader.texts["step", "text"] == "before and after")

    gc.collect()
    assert reader.resyncs >= 1


@pytest.mark.filterwarnings(LOST)
async def test_tokens_go_on_by_postgresql_while_redis_is_away_and_by_redis_afterwards(
    postgres: Postgres, tmp_path: Path
) -> None:
    with serving_redis("valkey", tmp_path) as redis:
        links = [RedisLink(redis.url), RedisLink(redis.url)]
        carriers = [
            FallbackTransport(RedisTransport(redis.url), PostgresTransport(postgres.app_url), link) for link in links
        ]
        async with _started(carriers[0], WORK) as worker, _started(carriers[1], LIVE) as server:
            run, reader = RunId(new_id()), Reader()
            with server.follow_run(run, reader):
                worker.token(run, "step", "text", "before")
                await reader.until(lambda: reader.texts.get(("step", "text")) == "before")
                redis.kill()
                worker.token(run, "step", "text", ", without")
                await reader.until(lambda: reader.texts["step", "text"] == "before, without")
                assert links[0].is_lost
                async with asyncio.timeout(10):
                    while worker.is_deaf:
                        await asyncio.sleep(0.05)
                redis.start()
                async with asyncio.timeout(10):
                    while any(link.is_lost for link in links):
                        await asyncio.sleep(0.05)
                worker.token(run, "step", "text", " and afterwards")
                await reader.until(lambda: reader.texts["step", "text"] == "before, without and afterwards")
        for link in links:
            await link.close()


async def test_a_bus_begins_without_redis_and_hears_itself(postgres: Postgres) -> None:
    link = RedisLink("redis://127.0.0.1:9/0")
    carrier = FallbackTransport(RedisTransport("redis://127.0.0.1:9/0"), PostgresTransport(postgres.app_url), link)

    async with _started(carrier, LIVE) as bus:
        await bus.require_hearing(30)
        assert not bus.is_deaf
        assert link.is_lost
    await link.close()


class _Answering:
    """A carrier that connects once more, as a second one does, in the moment in which the first word has arrived."""

    def __init__(self) -> None:
        self._on_payload: OnPayload | None = None
        self._on_connected: Callable[[], None] | None = None

    async def publish(self, messages: Sequence[tuple[str, str]]) -> None:
        on_payload, on_connected, self._on_connected = self._on_payload, self._on_connected, None
        if on_connected is not None:
            assert on_payload is not None
            for channel, payload in messages:
                on_payload(channel, payload)
            on_connected()
        await asyncio.Event().wait()

    async def listen(self, channels: Sequence[str], on_payload: OnPayload, on_connected: Callable[[], None]) -> None:
        del channels
        self._on_payload, self._on_connected = on_payload, on_connected
        on_connected()
        await asyncio.Event().wait()

    async def close(self) -> None: ...


async def test_a_process_that_heard_itself_is_not_deaf_because_a_second_carrier_connects_at_that_moment() -> None:
    async with _started(_Answering(), WORK) as bus:
        await bus.require_hearing(60)

        assert not bus.is_deaf


_KILL_LISTENERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%%'"
)
_KILL_SENDERS_TOO = f"{_KILL_LISTENERS} OR query LIKE 'SELECT pg_notify%%'"


@pytest.mark.parametrize("channel", [LIVE, WORK])
async def test_a_process_hears_itself_again_after_it_lost_the_connection_by_which_it_sends(
    postgres: Postgres, channel: str
) -> None:
    async with _started(PostgresTransport(postgres.app_url), channel) as bus:
        await bus.require_hearing(60)
        bus.connected.clear()

        async with await psycopg.AsyncConnection.connect(postgres.owner_url, autocommit=True) as owner:
            await owner.execute(_KILL_SENDERS_TOO.encode())
        async with asyncio.timeout(60):
            await bus.connected.wait()
        await bus.require_hearing(60)

        assert not bus.is_deaf


async def test_a_connection_that_sends_nothing_is_closed_and_made_again(postgres: Postgres) -> None:
    named = f"{postgres.app_url}{'&' if '?' in postgres.app_url else '?'}application_name=seldom"
    transport = PostgresTransport(named, most_idle_seconds=0.05)
    count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'seldom'"
    async with await psycopg.AsyncConnection.connect(postgres.owner_url, autocommit=True) as owner:
        await owner.execute("LISTEN seldom")
        for payload in ("first", "second"):
            await transport.publish([("seldom", payload)])

            heard = [each.payload async for each in owner.notifies(timeout=60, stop_after=1)]

            assert heard == [payload]
            async with asyncio.timeout(60):
                while await (await owner.execute(count)).fetchone() != (0,):
                    await asyncio.sleep(0.01)
    await transport.close()


async def test_lost_connection_is_logged_once_however_often_it_is_tried_again(postgres: Postgres) -> None:
    relay = Relay(postgres.app_url)
    with capture_logs() as logged:
        async with relay.up(), _started(PostgresTransport(relay.url), LIVE) as bus:
            bus.connected.clear()

            relay.hang_up()
            async with asyncio.timeout(30):
                while relay.refused < 4:
                    await asyncio.sleep(0.02)
            relay.speak()
            async with asyncio.timeout(30):
                await bus.connected.wait()

    assert [each["event"] for each in logged if each["event"] == "bus.connection_lost"] == ["bus.connection_lost"]


class Loopback:
    """Carries nothing; counts what it was given."""

    def __init__(self) -> None:
        self.sent: list[list[tuple[str, str]]] = []

    async def publish(self, messages: Sequence[tuple[str, str]]) -> None:
        self.sent.append(list(messages))

    async def listen(self, channels: Sequence[str], on_payload: OnPayload, on_connected: Callable[[], None]) -> None:
        await asyncio.Event().wait()

    async def close(self) -> None:
        return


async def test_movements_of_one_run_are_gathered_into_the_last_and_stand_behind_its_tokens() -> None:
    carrier = Loopback()
    notifier = Notifier(carrier)
    notifier.live(RunChanged("r", "o", 1, "running"))
    notifier.live(Token("r", "s", "text", 0, "a"))
    notifier.live(RunChanged("r", "o", 2))
    notifier.live(Token("r", "s", "text", 1, "b"))

    notifier.close()
    await notifier.run()

    (messages,) = carrier.sent
    told = [message for _, payload in messages for message in unpack(payload)]
    assert told == [Token("r", "s", "text", 0, "ab"), RunChanged("r", "o", 2, "running")]


class Reconnecting(Loopback):
    """A carrier whose connection can be made to be new."""

    def __init__(self) -> None:
        super().__init__()
        self.connect: Callable[[], None] = lambda: None

    async def listen(self, channels: Sequence[str], on_payload: OnPayload, on_connected: Callable[[], None]) -> None:
        self.connect = on_connected
        on_connected()
        await asyncio.Event().wait()


async def test_a_worker_that_was_deaf_sends_its_texts_again_though_it_heard_of_no_follower() -> None:
    carrier = Reconnecting()
    async with _started(carrier, WORK) as worker:
        run = RunId(new_id())
        worker.token(run, "step", "text", "written ")
        async with asyncio.timeout(5):
            while not carrier.sent:
                await asyncio.sleep(0)
        worker.token(run, "step", "text", "while deaf")
        carrier.connect()

    told = [message for sent in carrier.sent for _, payload in sent for message in unpack(payload)]
    assert Token(str(run), "step", "text", 0, "written while deaf") in told


class Deaf(Loopback):
    """A carrier that takes its first cancellation for a time-out of its own, as client libraries do now and then."""

    async def listen(self, channels: Sequence[str], on_payload: OnPayload, on_connected: Callable[[], None]) -> None:
        on_connected()
        for _ in range(2):
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()


async def test_a_bus_ends_though_its_carrier_swallows_a_cancellation_and_sends_what_it_held() -> None:
    carrier = Deaf()
    async with asyncio.timeout(5):
        async with _started(carrier) as bus:
            bus.news(OrganizationId(new_id()), "agent", {"id": "a"})
    assert len(carrier.sent) == 1


def test_a_hub_asks_again_for_a_gap_and_joins_an_overlap() -> None:
    hub, reader = Hub(), Reader()
    hub.follow_run("r", reader)

    assert hub.take_token(Token("r", "s", "text", 0, "abc"))
    assert not hub.take_token(Token("r", "s", "text", 5, "fg"))
    assert hub.take_token(Token("r", "s", "text", 0, "abcde"))
    assert hub.take_token(Token("r", "s", "text", 1, "bc"))
    assert hub.take_token(Token("r", "s", "text", 5, "fg"))

    assert reader.texts["s", "text"] == "abcdefg"


def test_a_step_that_begins_again_replaces_its_text() -> None:
    hub, reader = Hub(), Reader()
    hub.follow_run("r", reader)
    hub.take_token(Token("r", "s", "text", 0, "the first attempt"))

    hub.take_token(Token("r", "s", "text", 0, "another"))

    assert reader.texts["s", "text"] == "another"


def test_what_does_not_fit_is_cut_and_everything_comes_back_in_order() -> None:
    told: list[Message] = [
        RunChanged("r", "o", 1),
        Token("r", "s", "text", 0, "ü" * 500),
        JobReady(),
        Followed("r"),
        StepEnded("r", "s"),
    ]

    payloads = pack(told, 200)

    assert all(len(payload.encode()) <= 200 for payload in payloads)
    back = [message for payload in payloads for message in unpack(payload)]
    assert "".join(each.text for each in back if isinstance(each, Token)) == "ü" * 500
    assert [each for each in back if not isinstance(each, Token)] == [told[0], *told[2:]]


def test_what_another_version_sends_is_left_out() -> None:
    assert unpack('[["z", 1], ["j"]]') == [JobReady()]
    assert unpack("not json") == []
    assert unpack('[["m"]]') == []
