"""When the next attempt of a call comes, and what it means when none may."""

import pytest

from wxdist import NoAnswer, NotSent, OutcomeUnknown, ServiceBroken, TooManyRequests
from wxdist.transport.retrying import Kind

READ, REPEATABLE, ONCE = Kind.READ, Kind.REPEATABLE, Kind.ONCE
IDS = {"out_order_no": "D-1", "transaction_id": "42"}

NO_ANSWER = NoAnswer("cut")
BROKEN = ServiceBroken(503)


@pytest.mark.parametrize(
    ("chance", "expected"),
    [
        (1.0, [0, 0.5, 1.5, 3.5, 7.5, 15.5, 23.5]),
        (0.0, [0, 0.25, 0.75, 1.75, 3.75, 7.75, 11.75]),
        (0.5, [0, 0.375, 1.125, 2.625, 5.625, 11.625, 17.625]),
    ],
)
async def test_pauses_double_up_to_the_longest(script, chance, expected):
    """From half a second to eight, shortened by chance to no less than half."""
    wire = script(NO_ANSWER, attempts=7, chance=chance)

    await wire.fails(READ)

    assert expected == wire.log


async def test_pauses_can_be_set(script):
    """Their beginning and their longest; nothing at all too."""
    wire = script(NO_ANSWER, attempts=5, retry_delay=3.0, retry_delay_most=7.0, query_rate=None)
    quick = script(NO_ANSWER, attempts=5, retry_delay=0.0, query_rate=None)

    await wire.fails(READ)
    await quick.fails(READ)

    assert [0, 3, 9, 16, 23] == wire.log
    assert [0] * 5 == quick.log


@pytest.mark.parametrize("chance", [0.0, 0.3, 1.0])
@pytest.mark.parametrize(
    ("asked", "pause"), [(None, 0.5), (0.0, 0.5), (0.1, 0.5), (2.0, 2.0), (59.0, 59.0)]
)
async def test_a_pause_is_never_shorter_than_asked_for(script, asked, pause, chance):
    """Retry-After is waited out in full; chance shortens our own pauses only."""
    wire = script(TooManyRequests(429, retry_after=asked), "answer", chance=chance)

    await wire.call(ONCE)

    shortened = 0.5 * (0.5 + chance / 2)
    assert [0, pause if pause > 0.5 else max(asked or 0, shortened)] == wire.log


async def test_other_answers_may_ask_for_a_pause_too(script):
    """A 503 with Retry-After is repeated after that."""
    wire = script(ServiceBroken(503, retry_after=20.0), "answer")

    await wire.call(REPEATABLE)

    assert [0, 20] == wire.log


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("asked", [60.0, 61.0, 1e9])
async def test_a_pause_past_the_deadline_gives_up_at_once(script, kind, asked):
    """The caller learns how long to wait, and learns it now."""
    wire = script(TooManyRequests(429, retry_after=asked))

    ended = await wire.fails(kind, TooManyRequests)

    assert (asked, [0], 0) == (ended.retry_after, wire.log, wire.clock.monotonic())


async def test_a_deadline_before_anything_was_sent(script):
    """Nothing leaves, and that is what the error says."""
    for kind in Kind:
        wire = script("answer")

        await wire.fails(kind, NotSent, until=0.0)

        assert [] == wire.log


@pytest.mark.parametrize("kind", Kind)
async def test_a_deadline_while_connecting(script, kind):
    """An attempt that did not leave before the deadline was not sent."""
    wire = script("answer", took=100, leaves=False)

    await wire.fails(kind, NotSent)

    assert 60 == wire.clock.monotonic()


@pytest.mark.parametrize("kind", [REPEATABLE, ONCE])
async def test_a_deadline_in_flight_of_a_write(script, kind):
    """Nobody knows what became of it."""
    wire = script("answer", took=100)

    ended = await wire.fails(kind, OutcomeUnknown)

    assert (NoAnswer, IDS, 60) == (type(ended.cause), ended.ids, wire.clock.monotonic())


async def test_a_deadline_in_flight_of_a_read(script):
    """A read has no answer."""
    wire = script("answer", took=100)

    await wire.fails(READ, NoAnswer)

    assert 60 == wire.clock.monotonic()


async def test_a_deadline_in_a_later_attempt_that_did_not_leave(script):
    """What counts then is how the attempt before ended."""
    wire = script(BROKEN, took=40)
    wire.once = stay_after_the_first(wire)

    assert BROKEN is await wire.fails(READ)
    assert 60 == wire.clock.monotonic()


def stay_after_the_first(wire):
    """Let only the first attempt leave; the others hang while connecting."""
    real = wire.once

    async def once(flight):
        if flight.attempts == 1:
            return await real(flight)
        return await wire.clock.sleep(1000)

    return once


async def test_a_deadline_while_a_repeat_waits_for_its_turn(script):
    """A repeat that never got its turn leaves the failure before it as the error."""
    wire = script(BROKEN, query_rate=0.01)

    assert BROKEN is await wire.fails(READ)
    assert ([0], 60) == (wire.log, wire.clock.monotonic())
