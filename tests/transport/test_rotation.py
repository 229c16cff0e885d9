"""Certificates held at the socket: when a session asks for them, and how often."""

import asyncio
from collections import Counter

import pytest

from wxdist import NotSent, OutcomeUnknown, UnknownKey


def paths(wire):
    return [sent.path.rsplit("/", 1)[1] for sent in wire.sent]


async def test_a_session_fetches_before_its_first_call(serve, service, connect, keys):
    """Fifty calls at once: one fetch, before any of them leaves."""

    def under_the_certificate(sent):
        body = service.word(sent)
        return service.signed(body, serial=keys.certificate[0])

    wire = await serve(under_the_certificate)
    session = connect(wire, credentials=keys.credentials(platform_keys=()))

    await asyncio.gather(*(session.transactions.remaining(f"{n:028}") for n in range(50)))

    assert ["certificates", *["amounts"] * 50] == paths(wire)


async def test_a_session_with_a_public_key_never_asks_for_certificates(serve, service, connect):
    """Whatever the answers name."""
    wire = await serve(lambda sent: service.signed(service.word(sent), serial="F00D"))
    session = connect(wire)

    with pytest.raises(UnknownKey):
        await session.transactions.remaining("42")

    assert {"amounts"} == set(paths(wire))


async def test_the_fetch_itself_fetches_nothing(serve, service, connect, keys):
    """A certificate list under a serial that it does not carry is refused, not asked for again."""
    wire = await serve(lambda sent: service.signed(service.word(sent), serial="F00D"))
    session = connect(wire, credentials=keys.credentials(platform_keys=()), attempts=1)

    with pytest.raises(NotSent) as raised:
        await session.transactions.remaining("42")

    assert isinstance(raised.value.__cause__, UnknownKey)
    assert ["certificates"] == paths(wire)


async def test_a_change_of_certificates_amid_writes_loses_none(serve, service, connect, keys):
    """Twenty writes that are answered under a certificate not yet known all come through."""
    serial, pem = keys.certify(keys.stranger, 0xB0B, 2026, 2031)
    both = service.certificate_list(keys.certificate, (serial, pem))

    def before(sent):
        body = service.word(sent)
        return service.signed(body or b"", 200 if body else 204, serial=keys.certificate[0])

    def after(sent):
        body = both if sent.path.endswith("certificates") else b""
        status = 200 if body else 204
        return service.signed(body, status, key=keys.stranger, serial=serial)

    wire = await serve(before)
    session = connect(wire, credentials=keys.credentials(platform_keys=()))
    await session.transactions.mark("P0123456789")
    await session.clock.sleep(3600)
    wire.answer = after

    await asyncio.gather(*(session.transactions.mark(f"P{n:010}") for n in range(20)))

    assert Counter({"certificates": 2, "mark": 21}) == Counter(paths(wire))


@pytest.mark.parametrize("how", ["cancelled", "late"])
async def test_who_fetches_may_give_up(serve, service, connect, keys, how):
    """Others that wait for the same new certificate get it, though their fetcher is gone."""
    new = keys.certify(keys.stranger, 0xB0B, 2026, 2031)
    both = service.certificate_list(keys.certificate, new)
    asked, let_go = asyncio.Event(), asyncio.Event()

    async def answer(sent):
        if sent.path.endswith("certificates"):
            asked.set()
            await let_go.wait()
            return service.signed(both, key=keys.stranger, serial=new[0])
        if sent.json["out_trade_no"] != "P0000000000":
            await asked.wait()
        return service.signed(b"", 204, key=keys.stranger, serial=new[0])

    wire = await serve(answer)
    session = connect(wire, credentials=keys.credentials(platform_keys=[keys.certificate[1]]))
    hasty = session.with_options(deadline=2.0) if how == "late" else session
    first = asyncio.create_task(hasty.transactions.mark("P0000000000"))
    rest = [asyncio.create_task(session.transactions.mark(f"P{n:010}")) for n in range(1, 10)]
    await asked.wait()
    await wire.arrived(11)

    if how == "late":
        await session.clock.advance(3)
    first.cancel()
    (ended,) = await asyncio.gather(first, return_exceptions=True)
    let_go.set()
    await asyncio.gather(*rest)

    assert {"cancelled": asyncio.CancelledError, "late": OutcomeUnknown}[how] is type(ended)
    assert Counter({"certificates": 2, "mark": 10}) == Counter(paths(wire))


async def test_a_first_call_into_a_dead_service(serve, service, connect, keys):
    """The call repeats, not the fetch within it as well: four requests, not sixteen."""
    wire = await serve(lambda _: service.http(503))
    session = connect(wire, credentials=keys.credentials(platform_keys=()))

    with pytest.raises(NotSent):
        await session.transactions.mark("P0123456789")

    assert ["certificates"] * 4 == paths(wire)


async def test_first_calls_into_a_dead_service(serve, service, connect, keys):
    """Fifty writes that find no certificates share what it costs to learn that; none is sent."""
    wire = await serve(lambda _: service.http(503))
    session = connect(wire, credentials=keys.credentials(platform_keys=()))

    ended = await asyncio.gather(
        *(session.transactions.mark(f"P{n:010}") for n in range(50)), return_exceptions=True
    )

    assert {NotSent} == {type(each) for each in ended}
    assert {"certificates"} == set(paths(wire))
    assert len(wire.sent) <= 1 + 500 // 14
