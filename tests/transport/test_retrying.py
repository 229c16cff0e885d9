"""What is sent again, after which pause, and what a failed call means: the table as a whole."""

import asyncio
import logging

import pytest

from wxdist import (
    ConfigurationError,
    FakeClock,
    InvalidInput,
    NoAnswer,
    NoPermission,
    NotFound,
    NotFresh,
    NotSent,
    OutcomeUnknown,
    ParameterRefused,
    ProbeRefused,
    RequestRefused,
    ServiceBroken,
    ServiceError,
    SignatureInvalid,
    SignatureMissing,
    SignatureRefused,
    TooManyRequests,
    WrongAnswer,
)
from wxdist.transport.retrying import Kind, fly

READ, REPEATABLE, ONCE = Kind.READ, Kind.REPEATABLE, Kind.ONCE
IDS = {"out_order_no": "D-1", "transaction_id": "42"}

NOT_SENT = NotSent("no connection")
NO_ANSWER = NoAnswer("cut")
THROTTLED = TooManyRequests(429, verified=True)
BROKEN = ServiceBroken(503)
FORGED = SignatureInvalid("Wechatpay-Signature", "wrong")
REFUSED = RequestRefused(400, verified=True)

#: Each failure: which kinds are sent again, how often at most, whether a write is unsure then.
TABLE = [
    (NOT_SENT, {READ, REPEATABLE, ONCE}, 4, False),
    (THROTTLED, {READ, REPEATABLE, ONCE}, 4, False),
    (TooManyRequests(429), {READ, REPEATABLE, ONCE}, 4, False),
    (NO_ANSWER, {READ, REPEATABLE}, 4, True),
    (ServiceBroken(500), {READ, REPEATABLE}, 4, True),
    (ServiceBroken(502, verified=True), {READ, REPEATABLE}, 4, True),
    (BROKEN, {READ, REPEATABLE}, 4, True),
    (ServiceBroken(504), {READ, REPEATABLE}, 4, True),
    (ServiceBroken(501), set(), 1, True),
    (ServiceBroken(505), set(), 1, True),
    (FORGED, {READ}, 2, True),
    (SignatureMissing("Wechatpay-Nonce", "missing"), {READ}, 2, True),
    (NotFresh("Wechatpay-Timestamp", "old"), {READ}, 2, True),
    (WrongAnswer("out_order_no", "another"), {READ}, 2, True),
    (ProbeRefused("Wechatpay-Signature", "probe"), {READ}, 2, True),
    (ServiceError(302), set(), 1, True),
    (ServiceError(408), set(), 1, True),
    (ServiceError(418), set(), 1, False),
    (REFUSED, set(), 1, False),
    (RequestRefused(400), set(), 1, False),
    (ParameterRefused(400, verified=True), set(), 1, False),
    (SignatureRefused(401), set(), 1, False),
    (NoPermission(403, verified=True), set(), 1, False),
    (NotFound(404, verified=True), set(), 1, False),
    (InvalidInput("amount", "wrong"), set(), 1, False),
    (ConfigurationError("wrong"), set(), 1, False),
]
CASES = [
    (error, kind, most if kind in kinds else 1, unsure)
    for error, kinds, most, unsure in TABLE
    for kind in Kind
]


def title(value):
    return f"{type(value).__name__}{getattr(value, 'status', '')}" if value else ""


@pytest.mark.parametrize(("error", "kind", "times", "unsure"), CASES, ids=title)
async def test_what_is_sent_again(script, error, kind, times, unsure):
    """Each failure of each kind of call is repeated or not, as the table says."""
    wire = script(error)

    await wire.fails(kind)

    assert times == len(wire.log)


@pytest.mark.parametrize(("error", "kind", "times", "unsure"), CASES, ids=title)
async def test_what_it_means_in_the_end(script, error, kind, times, unsure):
    """A read raises the cause itself; a write that may have been carried out OutcomeUnknown."""
    ended = await script(error).fails(kind)

    if kind is READ or not unsure:
        assert error is ended
    else:
        assert ("orders.create", IDS, error) == (ended.call, ended.ids, ended.cause)
        assert isinstance(ended, OutcomeUnknown)
        assert error is ended.__cause__


@pytest.mark.parametrize(("error", "kind", "times", "unsure"), CASES, ids=title)
async def test_a_repeat_that_succeeds_is_the_answer(script, error, kind, times, unsure):
    """Whatever failed before, an answer that can be trusted counts."""
    wire = script(error, "answer")

    if times > 1:
        assert "answer" == await wire.call(kind)
        assert 2 == wire.flights[0].attempts
    else:
        await wire.fails(kind)


@pytest.mark.parametrize("attempts", [1, 2, 7])
async def test_attempts_counts_the_first(script, attempts):
    """So many requests leave and no more."""
    wire = script(NO_ANSWER, attempts=attempts)

    await wire.fails(READ, NoAnswer)

    assert attempts == len(wire.log)


async def test_a_success_is_not_repeated(script):
    """One request, at once."""
    wire = script("answer")

    assert "answer" == await wire.call(ONCE)
    assert [0] == wire.log


@pytest.mark.parametrize("error", [NotSent("a"), NoAnswer("b"), ServiceBroken(500)])
async def test_a_read_keeps_the_cause_of_its_error(script, error):
    """What the network said stands behind the error that is raised."""
    error.__cause__ = network = OSError("reset")

    ended = await script(error).fails(READ)

    assert (error, network) == (ended, ended.__cause__)


