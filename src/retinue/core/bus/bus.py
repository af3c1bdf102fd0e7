"""The bus of a process: short-lived publish and subscribe between processes, for wake-ups and tokens.

Durable events are rows; the bus only says that there are some. It may lose anything: readers look at the rows by
themselves, if more slowly. Tokens are never rows; the worker holds the text of steps in flight and sends it again to
anyone who begins to follow the run.
"""

import asyncio
import secrets
from collections import Counter, OrderedDict
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager

from retinue.core.bus.hub import Hub, OrganizationSink, RunSink
from retinue.core.bus.messages import (
    Awaited,
    BudgetsChanged,
    EventsReady,
    Followed,
    GrantsChanged,
    JobAbort,
    JobReady,
    Message,
    News,
    Probe,
    Relay,
    RunChanged,
    StepEnded,
    TimerSet,
    Token,
    unpack,
)
from retinue.core.bus.notifier import Notifier
from retinue.core.bus.ports import WORK, Transport
from retinue.core.ids import OrganizationId, RunId
from retinue.core.json import JsonObject
from retinue.core.settings import SettingsError
from retinue.core.tasks import end

_REMEMBERED_FOLLOWINGS = 5000
_REPLAY_GAP_SECONDS = 0.5
_UNDER_WAY = (None, "pending", "running")
"""What does not end the waiting for a run."""
_LAST_SENDING_SECONDS = 2.0
HEARING_SECONDS = 10.0
"""So long after connecting, a process that has not heard itself counts as deaf."""


class BusDeafError(SettingsError):
    """A process does not receive its own notifications over the bus, so it receives no wake-ups."""

    code = "bus_deaf"
    remedy = "Set DIRECT_DATABASE_URL to the PostgreSQL server's own address: LISTEN does not work through a pooler."


class _Draft:
    __slots__ = ("chunks", "length")

    def __init__(self) -> None:
        self.chunks: list[str] = []
        self.length = 0


