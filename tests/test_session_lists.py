"""Lists of certificates: opened, verified, and what of them is believed."""

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


def list_with(service, name):
    """Return a list of one certificate, which may be of no use."""
    keys = service.keys
    pem = "hello" if name == "no certificate" else keys.certificate[1]
    entries = service.certificate_list((keys.certificate[0], pem))
    (entry,) = entries["data"]
    if name == "another algorithm":
        entry["encrypt_certificate"]["algorithm"] = "AEAD_SM4_GCM"
    elif name == "another certificate than it says":
        entry["serial_no"] = "0C0C"
    return entries


def forged(service, name):
    """Return a list of certificates that is wrong in one way."""
    seal = {}
    if name == "signed by a stranger":
        seal = {"key": service.keys.stranger}
    elif name == "under a serial it does not hold":
        seal = {"serial": "0C0C"}
    elif name == "stale":
        seal = {"at": -301}
    return service.signed(list_with(service, name), **seal)


FORGED = {
    "signed by a stranger": SignatureInvalid,
    "under a serial it does not hold": UnknownKey,
    "stale": VerificationFailed,
    "another algorithm": UnknownKey,
    "another certificate than it says": UnknownKey,
    "no certificate": UnknownKey,
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


@pytest.fixture
def listing(serve, certified, connect_bare):
    """Make a session whose list of certificates is the given one."""

    async def make(entries):
        def answer(sent):
            listed = sent.path.endswith("/certificates")
            return certified.signed(entries) if listed else certified(sent)

        wire = await serve(answer)
        return wire, connect_bare(wire)

    return make


ODD_ENTRIES = ["another algorithm", "another certificate than it says", "no certificate"]


@pytest.mark.parametrize("name", ODD_ENTRIES)
@pytest.mark.parametrize("first", [True, False])
async def test_entries_that_are_of_no_use(certified, listing, name, first):
    """Beside a certificate that serves, an entry of another kind is passed over."""
    odd = list_with(certified, name)["data"]
    good = certified.certificate_list(certified.keys.certificate)["data"]
    _, session = await listing({"data": [*odd, *good] if first else [*good, *odd]})

    (found,) = await session.certificates.list()

    assert certified.keys.certificate == (found.serial_no, found.certificate)
    assert 1000 == (await remaining(session)).unsplit_amount


SPELLINGS = ["A5B", "0A5B", "0a5b", "0" * 36 + "0A5B"]


@pytest.mark.parametrize("listed", SPELLINGS)
@pytest.mark.parametrize("signed", SPELLINGS)
async def test_spellings_of_a_serial(certified, listing, listed, signed):
    """Zeros before a serial number and its case do not matter; names go under it as listed."""
    pem = certified.keys.certificate[1]
    certified.serial = signed
    wire, session = await listing(certified.certificate_list((listed, pem)))

    await session.receivers.add(RECEIVER)

    assert listed.upper() == wire.sent[-1].headers["wechatpay-serial"]
    assert 1 == fetches(wire)


async def test_another_secret(serve, certified, connect_bare, connect, keys):
    """A list under another APIv3 key says that the key is not the merchant's, and not the key."""
    wire = await serve(certified)
    session = connect(wire, credentials=keys.credentials(platform_keys=(), api_v3_key="f" * 32))

    for call in (session.certificates.list(), remaining(session)):
        with pytest.raises(ConfigurationError, match=r"^api_v3_key cannot open"):
            await call
