"""What a failing service means, for each kind of call, and how often it is asked.

A read is repeated; so is a write that carries its number. Adding and deleting a receiver might
act twice: they are repeated only when the service cannot have accepted them.
"""

import email.utils
import itertools

import pytest

from wxdist import (
    NoAnswer,
    OutcomeUnknown,
    RequestRefused,
    ServiceBroken,
    TooManyRequests,
    WrongAnswer,
    WxdistError,
)

from .call_kinds import CALLS, ONCE, READS, REPEATABLE, WRITES, failed, held, outcome, unknown


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_the_service_is_broken(serve, service, connect, name, status):
    """5xx: a read and a numbered write are sent four times, the others once."""
    body = {"code": "SYSTEM_ERROR", "message": "try again"}
    wire = await serve(lambda _: service.signed(body, status))

    error = await failed(CALLS[name](connect(wire)))

    assert unknown(name, ServiceBroken) == outcome(name, error)
    assert (1 if name in ONCE else 4) == held(wire, service.keys)
    told = error if name in READS else error.cause
    assert (status, "SYSTEM_ERROR", True) == (told.status, told.code, told.verified)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("status", [501, 505])
async def test_other_5xx_are_not_repeated(serve, service, connect, name, status):
    """A 5xx that says the request can never work is not repeated; a write stays unknown."""
    wire = await serve(lambda _: service.signed({"code": "X", "message": "no"}, status))

    error = await failed(CALLS[name](connect(wire)))

    assert unknown(name, ServiceBroken) == outcome(name, error)
    assert 1 == len(wire.sent)


@pytest.mark.parametrize("name", CALLS)
async def test_a_broken_service_recovers(serve, service, connect, keys, name):
    """The answer to a repeat is the answer to the call."""
    refusals = iter([503, 502])

    def answer(sent):
        status = next(refusals, None) if name not in ONCE else None
        return service.genuine(sent) if status is None else service.http(status)

    wire = await serve(answer)

    answered = await CALLS[name](connect(wire))

    assert (1 if name in ONCE else 3) == held(wire, keys)
    assert getattr(answered, "meta", None) is None or len(wire.sent) == answered.meta.attempts


@pytest.mark.parametrize("name", CALLS)
async def test_throttled(serve, service, connect, clock, name):
    """429 was not accepted: any call is repeated, and ends as `TooManyRequests`."""
    wire = await serve(lambda _: service.signed({"code": "RATE_LIMITED", "message": "slow"}, 429))

    error = await failed(CALLS[name](connect(wire)))

    assert TooManyRequests is type(error)
    assert error.retry_after is None
    assert 4 == held(wire, service.keys)
    assert 1.75 <= clock.monotonic() <= 3.6


@pytest.mark.parametrize("name", CALLS)
async def test_throttled_with_a_time(serve, service, connect, clock, name):
    """A ``Retry-After`` in seconds is waited out before each repeat, and told at the end."""
    answer = service.http(429, b"", {"Retry-After": "7"})
    wire = await serve(lambda _: answer)

    error = await failed(CALLS[name](connect(wire)))

    times = [sent.at for sent in wire.sent]
    assert (TooManyRequests, 7.0) == (type(error), error.retry_after)
    assert 4 == len(times)
    assert all(7 <= later - earlier < 8.1 for earlier, later in itertools.pairwise(times))


async def test_throttled_until_a_date(serve, service, connect, clock):
    """A ``Retry-After`` that is a date counts by the session's clock."""
    date = email.utils.formatdate(clock.now() + 20, usegmt=True)
    wire = await serve(
        lambda sent: (
            service.genuine(sent)
            if len(wire.sent) > 1
            else service.http(429, b"", {"Retry-After": date})
        )
    )

    await READS["transactions.remaining"](connect(wire))

    assert 20 <= wire.sent[1].at < 21


@pytest.mark.parametrize("name", CALLS)
async def test_throttled_past_the_deadline(serve, service, connect, clock, name):
    """A ``Retry-After`` beyond the deadline is not waited for: told at once, with its seconds."""
    wire = await serve(lambda _: service.http(429, b"", {"Retry-After": "61"}))

    error = await failed(CALLS[name](connect(wire)))

    assert (TooManyRequests, 61.0) == (type(error), error.retry_after)
    assert 1 == len(wire.sent)
    assert clock.monotonic() < 1


@pytest.mark.parametrize("name", CALLS)
async def test_a_time_that_cannot_be(serve, service, connect, name):
    """A ``Retry-After`` past the end of the calendar is as good as none."""
    headers = {"Retry-After": "Fri, 31 Dec 9999 23:59:59 -2300"}
    wire = await serve(lambda _: service.http(503, b"", headers))

    error = await failed(CALLS[name](connect(wire)))

    assert unknown(name, ServiceBroken) == outcome(name, error)
    assert (1 if name in ONCE else 4) == held(wire, service.keys)


AFTER_COMMIT = {
    "a reset": lambda service: service.last(reset=True),
    "a closed connection": lambda service: service.last(),
    "half an answer": lambda service: service.last(service.http(200, b'{"a":', length=100)),
    "a gateway's page": lambda service: service.http(502, b"<html>"),
    "a bad header": lambda service: service.last(service.http(204, b"", {"X-": "\x00"})),
}


@pytest.mark.parametrize("trouble", AFTER_COMMIT)
@pytest.mark.parametrize("name", CALLS)
async def test_the_service_did_it_and_the_answer_is_lost(serve, service, connect, name, trouble):
    """What the service has done is not done twice: the same bytes again, or not at all."""
    done = set()

    def answer(sent):
        done.add((sent.method, sent.target, sent.body))
        if len(wire.sent) == 1:
            return AFTER_COMMIT[trouble](service)
        return service.genuine(sent)

    wire = await serve(answer)
    session = connect(wire)

    if name in ONCE:
        error = await failed(CALLS[name](session))
        assert OutcomeUnknown is type(error)
        assert isinstance(error.cause, NoAnswer | ServiceBroken)
    else:
        await CALLS[name](session)

    assert 1 == len(done)
    assert (1 if name in ONCE else 2) == held(wire, service.keys)


