import asyncio
import time

import pytest

from wxdist.sandbox.clock import SandboxClock
from wxdist.sandbox.rules.calendar import LATEST
from wxdist.waiting.clock import FAKE_START

HOUR = 3600


async def passes(count=20):
    for _ in range(count):
        await asyncio.sleep(0)


def waiting(clock, *pauses):
    """Let somebody sleep for each of *pauses*; return who woke up."""
    woken = []

    async def wait(seconds):
        await clock.sleep(seconds)
        woken.append(seconds)

    tasks = [asyncio.ensure_future(wait(seconds)) for seconds in pauses]
    return woken, tasks


def test_stands_still_by_default():
    """A clock that was told nothing starts in Beijing's morning and does not move."""
    clock = SandboxClock()

    assert (FAKE_START, 0.0, "manual") == (clock.now(), clock.monotonic(), clock.runs)


@pytest.mark.parametrize(
    ("more", "runs"), [({"auto": True}, "auto"), ({"speed": 5}, 5), ({"auto": True, "speed": 5}, 5)]
)
def test_says_how_it_runs(more, runs):
    """It tells whether it jumps, or how fast it runs; running wins."""
    assert runs == SandboxClock(**more).runs


async def test_runs_at_a_multiple():
    """A speed runs it at that multiple of real time."""
    clock = SandboxClock(0, speed=1_000_000)
    began = time.monotonic()
    await clock.sleep(10_000)

    assert 10_000 <= clock.now() <= 1_000_000 * (time.monotonic() - began) + 1_000_000


async def test_a_running_clock_can_be_moved():
    """Moving a running clock wakes whoever's time has come, and nobody else."""
    clock = SandboxClock(0, speed=1)
    woken, tasks = waiting(clock, HOUR, 60, 0)
    await passes()
    first = list(woken)
    await clock.advance(minutes=2)
    await asyncio.wait([tasks[1]], timeout=5)
    second = list(woken)
    await clock.advance(days=1)
    await asyncio.gather(*tasks)

    assert ([0], [0, 60], [0, 60, HOUR]) == (first, second, woken)
    assert 86520 <= clock.now() < 86600


async def test_deadlines_run_with_it():
    """A deadline on a running clock comes when the clock reaches it."""
    clock = SandboxClock(speed=1_000_000)

    with pytest.raises(TimeoutError):
        async with clock.timeout_at(clock.monotonic() + HOUR):
            await asyncio.get_running_loop().create_future()
    assert HOUR <= clock.monotonic()


async def test_stops_and_runs_again():
    """What sleeps while it stands wakes once it runs again."""
    clock = SandboxClock(speed=1_000_000)
    clock.run(0)
    woken, tasks = waiting(clock, HOUR)
    await passes()
    stood, before = clock.monotonic(), list(woken)
    clock.run(1_000_000)
    await asyncio.wait(tasks, timeout=5)

    assert ("manual", [], [HOUR]) == (SandboxClock().runs, before, woken)
    assert stood < clock.monotonic()


async def test_running_ends_jumping():
    """A clock that was told to run, or to stand, does not jump any more until it is told to."""
    clock = SandboxClock(auto=True)
    clock.run(0)
    woken, tasks = waiting(clock, HOUR)
    await passes(50)
    before = (clock.runs, list(woken))
    clock.jump()
    await asyncio.wait(tasks, timeout=5)

    assert ("manual", []) == before
    assert ("auto", [HOUR]) == (clock.runs, woken)


async def test_can_show_an_earlier_time():
    """Turned back it shows that time; pauses keep their length."""
    clock = SandboxClock(1000)
    await clock.advance(500)
    woken, tasks = waiting(clock, 60)
    await passes()
    clock.turn_to(1200)
    shown = clock.now()
    await clock.advance(60)

    assert (1200, 1260, [60]) == (shown, clock.now(), woken)
    await asyncio.gather(*tasks)


async def test_ends_in_the_year_9000():
    """However fast it runs it shows no later time; who sleeps wakes all the same."""
    clock = SandboxClock(LATEST - 1, speed=1_000_000)
    await clock.sleep(10_000)
    ended = clock.now()
    clock.turn_to(60)
    clock.run(0)

    assert LATEST == ended
    assert 60 <= clock.now() < LATEST
