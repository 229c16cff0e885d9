"""What a failing network or service means, for each kind of call, and how often it is asked.

A read is repeated; so is a write that carries its number. Adding and deleting a receiver might
act twice: they are repeated only when the service cannot have accepted them.
"""

import asyncio
import email.utils
import itertools
import socket

import pytest

from wxdist import (
    NoAnswer,
    NotSent,
    OutcomeUnknown,
    Receiver,
    RequestRefused,
    ServiceBroken,
    ServiceError,
    Session,
    Settings,
    Share,
    TooManyRequests,
)

TRANSACTION = "4200000001202601050000000001"
SHARES = [Share(type="MERCHANT_ID", account="86693852", amount=1, description="a share")]
RECEIVER = Receiver(
    type="MERCHANT_ID", account="86693852", name="Shop Co", relation_type="SUPPLIER"
)

READS = {
    "transactions.remaining": lambda session: session.transactions.remaining(TRANSACTION),
    "refunds.refundable_balance": lambda session: session.refunds.refundable_balance(),
}
REPEATABLE = {
    "transactions.mark": lambda session: session.transactions.mark("P20150806125346"),
    "orders.create": lambda session: session.orders.create(
        TRANSACTION, "D-1", SHARES, unfreeze_unsplit=False
    ),
    "orders.unfreeze": lambda session: session.orders.unfreeze(
        TRANSACTION, "D-1", description="the rest"
    ),
    "files.upload": lambda session: session.files.upload(b"%PDF", filename="a.pdf"),
}
ONCE = {
    "receivers.add": lambda session: session.receivers.add(RECEIVER),
    "receivers.delete": lambda session: session.receivers.delete("86693852", type="MERCHANT_ID"),
}
CALLS = READS | REPEATABLE | ONCE
WRITES = REPEATABLE | ONCE
IDS = {
    "transactions.mark": {"out_trade_no": "P20150806125346"},
    "orders.create": {"transaction_id": TRANSACTION, "out_order_no": "D-1"},
    "orders.unfreeze": {"transaction_id": TRANSACTION, "out_order_no": "D-1"},
    "files.upload": {},
    "receivers.add": {"type": "MERCHANT_ID", "account": "86693852"},
    "receivers.delete": {"type": "MERCHANT_ID", "account": "86693852"},
}


async def failed(call):
    """Return the error that a call ends with."""
    with pytest.raises((NotSent, NoAnswer, OutcomeUnknown, ServiceError)) as caught:
        await call
    return caught.value


def outcome(name, error):
    """Return the class that a failed call ended with; of an unknown outcome, why it is unknown."""
    if name in READS or not isinstance(error, OutcomeUnknown):
        return type(error)
    assert (name, IDS[name]) == (error.call, error.ids)
    return OutcomeUnknown, type(error.cause)


def unknown(name, cause):
    """Return what `outcome` says of a call of which nobody knows whether it was carried out."""
    return cause if name in READS else (OutcomeUnknown, cause)


def held(wire, keys):
    """Hold that all requests are one instruction, each signed anew."""
    nonces = [sent.claim["nonce_str"] for sent in wire.sent]
    assert 1 == len({(sent.method, sent.target, sent.body) for sent in wire.sent})
    assert len(nonces) == len(set(nonces))
    for sent in wire.sent:
        if not sent.path.endswith("/upload"):  # there, the meta alone is signed
            keys.check(sent)
    return len(wire.sent)


