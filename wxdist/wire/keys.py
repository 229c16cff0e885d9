"""Private keys, certificates and public keys: loaded once, found by their id."""

from __future__ import annotations

import datetime as dt
from typing import Protocol, runtime_checkable

import attrs
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from wxdist.errors import ConfigurationError
from wxdist.models import model

LEAST_BITS = 2048

#: RSAES-OAEP with SHA-1: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_2.shtml
OAEP = padding.OAEP(mgf=padding.MGF1(SHA1()), algorithm=SHA1(), label=None)  # noqa: S303 - the service's choice
PKCS1 = padding.PKCS1v15()
HASH = SHA256()


@runtime_checkable
class Signer(Protocol):
    """A private key that is kept elsewhere: a key service, a hardware module, another process."""

    async def sign(self, message: bytes) -> bytes:
        """Return the RSASSA-PKCS1-v1_5 signature with SHA-256 of *message*."""
        ...


@runtime_checkable
class Decrypter(Protocol):
    """A `Signer` that can also open what the service encrypted for the merchant."""

    async def decrypt(self, ciphertext: bytes) -> bytes:
        """Return the plain text under RSAES-OAEP with SHA-1."""
        ...


class PrivateKey:
    """The merchant's private key in this process: a `Signer` and a `Decrypter`."""

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        self._key = key

    def __repr__(self) -> str:
        return f"<PrivateKey, RSA {self._key.key_size}>"

    @property
    def public_numbers(self) -> rsa.RSAPublicNumbers:
        """Its public half."""
        return self._key.public_key().public_numbers()

    async def sign(self, message: bytes) -> bytes:
        """Return the signature of *message*; blocks the loop for about 0.3 ms."""
        return self._key.sign(message, PKCS1, HASH)

    async def decrypt(self, ciphertext: bytes) -> bytes:
        """Return the plain text; raise ``ValueError`` when it was not encrypted for this key."""
        return self._key.decrypt(ciphertext, OAEP)


def load_private_key(pem: bytes, passphrase: bytes | None = None) -> PrivateKey:
    """Return the RSA key in *pem* (PKCS#1 or PKCS#8).

    Raises:
        ConfigurationError: not PEM, a wrong or missing passphrase, not RSA, or under 2048 bits.
    """
    try:
        key = load_pem_private_key(pem, passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigurationError(_why_no_key(pem, error)) from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ConfigurationError("private_key is not an RSA key")
    if key.key_size < LEAST_BITS:
        raise ConfigurationError(f"private_key has {key.key_size} bits: {LEAST_BITS} is the least")
    return PrivateKey(key)


def _why_no_key(pem: bytes, error: Exception) -> str:
    if b"CERTIFICATE" in pem:
        return "private_key holds a certificate: give apiclient_key.pem instead"
    if b"ENCRYPTED" in pem:
        return "private_key is encrypted: its passphrase is missing or wrong"
    if isinstance(error, TypeError):
        return "private_key is not encrypted: leave its passphrase out"
    return "private_key is no PEM private key (PKCS#1 or PKCS#8)"


def load_certificate(pem: bytes) -> x509.Certificate:
    """Return the certificate in *pem*; raise `ConfigurationError` when it is none."""
    try:
        return x509.load_pem_x509_certificate(pem)
    except (ValueError, x509.InvalidVersion):
        raise ConfigurationError("is no PEM certificate") from None


def serial_of(certificate: x509.Certificate) -> str:
    """Return the serial number as the service writes it: upper-case hex, leading zeros kept."""
    text = f"{certificate.serial_number:X}"
    return text.zfill(len(text) + len(text) % 2)


@model
class PlatformKey:
    """A key with which the platform signs; its id is opaque text."""

    id: str
    public_key: rsa.RSAPublicKey = attrs.field(repr=False)
    not_before: dt.datetime | None = None  #: ``None``: a bare public key, which never expires
    not_after: dt.datetime | None = None
    pem: str = attrs.field(default="", repr=False, eq=False)

    @property
    def is_certificate(self) -> bool:
        """Whether it came as a certificate, and so expires and is replaced."""
        return self.not_after is not None

    def valid_at(self, now: float) -> bool:
        """Tell whether it may be used at Unix time *now*; 300 s of grace for the clocks."""
        if self.not_before is None or self.not_after is None:
            return True
        return self.not_before.timestamp() - 300 <= now <= self.not_after.timestamp() + 300


def load_platform_key(pem: bytes, key_id: str | None = None) -> PlatformKey:
    """Return a platform certificate or public key.

    Args:
        pem: a certificate, or a public key.
        key_id: the id of a public key (``PUB_KEY_ID_…``); of a certificate its serial number,
            which may be left out.

    Raises:
        ConfigurationError: neither of both, a public key without an id, an id that is not the
            certificate's serial number, not RSA, or under 2048 bits.
    """
    if b"BEGIN CERTIFICATE" in pem:
        certificate = load_certificate(pem)
        serial = serial_of(certificate)
        if key_id is not None and _bare(key_id) != _bare(serial):
            raise ConfigurationError(f"is the certificate {serial}, not {key_id}")
        return PlatformKey(
            id=serial if key_id is None else key_id.upper(),
            public_key=_rsa(_public_key(certificate)),
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            pem=pem.decode("ascii", "replace"),
        )
    if key_id is None:
        raise ConfigurationError("is no certificate: give it with its id, {id: PEM}")
    try:
        public_key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        raise ConfigurationError("is no PEM certificate and no PEM public key") from None
    return PlatformKey(id=key_id, public_key=_rsa(public_key), pem=pem.decode("ascii", "replace"))


def _public_key(certificate: x509.Certificate) -> object:
    try:
        return certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):  # such as SM2, which the platform has too
        return None


def _bare(key_id: str) -> str:
    """Return an id as it is compared: a serial number may be padded, and in either case."""
    return key_id.upper().lstrip("0")


def _rsa(key: object) -> rsa.RSAPublicKey:
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < LEAST_BITS:
        raise ConfigurationError(f"is no RSA key of at least {LEAST_BITS} bits")
    return key


@model
class KeySet:
    """The platform keys in force: replaced whole, never changed."""

    keys: tuple[PlatformKey, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all keys."""
        return tuple(key.id for key in self.keys)

    def find(self, key_id: str, *, now: float) -> PlatformKey | None:
        """Return the key with this id that is valid at *now*, or ``None``."""
        wanted = _bare(key_id)
        for key in self.keys:
            if _bare(key.id) == wanted and key.valid_at(now):
                return key
        return None

    def for_encryption(self, *, now: float) -> PlatformKey | None:
        """Return the key to encrypt with: a public key, else the certificate valid longest."""
        usable = [key for key in self.keys if key.valid_at(now)]
        return max(
            usable,
            key=lambda key: float("inf") if key.not_after is None else key.not_after.timestamp(),
            default=None,
        )

    def with_keys(self, fresh: tuple[PlatformKey, ...]) -> KeySet:
        """Return a set in which *fresh* replace the keys of the same ids."""
        ids = {_bare(key.id) for key in fresh}
        return KeySet(keys=(*(key for key in self.keys if _bare(key.id) not in ids), *fresh))
