"""Deadlines on a clock that jumps: they fire in order, at their own time, and cause no jump."""

import asyncio

import pytest

from wxdist.waiting import FakeClock


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


async def test_deadlines_on_the_way_of_a_jump_fire_in_their_order():
    """A jump passes each deadline at its own time."""
    clock, log = FakeClock(auto=True), []

    async def guarded(when):
        try:
            async with clock.timeout_at(when):
                await asyncio.Event().wait()
        except TimeoutError:
            log.append(clock.monotonic())

    await asyncio.gather(note_after(clock, 10, log, "sleeper"), *map(guarded, (7, 3, 5)))

    assert [3, 5, 7, (10, "sleeper")] == log


async def test_a_deadline_alone_causes_no_jump():
    """A deadline over something that never ends fires only when the clock is moved past it."""
    clock = FakeClock(auto=True)

    async def guarded():
        async with clock.timeout_at(10):
            await asyncio.Event().wait()

    task = asyncio.create_task(guarded())
    await passes(200)
    assert (0, False) == (clock.monotonic(), task.done())

    await clock.advance(10)
    with pytest.raises(TimeoutError):
        await task


async def test_a_deadline_ends_a_longer_sleep():
    """A sleep under an earlier deadline ends there, and leaves no sleeper behind."""
    clock, log = FakeClock(auto=True), []

    await cut(clock, 10, 100, log)
    await passes()

    assert [10] == log
    assert ([], []) == (sleeping(clock), clock._deadlines)
    assert 10 == clock.monotonic()


async def test_a_deadline_wins_over_a_sleep_of_the_same_length():
    """What is due at the very moment of its deadline comes too late."""
    clock, log = FakeClock(auto=True), []

    await cut(clock, 10, 10, log)

    assert [10] == log


async def test_of_nested_deadlines_the_earlier_one_tells():
    """The block whose own deadline came raises; the other one goes on."""
    clock = FakeClock(auto=True)

    async with clock.timeout_at(50) as outer:
        with pytest.raises(TimeoutError):
            async with clock.timeout_at(20) as inner:
                await clock.sleep(100)
        await clock.sleep(10)

    assert (True, False, 30) == (inner.expired(), outer.expired(), clock.monotonic())


@pytest.mark.parametrize("inner", [20, 30])
async def test_an_outer_deadline_passes_through_the_inner_block(inner):
    """An earlier outer deadline, or one of the same moment, is the outer block's error."""
    clock, log = FakeClock(auto=True), []

    async def nested():
        async with clock.timeout_at(20):
            await cut(clock, inner, 100, log)

    with pytest.raises(TimeoutError):
        await nested()

    assert ([], 20) == (log, clock.monotonic())


@pytest.mark.parametrize("when", [0, -1])
async def test_a_deadline_already_past_ends_the_block_at_its_first_wait(when):
    """What needs no waiting is done; the first wait is the end."""
    clock, log = FakeClock(), []

    async def late():
        async with clock.timeout_at(when):
            log.append("done")
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await late()

    assert ["done"] == log


async def test_a_block_that_ends_in_time_leaves_no_deadline():
    """Leaving a block takes its deadline out and leaves the others in their order."""
    clock, log = FakeClock(), []
    others = [asyncio.create_task(cut(clock, when, 99, log)) for when in (5, 3, 8)]
    await passes()

    async with clock.timeout_at(4):
        assert [3, 4, 5, 8] == sorted(when for when, _, _ in clock._deadlines)
    await clock.advance(10)

    assert [3, 5, 8] == log
    assert [] == clock._deadlines
    await asyncio.gather(*others)


async def test_deadlines_keep_their_order_when_some_are_left():
    """However many blocks end early, the others' deadlines come in order, at their times."""
    clock, log = FakeClock(), []
    times = [1 + number * 37 % 101 for number in range(100)]
    tasks = [asyncio.create_task(cut(clock, when, 999, log)) for when in times]
    await passes()

    for task in tasks[::3]:
        task.cancel()
    await clock.advance(200)

    assert sorted(set(times) - set(times[::3])) == log
