"""Many waits in one scheduler: each ends by itself, few look at once, nothing is left behind."""

import asyncio
import math
from collections import Counter

import pytest

from wxdist import NoPermission, NotSent, StillRunning, TooManyRequests, WaitEnded
from wxdist.waiting import FakeClock
from wxdist.waiting.poller import Many, Wait
from wxdist.waiting.verdict import Verdict, passing


class Fleet:
    """Waits by name, and what happened to them."""

    def __init__(self, clock, *, took=0.0):
        self.clock = clock
        self.took = took
        self.log = []
        self.flying = self.most = 0

    async def ask(self, name, answers):
        self.log.append((self.clock.monotonic(), name))
        self.flying += 1
        self.most = max(self.most, self.flying)
        try:
            await self.clock.sleep(self.took)
        finally:
            self.flying -= 1
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def wait(self, name, *answers, until=1000.0, first=0.0, delays=(3.0, 5.0)):
        """Return what `Many` takes: a name, a wait, the seconds before its first look."""
        left = list(answers)
        made = Wait(
            fetch=lambda: self.ask(name, left),
            judge=judge,
            excuse=lambda error, _: passing(error),
            delays=delays,
            until=until,
            started=0.0,
            what=name,
        )
        return name, made, first


def judge(seen):
    if seen == "refused":
        raise WaitEnded("refused", last=seen)
    return Verdict.DONE if seen == "done" else Verdict.AGAIN


def left_behind(clock):
    sleepers = [woken for _, _, woken in clock._sleepers if not woken.done()]
    return [*(asyncio.all_tasks() - {asyncio.current_task()}), *sleepers, *clock._deadlines]


async def results(many, clock):
    return [(clock.monotonic(), name, ended) async for name, ended in many]


@pytest.fixture
def clock():
    """Make a clock that jumps when everybody waits."""
    return FakeClock(auto=True)


@pytest.fixture
def fleet(clock):
    """Make a fleet whose looks take half a second."""
    return Fleet(clock, took=0.5)


async def test_results_come_as_each_wait_ends(clock, fleet):
    """Each comes at its own time, in the order of the ends and not of the starts."""
    waits = [
        fleet.wait("slow", "a", "a", "done"),
        fleet.wait("quick", "done"),
        fleet.wait("later", "done", first=2),
    ]

    ended = await results(Many(waits, clock, concurrency=16), clock)

    assert [(0.5, "quick", "done"), (2.5, "later", "done"), (9.5, "slow", "done")] == ended
    assert [] == left_behind(clock)


async def test_an_error_is_the_result_of_its_wait_alone(clock, fleet):
    """A refusal, a deadline, a judge's word: each with its name, none ends the others."""
    word = NoPermission(403, verified=True)
    waits = [
        fleet.wait("forbidden", word),
        fleet.wait("judged", "a", "refused"),
        fleet.wait("endless", "a", until=20),
        fleet.wait("well", NotSent("x"), NotSent("x"), "done"),
    ]

    ended = {name: end for _, name, end in await results(Many(waits, clock, concurrency=2), clock)}

    assert ["forbidden", "judged", "well", "endless"] == list(ended)
    assert (word, "done") == (ended["forbidden"], ended["well"])
    assert ("refused", "a") == (ended["judged"].last, ended["endless"].last)
    assert [WaitEnded, StillRunning] == [type(ended["judged"]), type(ended["endless"])]


async def test_nothing_is_asked_at_or_after_a_deadline(clock, fleet):
    """A look that would fall behind its deadline is not made: StillRunning comes then."""
    waits = [fleet.wait("late", "a", until=2), fleet.wait("never", "done", until=5, first=9)]

    ended = await results(Many(waits, clock, concurrency=2), clock)

    assert [(0, "late")] == fleet.log
    assert [(2, "late"), (5, "never")] == [(at, name) for at, name, _ in ended]
    assert {StillRunning} == {type(end) for _, _, end in ended}


async def test_a_look_in_flight_at_its_deadline_is_cut_off(clock):
    """The deadline bounds the question, and the others go on."""
    fleet = Fleet(clock, took=10)
    waits = [fleet.wait("cut", "done", until=4), fleet.wait("whole", "done")]

    ended = await results(Many(waits, clock, concurrency=2), clock)

    assert [(4, "cut"), (10, "whole")] == [(at, name) for at, name, _ in ended]
    assert isinstance(ended[0][2], StillRunning)
    assert [] == left_behind(clock)


async def test_no_more_look_at_once_than_allowed(clock, fleet):
    """With all of them due, each place is used and none is added."""
    waits = [fleet.wait(number, "a", "done") for number in range(100)]

    ended = await results(Many(waits, clock, concurrency=7), clock)

    assert (100, 7) == (len(ended), fleet.most)
    assert {2} == set(Counter(name for _, name in fleet.log).values())