class Bus:
    """A process's end of the bus. ``start`` connects it; until then what is sent is held, and nothing arrives."""

    def __init__(self, transport: Transport) -> None:
        """Take the carrier."""
        self._transport = transport
        self._notifier = Notifier(transport)
        self._notifier.on_lost = self._send_probe
        self._hub = Hub()
        self._drafts: dict[str, dict[tuple[str, str], _Draft]] = {}
        self._followed: OrderedDict[str, None] = OrderedDict()
        self._awaited: OrderedDict[str, None] = OrderedDict()
        self._readers: Counter[str] = Counter()
        self._asked_at: dict[str, float] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._channels: Sequence[str] = ()
        self._probe = ""
        self._heard = asyncio.Event()
        self._connected_at = 0.0
        self.connected = asyncio.Event()
        self.on_job_ready: Callable[[], None] | None = None
        self.on_job_abort: Callable[[int], None] | None = None
        self.on_events_ready: Callable[[], None] | None = None
        self.on_timer_set: Callable[[], None] | None = None
        self.on_budgets_changed: Callable[[], None] | None = None
        self.grant_listeners: set[Callable[[], None]] = set()
        self.relay_listeners: dict[str, Callable[[JsonObject], None]] = {}

    # --- the life of the process

    async def start(self, channels: Sequence[str]) -> None:
        """Connect: a process that serves readers listens to ``LIVE``, a worker to ``WORK`` (both in ``core.bus.ports``)."""
        self._channels = channels
        self._tasks = [
            asyncio.create_task(self._notifier.run(), name="bus notifier"),
            asyncio.create_task(self._transport.listen(channels, self._receive, self._on_connected), name="bus listener"),
        ]

    async def require_hearing(self, seconds: float) -> None:
        """Wait until this process has heard its own voice on the bus: what it listens to does arrive.

        Raises ``BusDeafError`` when it is connected and does not hear itself, and what the carrier raises when it refuses. A
        carrier that cannot be reached is not waited for: the bus goes on trying.
        """
        if not self._channels:
            return
        listening, heard = self._tasks[1], asyncio.create_task(self._heard.wait())
        try:
            await asyncio.wait([listening, heard], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            heard.cancel()
        if listening.done():
            listening.result()
        # Whether it has heard, not whether it hears now: of two carriers the second may connect in the meantime.
        if self.connected.is_set() and not heard.done():
            raise BusDeafError

    @property
    def is_deaf(self) -> bool:
        """Whether this process has not heard what it sends to itself, 10 s after it connected or changed the carrier."""
        if not self._channels or not self.connected.is_set() or self._heard.is_set():
            return False
        return asyncio.get_running_loop().time() >= self._connected_at + HEARING_SECONDS

    async def stop(self) -> None:
        """Send what is held and disconnect."""
        tasks, self._tasks = self._tasks, []
        if tasks:
            self._notifier.close()
            await asyncio.wait(tasks[:1], timeout=_LAST_SENDING_SECONDS)
        for task in tasks:
            await end(task)
        await self._transport.close()

    # --- sending: none of these blocks or raises

    def run_changed(
        self,
        organization_id: OrganizationId,
        run_id: RunId,
        sequence: int,
        *,
        status: str | None = None,
    ) -> None:
        """Tell that a run has committed events up to ``sequence``; ``status`` when it changed. Only after the commit."""
        run = str(run_id)
        is_urgent = run in self._followed or (run in self._awaited and status not in _UNDER_WAY)
        self._notifier.live(RunChanged(run, str(organization_id), sequence, status), urgent=is_urgent)

    def token(self, run_id: RunId, step_id: str, kind: str, text: str) -> None:
        """Tell a piece of a model's answer as it comes; ``kind`` is text or reasoning. It is held until ``step_ended``."""
        if not text:
            return
        run = str(run_id)
        drafts = self._drafts.setdefault(run, {})
        draft = drafts.get((step_id, kind))
        is_first = draft is None
        if draft is None:
            draft = drafts[step_id, kind] = _Draft()
        index = draft.length
        draft.chunks.append(text)
        draft.length += len(text)
        if self._has_readers(run):
            self._notifier.live(Token(run, step_id, kind, index, text), urgent=is_first)

    def step_ended(self, run_id: RunId, step_id: str) -> None:
        """Forget the text of a step: its row is committed, or it begins again from its first token. May be repeated."""
        run = str(run_id)
        drafts = self._drafts.get(run)
        if drafts is None:
            return
        has_readers = self._has_readers(run)
        for key in [key for key in drafts if key[0] == step_id]:
            del drafts[key]
            if has_readers:
                self._notifier.live(StepEnded(run, step_id))
        if not drafts:
            del self._drafts[run]

    def run_released(self, run_id: RunId) -> None:
        """Forget every text of a run: this worker carries it no longer. May be repeated."""
        run = str(run_id)
        for step_id in {step_id for step_id, _ in self._drafts.pop(run, {})}:
            if self._has_readers(run):
                self._notifier.live(StepEnded(run, step_id))

    def news(self, organization_id: OrganizationId, kind: str, data: JsonObject) -> None:
        """Tell an organization's readers that something changed; ``data`` holds no secrets and is at most some 7 KB."""
        self._notifier.live(News(str(organization_id), kind, data))

    def grants_changed(self) -> None:
        """Announce that permissions have changed: open streams look whether they may go on. After the commit."""
        self._tell_grants_changed()  # this process need not wait for its own voice
        self._notifier.live(GrantsChanged(), urgent=True)

    def relay(self, channel: str, data: JsonObject) -> None:
        """Tell the listener of ``channel`` in every serving process, this one included; ``data`` is at most some 7 KB."""
        self._notifier.live(Relay(channel, data))

    def job_ready(self) -> None:
        """Wake workers: a committed job waits."""
        self._notifier.work(JobReady())

    def events_ready(self) -> None:
        """Wake the delivery of outbox events, in this process if it delivers them, else in a worker. After the commit."""
        if self.on_events_ready is not None:
            self.on_events_ready()
        else:
            self._notifier.work(EventsReady())

    def timer_set(self) -> None:
        """Have workers look when the next timer falls due: one was committed."""
        self._notifier.work(TimerSet())

    def budgets_changed(self) -> None:
        """Have workers look which organizations have budgets: some were changed. After the commit."""
        self._notifier.work(BudgetsChanged())

    def job_abort(self, job_id: int) -> None:
        """Tell workers to abort a job whose abortion is committed."""
        self._notifier.work(JobAbort(job_id))

    # --- following

    @contextmanager
    def follow_run(self, run_id: RunId, sink: RunSink) -> Generator[None]:
        """Give a run's movements and tokens to ``sink``; first the whole text of steps that are being answered now."""
        run = str(run_id)
        self._readers[run] += 1
        try:
            with self._following(run, sink, Followed(run), is_told=self._readers[run] == 1):
                yield
        finally:
            self._readers[run] -= 1
            if not self._readers[run]:
                del self._readers[run]

    @contextmanager
    def await_run(self, run_id: RunId, sink: RunSink) -> Generator[None]:
        """Give a run's movements to ``sink``, which wants no tokens and may or may not have some."""
        run = str(run_id)
        with self._following(run, sink, Awaited(run), is_told=run not in self._readers):
            yield

    @contextmanager
    def _following(self, run: str, sink: RunSink, message: Followed | Awaited, *, is_told: bool) -> Generator[None]:
        self._hub.follow_run(run, sink)
        if is_told:
            self._notifier.work(message)
        try:
            yield
        finally:
            self._hub.leave_run(run, sink)

    def give_texts(self, run_id: RunId, sink: RunSink) -> None:
        """Give a follower of a run once more the whole text of each step that is being answered now."""
        self._hub.give_texts(str(run_id), sink)

    @contextmanager
    def follow_organization(self, organization_id: OrganizationId, sink: OrganizationSink) -> Generator[None]:
        """Give the movements of an organization's runs, and its news, to ``sink``."""
        organization = str(organization_id)
        self._hub.follow_organization(organization, sink)
        try:
            yield
        finally:
            self._hub.leave_organization(organization, sink)

    # --- receiving

    def _on_connected(self) -> None:
        self.connected.set()
        self._connected_at = asyncio.get_running_loop().time()
        self._heard.clear()
        self._probe = secrets.token_hex(8)
        self._send_probe()
        self._hub.resync()
        self._tell_grants_changed()
        for run in self._hub.followed_runs():
            self._notifier.work(Followed(run) if run in self._readers else Awaited(run))
        for run in self._drafts:  # of all, since it may just be the word that a run is followed that was lost
            self._replay(run)
        for wake in (self.on_job_ready, self.on_events_ready, self.on_timer_set, self.on_budgets_changed):
            if wake is not None:
                wake()

    def _send_probe(self) -> None:
        if not self._probe or self._heard.is_set():
            return
        if WORK in self._channels:
            self._notifier.work(Probe(self._probe))
        elif self._channels:
            self._notifier.live(Probe(self._probe), urgent=True)

    def _receive(self, channel: str, payload: str) -> None:
        del channel
        for message in unpack(payload):
            self._take(message)

    def _take(self, message: Message) -> None:
        match message:
            case Token():
                if not self._hub.take_token(message) and message.run_id in self._readers:
                    self._ask_again(message.run_id)
            case RunChanged():
                self._hub.take_moved(message)
            case StepEnded():
                self._hub.take_step_ended(message)
            case News():
                self._hub.take_news(message)
            case GrantsChanged():
                self._tell_grants_changed()
            case Relay():
                self._take_relay(message)
            case Probe():
                self._take_probe(message)
            case _:
                self._take_work(message)

    def _take_relay(self, message: Relay) -> None:
        listener = self.relay_listeners.get(message.channel)
        if listener is not None:
            listener(message.data)

    def _take_probe(self, message: Probe) -> None:
        if message.token == self._probe:
            self._heard.set()

    def _take_work(
        self, message: JobReady | EventsReady | TimerSet | JobAbort | Followed | Awaited | BudgetsChanged
    ) -> None:
        if isinstance(message, Followed):
            self._awaited.pop(message.run_id, None)
            _note(self._followed, message.run_id)
            self._notifier.hasten(message.run_id)
            self._replay(message.run_id)
        elif isinstance(message, Awaited):
            _note(self._awaited, message.run_id)
            self._notifier.hasten(message.run_id)
        elif isinstance(message, JobAbort):
            if self.on_job_abort is not None:
                self.on_job_abort(message.job_id)
        else:
            wake = {
                EventsReady: self.on_events_ready,
                TimerSet: self.on_timer_set,
                BudgetsChanged: self.on_budgets_changed,
                JobReady: self.on_job_ready,
            }[type(message)]
            if wake is not None:
                wake()

    def _tell_grants_changed(self) -> None:
        for listener in self.grant_listeners:
            listener()

    def _ask_again(self, run: str) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._asked_at.get(run, 0.0) < _REPLAY_GAP_SECONDS:
            return
        self._asked_at = {each: at for each, at in self._asked_at.items() if now - at < _REPLAY_GAP_SECONDS}
        self._asked_at[run] = now
        self._notifier.work(Followed(run))

    def _has_readers(self, run: str) -> bool:
        """Whether someone may read a run's text: not when someone is known to await its end, and nobody to follow it."""
        return run not in self._awaited or run in self._followed

    def _replay(self, run: str) -> None:
        for (step_id, kind), draft in self._drafts.get(run, {}).items():
            self._notifier.replay(Token(run, step_id, kind, 0, "".join(draft.chunks)))


def _note(remembered: OrderedDict[str, None], run: str) -> None:
    remembered[run] = None
    remembered.move_to_end(run)
    while len(remembered) > _REMEMBERED_FOLLOWINGS:
        remembered.popitem(last=False)
