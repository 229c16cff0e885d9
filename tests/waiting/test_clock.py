"""Clocks: the one that jumps does so when everybody waits for it, and at no other time."""

import asyncio
import gc
import time

import pytest

from wxdist import Clock
from wxdist.waiting import FakeClock, ScaledClock
from wxdist.waiting.clock import FAKE_START


async def passes(count=30):
    """Let the event loop pass a few times; no time goes by."""
    for _ in range(count):
        await asyncio.sleep(0)


def sleeping(clock):
    """Return when the live sleepers of a clock are due, in order."""
    return sorted(due for due, _, woken in clock._sleepers if not woken.done())


async def note_after(clock, seconds, log, name=None):
    await clock.sleep(seconds)
    log.append((clock.monotonic(), name or seconds))


async def cut(clock, when, seconds, log):
    """Sleep for *seconds* under a deadline, and note when that came."""
    try:
        async with clock.timeout_at(when):
            await clock.sleep(seconds)
    except TimeoutError:
        log.append(clock.monotonic())


async def test_a_manual_clock_stands_still():
    """Without `advance` no time goes by, however long the loop runs."""
    clock, log = FakeClock(), []
    task = asyncio.create_task(note_after(clock, 1, log))

    await passes(100)

    assert (FAKE_START, 0.0, []) == (clock.now(), clock.monotonic(), log)
    assert [1.0] == sleeping(clock)
    task.cancel()


async def test_advance_wakes_in_order_each_at_its_own_time():
    """Who is due earlier wakes earlier, in the order of going to sleep when due together."""
    clock, log = FakeClock(start=100), []
    async with asyncio.TaskGroup() as group:
        for seconds, name in ((3, "c"), (1, "a"), (2, "b"), (1, "a2"), (9, "late")):
            group.create_task(note_after(clock, seconds, log, name))

        await clock.advance(5)

        assert [(1, "a"), (1, "a2"), (2, "b"), (3, "c")] == log
        assert (105, 5) == (clock.now(), clock.monotonic())
        await clock.advance(5)
    assert (9, "late") == log[-1]


async def test_advance_adds_up_its_units():
    """Days, hours, minutes and seconds are added; nothing and less than nothing do not move it."""
    clock = FakeClock()

    await clock.advance(4, minutes=3, hours=2, days=1)
    await clock.advance()
    await clock.advance(-50)

    assert 86400 + 2 * 3600 + 3 * 60 + 4 == clock.monotonic()


async def test_who_sleeps_again_within_a_move_is_woken_again():
    """A task that sleeps in turns passes through all of them in one move."""
    clock, seen = FakeClock(), []

    async def ticking():
        while True:
            await clock.sleep(10)
            seen.append(clock.monotonic())

    task = asyncio.create_task(ticking())
    await clock.advance(35)

    assert [10, 20, 30] == seen
    task.cancel()


async def test_advance_lets_work_in_flight_end_first():
    """A call that is in flight when a move begins, or is made on the way, ends at its own time."""
    clock, log = FakeClock(), []

    async def working():
        for _ in range(2):
            with clock.busy():
                await passes(200)
            log.append(clock.monotonic())
            await clock.sleep(10)

    task = asyncio.create_task(working())
    await clock.advance(15)

    assert [0, 10] == log
    task.cancel()


async def test_advance_does_not_wait_for_what_hangs():
    """A call that hangs does not stop the clock: its deadline comes."""
    clock, log = FakeClock(), []

    async def hanging():
        with clock.busy():
            try:
                async with clock.timeout_at(30):
                    await asyncio.Event().wait()
            except TimeoutError:
                log.append(clock.monotonic())

    task = asyncio.create_task(hanging())
    await clock.advance(60)

    assert ([30], True) == (log, task.done())


async def test_a_clock_that_is_advanced_does_not_jump_by_itself():
    """With both, `advance` moves it no further than asked; afterwards it jumps again."""
    clock, log = FakeClock(auto=True), []
    task = asyncio.create_task(note_after(clock, 100, log))

    await clock.advance(60)

    assert (60, []) == (clock.monotonic(), log)
    await task
    assert [(100, 100)] == log


async def test_it_jumps_to_the_earliest_sleeper():
    """A thousand sleepers wake in the order of their times, at exactly these."""
    clock, log = FakeClock(auto=True), []
    times = [(number * 7919) % 10_007 / 8 for number in range(1, 1001)]

    await asyncio.gather(*(note_after(clock, each, log) for each in times))

    assert [(each, each) for each in sorted(times)] == log
    assert [] == sleeping(clock)


async def test_it_does_not_jump_while_somebody_is_busy():
    """Time stands still while work is in flight, nested work too, and goes on after it."""
    clock, log = FakeClock(auto=True), []
    task = asyncio.create_task(note_after(clock, 5, log))

    with clock.busy():
        await passes(100)
        with clock.busy():
            await passes(100)
        await passes(100)
        assert 0 == clock.monotonic()

    await task
    assert [(5, 5)] == log


async def test_work_that_fails_no_longer_holds_it():
    """An error inside `busy` ends the flight."""
    clock = FakeClock(auto=True)

    with pytest.raises(LookupError), clock.busy():
        raise LookupError

    await clock.sleep(1)
    assert 1 == clock.monotonic()


