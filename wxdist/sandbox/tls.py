"""HTTPS of a sandbox's own: an authority that can vouch for this machine's names alone."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
import tempfile
from collections.abc import Sequence
from pathlib import Path

import attrs
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

#: What the server is called; the authority is trusted for nothing else.
NAMES = ("localhost", "127.0.0.1", "::1")
#: How long they are valid: the server's certificate is made anew at each start.
AUTHORITY_DAYS = 5 * 365
SERVER_DAYS = 397

_NO_USE = dict.fromkeys(
    (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
        *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    ),
    False,
)


@attrs.frozen
class Authority:
    """Who vouches for the server: a key and its certificate."""

    key: ec.EllipticCurvePrivateKey = attrs.field(repr=False)
    certificate: x509.Certificate

    @property
    def pem(self) -> str:
        """The certificate, which a client is told to trust."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")

    def dump(self) -> tuple[str, str]:
        """Return key and certificate as PEM."""
        return _key_pem(self.key).decode("ascii"), self.pem

    @classmethod
    def load(cls, key_pem: str, pem: str) -> Authority:
        """Read what `dump` told; raise ``ValueError`` for anything else."""
        key = serialization.load_pem_private_key(key_pem.encode(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError("not the key of an authority")  # noqa: TRY004 - a text, no type of ours
        return cls(key, x509.load_pem_x509_certificate(pem.encode()))

    def vouches_for(self, names: Sequence[str]) -> bool:
        """Tell whether it may vouch for all *names*."""
        kind = x509.NameConstraints
        allowed = self.certificate.extensions.get_extension_for_class(kind).value.permitted_subtrees
        return set(map(_subtree, names)) <= set(allowed or ())


def authority(now: float, names: Sequence[str] = NAMES) -> Authority:
    """Make an authority for *names* from Unix time *now* on, less a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, begin = _name("authority"), _begin(now)
    only = x509.NameConstraints([_subtree(each) for each in names], None)
    certificate = (
        _builder(key, name, name, begin, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
        .add_extension(only, critical=True)
        .sign(key, hashes.SHA256())
    )
    return Authority(key, certificate)


def context(by: Authority, now: float, names: Sequence[str] = NAMES) -> ssl.SSLContext:
    """Return what a server needs to speak TLS under *names*, vouched for by *by*."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = by.certificate.subject
    above = by.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    known_by = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(above)
    certificate = (
        _builder(key, _name("server"), issuer, _begin(now), SERVER_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage("digital_signature"), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(list(map(_general, names))), critical=False)
        .add_extension(known_by, critical=False)
        .sign(by.key, hashes.SHA256())
    )
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:  # only the owner may look inside
        file = Path(folder, "server.pem")
        file.write_bytes(_key_pem(key) + certificate.public_bytes(serialization.Encoding.PEM))
        made.load_cert_chain(file)
    return made


def _builder(
    key: ec.EllipticCurvePrivateKey,
    name: x509.Name,
    issuer: x509.Name,
    begin: dt.datetime,
    days: int,
) -> x509.CertificateBuilder:
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + dt.timedelta(days=days))
        .add_extension(own, critical=False)
    )


def _begin(now: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(int(now), dt.UTC) - dt.timedelta(days=1)


def _name(role: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "SANDBOX, not WeChat Pay"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"SANDBOX {role}"),
        ]
    )


def _usage(*uses: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{**_NO_USE, **dict.fromkeys(uses, True)})


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _subtree(name: str) -> x509.GeneralName:
    """Return what a constraint says of *name*: of an address a network of its own."""
    try:
        return x509.IPAddress(ipaddress.ip_network(name))
    except ValueError:
        return x509.DNSName(name)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
