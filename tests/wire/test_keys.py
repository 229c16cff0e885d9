"""Private keys, certificates and public keys."""

import base64
import datetime as dt

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from wxdist import ConfigurationError
from wxdist.wire.keys import (
    Decrypter,
    KeySet,
    PlatformKey,
    PrivateKey,
    Signer,
    load_certificate,
    load_platform_key,
    load_private_key,
    serial_of,
)
from wxdist.wire.sealing import encrypt
from wxdist.wire.verifying import fits

BORN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
P256 = bytes.fromhex("06082a8648ce3d030107")
SM2 = bytes.fromhex("06082a811ccf5501822d")


@pytest.fixture(scope="module")
def curve():
    return ec.generate_private_key(ec.SECP256R1())


def written(key, form, secret=b""):
    how = serialization.BestAvailableEncryption(secret) if secret else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, form, how)


PKCS1 = serialization.PrivateFormat.TraditionalOpenSSL
PKCS8 = serialization.PrivateFormat.PKCS8


def refusal(load, *given):
    with pytest.raises(ConfigurationError) as error:
        load(*given)
    return str(error.value)


def keys(*pairs, platform):
    """Return a set of keys by (id, when each ends)."""
    public = platform.key.public_key()
    return KeySet(
        keys=tuple(
            PlatformKey(id=key_id, public_key=public, not_before=end and BORN, not_after=end)
            for key_id, end in pairs
        )
    )


@pytest.mark.parametrize("form", [PKCS1, PKCS8], ids=["PKCS1", "PKCS8"])
@pytest.mark.parametrize("secret", [b"", b"s3cret"], ids=["plain", "encrypted"])
async def test_private_keys(merchant_key, form, secret):
    """A key in either form, encrypted or not, signs and decrypts."""
    key = load_private_key(written(merchant_key, form, secret), secret or None)
    public = PlatformKey(id="x", public_key=merchant_key.public_key())

    assert fits(base64.b64encode(await key.sign(b"m")).decode(), b"m", public)
    assert "李雷".encode() == await key.decrypt(
        base64.b64decode(encrypt(merchant_key.public_key(), "李雷"))
    )
    assert merchant_key.public_key().public_numbers() == key.public_numbers
    assert isinstance(key, Signer)
    assert isinstance(key, Decrypter)


def test_refuses_private_keys(merchant_key, small_key, platform, curve):
    """What is no RSA key of 2048 bits in PEM is refused, and why is told."""
    plain, locked = written(merchant_key, PKCS8), written(merchant_key, PKCS8, b"s3cret")
    old = written(merchant_key, PKCS1, b"s3cret")

    assert "encrypted" in refusal(load_private_key, locked)
    assert "passphrase is missing or wrong" in refusal(load_private_key, locked, b"other")
    assert "passphrase is missing or wrong" in refusal(load_private_key, old, b"other")
    assert "leave its passphrase out" in refusal(load_private_key, plain, b"s3cret")
    assert "holds a certificate" in refusal(load_private_key, platform.certificate)
    assert "no PEM private key" in refusal(load_private_key, plain[:300])
    assert "no PEM private key" in refusal(load_private_key, b"")
    assert "1024 bits" in refusal(load_private_key, written(small_key, PKCS8))
    assert "not an RSA key" in refusal(load_private_key, written(curve, PKCS8))


async def test_a_private_key_refuses_what_is_not_for_it(merchant_key, platform):
    """A field that was encrypted for another key cannot be opened."""
    sealed = base64.b64decode(encrypt(platform.key.public_key(), "x"))

    with pytest.raises(ValueError, match=r"(?i)decryption failed"):
        await PrivateKey(merchant_key).decrypt(sealed)


def test_a_private_key_shows_only_its_size(merchant_key):
    """Nothing of the key is shown."""
    assert "<PrivateKey, RSA 2048>" == f"{PrivateKey(merchant_key)!r}"


@pytest.mark.parametrize(
    ("number", "text"), [(0xABC, "0ABC"), (0xF, "0F"), (1 << 152, "01" + "00" * 19), (0xFF, "FF")]
)
def test_serials(merchant_key, forms, number, text):
    """A serial number has an even count of upper-case hex digits."""
    assert text == serial_of(forms.certificate(merchant_key, serial=number))


@pytest.mark.parametrize(
    ("key_id", "kept"),
    [(None, "0ABC"), ("0ABC", "0ABC"), ("0abc", "0ABC"), ("ABC", "ABC"), ("0000abc", "0000ABC")],
)
def test_platform_certificates(platform, key_id, kept):
    """A certificate brings its validity and its id, which is kept as it is padded, in capitals."""
    key = load_platform_key(platform.certificate, key_id)

    assert (kept, True, BORN, BORN + dt.timedelta(days=30)) == (
        key.id,
        key.is_certificate,
        key.not_before,
        key.not_after,
    )
    assert platform.certificate.decode() == key.pem


