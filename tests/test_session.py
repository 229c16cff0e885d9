"""The life of a session: made, viewed, used, lent to, closed."""

import asyncio
import gc
import pickle
import warnings

import aiohttp
import pytest

from wxdist import (
    Clock,
    ConfigurationError,
    InvalidInput,
    NotSent,
    OrderRef,
    ServiceBroken,
    Session,
    Settings,
)

TRANSACTION = "4200000001202601050000000001"


def remaining(session):
    return session.transactions.remaining(TRANSACTION)


def test_made_without_a_loop(keys):
    """A session can be made where no event loop runs, and used in the one that runs later."""
    session = Session(keys.credentials(), settings=Settings(base_url="http://127.0.0.1:1"))

    async def use():
        async with session:
            with pytest.raises(NotSent):
                await remaining(session.with_options(attempts=1))

    asyncio.run(use())


def test_what_it_says_of_itself(keys):
    """Its facts are attributes, and its repr names the merchants and no secret."""
    credentials, clock = keys.credentials("institutional"), Clock()
    session = Session(credentials, clock=clock)
    shop = session.for_merchant("1900000109")

    assert (credentials, Settings(), clock) == (
        session.credentials,
        session.settings,
        session.clock,
    )
    assert (None, "1900000109") == (session.sub_mchid, shop.sub_mchid)
    assert "<wxdist.Session of 1900000001>" == repr(session)
    assert "<wxdist.Session of 1900000001 for 1900000109>" == repr(shop)
    assert Clock is type(Session(credentials).clock)


async def test_views_share_the_connection(serve, service, connect):
    """Views use the connections of their session, and leave them open when they end."""
    wire = await serve(service)
    session = connect(wire, "service_provider")
    shop = session.for_merchant("1900000109")
    slow = shop.with_options(deadline=300, attempts=8)

    async with slow, shop:
        await remaining(shop)
        await remaining(slow)
    await slow.aclose()
    await remaining(session.for_merchant("1900000110"))

    merchants = [sent.query["sub_mchid"] for sent in wire.sent]
    assert ["1900000109", "1900000109", "1900000110"] == merchants
    assert {1} == {sent.connection for sent in wire.sent}
    assert (300, 8) == (slow.settings.deadline, slow.settings.attempts)
    assert (60.0, 4) == (session.settings.deadline, session.settings.attempts)


async def test_a_view_of_a_view(serve, service, connect):
    """The latest merchant counts; options stay, and the class of the session too."""

    class Ours(Session): ...

    wire = await serve(service)
    made = connect(wire, "institutional")
    async with Ours(made.credentials, settings=made.settings, clock=made.clock) as session:
        view = session.for_merchant("1900000109").with_options(attempts=2)
        await remaining(view.for_merchant("1900000110"))

    assert Ours is type(view)
    assert 2 == view.for_merchant("1900000110").settings.attempts
    assert ["1900000110"] == [sent.query["sub_mchid"] for sent in wire.sent]


async def test_options_of_a_view_count(serve, service, connect, clock):
    """A view obeys its own number of attempts and its own deadline."""
    wire = await serve(lambda _: service.http(503))
    session = connect(wire)

    sent = []
    for options in ({"attempts": 2}, {"deadline": 0.2, "attempts": 9}):
        with pytest.raises(ServiceBroken):
            await remaining(session.with_options(**options))
        sent.append(len(wire.sent))

    assert [2, 2 + 1] == sent


def test_unknown_options(keys):
    """An option that does not exist is named."""
    session = Session(keys.credentials())

    with pytest.raises(ConfigurationError, match="there is no setting 'retries'"):
        session.with_options(retries=3)


def test_merchants_that_cannot_be(keys):
    """A sub-merchant is refused in common mode, and everywhere when it breaks its limit."""
    with pytest.raises(InvalidInput, match="not taken in common mode"):
        Session(keys.credentials()).for_merchant("1900000109")
    for wrong in ("", "1" * 33, "a b", None, 1900000109):
        with pytest.raises(InvalidInput, match="sub_mchid"):
            Session(keys.credentials("institutional")).for_merchant(wrong)


async def test_closing_twice(serve, service, connect):
    """Closing twice is closing once; afterwards nothing is sent."""
    wire = await serve(service)
    session = connect(wire)
    await remaining(session)

    await session.aclose()
    await session.aclose()
    with pytest.raises(NotSent, match="the session is closed") as error:
        await remaining(session)

    assert 1 == len(wire.sent)
    assert error.value.again is False
    assert session.clock.monotonic() < 0.1  # turns of reads; no pause for another attempt


async def test_closing_what_was_never_opened(keys):
    """A session that was never used opens nothing and closes without a word."""
    async with Session(keys.credentials()) as session:
        pass

    with pytest.raises(NotSent, match="closed"):
        await remaining(session.with_options(attempts=1))


