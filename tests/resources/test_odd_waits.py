"""The waits against a service that answers oddly: what ends them, and what does not."""

import asyncio
import datetime as dt

import pytest

from wxdist import (
    NoPermission,
    NotFound,
    NotSent,
    OrderRef,
    ServiceBroken,
    SignatureRefused,
    StillRunning,
    TooManyRequests,
)

from .odd import REF, paid, state, times, unverified, verified


async def test_trouble_does_not_end_a_wait(odd):
    """5xx, an HTML page of a proxy, unsigned 401, 403 and 404, a cut connection: asked again."""
    session, wire = await odd(
        verified(500),
        unverified(502),
        unverified(401),
        unverified(403),
        unverified(404),
        lambda service, _: service.last(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"),
        paid,
    )

    assert "FINISHED" == (await session.orders.wait(REF)).state
    assert [0, 3, 8, 18, 33, 63, 93] == times(wire)


async def test_an_unverified_404_proves_nothing(odd):
    """However long it goes on: the deadline ends the wait, with it as the cause."""
    session, wire = await odd(unverified(404))

    with pytest.raises(StillRunning) as raised:
        await session.orders.wait(REF, deadline=600)

    assert (NotFound, False) == (type(raised.value.__cause__), raised.value.__cause__.verified)
    assert 600 == session.clock.monotonic()
    assert times(wire)[-1] < 600


async def test_not_found_at_first_is_not_yet(odd):
    """An order may appear within the minute."""
    session, wire = await odd(*[verified(404)] * 4, paid)

    await session.orders.wait(REF)

    assert [0, 3, 8, 18, 33] == times(wire)


@pytest.mark.parametrize(
    ("status", "error"), [(401, SignatureRefused), (403, NoPermission)], ids=str
)
async def test_a_verified_refusal_ends_each_wait_at_once(odd, status, error):
    """401 and 403 are the service's word: nothing is asked again."""
    session, wire = await odd(verified(status))

    with pytest.raises(error):
        await session.transactions.wait_until_distributable("42")
    with pytest.raises(error):
        await session.receivers.wait("86693852", type="MERCHANT_ID")
    with pytest.raises(error):
        await session.orders.wait(REF)
    async for _, ended in session.orders.wait_many([REF]):
        assert error is type(ended)

    assert 4 == len(wire.sent)


async def test_a_poll_waits_as_long_as_it_is_told(odd):
    """Retry-After holds within a call and between the looks of a wait."""
    slow = verified(429, "RATELIMIT_EXCEEDED", **{"Retry-After": "20"})
    session, wire = await odd(slow, slow, slow, paid, attempts=2, deadline=30.0)

    await session.orders.wait(REF)

    assert [0, 20, 40, 60] == times(wire)


async def test_a_call_that_cannot_wait_so_long_leaves_it_to_the_wait(odd):
    """A Retry-After past the deadline of the call lengthens the pause between the looks."""
    slow = unverified(429, **{"Retry-After": "90"})
    session, wire = await odd(slow, paid, attempts=4)

    await session.orders.wait(REF)

    assert [0, 90] == times(wire)


async def test_throttling_to_the_end_is_the_cause(odd):
    """A Retry-After past the deadline of the wait is waited for in vain."""
    session, wire = await odd(verified(429, **{"Retry-After": "7200"}))

    with pytest.raises(StillRunning) as raised:
        await session.orders.wait(REF)

    assert (TooManyRequests, 7200) == (type(raised.value.last), raised.value.last.retry_after)
    assert ([0], 1800) == (times(wire), session.clock.monotonic())


async def test_without_a_service_a_wait_runs_to_its_deadline(odd, unused_port):
    """A connection that is never made is trouble on the way, and the cause in the end."""
    session, _ = await odd(paid, base_url=f"http://127.0.0.1:{unused_port}")

    with pytest.raises(StillRunning) as raised:
        await session.transactions.wait_until_distributable("42")

    assert (NotSent, 900) == (type(raised.value.__cause__), session.clock.monotonic())


@pytest.fixture
async def unused_port():
    """Return a port on which nothing listens."""
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return port


async def test_an_outage_in_the_middle_is_waited_out(odd):
    """What was seen before it stays the last thing seen."""
    session, _ = await odd(state("PROCESSING"), verified(503))

    with pytest.raises(StillRunning) as raised:
        await session.orders.wait(REF, deadline=100)

    assert ("PROCESSING", ServiceBroken) == (raised.value.last.state, type(raised.value.__cause__))


async def test_many_waits_share_an_outage(odd):
    """Each of them ends for itself: by its deadline, or when the service is back."""
    session, wire = await odd(*[unverified(503)] * 40, paid)
    refs = [OrderRef(f"D-{number}", REF.transaction_id) for number in range(20)]

    ended = [(ref, each.state) async for ref, each in session.orders.wait_many(refs)]

    assert {(ref, "FINISHED") for ref in refs} == set(ended)
    assert 60 == len(wire.sent)


async def test_what_was_paid_long_ago_has_the_time_of_one_call(odd, service):
    """With the 15 minutes long over, trouble at the first question does not end the wait."""
    paid_at = dt.datetime.fromtimestamp(service.clock.now() - 7200, dt.UTC)
    session, wire = await odd(verified(503), type(service).genuine)

    remaining = await session.transactions.wait_until_distributable("42", paid_at=paid_at)

    assert ([0, 3], 1000) == (times(wire), remaining.unsplit_amount)
