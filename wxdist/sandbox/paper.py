"""Keys and certificates; their names say SANDBOX, so that none can be taken for a real one."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
from typing import Self

import attrs
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

#: Certificates are valid from a day before their time, for as long as real ones.
VALID_FOR = dt.timedelta(days=5 * 365)


@functools.cache
def key_of(role: str) -> rsa.RSAPrivateKey:
    """Return the key of *role*, made once per process: making one costs 0.1 s."""
    _ = role  # only tells one key from another
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@attrs.frozen(slots=False)
class Paper:
    """A private key with its certificate."""

    key: rsa.RSAPrivateKey = attrs.field(repr=False)
    certificate: x509.Certificate

    @classmethod
    def load(cls, key_pem: str, certificate_pem: str) -> Self:
        """Read both from PEM; raise ``ValueError`` for what is none."""
        return cls(
            load_key(key_pem), x509.load_pem_x509_certificate(certificate_pem.encode("ascii"))
        )

    @functools.cached_property
    def serial_no(self) -> str:
        """The certificate's serial: 40 hex digits, leading zeros kept."""
        return f"{self.certificate.serial_number:040X}"

    @property
    def key_pem(self) -> str:
        """The private key as PKCS#8 PEM."""
        return pem_of(self.key)

    @property
    def certificate_pem(self) -> str:
        """The certificate as PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")


def paper_of(role: str, start: float) -> Paper:
    """Return the key of *role* with a certificate for the time from *start* on."""
    key = key_of(role)
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "SANDBOX, not WeChat Pay"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"SANDBOX {role} certificate"),
        ]
    )
    begin = dt.datetime.fromtimestamp(int(start), dt.UTC) - dt.timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(_serial(key))
        .not_valid_before(begin)
        .not_valid_after(begin + VALID_FOR)
        .sign(key, hashes.SHA256())
    )
    return Paper(key, certificate)


def _serial(key: rsa.RSAPrivateKey) -> int:
    """Return a serial of at most 159 bits, as certificates need it, never the same for two keys."""
    return int.from_bytes(hashlib.sha256(spki(key)).digest()[:20]) >> 1


def spki(key: rsa.RSAPrivateKey) -> bytes:
    """Return the public half as DER."""
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def pem_of(key: rsa.RSAPrivateKey) -> str:
    """Return a private key as PKCS#8 PEM."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode("ascii")


def load_key(pem: str) -> rsa.RSAPrivateKey:
    """Read a private RSA key; raise ``ValueError`` for anything else."""
    key = serialization.load_pem_private_key(pem.encode("ascii"), None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("not an RSA key")  # noqa: TRY004 - the value of the text, no type of ours
    return key
