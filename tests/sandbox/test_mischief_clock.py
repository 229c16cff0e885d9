import asyncio

from wxdist.waiting.clock import Clock, FakeClock


async def passes(count=100):
    """Let the event loop go round, long enough for a clock to jump."""
    for _ in range(count):
        await asyncio.sleep(0)


async def call(clock, seconds):
    """Work in flight that only its deadline ends; when it did."""
    try:
        with clock.busy():
            async with clock.timeout_at(seconds):
                await asyncio.Event().wait()
    except TimeoutError:
        return clock.monotonic()


async def test_deadline_alone_causes_no_jump():
    """Work in flight that nobody stalls keeps a clock that jumps where it is."""
    clock = FakeClock(auto=True)
    waiting = asyncio.ensure_future(call(clock, 30))
    await passes()
    waiting.cancel()

    assert 0 == clock.monotonic()


async def test_stalled_call_is_ended_by_its_deadline():
    """A clock that jumps goes to the deadline of a call that is stalled."""
    clock = FakeClock(auto=True)
    waiting = asyncio.ensure_future(call(clock, 30))
    await passes(3)
    with clock.stalled():
        assert 30 == await waiting


async def test_sleeper_before_the_deadline_wakes_first():
    """A stalled call does not keep the clock from an earlier sleeper."""
    clock = FakeClock(auto=True)
    waiting = asyncio.ensure_future(call(clock, 30))
    await passes(3)
    with clock.stalled():
        await clock.sleep(10)
        woken = clock.monotonic()
        await waiting

    assert (10, 30) == (woken, clock.monotonic())


async def test_other_work_holds_the_clock():
    """One stalled call does not let the clock jump while another one is in flight."""
    clock = FakeClock(auto=True)
    waiting = asyncio.ensure_future(call(clock, 30))
    await passes(3)
    with clock.stalled():
        with clock.busy():
            await passes()
            held = clock.monotonic()
        ended = await waiting

    assert (0, 30) == (held, ended)


async def test_nothing_stalled_any_more():
    """A clock stands again where the stall ended before it could jump."""
    clock = FakeClock(auto=True)
    waiting = asyncio.ensure_future(call(clock, 30))
    await passes(3)
    with clock.stalled():
        await passes(2)
    await passes()
    waiting.cancel()

    assert 0 == clock.monotonic()


async def test_moved_by_hand_it_stays():
    """On a clock that is moved by hand a stall changes nothing."""
    clock = FakeClock()
    waiting = asyncio.ensure_future(call(clock, 30))
    with clock.stalled():
        await passes()
        held = clock.monotonic()
        await clock.advance(30)

    assert (0, 30) == (held, await waiting)


def test_real_time_needs_no_word():
    """The real clock goes on, whoever stalls whom."""
    with Clock().stalled() as nothing:
        assert nothing is None