def test_platform_public_keys(platform, forms):
    """A public key has the id that it is given, and never expires."""
    key = load_platform_key(forms.public_pem(platform.key), "PUB_KEY_ID_01")

    assert ("PUB_KEY_ID_01", False) == (key.id, key.is_certificate)
    assert key.valid_at(0)
    assert key.valid_at(9e9)


def test_refuses_platform_keys(platform, merchant_key, small_key, curve, forms):
    """What is no certificate or public key of RSA with 2048 bits is refused, and why is told."""
    public, small = forms.public_pem(platform.key), forms.certificate_pem(small_key)
    cut = platform.certificate[:200] + platform.certificate[-40:]

    for other in ("0ABD", "ABC0", "0x0ABC", "x", "", "PUB_KEY_ID_01"):
        assert f"is the certificate 0ABC, not {other}" in refusal(
            load_platform_key, platform.certificate, other
        )
    assert "with its id" in refusal(load_platform_key, public)
    assert "no PEM certificate" in refusal(load_platform_key, cut)
    assert "no PEM public key" in refusal(load_platform_key, b"junk", "id")
    assert "no PEM public key" in refusal(load_platform_key, forms.pem(merchant_key), "id")
    assert "2048 bits" in refusal(load_platform_key, small)
    assert "2048 bits" in refusal(load_platform_key, forms.public_pem(small_key), "id")
    assert "2048 bits" in refusal(load_platform_key, forms.public_pem(curve), "id")
    assert "2048 bits" in refusal(load_platform_key, forms.certificate_pem(curve))


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [(P256, SM2, "is no RSA key"), (b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x08", "no PEM")],
    ids=["a curve nobody knows", "a version nobody knows"],
)
def test_refuses_certificates_from_elsewhere(curve, forms, old, new, why):
    """A certificate of a kind that cannot be read (such as SM2) is refused like any other."""
    der = forms.certificate(curve).public_bytes(serialization.Encoding.DER)
    text = base64.encodebytes(der.replace(old, new)).decode()
    pem = f"-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n".encode()

    assert old in der
    assert why in refusal(load_platform_key, pem)


def test_load_certificate(platform):
    """A certificate is read from PEM."""
    assert 0x0ABC == load_certificate(platform.certificate).serial_number


@pytest.mark.parametrize(
    ("seconds", "valid"),
    [(-301, False), (-300, True), (0, True), (86400, True), (86700, True), (86701, False)],
)
def test_validity(platform, seconds, valid):
    """A certificate is valid from its start to its end, with 300 s of grace for the clocks."""
    found = keys(("A", BORN + dt.timedelta(days=1)), platform=platform)
    now = BORN.timestamp() + seconds

    assert valid == (found.find("A", now=now) is not None)
    assert valid == (found.for_encryption(now=now) is not None)


@pytest.mark.parametrize(
    ("key_id", "expected"),
    [
        ("0ABC", "0ABC"),
        ("ABC", "0ABC"),
        ("0abc", "0ABC"),
        ("0" * 36 + "0ABC", "0ABC"),
        ("def", "00DEF"),
        ("PUB_KEY_ID_1", "PUB_KEY_ID_1"),
        ("PUB_KEY_ID_01", None),
        ("ABC0", None),
        ("", None),
        ("0", None),
        (" 0ABC", None),
        ("0x0ABC", None),
    ],
)
def test_finds_by_id(platform, key_id, expected):
    """Ids are text; of a serial number neither the zeros before it nor its case count."""
    found = keys(("0ABC", None), ("00DEF", None), ("PUB_KEY_ID_1", None), platform=platform)

    key = found.find(key_id, now=0)

    assert ("0ABC", "00DEF", "PUB_KEY_ID_1") == found.ids
    assert expected == (key and key.id)


@pytest.mark.parametrize(
    ("pairs", "best"),
    [
        ((), None),
        ((("A", 1), ("B", 3), ("C", 2)), "B"),
        ((("A", 1), ("P", None), ("B", 3)), "P"),
        ((("A", -1), ("B", 1)), "B"),
        ((("A", -1),), None),
    ],
)
def test_encrypts_with_the_newest(platform, pairs, best):
    """A public key is preferred, else the certificate that is valid longest."""
    now = BORN + dt.timedelta(days=9)
    ends = [(key_id, days and now + dt.timedelta(days=days)) for key_id, days in pairs]

    key = keys(*ends, platform=platform).for_encryption(now=now.timestamp())

    assert best == (key and key.id)


def test_replaces_keys_of_the_same_id(platform):
    """Fresh keys stand in for those of their ids; the old set stays as it was."""
    old = keys(("A", None), ("B", None), platform=platform)
    fresh = keys(("0B", BORN), ("C", None), platform=platform).keys

    assert ("A", "0B", "C") == old.with_keys(fresh).ids
    assert not old.with_keys(fresh).find("B", now=9e9)
    assert ("A", "B") == old.ids


def test_shows_no_key(platform):
    """A platform key shows its id and validity alone."""
    key = platform.trusted

    assert f"PlatformKey(id='0ABC', not_before={BORN!r}, not_after={key.not_after!r})" == f"{key!r}"