async def test_a_lent_connector_stays_open(serve, service, connect):
    """A connector that was lent is used by two sessions, and open after both have ended."""
    wire = await serve(service)
    async with aiohttp.TCPConnector() as connector:
        for _ in range(2):
            session = connect(wire, connector=connector)
            async with session:
                await remaining(session)
        still_open = not connector.closed

    assert still_open
    assert [1, 1] == [sent.connection for sent in wire.sent]


async def test_forgetting_to_close(serve, service, keys, clock):
    """A session that was used and not closed warns, by the name of wxdist and what to do."""
    wire = await serve(service)
    session = Session(keys.credentials(), settings=Settings(base_url=wire.url), clock=clock)
    await remaining(session)
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # aiohttp complains too

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        del session
        gc.collect()
        await asyncio.sleep(0)

    ours = [
        warning for warning in caught if "wxdist.Session was not closed" in str(warning.message)
    ]
    assert [ResourceWarning] == [warning.category for warning in ours]


async def test_forgetting_what_holds_nothing(keys, serve, service, connect):
    """A session that was never used, one that is closed, and a view do not warn."""
    session = connect(await serve(service))
    await remaining(session)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        Session(keys.credentials())
        session.with_options(attempts=1)
        closed = Session(keys.credentials(), settings=session.settings, clock=session.clock)
        await remaining(closed)
        await closed.aclose()
        del closed
        gc.collect()

    assert [] == [warning for warning in caught if warning.category is ResourceWarning]


async def test_two_merchants_at_once(serve, service, keys, connect, clock):
    """Sessions of different merchants share nothing: each signs, trusts and counts by itself."""
    other = type(service)(keys, clock)
    other.keys = type("Other", (), {"platform": keys.stranger, "mchid": "1900000002"})
    wires = [await serve(service), await serve(other)]
    public = keys.public_pem_of(keys.stranger)
    theirs = keys.credentials(mchid="1900000002", platform_keys={keys.public_key_id: public})
    sessions = [connect(wires[0]), connect(wires[1], credentials=theirs)]

    balances = await asyncio.gather(
        *(session.refunds.refundable_balance() for session in sessions for _ in range(10))
    )

    assert ["1900000001"] * 10 + ["1900000002"] * 10 == [each.sponsor_mchid for each in balances]
    for wire, mchid in zip(wires, ("1900000001", "1900000002"), strict=True):
        assert [mchid] * 10 == [sent.claim["mchid"] for sent in wire.sent]


async def test_how_an_answer_came(serve, service, connect, clock):
    """An answer tells its Request-ID, status, attempts and time, apart from its value."""
    wire = await serve(
        lambda sent: service.genuine(sent) if len(wire.sent) > 1 else service.http(503)
    )

    seen = await remaining(connect(wire))

    meta = seen.meta
    assert ("08A1-0", 200, 2, True) == (meta.request_id, meta.status, meta.attempts, meta.verified)
    assert 0.25 <= meta.elapsed <= 0.5
    assert pickle.loads(pickle.dumps(seen)) == seen


async def test_reads_are_paced(serve, service, connect):
    """Reads leave at most 50 a second; writes are not held back."""
    wire = await serve(service)
    session = connect(wire)

    await asyncio.gather(*(remaining(session) for _ in range(6)))
    await asyncio.gather(*(session.transactions.mark(f"P{n:09}") for n in range(6)))

    times = [sent.at for sent in wire.sent]
    assert [0.0, 0.02, 0.04, 0.06, 0.08, 0.1] == [round(at, 6) for at in times[:6]]
    assert {times[5]} == set(times[6:])


@pytest.mark.parametrize("first", ["an answer", "no answer"])
async def test_another_event_loop(serve, service, connect, first):
    """A session that was used belongs to its loop: in another one nothing is sent, and said so."""
    wire = await serve(service)
    session = connect(wire, base_url=wire.url if first == "an answer" else "http://127.0.0.1:1")
    await asyncio.gather(*(remaining(session) for _ in range(3)), return_exceptions=True)
    before = len(wire.sent)

    async def elsewhere():
        views = session, session.with_options(query_rate=None)
        calls = [call(view) for call in (remaining, mark) for view in views for _ in range(3)]
        return await asyncio.gather(*calls, wait(session), return_exceptions=True)

    ended = await asyncio.to_thread(asyncio.run, elsewhere())

    assert {(NotSent, False)} == {(type(each), each.again) for each in ended}
    assert {"nothing was sent: the session was first used in another event loop"} == {
        str(each) for each in ended
    }
    assert before == len(wire.sent)


def mark(session):
    return session.transactions.mark("P20150806125346")


def wait(session):
    return session.orders.wait(OrderRef("D-1", TRANSACTION))