async def test_who_is_due_first_looks_first(clock):
    """With one place, looks are made in the order in which they fell due."""
    fleet = Fleet(clock, took=1)
    waits = [
        fleet.wait(name, "done", first=first) for name, first in (("c", 3), ("a", 1), ("b", 1))
    ]

    await results(Many(waits, clock, concurrency=1), clock)

    assert [(1, "a"), (2, "b"), (3, "c")] == fleet.log


async def test_retry_after_lengthens_the_pause_of_its_wait(clock):
    """The wait that was told to slow down does, the other one does not."""
    fleet = Fleet(clock)
    waits = [
        fleet.wait("told", TooManyRequests(429, retry_after=40), "done"),
        fleet.wait("free", "a", "done"),
    ]

    ended = await results(Many(waits, clock, concurrency=2), clock)

    assert [(3, "free", "done"), (40, "told", "done")] == ended


async def test_those_that_end_at_once_come_in_the_order_of_their_ends(clock):
    """While the user thinks, looks end in some order; they are handed out in that order."""
    fleet = Fleet(clock)

    async def after(seconds):
        await clock.sleep(seconds)
        return "done"

    waits = [fleet.wait(name, "done") for name in range(6)]
    for seconds, (_, wait, _) in zip((1, 6, 3, 5, 2, 4), waits, strict=True):
        wait.fetch = lambda seconds=seconds: after(seconds)
    many = Many(waits, clock, concurrency=6)

    first, _ = await anext(many)
    await clock.sleep(60)
    rest = [name async for name, _ in many]

    assert [0, 4, 2, 5, 3, 1] == [first, *rest]


async def test_of_no_waits_nothing_comes(clock):
    """An empty one is at its end."""
    assert [] == await results(Many([], clock, concurrency=1), clock)


async def test_a_foreign_error_ends_them_all(clock, fleet):
    """A mistake of the program is raised, and no look stays behind."""
    waits = [fleet.wait("broken", LookupError()), *(fleet.wait(n, "a") for n in range(5))]
    many = Many(waits, clock, concurrency=3)

    with pytest.raises(LookupError):
        await anext(many)

    assert [] == left_behind(clock)
    assert [] == await results(many, clock)


async def test_leaving_early_leaves_nothing(clock, fleet):
    """With looks in flight the block may be left; they are cancelled, and it is at its end."""
    waits = [
        fleet.wait("quick", "done"),
        *(fleet.wait(number, "a", first=0.2) for number in range(9)),
    ]

    async with Many(waits, clock, concurrency=4) as many:
        async for name, _ in many:
            assert "quick" == name
            break
        assert [] != left_behind(clock)
    await many.aclose()

    assert ([], 0) == (left_behind(clock), fleet.flying)
    assert [] == await results(many, clock)


async def test_another_task_may_close_it(clock, fleet):
    """Who iterates then comes to the end, as if all had ended."""
    many = Many([fleet.wait(number, "a") for number in range(5)], clock, concurrency=2)
    task = asyncio.create_task(results(many, clock))
    for _ in range(5):
        await asyncio.sleep(0)

    await many.aclose()

    assert [] == await task
    assert [] == left_behind(clock)


async def test_cancelling_at_any_await_leaves_nothing():
    """Cancelled after the n-th pass of the loop, for every n, no task or timer stays."""
    steps, ended = 0, None
    while ended is None or ended.cancelled():
        clock = FakeClock(auto=True)
        fleet = Fleet(clock, took=0.5)
        waits = [
            fleet.wait("quick", "done"),
            fleet.wait("slow", "a", NotSent("x"), "done"),
            fleet.wait("endless", "a", until=7),
            fleet.wait("later", "a", "done", first=1),
        ]
        ended = asyncio.create_task(results(Many(waits, clock, concurrency=2), clock))
        for _ in range(steps):
            await asyncio.sleep(0)
        ended.cancel()
        await asyncio.wait([ended])
        assert ([], 0) == (left_behind(clock), fleet.flying), steps
        steps += 1

    assert steps > 100
    assert {"quick", "slow", "endless", "later"} == {name for _, name, _ in ended.result()}


async def test_ten_thousand_waits(clock):
    """All end, each with its own result, few at once, and each asks only when it is due."""
    fleet = Fleet(clock, took=0.01)
    count = 10_000
    waits = (
        fleet.wait(number, *["a"] * (number % 3), "done", delays=(30.0,), until=math.inf)
        for number in range(count)
    )

    async with Many(waits, clock, concurrency=64) as many:
        ended = [(name, end) async for name, end in many]

    assert set(range(count)) == {name for name, _ in ended}
    assert {"done"} == {end for _, end in ended}
    assert 64 == fleet.most
    assert len(fleet.log) == sum(1 + number % 3 for number in range(count))
    assert [] == left_behind(clock)