@pytest.mark.parametrize(
    "later",
    [NOT_SENT, THROTTLED, REFUSED, NotFound(404, verified=True), ConfigurationError("x")],
    ids=title,
)
@pytest.mark.parametrize("first", [NO_ANSWER, BROKEN], ids=title)
async def test_once_unsure_stays_unsure(script, first, later):
    """What comes after an attempt that may have been carried out does not undo it."""
    wire = script(first, later)

    ended = await wire.fails(REPEATABLE, OutcomeUnknown)

    assert first is ended.cause
    assert later is ended.__cause__


@pytest.mark.parametrize("first", [NOT_SENT, THROTTLED], ids=title)
async def test_before_it_is_unsure_it_is_not(script, first):
    """A write that was never accepted ends in what was said last."""
    assert REFUSED is await script(first, REFUSED).fails(ONCE)
    assert NO_ANSWER is (await script(first, NO_ANSWER).fails(ONCE, OutcomeUnknown)).cause


async def test_the_last_unsure_failure_is_the_cause(script):
    """Of several it is the latest."""
    ended = await script(BROKEN, NO_ANSWER, attempts=2).fails(REPEATABLE, OutcomeUnknown)

    assert NO_ANSWER is ended.cause


async def test_a_read_is_distrusted_once(script):
    """A second answer that cannot be trusted is the end, even with other trouble in between."""
    probe = ProbeRefused("Wechatpay-Signature", "probe")
    wire = script(probe, BROKEN, FORGED, "never", attempts=9)

    assert FORGED is await wire.fails(READ)
    assert 3 == len(wire.log)


@pytest.mark.parametrize("kind", Kind)
async def test_cancellation_passes_untouched(script, kind):
    """At any await it comes through as what it is, and nothing stays behind."""
    steps, ended = 0, None
    while ended is None or ended.cancelled():
        wire = script(NOT_SENT, THROTTLED, "answer", took=0.5)
        ended = asyncio.create_task(wire.call(kind))
        for _ in range(steps):
            await asyncio.sleep(0)
        ended.cancel()
        await asyncio.wait([ended])
        sleepers = [each for each in wire.clock._sleepers if not each[2].done()]
        assert ([], []) == (sleepers, wire.clock._deadlines), steps
        assert {asyncio.current_task()} == asyncio.all_tasks()
        steps += 1

    assert "answer" == ended.result()


@pytest.mark.parametrize(
    ("kind", "leaves"), [(READ, True), (READ, False), (REPEATABLE, False), (ONCE, False)]
)
async def test_a_foreign_error_passes_untouched(script, kind, leaves):
    """A mistake of the program is neither repeated nor renamed, where no write has left."""
    mistake = LookupError("a mistake")
    wire = script(mistake, leaves=leaves)

    assert mistake is await wire.fails(kind, LookupError)
    assert [0] == wire.log


@pytest.mark.parametrize(("kind", "count"), [(REPEATABLE, 4), (ONCE, 1)])
async def test_a_foreign_error_after_a_write_left(script, kind, count):
    """It must not hide that the write may have been carried out; it is why that is unknown."""
    mistake = LookupError("a mistake")
    wire = script(mistake)

    ended = await wire.fails(kind, OutcomeUnknown)

    assert (NoAnswer, "LookupError inside wxdist") == (type(ended.cause), ended.cause.reason)
    assert mistake is ended.cause.__cause__
    assert (count, kind is REPEATABLE) == (len(wire.log), ended.repeatable)


async def test_a_foreign_error_then_an_answer(script):
    """The repeat of a numbered write may be answered."""
    assert "answer" == await script(LookupError("a mistake"), "answer").call(REPEATABLE)


async def test_an_attempt_that_did_not_leave_after_one_that_did(script):
    """Whether an attempt has left is asked anew for each."""
    wire = script(BROKEN)
    wire.once = left_once(wire)

    await wire.fails(REPEATABLE, LookupError)


def left_once(wire):
    """Let the first attempt leave and fail; the second fails in a foreign way, unsent."""
    real = wire.once

    async def once(flight):
        if flight.attempts == 1:
            return await real(flight)
        raise LookupError

    return once


async def test_backoff_prints_and_logs_nothing(script, caplog, capfd):
    """Nothing of a call reaches a log or a terminal, its answer least of all."""
    caplog.set_level(logging.DEBUG)
    wire = script(NOT_SENT, "secret answer")

    await wire.call(READ)
    await script(NO_ANSWER).fails(ONCE)

    assert [] == [each for each in caplog.records if each.name != "asyncio"]
    assert ("", "") == tuple(capfd.readouterr())


async def test_backoff_sleeps_nothing(script):
    """On a clock that stands still a repeat waits for ever: no pause is taken elsewhere."""
    wire = script(NOT_SENT, "answer", clock=FakeClock(), retry_delay=0.001)
    task = asyncio.create_task(wire.call(READ))
    for _ in range(200):
        await asyncio.sleep(0)

    assert ([0], False) == (wire.log, task.done())
    await wire.clock.advance(1)
    assert ([0, 0.02], True) == (wire.log, task.done())


async def test_each_flight_counts_for_itself(script):
    """Calls at the same time share the budget and the pace, and nothing else."""
    wire = script("answer")
    one, two = wire.flight(REPEATABLE), wire.flight(REPEATABLE)
    two.once = refuse

    ended = await asyncio.gather(fly(one), fly(two), return_exceptions=True)

    assert ("answer", REFUSED) == tuple(ended)
    assert (1, 1) == (one.attempts, two.attempts)
    assert (None, REFUSED) == (one.last, two.last)


async def refuse(_):
    raise REFUSED
