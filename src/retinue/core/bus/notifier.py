"""The one sender of a process: gathers what is to be told, and sends it in one statement, seldom or, if it counts, at once.

A NOTIFY locks the whole cluster until its commit, so a busy process must not send one for each event. What nobody waits
for is sent every 50 ms. What someone waits for goes at once, unless the last sending was only just now. In a process that
sends much without a pause, the pause becomes longer, so that one sending carries more.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from retinue.core.bus.messages import Awaited, Followed, JobReady, Message, RunChanged, Token, pack
from retinue.core.bus.ports import LIVE, MAX_PAYLOAD_BYTES, WORK, Transport
from retinue.core.logging import get_logger

_log = get_logger(__name__)

GAP_SECONDS = 0.05
URGENT_GAP_SECONDS = 0.003
BUSY_GAP_SECONDS = 0.006
_BUSY_RUNS = 12
"""A process that told of so many runs within 50 ms sends without a pause. A run by itself, and the next one, are fewer."""
_RETRY_SECONDS = 0.5
_MAX_BATCH = 200
_OF_RUNS = (Awaited, Followed, RunChanged, Token)


@dataclass(slots=True)
class _Held:
    place: int
    chunks: list[str]


class Notifier:
    """Gathers messages in order and sends them. Movements of one run are gathered into one, adjoining tokens into one."""

    def __init__(self, transport: Transport) -> None:
        """Take the carrier; ``run`` does the sending."""
        self._transport = transport
        self._live: list[Message | None] = []
        self._work: dict[Message, None] = {}
        self._moved: dict[str, int] = {}
        self._tokens: dict[tuple[str, str, str], _Held] = {}
        self._wake = asyncio.Event()
        self._is_closing = False
        self._is_failing = False
        self._sent_at = 0.0
        self._runs: set[str] = set()
        self._runs_until = 0.0
        self._is_busy = False
        self._due: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.on_lost: Callable[[], None] | None = None
        """Called after messages could not be sent: they are not sent again, except for what this sends."""

    def live(self, message: Message, *, urgent: bool = False) -> None:
        """Tell readers. Never blocks, never raises."""
        if isinstance(message, RunChanged):
            self._put_moved(message)
        elif isinstance(message, Token):
            self._put_token(message)
        else:
            self._live.append(message)
        self._schedule(urgent=urgent)

    def replay(self, message: Token) -> None:
        """Tell readers, at once, the whole text of a step so far, instead of whatever piece of it is held here."""
        held = self._tokens.pop((message.run_id, message.step_id, message.kind), None)
        if held is not None:
            self._live[held.place] = None
        self.live(message, urgent=True)

    def hasten(self, run_id: str) -> None:
        """Tell at once what is held of a run's movements: someone has begun to wait for it."""
        if run_id in self._moved:
            self._schedule(urgent=True)

    def work(self, message: Message) -> None:
        """Tell workers, at once. Never blocks, never raises."""
        self._work[message] = None
        self._schedule(urgent=True)

    async def run(self) -> None:
        """Send until ``close``, and then what is still held."""
        is_last = False
        while not is_last:
            await self._wake.wait()
            self._wake.clear()
            self._due, is_last = None, self._is_closing
            now = asyncio.get_running_loop().time()
            self._note_runs(now)
            self._sent_at = now
            await self._send()

    def close(self) -> None:
        """Let ``run`` send what is held, and end."""
        self._is_closing = True
        self._wake.set()

    def _note_runs(self, now: float) -> None:
        if now >= self._runs_until:
            self._is_busy = len(self._runs) >= _BUSY_RUNS
            self._runs, self._runs_until = set(), now + GAP_SECONDS
        self._runs.update(each.run_id for each in (*self._live, *self._work) if isinstance(each, _OF_RUNS))

    def _put_moved(self, message: RunChanged) -> None:
        place = self._moved.get(message.run_id)
        if place is not None:
            earlier = self._live[place]
            if isinstance(earlier, RunChanged):
                # It keeps its later place: anyone who reads up to the sequence must have had the tokens before it.
                self._live[place] = None
                status = message.status or earlier.status
                message = RunChanged(
                    message.run_id, message.organization_id, max(message.sequence, earlier.sequence), status
                )
        self._moved[message.run_id] = len(self._live)
        self._live.append(message)

    def _put_token(self, message: Token) -> None:
        key = (message.run_id, message.step_id, message.kind)
        held = self._tokens.get(key)
        if held is not None:
            held.chunks.append(message.text)
            return
        self._tokens[key] = _Held(len(self._live), [message.text])
        self._live.append(message)

    def _schedule(self, *, urgent: bool) -> None:
        loop = asyncio.get_running_loop()
        gap = BUSY_GAP_SECONDS if self._is_busy else URGENT_GAP_SECONDS
        due = max(loop.time(), self._sent_at + (gap if urgent else GAP_SECONDS))
        if self._due is not None and self._due <= due:
            return
        self._due = due
        if self._timer is not None:
            self._timer.cancel()
        self._timer = loop.call_at(due, self._wake.set)

    def _take(self) -> list[tuple[str, str]]:
        live, self._live = self._live, []
        tokens, self._tokens = self._tokens, {}
        work, self._work = self._work, {}
        self._moved = {}
        told: list[Message] = []
        for message in live:
            if isinstance(message, Token):
                text = "".join(tokens[message.run_id, message.step_id, message.kind].chunks)
                told.append(Token(message.run_id, message.step_id, message.kind, message.index, text))
            elif message is not None:
                told.append(message)
        return [(WORK, payload) for payload in pack(work, MAX_PAYLOAD_BYTES)] + [
            (LIVE, payload) for payload in pack(told, MAX_PAYLOAD_BYTES)
        ]

    async def _send(self) -> None:
        messages = self._take()
        for start in range(0, len(messages), _MAX_BATCH):
            try:
                await self._transport.publish(messages[start : start + _MAX_BATCH])
                self._is_failing = False
            except Exception as error:  # noqa: BLE001 - the border of the carrier; readers look at the rows by themselves
                if not self._is_failing:  # one line for an outage, not one for each attempt
                    _log.warning("bus.sending_failed", error=str(error), messages=len(messages))
                self._is_failing = True
                await asyncio.sleep(_RETRY_SECONDS)
                self.work(JobReady())
                if self.on_lost is not None:
                    self.on_lost()
                return
