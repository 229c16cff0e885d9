"""One wait: it looks, judges, sleeps, and ends by its deadline or in a word that counts."""

import asyncio

import backoff
import pytest

from wxdist import (
    NoPermission,
    NotFound,
    NotSent,
    RequestRefused,
    ServiceBroken,
    StillRunning,
    TooManyRequests,
    WaitEnded,
)
from wxdist.waiting import FakeClock
from wxdist.waiting.poller import Changes, Wait, poll
from wxdist.waiting.verdict import Verdict, not_found_yet, passing


class Script:
    """Answers one look after the other, the last one for ever; errors are raised.

    ``log`` holds the times of the looks.
    """

    def __init__(self, clock, *answers):
        self.clock = clock
        self.answers = list(answers)
        self.log = []

    async def __call__(self):
        self.log.append(self.clock.monotonic())
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def judge(seen):
    """Read ``done`` and ``refused`` as ends, everything else as a state in between."""
    if seen == "refused":
        raise WaitEnded("refused", last=seen)
    return Verdict.DONE if seen == "done" else Verdict.AGAIN


def waiting(fetch, until=100.0, *, delays=(3.0, 5.0), excuse=None, started=0.0):
    return Wait(
        fetch=fetch,
        judge=judge,
        excuse=excuse or (lambda error, _: passing(error)),
        delays=delays,
        until=until,
        started=started,
        what="it is not done",
    )


def left_behind(clock):
    """Return the tasks and timers that should be gone."""
    sleepers = [woken for _, _, woken in clock._sleepers if not woken.done()]
    return [*(asyncio.all_tasks() - {asyncio.current_task()}), *sleepers, *clock._deadlines]


@pytest.fixture
def clock():
    """Make a clock that jumps when everybody waits."""
    return FakeClock(auto=True)


async def test_polls_until_it_is_done(clock):
    """It asks at once, then after each delay, the last of which repeats."""
    script = Script(clock, "a", "a", "b", "a", "done")

    assert "done" == await poll(waiting(script), clock)
    assert [0, 3, 8, 13, 18] == script.log


async def test_the_first_look_may_be_later(clock):
    """Nothing is asked before the given time."""
    script = Script(clock, "a", "done")

    await poll(waiting(script, until=500), clock, first=180)

    assert [180, 183] == script.log


async def test_delays_may_come_from_backoff(clock):
    """A wait generator of backoff gives the pauses."""
    script = Script(clock, *"abcde", "done")

    await poll(waiting(script, delays=backoff.fibo), clock)

    assert [0, 1, 2, 4, 7, 12] == script.log


async def test_gives_up_at_the_deadline(clock):
    """A state that never ends raises StillRunning then, with the last thing seen."""
    script = Script(clock, "a", "b")

    with pytest.raises(StillRunning) as error:
        await poll(waiting(script, until=20), clock)

    assert ("b", None, 20) == (error.value.last, error.value.__cause__, clock.monotonic())
    assert [0, 3, 8, 13, 18] == script.log
    assert "it is not done: the deadline came first; wait again, nothing is lost" == str(
        error.value
    )
    assert [] == left_behind(clock)


@pytest.mark.parametrize("until", [8, 7.999, 0, -5])
async def test_asks_nothing_at_or_after_the_deadline(clock, until):
    """A look that falls due at the deadline itself is not made."""
    script = Script(clock, "a")

    with pytest.raises(StillRunning):
        await poll(waiting(script, until=until), clock)

    assert [each for each in (0, 3) if each < until] == script.log


async def test_a_first_look_after_the_deadline_is_not_made(clock):
    """A wait that would begin too late ends at its deadline, unasked."""
    script = Script(clock, "done")

    with pytest.raises(StillRunning) as error:
        await poll(waiting(script, until=60), clock, first=180)

    assert ([], None, 60) == (script.log, error.value.last, clock.monotonic())


async def test_a_look_in_flight_at_the_deadline_is_cut_off(clock):
    """The deadline bounds the question too."""
    ends = []

    async def slowly():
        try:
            await clock.sleep(50)
        finally:
            ends.append(clock.monotonic())

    with pytest.raises(StillRunning):
        await poll(waiting(slowly, until=20), clock)

    assert [20] == ends
    assert [] == left_behind(clock)


async def test_trouble_on_the_way_is_passed_over(clock):
    """No connection, 5xx, and whatever is not verified do not end a wait."""
    script = Script(
        clock,
        NotSent("no connection"),
        ServiceBroken(502),
        NotFound(404),
        NoPermission(403),
        "done",
    )

    assert "done" == await poll(waiting(script), clock)
    assert [0, 3, 8, 13, 18] == script.log


async def test_trouble_until_the_deadline_is_its_cause(clock):
    """With nothing seen at all, the last trouble is what was last seen."""
    trouble = ServiceBroken(503)

    with pytest.raises(StillRunning) as error:
        await poll(waiting(Script(clock, NotSent("x"), trouble), until=9), clock)

    assert trouble is error.value.__cause__ is error.value.last


async def test_trouble_after_an_answer_keeps_the_answer(clock):
    """The last answer stays what was last seen, the trouble is the cause."""
    trouble = NotSent("no connection")

    with pytest.raises(StillRunning) as error:
        await poll(waiting(Script(clock, "a", trouble), until=9), clock)

    assert ("a", trouble) == (error.value.last, error.value.__cause__)


async def test_trouble_that_is_over_is_no_cause(clock):
    """An answer after it makes it forgotten."""
    with pytest.raises(StillRunning) as error:
        await poll(waiting(Script(clock, NotSent("x"), "a"), until=9), clock)

    assert ("a", None) == (error.value.last, error.value.__cause__)


