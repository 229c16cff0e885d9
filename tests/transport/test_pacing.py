"""An outage must not become a storm: the budget of repeats, and the pace of reads."""

import asyncio
from collections import Counter

import pytest

from wxdist import FakeClock, NoAnswer, NotSent, OutcomeUnknown, RequestRefused, TooManyRequests
from wxdist.transport.retrying import BUDGET, Budget, Kind, Pacer

READ, REPEATABLE, ONCE = Kind.READ, Kind.REPEATABLE, Kind.ONCE

NOT_SENT = NotSent("no connection")
NO_ANSWER = NoAnswer("cut")
THROTTLED = TooManyRequests(429, verified=True)
REFUSED = RequestRefused(400, verified=True)


async def test_an_outage_does_not_become_a_storm(script):
    """Ten thousand calls into a dead service send at most 10 036 requests."""
    wire = script(NOT_SENT, query_rate=None)

    for _ in range(10_000):
        await wire.fails(REPEATABLE, NotSent)

    assert 10_000 + BUDGET // 14 == len(wire.log) <= 10_036


async def test_an_outage_does_not_become_a_storm_at_once(script):
    """Likewise when all of them are made at the same moment."""
    wire = script(NO_ANSWER, query_rate=None, took=0.01)
    calls = (wire.call(REPEATABLE) for _ in range(2000))

    ended = await asyncio.gather(*calls, return_exceptions=True)

    assert {OutcomeUnknown} == {type(each) for each in ended}
    assert 2000 + BUDGET // 14 == len(wire.log)


async def test_throttling_costs_less(script):
    """A repeat after 429 costs 5 tokens instead of 14."""
    wire = script(THROTTLED, attempts=2, query_rate=None)

    for _ in range(200):
        await wire.fails(ONCE, TooManyRequests)

    assert 200 + BUDGET // 5 == len(wire.log)


@pytest.mark.parametrize(
    ("outcomes", "left"),
    [
        (["answer"], 101),
        ([NOT_SENT, "answer"], 100),
        ([THROTTLED, "answer"], 100),
        ([NOT_SENT, NOT_SENT, "answer"], 86),
        ([NOT_SENT, THROTTLED, "answer"], 86),
        ([REFUSED], 100),
        ([NOT_SENT, REFUSED], 86),
    ],
)
async def test_success_pays_back(script, outcomes, left):
    """A success brings back what its last repeat cost, or one token if it needed none."""
    wire = script(*outcomes)
    wire.shared.budget = Budget(100)

    await asyncio.gather(wire.call(ONCE), return_exceptions=True)

    assert left == wire.shared.budget.tokens


def test_a_budget_is_never_overdrawn_nor_overfull():
    """What is not there cannot be taken; what is too much is lost."""
    budget = Budget(10)

    taken = [budget.take(cost) for cost in (14, 5, 5, 5)]
    budget.give(10_000)

    assert ([False, True, True, False], BUDGET) == (taken, budget.tokens)


async def test_reads_are_paced(script):
    """Two hundred at once: no second holds more than 50 of them, and none is idle."""
    wire = script("answer")

    await asyncio.gather(*(wire.call(READ) for _ in range(200)))

    within = [sum(at <= each < at + 1 - 1e-9 for each in wire.log) for at in wire.log]
    assert 50 == max(within)
    assert 199 / 50 == pytest.approx(wire.log[-1])
    assert sorted(wire.log) == wire.log


async def test_repeats_are_paced_too(script):
    """Every request of a read takes a turn."""
    wire = script(NO_ANSWER, "answer", retry_delay=0.0)

    await asyncio.gather(*(wire.call(READ) for _ in range(10)))

    assert [each / 50 for each in range(11)] == pytest.approx(wire.log)


@pytest.mark.parametrize("kind", [REPEATABLE, ONCE])
async def test_writes_are_not_paced(script, kind):
    """Money does not wait behind questions."""
    wire = script("answer", query_rate=1.0)

    await asyncio.gather(*(wire.call(kind) for _ in range(100)))

    assert {0} == set(wire.log)


async def test_pacing_can_be_switched_off(script):
    """With ``None`` all reads go at once."""
    wire = script("answer", query_rate=None)

    await asyncio.gather(*(wire.call(READ) for _ in range(100)))

    assert {0} == set(wire.log)


async def test_an_idle_time_is_not_saved_up():
    """After a minute without reads the rate holds as before."""
    clock = FakeClock(auto=True)
    pacer, log = Pacer(clock), []

    async def turn():
        await pacer.turn(10.0)
        log.append(clock.monotonic())

    await turn()
    await clock.sleep(60)
    await asyncio.gather(*(turn() for _ in range(3)))

    assert [0, 60, 60.1, 60.2] == pytest.approx(log)


async def test_who_gives_up_takes_no_turn(script):
    """A flood that ends in its deadline leaves the turns to those that come after it."""
    wire = script("answer", query_rate=1.0)
    flood = [asyncio.create_task(wire.call(READ)) for _ in range(500)]

    ended = Counter(type(each) for each in await asyncio.gather(*flood, return_exceptions=True))
    assert {str: 60, NotSent: 440} == ended
    await wire.clock.sleep(3)

    assert "answer" == await wire.call(READ)
    assert 63 == wire.log[-1]


async def test_a_cancelled_flood_takes_no_turns(script):
    """Reads that are cancelled while they wait do not hold up the next one."""
    wire = script("answer", query_rate=1.0)
    flood = [asyncio.create_task(wire.call(READ)) for _ in range(500)]
    await wire.clock.sleep(1.5)

    for task in flood:
        task.cancel()
    await asyncio.wait(flood)
    await wire.call(READ)

    assert [0, 1, 2] == wire.log


async def test_each_view_has_its_own_rate():
    """A slow view does not make a quick one wait as long, nor does a quick one hurry a slow one."""
    clock = FakeClock(auto=True)
    pacer, log = Pacer(clock), []
    for rate in (0.01, 50.0, None, 50.0, 0.1, 50.0):
        await pacer.turn(rate)
        log.append(clock.monotonic())

    assert [0, 0.02, 0.02, 0.04, 10.04, 10.06] == pytest.approx(log)


async def test_a_deadline_before_a_turn_names_the_pace(script):
    """Who waited for a turn only learns which setting made it wait."""
    wire = script("answer", query_rate=0.01)
    await wire.call(READ)

    ended = await wire.fails(READ, NotSent)

    assert "the deadline came first, before a turn: reads are paced by settings.query_rate" == (
        ended.reason
    )
    assert [0] == wire.log


async def test_a_deadline_elsewhere_does_not(script):
    """While connecting, the pace is not to blame."""
    ended = await script("answer", took=100, leaves=False).fails(READ, NotSent)

    assert "the deadline came first" == ended.reason
