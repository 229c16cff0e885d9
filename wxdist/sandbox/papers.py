"""Keys and certificates of the simulated merchant and platform, and what is sealed with them.

Their names say SANDBOX, so that they can never be taken for real ones.
"""

from __future__ import annotations

import base64
import datetime as dt
import functools
import hashlib
import secrets
from collections.abc import Mapping

import attrs
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID

from .rules.calendar import BEIJING

#: Names, account numbers: RSAES-OAEP with SHA-1 and MGF1-SHA-1.
#: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_2.shtml
OAEP = padding.OAEP(mgf=padding.MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)  # noqa: S303 - the service's
#: Certificates are valid from a day before the sandbox's start, for as long as real ones.
VALID_FOR = dt.timedelta(days=5 * 365)


@functools.cache
def key_of(role: str) -> rsa.RSAPrivateKey:
    """Return the key of *role*, made once per process: making one costs 0.1 s."""
    _ = role  # only tells one key from another
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@attrs.frozen
class Paper:
    """A private key with its certificate."""

    key: rsa.RSAPrivateKey = attrs.field(repr=False)
    certificate: x509.Certificate

    @property
    def serial_no(self) -> str:
        """The certificate's serial: 40 hex digits, leading zeros kept."""
        return f"{self.certificate.serial_number:040X}"

    @property
    def key_pem(self) -> str:
        """The private key as PKCS#8 PEM."""
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode("ascii")

    @property
    def certificate_pem(self) -> str:
        """The certificate as PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")


class Papers:
    """All keys of one sandbox.

    Args:
        start: Unix time from which the certificates are valid, less a day.
    """

    def __init__(self, start: float) -> None:
        self.merchant = _paper("merchant", start)
        self.platform = _paper("platform", start)
        self.api_v3_key = "SANDBOX0" + hashlib.sha256(_spki(self.merchant.key)).hexdigest()[:24]

    @property
    def public_key(self) -> rsa.RSAPrivateKey:
        """The private half of the platform's public key; made when first needed."""
        return key_of("public")

    @functools.cached_property
    def public_key_id(self) -> str:
        """The id of the platform's public key, for clients that use one instead of certificates."""
        digest = hashlib.sha256(_spki(self.public_key)).hexdigest()
        return f"PUB_KEY_ID_SANDBOX{digest[:24].upper()}"

    @functools.cached_property
    def public_key_pem(self) -> str:
        """The platform's public key as PEM; another key than the certificate's."""
        return (
            self.public_key.public_key()
            .public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            .decode("ascii")
        )

    def platform_key(self, serial: str) -> rsa.RSAPrivateKey | None:
        """Return the platform's private key that *serial* names, or ``None``."""
        if serial == self.platform.serial_no:
            return self.platform.key
        return self.public_key if serial == self.public_key_id else None

    def unseal(self, ciphertext: str, serial: str) -> str | None:
        """Open a field that was encrypted for the platform; ``None`` when that fails."""
        key = self.platform_key(serial)
        return None if key is None else unseal(key, ciphertext)

    def seal(self, text: str) -> str:
        """Encrypt a field for the merchant."""
        sealed = self.merchant.key.public_key().encrypt(text.encode(), OAEP)
        return base64.b64encode(sealed).decode("ascii")

    def certificate_list(self) -> Mapping[str, object]:
        """Return the body of the certificate list.

        Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/wechatpay/wechatpay5_1.shtml
        """
        paper, nonce = self.platform, secrets.token_hex(6)
        return {
            "data": [
                {
                    "serial_no": paper.serial_no,
                    "effective_time": _beijing(paper.certificate.not_valid_before_utc),
                    "expire_time": _beijing(paper.certificate.not_valid_after_utc),
                    "encrypt_certificate": {
                        "algorithm": "AEAD_AES_256_GCM",
                        "nonce": nonce,
                        "associated_data": "certificate",
                        "ciphertext": lock(
                            self.api_v3_key, nonce, "certificate", paper.certificate_pem
                        ),
                    },
                }
            ]
        }


def unseal(key: rsa.RSAPrivateKey, ciphertext: str) -> str | None:
    """Open base64 of RSAES-OAEP; ``None`` when it is none, or was made for another key."""
    try:
        return key.decrypt(base64.b64decode(ciphertext, validate=True), OAEP).decode()
    except ValueError:
        return None


def lock(api_v3_key: str, nonce: str, associated_data: str, text: str) -> str:
    """Return *text* under AES-256-GCM as base64, tag last."""
    cipher = AESGCM(api_v3_key.encode())
    sealed = cipher.encrypt(nonce.encode(), text.encode(), associated_data.encode())
    return base64.b64encode(sealed).decode("ascii")


def _paper(role: str, start: float) -> Paper:
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
    return int.from_bytes(hashlib.sha256(_spki(key)).digest()[:20]) >> 1


def _spki(key: rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _beijing(when: dt.datetime) -> str:
    return when.astimezone(BEIJING).isoformat(timespec="seconds")
