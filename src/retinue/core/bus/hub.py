"""Delivers messages to subscribers in this process; keeps the text so far of each followed step, for late readers."""

from typing import Protocol

from retinue.core.bus.messages import News, RunChanged, StepEnded, Token


class RunSink(Protocol):
    """Someone who follows one run. Its methods must not block and not raise."""

    def on_run_changed(self, moved: RunChanged) -> None:
        """Take the news that the run has events up to a sequence."""
        ...

    def on_token(self, token: Token) -> None:
        """Take a piece of text that joins, without gap or overlap, what was given before; index 0 begins a step again."""
        ...

    def on_resync(self) -> None:
        """Take the news that messages may have been lost: look at the rows."""
        ...


class OrganizationSink(Protocol):
    """Someone who follows an organization. Its methods must not block and not raise."""

    def on_run_changed(self, moved: RunChanged) -> None:
        """Take the news that a run of the organization moved."""
        ...

    def on_news(self, news: News) -> None:
        """Take news of another kind."""
        ...

    def on_resync(self) -> None:
        """Take the news that messages may have been lost: look at the rows."""
        ...


class _Text:
    __slots__ = ("chunks", "length")

    def __init__(self) -> None:
        self.chunks: list[str] = []
        self.length = 0

    def whole(self) -> str:
        if len(self.chunks) > 1:
            self.chunks = ["".join(self.chunks)]
        return self.chunks[0] if self.chunks else ""


class _Run:
    __slots__ = ("sinks", "texts")

    def __init__(self) -> None:
        self.sinks: list[RunSink] = []
        self.texts: dict[tuple[str, str], _Text] = {}


class Hub:
    """The followers of this process, by run and by organization."""

    def __init__(self) -> None:
        """Begin with none."""
        self._runs: dict[str, _Run] = {}
        self._organizations: dict[str, list[OrganizationSink]] = {}

    def follow_run(self, run_id: str, sink: RunSink) -> None:
        """Add a follower and give it the texts so far; a process's first reader must ask for them."""
        run = self._runs.get(run_id)
        if run is None:
            run = self._runs[run_id] = _Run()
        run.sinks.append(sink)
        self.give_texts(run_id, sink)

    def give_texts(self, run_id: str, sink: RunSink) -> None:
        """Give a follower the whole texts of a run so far."""
        run = self._runs.get(run_id)
        if run is None:
            return
        for (step_id, kind), text in run.texts.items():
            if text.length:
                sink.on_token(Token(run_id, step_id, kind, 0, text.whole()))

    def leave_run(self, run_id: str, sink: RunSink) -> None:
        """Take a follower away; with the last one goes what was kept for it. May be repeated."""
        run = self._runs.get(run_id)
        if run is None or sink not in run.sinks:
            return
        run.sinks.remove(sink)
        if not run.sinks:
            del self._runs[run_id]

    def follow_organization(self, organization_id: str, sink: OrganizationSink) -> None:
        """Add a follower of an organization."""
        self._organizations.setdefault(organization_id, []).append(sink)

    def leave_organization(self, organization_id: str, sink: OrganizationSink) -> None:
        """Take a follower of an organization away. May be repeated."""
        sinks = self._organizations.get(organization_id, [])
        if sink in sinks:
            sinks.remove(sink)
        if not sinks:
            self._organizations.pop(organization_id, None)

    def followed_runs(self) -> list[str]:
        """Name the runs that are followed in this process."""
        return list(self._runs)

    def take_moved(self, moved: RunChanged) -> None:
        """Give a movement to the followers of the run and of the organization."""
        run = self._runs.get(moved.run_id)
        if run is not None:
            for sink in run.sinks:
                sink.on_run_changed(moved)
        for sink in self._organizations.get(moved.organization_id, ()):
            sink.on_run_changed(moved)

    def take_news(self, news: News) -> None:
        """Give news to the followers of the organization."""
        for sink in self._organizations.get(news.organization_id, ()):
            sink.on_news(news)

    def take_token(self, token: Token) -> bool:
        """Join a piece of text to what is known and give it on; say whether it fits, or pieces before it are missing.

        A piece may come twice, and a replay overlaps what is known; only what is new is given on. A step that begins
        again after a crash sends index 0 with another text: then everything known of it is replaced.
        """
        run = self._runs.get(token.run_id)
        if run is None:
            return True
        text = run.texts.setdefault((token.step_id, token.kind), _Text())
        if token.index > text.length:
            return False
        if token.index < text.length:
            known = text.whole()
            end = token.index + len(token.text)
            if end <= text.length and known.startswith(token.text, token.index):
                return True
            if token.text.startswith(known[token.index :]):
                rest = token.text[text.length - token.index :]
                token = Token(token.run_id, token.step_id, token.kind, text.length, rest)
            elif token.index == 0:
                text.chunks, text.length = [], 0
            else:
                return False
        text.chunks.append(token.text)
        text.length += len(token.text)
        for sink in run.sinks:
            sink.on_token(token)
        return True

    def take_step_ended(self, ended: StepEnded) -> None:
        """Forget a step's texts: its row has them."""
        run = self._runs.get(ended.run_id)
        if run is not None:
            for key in [key for key in run.texts if key[0] == ended.step_id]:
                del run.texts[key]

    def resync(self) -> None:
        """Tell every follower that messages may have been lost."""
        for run in self._runs.values():
            for sink in run.sinks:
                sink.on_resync()
        for sinks in self._organizations.values():
            for sink in sinks:
                sink.on_resync()
