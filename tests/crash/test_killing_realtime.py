"""The API ends, by kill -9 and by SIGTERM, while rows change and subscribers listen: each subscriber gets every change."""

import asyncio
import signal

import pytest
from benchmarks.installation import installation
from benchmarks.subscribers import Subscriber, Writer, restart, subscribed, tokens_of_persons

_SUBSCRIBERS, _AGENTS, _PERSONS = 20, 5, 2
_RATE = 200
_SECONDS = 60


@pytest.mark.timeout(240)
async def test_subscribers_that_ask_again_lose_no_change_when_the_api_is_killed_and_restarted_under_load() -> None:
    async with installation(workers=0) as made:
        ids = [(await made.call("POST", "/agents", {"name": f"Agent {number}"}))["id"] for number in range(_AGENTS)]
        persons = await tokens_of_persons(made, _PERSONS)
        key = (await made.call("GET", "/realtime"))["publishable_key"]
        subscribers = [
            Subscriber(made, key, persons[number % _PERSONS], ids[number % _AGENTS]) for number in range(_SUBSCRIBERS)
        ]
        listening = [asyncio.create_task(each.run()) for each in subscribers]
        await subscribed(subscribers)
        writer = Writer(made.owner_url, ids, _RATE)
        writing = asyncio.create_task(writer.run(3600))
        async with asyncio.timeout(2 * _SECONDS):
            for number in (signal.SIGKILL, signal.SIGTERM):
                seen = writer.count
                while not all(any(each >= seen for each in subscriber.numbers) for subscriber in subscribers):
                    await asyncio.sleep(0.05)
                joins = [each.joins for each in subscribers]
                await restart(made, number)
                while not all(each.joins > before for each, before in zip(subscribers, joins, strict=True)):
                    await asyncio.sleep(0.05)
        writer.is_stopped = True
        await writing
        expected = {agent: writer.of(agent) for agent in ids}
        async with asyncio.timeout(_SECONDS):
            while not all(expected[each.agent] <= set(each.numbers) for each in subscribers):
                await asyncio.sleep(0.05)
        for task in listening:
            task.cancel()

    assert writer.count > 2 * _RATE
    assert all(set(each.numbers) == expected[each.agent] for each in subscribers)
    assert [each.problems for each in subscribers] == [[]] * _SUBSCRIBERS