async def test_it_does_not_jump_when_nobody_sleeps():
    """A user who thinks, or waits for something else, takes no time."""
    clock = FakeClock(auto=True)

    await passes(100)
    async with clock.timeout_at(50):
        await passes(100)

    assert 0 == clock.monotonic()


async def test_it_waits_for_tasks_that_still_do_something():
    """Who shows a sign within the few passes is waited for, so that its sleep comes first."""
    clock, log = FakeClock(auto=True), []

    async def slowly():
        for _ in range(5):
            await passes(clock.passes - 2)
            await clock.sleep(0)
            with clock.busy():
                pass
        await note_after(clock, 1, log)

    await asyncio.gather(note_after(clock, 5, log), slowly())

    assert [(1, 1), (5, 5)] == log


async def test_a_cancelled_sleeper_is_forgotten():
    """It neither holds the clock, nor makes it jump, nor is woken."""
    clock, log = FakeClock(auto=True), []
    task = asyncio.create_task(note_after(clock, 5, log))
    await passes(3)

    task.cancel()
    await passes(100)

    assert (0, []) == (clock.monotonic(), log)
    await clock.sleep(10)
    assert (10, [], True) == (clock.monotonic(), log, task.cancelled())
    assert [] == clock._sleepers


async def test_one_cancelled_at_the_moment_of_waking_is_no_trouble():
    """A sleeper that another one cancels when both are due is left alone."""
    clock, log = FakeClock(), []

    async def killer():
        await clock.sleep(5)
        victim.cancel()

    first = asyncio.create_task(killer())
    victim = asyncio.create_task(note_after(clock, 5, log))
    third = asyncio.create_task(note_after(clock, 5, log, "third"))
    await clock.advance(5)

    assert [(5, "third")] == log
    assert (True, True, True) == (first.done(), victim.cancelled(), third.done())


async def test_a_deadline_between_two_due_sleepers_leaves_the_cancelled_one_out():
    """A sleeper below the top of the heap, cancelled before its time, is passed over."""
    clock, log = FakeClock(), []
    tasks = [asyncio.create_task(note_after(clock, 5, log, name)) for name in "abc"]
    await passes(3)

    tasks[1].cancel()
    clock._move(5)
    await passes(3)

    assert [(5, "a"), (5, "c")] == log


@pytest.mark.parametrize("seconds", [0, -1, 0.0])
@pytest.mark.parametrize("clock", [Clock(), FakeClock(), FakeClock(auto=True), ScaledClock(1e9)])
async def test_a_sleep_of_nothing_is_one_pass(clock, seconds):
    """Zero or less lets others run once and takes no time."""
    others = []
    asyncio.get_running_loop().call_soon(others.append, "ran")

    await clock.sleep(seconds)

    assert ["ran"] == others


def test_it_works_in_one_loop_after_the_other():
    """A clock that was left in the middle of things jumps again in the next event loop."""
    clock = FakeClock(auto=True)

    async def leave():
        left = asyncio.create_task(clock.sleep(1000))
        await passes(3)
        assert not left.done()

    asyncio.run(leave())
    asyncio.run(clock.sleep(2))

    assert 2 == clock.monotonic()


async def test_the_real_clock_gives_the_machines_time():
    """Unix time and a monotonic one, both in seconds."""
    clock = Clock()
    before, since = time.time(), time.monotonic()

    assert before <= clock.now() <= time.time()
    assert since <= clock.monotonic() <= time.monotonic()
    with clock.busy():
        await clock.sleep(0)


@pytest.mark.parametrize("clock", [Clock(), ScaledClock(1000)])
async def test_a_deadline_on_real_time(clock):
    """One to come leaves the block alone, one past ends it."""
    async with clock.timeout_at(clock.monotonic() + 3600) as scope:
        await asyncio.sleep(0)
    with pytest.raises(TimeoutError):
        async with clock.timeout_at(clock.monotonic() - 1):
            await asyncio.Event().wait()

    assert not scope.expired()


async def test_a_scaled_clock_runs_faster():
    """At a billion times real time an hour and its deadline are a matter of microseconds."""
    clock = ScaledClock(1e9, start=1000)
    real = time.monotonic()

    begun = clock.monotonic()
    await clock.sleep(3600)
    slept = clock.monotonic() - begun
    with pytest.raises(TimeoutError):
        async with clock.timeout_at(clock.monotonic() + 3600):
            await asyncio.Event().wait()

    assert 3600 <= slept
    assert 1000 + begun + 7200 <= clock.now()
    assert time.monotonic() - real < 3600


def test_a_scaled_clock_starts_at_real_time_unless_told():
    """Without a start it begins now."""
    assert time.time() == pytest.approx(ScaledClock(2).now(), abs=60)


async def test_nothing_is_left_for_the_collector():
    """Sleeping and timing out leave no task and no exception that nobody asked for."""
    clock, log = FakeClock(auto=True), []

    await asyncio.gather(*(cut(clock, each, 2 * each, log) for each in range(1, 50)))
    gc.collect()

    assert list(range(1, 50)) == log
    assert {asyncio.current_task()} == asyncio.all_tasks()
