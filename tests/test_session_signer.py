"""A private key that is kept elsewhere: it may work, fail, hang, or open fields too."""

import asyncio
import base64

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from wxdist import ConfigurationError, InvalidInput, NoAnswer, NotSent, OutcomeUnknown

OAEP = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)


class Vault:
    """A key in another place, which fails at the given attempts."""

    def __init__(self, key, *, fails=()):
        self.key = key
        self.fails = fails
        self.asked = 0

    async def sign(self, message):
        self.asked += 1
        await asyncio.sleep(0)
        if self.asked in self.fails:
            raise PermissionError("vault token s.SECRET expired")
        return self.key.sign(message, padding.PKCS1v15(), hashes.SHA256())


class Opener(Vault):
    async def decrypt(self, ciphertext):
        return self.key.decrypt(ciphertext, OAEP)


def mark(session):
    return session.transactions.mark("P20150806125346")


@pytest.fixture
def connect_vault(connect, keys):
    return lambda wire, vault, **settings: connect(
        wire, credentials=keys.credentials(private_key=vault), **settings
    )


async def test_a_signer(serve, service, connect_vault, keys):
    """What a signer signs is what is sent."""
    wire = await serve(service)

    await mark(connect_vault(wire, Vault(keys.merchant)))

    keys.check(wire.sent[0])


async def test_a_signer_that_fails(serve, service, connect_vault, keys):
    """A signer that raises means `NotSent`, with its error as the cause and not in the text."""
    wire = await serve(service)
    vault = Vault(keys.merchant, fails=range(100))

    with pytest.raises(NotSent, match="the signer failed with PermissionError") as caught:
        await mark(connect_vault(wire, vault))

    assert "SECRET" not in str(caught.value)
    assert PermissionError is type(caught.value.__cause__)
    assert (4, []) == (vault.asked, wire.sent)


async def test_a_signer_that_recovers(serve, service, connect_vault, keys):
    """A signer that fails once costs one attempt."""
    wire = await serve(service)
    vault = Vault(keys.merchant, fails={1})

    await mark(connect_vault(wire, vault))

    assert (2, 1) == (vault.asked, len(wire.sent))


async def test_a_signer_that_fails_later(serve, service, connect_vault, keys):
    """When the first request has left, a signer that fails then leaves the outcome unknown."""
    wire = await serve(lambda _: service.last())
    vault = Vault(keys.merchant, fails={2, 3, 4})

    with pytest.raises(OutcomeUnknown) as caught:
        await mark(connect_vault(wire, vault))

    assert NoAnswer is type(caught.value.cause)
    assert (4, 1) == (vault.asked, len(wire.sent))


async def test_a_signer_that_hangs(serve, service, connect_vault, keys, clock):
    """A signer that never answers ends with the deadline of the call: `NotSent`."""

    class Hanging(Vault):
        async def sign(self, message):
            self.asked += 1
            await asyncio.Event().wait()

    wire = await serve(service)
    vault = Hanging(keys.merchant)
    call = asyncio.create_task(mark(connect_vault(wire, vault)))

    await clock.advance(59)
    before = call.done()
    await clock.advance(1)

    assert (False, True) == (before, call.done())
    with pytest.raises(NotSent, match="the deadline came first"):
        await call
    assert (1, []) == (vault.asked, wire.sent)


@pytest.mark.parametrize("result", ["text", None, 7])
async def test_a_signer_that_gives_no_bytes(serve, service, connect_vault, keys, result):
    """A signer that answers with anything but bytes has failed."""

    class Odd(Vault):
        async def sign(self, message):
            return result

    wire = await serve(service)

    with pytest.raises(NotSent, match="the signer failed"):
        await mark(connect_vault(wire, Odd(keys.merchant)))

    assert [] == wire.sent


def sealed(keys, text, key=None):
    public = (key or keys.merchant).public_key()
    return base64.b64encode(public.encrypt(text.encode(), OAEP)).decode()


async def test_opening_a_field(connect_vault, connect, serve, service, keys):
    """A field that was encrypted for the merchant opens, with a key of ours or in a vault."""
    wire = await serve(service)
    session, opener = connect(wire), connect_vault(wire, Opener(keys.merchant))

    assert "供应商有限公司" == await session.decrypt(sealed(keys, "供应商有限公司"))
    assert "供应商有限公司" == await opener.decrypt(sealed(keys, "供应商有限公司"))


@pytest.mark.parametrize("text", ["", "plain text", "分", "YWJj", "YWJj\n"])
async def test_opening_what_is_no_field(serve, service, connect, text):
    """What was not encrypted for this merchant is `InvalidInput`, which does not repeat it."""
    session = connect(await serve(service))

    with pytest.raises(InvalidInput, match=r"^text: ") as caught:
        await session.decrypt(text)

    assert not text.strip() or text.strip() not in str(caught.value)


async def test_opening_for_another_key(serve, service, connect, keys):
    """A field for another merchant's key is `InvalidInput`."""
    session = connect(await serve(service))

    with pytest.raises(InvalidInput, match="was not encrypted for this merchant's key"):
        await session.decrypt(sealed(keys, "a name", keys.stranger))


async def test_a_signer_that_cannot_open(serve, service, connect_vault, keys):
    """A signer without ``decrypt`` cannot open fields: `ConfigurationError`."""
    session = connect_vault(await serve(service), Vault(keys.merchant))

    with pytest.raises(ConfigurationError, match="no decrypt method"):
        await session.decrypt(sealed(keys, "a name"))
