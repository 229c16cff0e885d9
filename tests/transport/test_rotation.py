"""Certificates held at the socket: when a session asks for them, and how often."""

import asyncio
from collections import Counter

import pytest

from wxdist import NotSent, UnknownKey


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
