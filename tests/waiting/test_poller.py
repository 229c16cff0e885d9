"""One wait: it looks, judges, sleeps, and ends by its deadline or in a word that counts."""

import backoff
import pytest

from wxdist import (
    ConfigurationError,
    NoPermission,
    NotFound,
    NotSent,
    RequestRefused,
    ServiceBroken,
    SignatureInvalid,
    StillRunning,
    TooManyRequests,
    WaitEnded,
)
from wxdist.waiting import FakeClock
from wxdist.waiting.poller import poll
from wxdist.waiting.verdict import not_found_yet

from .looks import Script, cancelled_after, left_behind, waiting


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


FORGED = SignatureInvalid("Wechatpay-Signature", "wrong")


async def test_what_cannot_be_trusted_ends_it_until_something_could(clock):
    """The first answer tells whether the other side is genuine at all."""
    script = Script(clock, NotSent("x"), FORGED, "done")

    with pytest.raises(SignatureInvalid):
        await poll(waiting(script), clock)

    assert [0, 3] == script.log


async def test_what_cannot_be_trusted_is_trouble_afterwards(clock):
    """However often it comes; the answer before it stays what was last seen."""
    assert "done" == await poll(waiting(Script(clock, "a", FORGED, FORGED, "done")), clock)

    with pytest.raises(StillRunning) as error:
        await poll(waiting(Script(clock, "a", FORGED), until=clock.monotonic() + 9), clock)

    assert ("a", FORGED) == (error.value.last, error.value.__cause__)


async def test_an_end_needs_no_pause(clock):
    """A wait that is done at once asks its delays for nothing."""
    wait = waiting(Script(clock, "done", "a"), delays=lambda: iter(()))

    assert "done" == await poll(wait, clock)
    with pytest.raises(ConfigurationError, match="above zero"):
        await poll(waiting(Script(clock, "a"), delays=lambda: iter(())), clock)