@pytest.fixture
def closed():
    """Return the address of a port where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # taken, so that nobody else gets it
        yield "http://127.0.0.1:{}".format(taken.getsockname()[1])


@pytest.mark.parametrize("name", CALLS)
async def test_nobody_listens(serve, service, connect, clock, closed, name):
    """Without a connection nothing was sent: `NotSent`, after four attempts with growing pauses."""
    wire = await serve(service)

    error = await failed(CALLS[name](connect(wire, base_url=closed)))

    assert NotSent is outcome(name, error)
    assert 1.75 <= clock.monotonic() <= 3.5  # half to all of 0.5 + 1 + 2
    assert "http://" not in str(error)


@pytest.mark.parametrize("name", CALLS)
async def test_the_next_host_takes_over(serve, service, connect, closed, keys, name):
    """After a connection that could not be made, the next attempt goes to the next host."""
    wire = await serve(service)
    session = connect(wire, base_url=closed, fallback_urls=(closed, wire.url))

    await CALLS[name](session)

    assert 1 == held(wire, keys)


async def test_the_hosts_go_round(serve, service, connect, closed):
    """After the last host comes the first; an answer of any kind keeps the host."""
    wire = await serve(lambda sent: service.http(503))
    session = connect(wire, base_url=closed, fallback_urls=(wire.url,), attempts=6)

    error = await failed(READS["transactions.remaining"](session))

    assert ServiceBroken is type(error)
    assert 5 == len(wire.sent)


async def hang(_):
    """Never answer."""
    await asyncio.Event().wait()


@pytest.mark.parametrize("name", CALLS)
async def test_a_server_that_hangs(serve, connect, clock, keys, name):
    """Each attempt ends after 30 s and the call after 60 s; nothing is sent later."""
    wire = await serve(hang)

    async def timed():
        return await failed(CALLS[name](connect(wire))), clock.monotonic()

    call = asyncio.create_task(timed())
    await wire.arrived(1)

    await clock.advance(29.9)
    before = len(wire.sent), call.done()
    await clock.advance(20.0)
    if name not in ONCE:
        await wire.arrived(2)
    await clock.advance(hours=1)
    error, ended = await call

    assert (1, False) == before
    assert unknown(name, NoAnswer) == outcome(name, error)
    expected = (1, 30.0) if name in ONCE else (2, 60.0)
    assert expected == (held(wire, keys), ended)


async def test_a_deadline_of_its_own(serve, connect, clock):
    """A shorter deadline bounds the call with all its attempts."""
    wire = await serve(hang)
    session = connect(wire).with_options(deadline=5)
    call = asyncio.create_task(failed(READS["transactions.remaining"](session)))
    await wire.arrived(1)

    await clock.advance(4.9)
    before = call.done()
    await clock.advance(0.1)

    assert (False, True) == (before, call.done())
    assert NoAnswer is type(await call)
    assert 1 == len(wire.sent)


async def test_no_free_connection(serve, connect, clock):
    """A call that waits in vain for one of the connections was not sent: `NotSent`."""
    wire = await serve(hang)
    session = connect(wire, connections=1)
    first = asyncio.create_task(failed(WRITES["orders.unfreeze"](session)))
    await wire.arrived(1)
    second = asyncio.create_task(
        failed(WRITES["transactions.mark"](session.with_options(deadline=3)))
    )

    await clock.advance(4)
    ended = second.done(), first.done()
    await clock.advance(60)

    assert (True, False) == ended
    assert NotSent is type(await second)
    assert OutcomeUnknown is type(await first)
    assert {"D-1"} == {sent.json.get("out_order_no") for sent in wire.sent}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_the_service_is_broken(serve, service, connect, keys, name, status):
    """5xx: a read and a numbered write are sent four times, the others once."""
    body = {"code": "SYSTEM_ERROR", "message": "try again"}
    wire = await serve(lambda _: service.signed(body, status))

    error = await failed(CALLS[name](connect(wire)))

    assert unknown(name, ServiceBroken) == outcome(name, error)
    assert (1 if name in ONCE else 4) == held(wire, keys)
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
async def test_throttled(serve, service, connect, clock, keys, name):
    """429 was not accepted: any call is repeated, and ends as `TooManyRequests`."""
    wire = await serve(lambda _: service.signed({"code": "RATE_LIMITED", "message": "slow"}, 429))

    error = await failed(CALLS[name](connect(wire)))

    assert TooManyRequests is type(error)
    assert error.retry_after is None
    assert 4 == held(wire, keys)
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


AFTER_COMMIT = {
    "a reset": lambda service: service.last(reset=True),
    "a closed connection": lambda service: service.last(),
    "half an answer": lambda service: service.last(service.http(200, b'{"a":', length=100)),
    "a gateway's page": lambda service: service.http(502, b"<html>"),
    "a bad header": lambda service: service.last(service.http(204, b"", {"X-": "\x00"})),
}


@pytest.mark.parametrize("trouble", AFTER_COMMIT)
@pytest.mark.parametrize("name", CALLS)
async def test_the_service_did_it_and_the_answer_is_lost(
    serve, service, connect, keys, name, trouble
):
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
    assert (1 if name in ONCE else 2) == held(wire, keys)


@pytest.mark.parametrize("trouble", AFTER_COMMIT)
@pytest.mark.parametrize("name", CALLS)
async def test_the_answers_stay_lost(serve, service, connect, keys, name, trouble):
    """When no answer ever comes a write's outcome is unknown, and a read says why."""
    wire = await serve(lambda _: AFTER_COMMIT[trouble](service))

    error = await failed(CALLS[name](connect(wire)))

    cause = ServiceBroken if trouble == "a gateway's page" else NoAnswer
    assert unknown(name, cause) == outcome(name, error)
    assert (1 if name in ONCE else 4) == held(wire, keys)


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


async def test_a_connection_that_takes_too_long(keys, clock):
    """A host that does not take the connection within ``connect_timeout`` was not reached.

    (Measured on the real clock: 50 ms.)
    """
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        callers = [socket.socket() for _ in range(4)]
        for caller in callers:  # they fill the queue of the listener, which never accepts
            caller.setblocking(False)
            caller.connect_ex(("127.0.0.1", port))
        settings = Settings(base_url=f"http://127.0.0.1:{port}", connect_timeout=0.05, attempts=1)
        session = Session(keys.credentials(), settings=settings, clock=clock)
        async with session, asyncio.timeout(20):
            error = await failed(CALLS["transactions.mark"](session))
        for caller in callers:
            caller.close()

    assert NotSent is type(error)
