"""Keys, made once, and a platform that signs with one of them, written apart from the package."""

import base64
import datetime as dt

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from wxdist.wire.keys import PlatformKey, load_platform_key

NOW = 1_767_574_800
BORN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def new_key(bits=2048):
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def pem_of(key):
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def public_pem_of(key):
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def certificate_of(key, *, serial=0x0ABC, born=BORN, days=30):
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Tenpay.com sign")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(born)
        .not_valid_after(born + dt.timedelta(days=days))
        .sign(key, hashes.SHA256())
    )


def certificate_pem_of(key, **facts):
    return certificate_of(key, **facts).public_bytes(serialization.Encoding.PEM)


class Platform:
    """The other side: a key, its certificate, and answers signed with it."""

    def __init__(self, key):
        self.key = key
        self.certificate = certificate_pem_of(key)

    @property
    def trusted(self) -> PlatformKey:
        return load_platform_key(self.certificate)

    def answer(self, body=b"{}", *, timestamp=NOW, nonce="n0nce"):
        covered = b"%d\n%s\n%s\n" % (timestamp, nonce.encode(), body)
        signature = self.key.sign(covered, padding.PKCS1v15(), hashes.SHA256())
        return {
            "wechatpay-timestamp": str(timestamp),
            "wechatpay-nonce": nonce,
            "wechatpay-signature": base64.b64encode(signature).decode(),
            "wechatpay-serial": "0ABC",
            "request-id": "08F7",
        }


@pytest.fixture(scope="session")
def merchant_key():
    return new_key()


@pytest.fixture(scope="session")
def platform():
    return Platform(new_key())


@pytest.fixture(scope="session")
def small_key():
    return new_key(1024)


@pytest.fixture(scope="session")
def forms():
    """Ways to write a key down."""

    class Forms:
        pem = staticmethod(pem_of)
        public_pem = staticmethod(public_pem_of)
        certificate = staticmethod(certificate_of)
        certificate_pem = staticmethod(certificate_pem_of)

    return Forms
