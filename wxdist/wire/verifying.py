"""Is this answer or notice genuine, fresh, and not seen before.

The signature covers the time stamp, the nonce and the body, and nothing else: not the status, not
the question. So a genuine answer to another question verifies too; what it echoes must be held
against the question (`echoed`), and nonces are remembered.

Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/wechatpay/wechatpay4_1.shtml
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

import attrs
from cryptography.exceptions import InvalidSignature

from wxdist.errors import (
    NotFresh,
    ProbeRefused,
    Replayed,
    SignatureInvalid,
    SignatureMissing,
    WrongAnswer,
)
from wxdist.models import model
from wxdist.wire.keys import HASH, PKCS1, PlatformKey
from wxdist.wire.signing import SCHEME, answer_bytes

FRESH_SECONDS = 300  #: how far off the time stamp may be, on either side
PROBE = "WECHATPAY/SIGNTEST/"

HEADERS = ("Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Signature", "Wechatpay-Serial")


@model
class Seal:
    """The signature headers of one answer or notice, as they came."""

    timestamp: str
    nonce: str
    signature: str = attrs.field(repr=False)
    serial: str
    request_id: str | None = None


def carries_seal(headers: Mapping[str, str]) -> bool:
    """Tell whether any of the signature headers is there; names in lower case."""
    return any(name.lower() in headers for name in HEADERS)


def read_seal(headers: Mapping[str, str]) -> Seal:
    """Return the signature headers; names in lower case.

    Raises:
        SignatureMissing: one of the four is missing or empty.
        ProbeRefused: a deliberately wrong signature.
        SignatureInvalid: a signature type other than ``WECHATPAY2-SHA256-RSA2048``.
    """
    request_id = headers.get("request-id")
    for name in HEADERS:
        if not headers.get(name.lower()):
            raise SignatureMissing(
                name,
                "missing; a proxy may have removed it, or this is not from the service",
                request_id=request_id,
            )
    timestamp, nonce, signature, serial = (headers[name.lower()] for name in HEADERS)
    if signature.startswith(PROBE):
        raise ProbeRefused(
            "Wechatpay-Signature",
            "a signature probe: wrong on purpose, refused as it should be",
            request_id=request_id,
        )
    if headers.get("wechatpay-signature-type", SCHEME) != SCHEME:
        raise SignatureInvalid(
            "Wechatpay-Signature-Type", f"is not {SCHEME}", request_id=request_id
        )
    return Seal(
        timestamp=timestamp, nonce=nonce, signature=signature, serial=serial, request_id=request_id
    )


def check_fresh(seal: Seal, *, now: float) -> None:
    """Raise `NotFresh` unless the time stamp is within 300 s of *now*, on either side."""
    stamp = seal.timestamp
    digits = stamp.isascii() and stamp.isdigit() and len(stamp) <= 12
    if not digits or abs(now - int(stamp)) > FRESH_SECONDS:
        raise NotFresh(
            "Wechatpay-Timestamp",
            f"more than {FRESH_SECONDS} s from this machine's clock: a wrong clock, or a replay",
            request_id=seal.request_id,
        )


def fits(signature: str, covered: bytes, key: PlatformKey) -> bool:
    """Tell whether *signature* is base64 of the signature of *covered* by *key*."""
    try:
        key.public_key.verify(base64.b64decode(signature, validate=True), covered, PKCS1, HASH)
    except (ValueError, InvalidSignature):  # a ValueError: no base64
        return False
    return True


def check_signature(seal: Seal, body: bytes, key: PlatformKey) -> None:
    """Raise `SignatureInvalid` unless the signature fits *body* under *key*."""
    covered = answer_bytes(timestamp=seal.timestamp, nonce=seal.nonce, body=body)
    if not fits(seal.signature, covered, key):
        raise SignatureInvalid(
            "Wechatpay-Signature", "does not fit the answer", request_id=seal.request_id
        )


class SeenNonces:
    """The nonces of the last ten to twenty minutes, in two generations."""

    def __init__(self) -> None:
        self._since = 0.0
        self._young: set[str] = set()
        self._old: set[str] = set()

    def admit(self, seal: Seal, *, now: float) -> None:
        """Remember the nonce; raise `Replayed` when it was seen. *now* is in seconds."""
        age = abs(now - self._since)  # a clock may be set back
        if age >= 2 * FRESH_SECONDS:
            self._old = self._young if age < 4 * FRESH_SECONDS else set()
            self._young, self._since = set(), now
        if seal.nonce in self._young or seal.nonce in self._old:
            raise Replayed(
                "Wechatpay-Nonce", "was seen before: a replay", request_id=seal.request_id
            )
        self._young.add(seal.nonce)


def check_echo(asked: Mapping[str, str], answer: object, *, request_id: str | None = None) -> None:
    """Raise `WrongAnswer` when an id that *answer* echoes is not the one *asked* for.

    An id that the answer leaves out (``None``) is not held against it.
    """
    for name, value in asked.items():
        echoed = getattr(answer, name, None)
        if echoed is not None and echoed != value:
            raise WrongAnswer(
                name,
                "is not the one that was asked for: another call's answer",
                request_id=request_id,
            )
