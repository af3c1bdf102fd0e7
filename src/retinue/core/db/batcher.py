"""Group work: what was asked while the last batch was under way goes into the next one, without any delay of its own."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from functools import partial
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")
R = TypeVar("R")
_MOST_KEYS = 2000


class Batcher(Generic[T, R]):
    """Gathers single questions into one that is asked of the database for all of them."""

    def __init__(
        self, ask: "Callable[[list[T]], Awaitable[list[R]]]", *, most: int, alone_after: tuple[type[Exception], ...] = ()
    ) -> None:
        """Take how to ask for many at once, answers in the order of the questions; ``most`` bounds a batch.

        After an error of ``alone_after`` each question of the batch is asked alone, so that one of them fails no other.
        """
        self._ask = ask
        self._most = most
        self._alone_after = alone_after
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._task: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """The number of questions that wait for the batch after the one under way."""
        return len(self._waiting)

    async def ask(self, question: T) -> R:
        """Ask one question, together with all callers that ask now. Raises what asking for the batch raised."""
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work(), name="batcher")
        return await future

    async def _work(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            await self._answer(batch)

    async def _answer(self, batch: list[tuple[T, asyncio.Future[R]]]) -> None:
        try:
            answers = await self._ask([question for question, _ in batch])
        except Exception as error:  # noqa: BLE001 - each asker gets it
            if len(batch) > 1 and isinstance(error, self._alone_after):
                for each in batch:
                    await self._answer([each])
                return
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), answer in zip(batch, answers, strict=True):
            if not future.done():
                future.set_result(answer)


class Batchers(Generic[K, T, R]):
    """A batcher for each key, such as an organization: those of one key do not wait for those of another."""

    def __init__(
        self, ask: "Callable[[K, list[T]], Awaitable[list[R]]]", *, most: int, alone_after: tuple[type[Exception], ...] = ()
    ) -> None:
        """Take what ``Batcher`` takes; ``ask`` is given the key as well."""
        self._ask = ask
        self._most = most
        self._alone_after = alone_after
        self._batchers: OrderedDict[K, Batcher[T, R]] = OrderedDict()

    @property
    def waiting(self) -> int:
        """The number of questions that wait for a batch after the one under way."""
        return sum(each.waiting for each in self._batchers.values())

    async def ask(self, key: K, question: T) -> R:
        """Ask one question, together with all callers with its key that ask now. Raises what asking for the batch raised."""
        batcher = self._batchers.get(key)
        if batcher is None:
            batcher = Batcher(partial(self._ask, key), most=self._most, alone_after=self._alone_after)
            self._batchers[key] = batcher
            if len(self._batchers) > _MOST_KEYS:
                self._batchers.popitem(last=False)
        return await batcher.ask(question)
