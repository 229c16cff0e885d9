"""All keys of the simulated merchant and platform, and what is sealed with them."""

from __future__ import annotations

import base64
import datetime as dt
import functools
import hashlib
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .paper import Paper, key_of, load_key, paper_of, pem_of, spki
from .rotation import AHEAD, Rotation, Turn
from .rules.calendar import BEIJING

#: Names, account numbers: RSAES-OAEP with SHA-1 and MGF1-SHA-1.
#: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_2.shtml
OAEP = padding.OAEP(mgf=padding.MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)  # noqa: S303 - the service's


class Papers:
    """All keys of one sandbox.

    Args:
        start: Unix time from which the certificates are valid, less a day.
        now: Unix time by which certificates are rotated; ``None`` stays at *start*.
        kept: the keys that `dump` told; ``None`` makes new ones.
    """

    def __init__(
        self,
        start: float,
        now: Callable[[], float] | None = None,
        *,
        kept: Mapping[str, Any] | None = None,
    ) -> None:
        if kept is None:
            self.merchant = paper_of("merchant", start)
            turns = [Turn(paper_of("platform", start), start - AHEAD)]
            self._public_key: rsa.RSAPrivateKey | None = None
        else:
            self.merchant = Paper.load(*kept["merchant"])
            turns = [Turn(Paper.load(key, pem), listed) for key, pem, listed in kept["platform"]]
            self._public_key = load_key(kept["public"])
        self._rotation = Rotation(turns, now or (lambda: start))

    def dump(self) -> dict[str, Any]:
        """Return all keys, the private ones among them, ready for JSON."""
        return {
            "merchant": [self.merchant.key_pem, self.merchant.certificate_pem],
            "platform": [
                [each.paper.key_pem, each.paper.certificate_pem, each.listed]
                for each in self._rotation.turns
            ],
            "public": pem_of(self.public_key),
        }

    @functools.cached_property
    def api_v3_key(self) -> str:
        """The APIv3 key: 32 characters."""
        return "SANDBOX0" + hashlib.sha256(spki(self.merchant.key)).hexdigest()[:24]

    @property
    def platform(self) -> Paper:
        """The platform's certificate that signs now."""
        return self._rotation.signing

    @property
    def rotations(self) -> int:
        """How often the platform's certificates changed."""
        return self._rotation.count

    def rotate(self) -> Paper:
        """Announce a new platform certificate, which signs a day later; the old one dies then.

        Raises ``ValueError`` while another one is announced.
        """
        return self._rotation.rotate()

    def swap(self) -> Paper:
        """Let a platform certificate join the list and sign at once."""
        return self._rotation.swap()

    @property
    def public_key(self) -> rsa.RSAPrivateKey:
        """The private half of the platform's public key; made when first needed."""
        if self._public_key is None:
            self._public_key = key_of("public")
        return self._public_key

    @functools.cached_property
    def public_key_id(self) -> str:
        """The id of the platform's public key, for clients that use one instead of certificates."""
        digest = hashlib.sha256(spki(self.public_key)).hexdigest()
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
        for paper in self._rotation.listed():
            if serial == paper.serial_no:
                return paper.key
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
        return {"data": [self._entry(paper) for paper in self._rotation.listed()]}

    def _entry(self, paper: Paper) -> Mapping[str, object]:
        nonce, text = secrets.token_hex(6), paper.certificate_pem
        return {
            "serial_no": paper.serial_no,
            "effective_time": _beijing(paper.certificate.not_valid_before_utc),
            "expire_time": _beijing(paper.certificate.not_valid_after_utc),
            "encrypt_certificate": {
                "algorithm": "AEAD_AES_256_GCM",
                "nonce": nonce,
                "associated_data": "certificate",
                "ciphertext": lock(self.api_v3_key, nonce, "certificate", text),
            },
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


def _beijing(when: dt.datetime) -> str:
    return when.astimezone(BEIJING).isoformat(timespec="seconds")
