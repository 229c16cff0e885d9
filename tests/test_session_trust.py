"""Whom a session trusts: certificates fetched when needed, a public key, or both."""

import asyncio
import json

import pytest

from wxdist import (
    ConfigurationError,
    NoPermission,
    NotSent,
    Receiver,
    ServiceBroken,
    SignatureInvalid,
    TooManyRequests,
    UnknownKey,
    VerificationFailed,
)

TRANSACTION = "4200000001202601050000000001"
RECEIVER = Receiver(type="MERCHANT_ID", account="8", name="供应商", relation_type="SUPPLIER")


def remaining(session):
    return session.transactions.remaining(TRANSACTION)


def fetches(wire):
    return [sent.path for sent in wire.sent].count("/v3/global/certificates")


@pytest.fixture
def certified(service, keys):
    """Let the service sign with its certificate."""
    service.serial = keys.certificate[0]
    return service


@pytest.fixture
def connect_bare(connect, keys):
    """Make a session that knows no platform key beforehand."""
    return lambda wire, **settings: connect(
        wire, credentials=keys.credentials(platform_keys=()), **settings
    )


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


async def test_listing_certificates(serve, certified, connect_bare, keys):
    """The list gives each certificate as it is, decrypted and verified."""
    session = connect_bare(await serve(certified))

    (found,) = await session.certificates.list()

    assert keys.certificate == (found.serial_no, found.certificate)
    assert (2026, 2030) == (found.effective_time.year, found.expire_time.year)
    assert "BEGIN" not in repr(found)


async def test_a_merchant_without_certificates(serve, service, connect_bare):
    """404 on the list means a merchant with a public key: `ConfigurationError` says what to do."""
    body = {"code": "RESOURCE_NOT_EXISTS", "message": "use the public key"}
    wire = await serve(lambda _: service.http(404, json.dumps(body).encode()))
    session = connect_bare(wire)

    for call in (remaining(session), session.certificates.list()):
        with pytest.raises(ConfigurationError) as caught:
            await call
        assert "platform_keys={'PUB_KEY_ID_…': PEM}" in str(caught.value)

    assert {"/v3/global/certificates"} == {sent.path for sent in wire.sent}


REFUSED = {403: NoPermission, 503: NotSent, 429: NotSent}


@pytest.mark.parametrize("status", REFUSED)
async def test_certificates_that_are_refused(serve, service, connect_bare, status):
    """Trouble that may pass means `NotSent` for the call, for writes too; a refusal is told."""
    wire = await serve(lambda _: service.http(status))
    session = connect_bare(wire)

    for call in (remaining, lambda session: session.transactions.mark("P20150806125346")):
        with pytest.raises(REFUSED[status]):
            await call(session)
    with pytest.raises((NoPermission, ServiceBroken, TooManyRequests)) as caught:
        await session.certificates.list()

    assert status == caught.value.status
    assert {"/v3/global/certificates"} == {sent.path for sent in wire.sent}


def forged(service, name):
    """Return a list of certificates that is wrong in one way."""
    keys = service.keys
    entries = service.certificate_list(keys.certificate)
    (entry,) = entries["data"]
    sealed = entry["encrypt_certificate"]
    seal = {}
    if name == "signed by a stranger":
        seal = {"key": keys.stranger}
    elif name == "under a serial it does not hold":
        seal = {"serial": "0C0C"}
    elif name == "stale":
        seal = {"at": -301}
    elif name == "another algorithm":
        sealed["algorithm"] = "AEAD_SM4_GCM"
    elif name == "another certificate than it says":
        entry["serial_no"] = "0C0C"
    elif name == "no certificate":
        pem = (keys.certificate[0], "hello")
        entries = service.certificate_list(pem)
    return service.signed(entries, **seal)


FORGED = {
    "signed by a stranger": SignatureInvalid,
    "under a serial it does not hold": UnknownKey,
    "stale": VerificationFailed,
    "another algorithm": SignatureInvalid,
    "another certificate than it says": SignatureInvalid,
    "no certificate": SignatureInvalid,
}


@pytest.mark.parametrize("name", FORGED)
async def test_a_forged_list(serve, certified, connect_bare, name):
    """A list that the platform did not make is refused, and no call is sent on its strength."""
    wire = await serve(lambda _: forged(certified, name))
    session = connect_bare(wire)

    with pytest.raises(FORGED[name]) as caught:
        await session.certificates.list()
    with pytest.raises(NotSent, match="certificates could not be fetched"):
        await remaining(session)

    assert isinstance(caught.value, VerificationFailed)
    assert "BEGIN" not in str(caught.value)
    assert {"/v3/global/certificates"} == {sent.path for sent in wire.sent}


async def test_another_secret(serve, certified, connect_bare, connect, keys):
    """A list under another APIv3 key says that the key is not the merchant's, and not the key."""
    wire = await serve(certified)
    session = connect(wire, credentials=keys.credentials(platform_keys=(), api_v3_key="f" * 32))

    for call in (session.certificates.list(), remaining(session)):
        with pytest.raises(ConfigurationError, match=r"^api_v3_key cannot open"):
            await call


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
