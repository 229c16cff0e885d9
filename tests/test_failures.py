"""What a failing network means, for each kind of call, and how often it is asked.

A read is repeated; so is a write that carries its number. Adding and deleting a receiver might
act twice: they are repeated only when the service cannot have accepted them.
"""

import asyncio
import socket

import pytest

from wxdist import NoAnswer, NotSent, OutcomeUnknown, ServiceBroken, Session, Settings

from .call_kinds import CALLS, ONCE, READS, WRITES, failed, held, outcome, unknown


@pytest.fixture
def closed():
    """Return the address of a port where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # taken, so that nobody else gets it
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.mark.parametrize("name", CALLS)
async def test_nobody_listens(serve, service, connect, closed, name):
    """Without a connection nothing was sent: `NotSent`, after four attempts with growing pauses."""
    wire = await serve(service)

    error = await failed(CALLS[name](connect(wire, base_url=closed)))

    assert NotSent is outcome(name, error)
    assert 1.75 <= service.clock.monotonic() <= 3.5  # half to all of 0.5 + 1 + 2
    assert "http://" not in str(error)


@pytest.mark.parametrize("name", CALLS)
async def test_the_next_host_takes_over(serve, service, connect, closed, name):
    """After a connection that could not be made, the next attempt goes to the next host."""
    wire = await serve(service)
    session = connect(wire, base_url=closed, fallback_urls=(closed, wire.url))

    await CALLS[name](session)

    assert 1 == held(wire, service.keys)


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
