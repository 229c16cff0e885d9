"""Whom a session trusts: certificates fetched when needed, a public key, or both."""

import asyncio

import pytest

from wxdist import (
    ConfigurationError,
    Receiver,
    UnknownKey,
)

TRANSACTION = "4200000001202601050000000001"
RECEIVER = Receiver(type="MERCHANT_ID", account="8", name="供应商", relation_type="SUPPLIER")


def remaining(session):
    return session.transactions.remaining(TRANSACTION)


def fetches(wire):
    return [sent.path for sent in wire.sent].count("/v3/global/certificates")


async def test_certificates_come_first(serve, certified, connect_bare):
    """Certificates are fetched once, before the first call, however many calls begin at once."""
    wire = await serve(certified)
    session = connect_bare(wire)

    await asyncio.gather(*(remaining(session) for _ in range(5)))
    await remaining(session.with_options(attempts=2))

    assert "/v3/global/certificates" == wire.sent[0].path
    assert (1, 7) == (fetches(wire), len(wire.sent))


async def test_certificates_are_renewed(serve, certified, connect_bare):
    """After ``certificate_age`` the next call fetches them again, once."""
    wire = await serve(certified)
    session = connect_bare(wire)
    await remaining(session)

    await session.clock.advance(hours=9)
    await remaining(session)
    before = fetches(wire)
    await session.clock.advance(hours=2)
    await remaining(session)
    await remaining(session)

    assert (1, 2) == (before, fetches(wire))


async def test_rotation(serve, certified, connect_bare, keys):
    """An answer that names a new certificate makes the session fetch it, and then counts."""
    new = keys.certify(keys.stranger, 0x0BCD, 2026, 2031)
    wire = await serve(certified)
    session = connect_bare(wire)
    await remaining(session)
    await session.clock.advance(minutes=2)

    def answer(sent):
        if sent.path.endswith("/certificates"):
            return certified.signed(certified.certificate_list(keys.certificate, new))
        return certified.signed(certified.word(sent), key=keys.stranger, serial=new[0])

    wire.answer = answer
    seen = await remaining(session)
    again = await remaining(session)

    assert (1, 1) == (seen.meta.attempts, again.meta.attempts)
    assert 2 == fetches(wire)


async def test_forged_serials_are_no_flood(serve, certified, connect_bare):
    """Answers under unknown serials are `UnknownKey`, and cost one fetch a minute at most."""
    wire = await serve(certified)
    session = connect_bare(wire, attempts=1)
    await remaining(session)
    await session.clock.advance(minutes=2)
    wire.answer = lambda sent: (
        certified(sent)
        if sent.path.endswith("/certificates")
        else certified.signed(certified.word(sent), serial="FF")
    )

    for _ in range(20):
        with pytest.raises(UnknownKey) as caught:
            await remaining(session)

    assert ("FF", (certified.keys.certificate[0],)) == (caught.value.serial, caught.value.known)
    assert 2 == fetches(wire)


async def test_public_key_mode_makes_no_certificate_call(serve, service, connect):
    """In pure public-key mode certificates are never asked for, whatever an answer names."""
    wire = await serve(service)
    session = connect(wire, attempts=1)

    await remaining(session)
    await session.receivers.add(RECEIVER)
    service.serial = "7A"
    with pytest.raises(UnknownKey):
        await remaining(session)
    with pytest.raises(ConfigurationError, match="not fetched in pure public-key mode"):
        await session.certificates.list()
    await session.clock.advance(days=30)
    with pytest.raises(UnknownKey):
        await remaining(session)

    assert 0 == fetches(wire)


async def test_both_at_once(serve, service, connect, keys):
    """With a public key and certificates, an answer under either of them counts."""
    wire = await serve(service)
    credentials = keys.credentials(fetch_certificates=True)
    session = connect(wire, credentials=credentials)

    under_key = await remaining(session)
    before = fetches(wire)
    service.serial = keys.certificate[0]
    under_certificate = await remaining(session)
    service.serial = keys.public_key_id
    under_key_again = await remaining(session)

    assert under_key == under_certificate == under_key_again
    assert (0, 1) == (before, fetches(wire))


async def test_a_name_goes_under_the_newest_key(serve, certified, connect_bare, keys):
    """A name is encrypted under the certificate that is valid longest, and names it."""
    newer = keys.certify(keys.stranger, 0x0BCD, 2026, 2033)
    wire = await serve(
        lambda sent: (
            certified.signed(certified.certificate_list(newer, keys.certificate))
            if sent.path.endswith("/certificates")
            else certified(sent)
        )
    )

    await connect_bare(wire).receivers.add(RECEIVER)

    sent = wire.sent[-1]
    assert newer[0] == sent.headers["wechatpay-serial"]
    with pytest.raises(ValueError, match=r"(?i)decryption failed|encryption/decryption"):
        keys.open(sent.json["name"])


async def test_an_old_list_still_serves(serve, certified, connect_bare):
    """While the certificates at hand are valid, a failing renewal does not stop a call."""
    wire = await serve(certified)
    session = connect_bare(wire)
    await remaining(session)
    await session.clock.advance(hours=11)
    wire.answer = lambda sent: (
        certified.http(503) if sent.path.endswith("/certificates") else certified(sent)
    )

    seen = await remaining(session)

    assert 1000 == seen.unsplit_amount


async def test_only_expired_keys(serve, service, connect, keys):
    """Without a valid key to encrypt with, a name does not leave: `ConfigurationError`."""
    serial, pem = keys.certify(keys.platform, 0x0EEE, 2020, 2021)
    wire = await serve(service)
    credentials = keys.credentials(platform_keys={serial: pem}, fetch_certificates=False)

    with pytest.raises(ConfigurationError, match="no valid platform key"):
        await connect(wire, credentials=credentials).receivers.add(RECEIVER)

    assert [] == wire.sent