@pytest.mark.parametrize("trouble", AFTER_COMMIT)
@pytest.mark.parametrize("name", CALLS)
async def test_the_answers_stay_lost(serve, service, connect, name, trouble):
    """When no answer ever comes a write's outcome is unknown, and a read says why."""
    wire = await serve(lambda _: AFTER_COMMIT[trouble](service))

    error = await failed(CALLS[name](connect(wire)))

    cause = ServiceBroken if trouble == "a gateway's page" else NoAnswer
    assert unknown(name, cause) == outcome(name, error)
    assert (1 if name in ONCE else 4) == held(wire, service.keys)


@pytest.mark.parametrize("name", WRITES)
async def test_a_refusal_is_final(serve, service, connect, name):
    """A verified 400 is the service's word: raised as it is, without a repeat."""
    wire = await serve(lambda _: service.signed({"code": "INVALID_REQUEST", "message": "no"}, 400))

    error = await failed(CALLS[name](connect(wire)))

    assert (RequestRefused, True) == (type(error), error.verified)
    assert 1 == len(wire.sent)


@pytest.mark.parametrize("name", REPEATABLE)
async def test_a_refused_repeat_leaves_the_first_unknown(serve, service, connect, name):
    """When the first answer was lost, a refusal of the repeat does not say what became of it."""

    def answer(sent):
        if len(wire.sent) == 1:
            return service.last()
        return service.signed({"code": "INVALID_REQUEST", "message": "no"}, 400)

    wire = await serve(answer)

    error = await failed(CALLS[name](connect(wire)))

    assert (OutcomeUnknown, NoAnswer) == outcome(name, error)
    assert 2 == len(wire.sent)


@pytest.mark.parametrize("name", WRITES)
async def test_what_to_do_about_an_unknown_outcome(serve, service, connect, name):
    """A numbered write may be repeated unchanged; of the others a query tells first."""
    wire = await serve(lambda _: service.http(502))

    error = await failed(CALLS[name](connect(wire)))

    assert (name in REPEATABLE) is error.repeatable
    assert ("repeat the same call unchanged" in str(error)) is error.repeatable
    assert ("do not repeat it before you know" in str(error)) is not error.repeatable


STATUSES = [300, 302, 400, 401, 403, 404, 408, 409, 418, 429]


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("status", STATUSES)
async def test_a_success_under_the_status_of_a_failure(serve, service, connect, name, status):
    """The status is not signed: a true answer below a wrong one is `WrongAnswer`, no refusal."""
    wire = await serve(lambda sent: service.signed(service.word(sent) or b"", status))

    error = await ended(CALLS[name](connect(wire)))

    assert unknown(name, WrongAnswer) == outcome(name, error)
    told = error if name in READS else error.cause
    assert ("status", "08A1-0") == (told.part, told.request_id)
    assert f"is {status}" in str(told)
    assert (2 if name in READS else 1) == held(wire, service.keys)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("status", [500, 501])
async def test_a_success_under_the_status_of_a_broken_service(
    serve, service, connect, name, status
):
    """It is the failure that it says, but not verified."""
    wire = await serve(lambda sent: service.signed(service.word(sent) or b"", status))

    error = await failed(CALLS[name](connect(wire)))

    assert unknown(name, ServiceBroken) == outcome(name, error)
    told = error if name in READS else error.cause
    assert (status, False, WrongAnswer) == (told.status, told.verified, type(told.__cause__))


EMPTY = ["transactions.mark", "receivers.delete"]


@pytest.mark.parametrize("status", [200, 202])
@pytest.mark.parametrize("name", EMPTY)
async def test_a_failure_under_the_status_of_a_success(serve, service, connect, name, status):
    """Where an empty answer is a success, the signed body of a failure is none."""
    body = {"code": "INVALID_REQUEST", "message": "no"}
    wire = await serve(lambda _: service.signed(body, status))

    error = await ended(CALLS[name](connect(wire)))

    assert (OutcomeUnknown, WrongAnswer) == outcome(name, error)
    assert "body" == error.cause.part
    assert 1 == len(wire.sent)


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b'{"out_trade_no":"P20150806125346"}'])
@pytest.mark.parametrize("name", EMPTY)
async def test_a_success_with_words(serve, service, connect, name, body):
    """A body that says nothing of a failure does not spoil it."""
    assert await CALLS[name](connect(await serve(lambda _: service.signed(body)))) is None


async def ended(call):
    with pytest.raises(WxdistError) as caught:
        await call
    return caught.value


@pytest.mark.parametrize("name", ONCE)
async def test_what_may_act_twice_is_sent_again_after_429(serve, service, connect, name):
    """A throttled addition or deletion was not accepted, and its repeat may succeed."""

    def answer(sent):
        return service.http(429) if len(wire.sent) < 3 else service.genuine(sent)

    wire = await serve(answer)

    await CALLS[name](connect(wire))

    assert 3 == len(wire.sent)


async def test_a_dead_service_meets_no_storm(serve, service, connect):
    """The repeats of all calls share one budget: 500 tokens, 14 a repeat."""
    wire = await serve(lambda _: service.http(503))
    session = connect(wire, query_rate=None)

    errors = [await failed(READS["transactions.remaining"](session)) for _ in range(100)]

    assert {ServiceBroken} == {type(error) for error in errors}
    assert 100 + 500 // 14 == len(wire.sent)