@pytest.mark.parametrize(
    "word",
    [
        NoPermission(403, verified=True),
        RequestRefused(400, verified=True),
        NotFound(404, verified=True),
        LookupError("a mistake of the program"),
    ],
    ids=lambda word: type(word).__name__,
)
async def test_an_error_that_is_not_excused_ends_it_at_once(clock, word):
    """A verified refusal, or anything foreign, is raised as it is."""
    script = Script(clock, "a", word)

    with pytest.raises(type(word)) as error:
        await poll(waiting(script), clock)

    assert word is error.value
    assert [0, 3] == script.log
    assert [] == left_behind(clock)


async def test_not_found_is_not_yet_for_its_grace(clock):
    """A verified 404 is asked again within the grace, counted from the start of the wait."""
    await clock.advance(1000)
    script = Script(clock, NotFound(404, verified=True))
    wait = waiting(
        script, until=3000, delays=(25.0,), excuse=not_found_yet(60), started=clock.monotonic()
    )

    with pytest.raises(NotFound):
        await poll(wait, clock)

    assert [1000, 1025, 1050, 1075] == script.log


async def test_the_judge_may_end_it(clock):
    """What the judge raises ends the wait."""
    with pytest.raises(WaitEnded, match="refused"):
        await poll(waiting(Script(clock, "a", "refused")), clock)


@pytest.mark.parametrize(
    ("asked", "expected"), [(None, 3), (1.0, 3), (3.5, 3.5), (40.0, 40), (0.0, 3)]
)
async def test_retry_after_lengthens_a_pause(clock, asked, expected):
    """The next look comes no sooner than the service asked for, nor than the delay."""
    script = Script(clock, TooManyRequests(429, retry_after=asked, verified=True), "done")

    await poll(waiting(script), clock)

    assert [0, expected] == script.log


async def test_retry_after_holds_for_one_pause(clock):
    """After an answer the delays hold again."""
    script = Script(clock, TooManyRequests(429, retry_after=30), "a", "a", "done")

    await poll(waiting(script), clock)

    assert [0, 30, 35, 40] == script.log


async def test_changes_gives_one_item_a_change(clock):
    """Equal answers in a row are one item; the last item is the end."""
    script = Script(clock, "a", "a", "b", NotSent("x"), "b", "c", "c", "done", "never")

    items = [(clock.monotonic(), item) async for item in Changes(waiting(script), clock)]

    assert [(0, "a"), (8, "b"), (23, "c"), (33, "done")] == items


async def test_what_was_seen_before_is_no_change(clock):
    """A wait that begins with something seen gives what differs from it."""
    wait = waiting(Script(clock, "a", "a", "b", "done"))
    wait.last = "a"

    assert ["b", "done"] == [item async for item in Changes(wait, clock, first=3)]


async def test_an_end_that_is_no_change_is_still_given(clock):
    """The end is an item even when it was seen before."""
    wait = waiting(Script(clock, "done"))
    wait.last = "done"

    assert ["done"] == [item async for item in Changes(wait, clock)]


@pytest.mark.parametrize("end", ["done", "refused", NoPermission(403, verified=True)])
async def test_after_the_end_there_is_nothing(clock, end):
    """Whatever ended it, iterating on asks nothing and gives nothing."""
    script = Script(clock, "a", end)
    changes = Changes(waiting(script), clock)

    seen = await asyncio.gather(*[drain(changes)], return_exceptions=True)
    asked = len(script.log)

    assert 1 == len(seen)
    assert [] == await drain(changes)
    assert (2, 2) == (asked, len(script.log))


async def drain(items):
    return [item async for item in items]


async def test_time_between_items_counts(clock):
    """Who thinks longer than the deadline gets StillRunning, without another question."""
    script = Script(clock, "a")
    changes = Changes(waiting(script, until=20), clock)

    assert "a" == await anext(changes)
    await clock.sleep(60)
    with pytest.raises(StillRunning):
        await anext(changes)

    assert [0] == script.log


async def test_leaving_early_leaves_nothing(clock):
    """The block may be left with a break; the iterator is then at its end."""
    script = Script(clock, "a", "b", "done")

    async with Changes(waiting(script), clock) as changes:
        async for item in changes:
            assert "a" == item
            break
    await changes.aclose()

    assert [] == await drain(changes)
    assert ([0], []) == (script.log, left_behind(clock))


async def test_closing_while_it_runs_ends_it_after_that_item(clock):
    """Another task may close it: the item under way is the last."""
    changes = Changes(waiting(Script(clock, "a", "b", "done")), clock, first=5)
    task = asyncio.create_task(drain(changes))
    await asyncio.sleep(0)

    await changes.aclose()

    assert ["a"] == await task


async def cancelled_after(run, steps):
    """Start *run* in a task, cancel it after *steps* passes; return the task, ended."""
    task = asyncio.create_task(run())
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    return task


@pytest.mark.parametrize("until", [12, 100])
async def test_cancelling_at_any_await_leaves_nothing(until):
    """Cancelled after the n-th pass of the loop, for every n, no task or timer stays."""
    steps, ended = 0, None
    while ended is None or ended.cancelled():
        clock = FakeClock(auto=True)

        async def run(clock=clock):
            async def fetch():
                async with clock.timeout_at(clock.monotonic() + 2):
                    await clock.sleep(1)
                return "done" if clock.monotonic() > 14 else "a"

            await poll(waiting(fetch, until=until), clock)

        ended = await cancelled_after(run, steps)
        assert [] == left_behind(clock), steps
        steps += 1

    assert steps > 50
    assert (until == 12) == isinstance(ended.exception(), StillRunning)
