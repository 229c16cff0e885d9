"""The service's half of the signatures: is this request genuine, and how answers are signed.

Written apart from the client's half, so that one mistake cannot hide on both sides. Source:
https://pay.weixin.qq.com/wiki/doc/api_external/en/wechatpay/wechatpay4_0.shtml
"""

from __future__ import annotations

import base64
import re
import secrets
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from . import advice
from .misreadings import Sent
from .mistakes import guess
from .papers import Papers

SCHEME = "WECHATPAY2-SHA256-RSA2048"
#: Seconds that a request's clock may be off, on either side.
SKEW = 300
#: Digits of a time stamp: enough for any date.
LONGEST_TIME = 15
#: Seconds for which a nonce is remembered.
NONCE_MEMORY = 600
#: Bytes of the signed text that a 401 shows (ours).
SHOWN = 1024

_PAIR = re.compile(r'\s*([A-Za-z_]+)="([^"]*)"\s*')
_NAMES = {"mchid", "nonce_str", "timestamp", "serial_no", "signature"}


@attrs.frozen
class Check:
    """What came of checking one request's signature."""

    ok: bool
    field: str = ""  #: what of the Authorization header is wrong
    issue: str = ""  #: what is wrong with it
    expected: str = ""  #: the exact text that the service expected to be signed
    hint: str = ""  #: what was signed instead, if one of the usual mistakes explains it
    advice: str = ""  #: what to do
    signed: str | None = None  #: the text that was signed, where it is wrong and known


@attrs.frozen
class Claim:
    """What a request says of itself, as it came."""

    method: str
    target: str  #: path and query, byte for byte
    body: str  #: what the signature covers of it: of an upload the meta part alone
    authorization: str | None
    host: str = ""  #: host and port, as the request names them; never signed
    upload: tuple[str, ...] = ()  #: of an upload the whole body and the file; never signed


class Gate:
    """Checks requests and signs answers.

    Args:
        papers: the keys.
        mchid: the only merchant there is.
        answers: sign with the ``certificate``, or the ``public_key``, of the platform.
    """

    def __init__(self, papers: Papers, mchid: str, *, answers: str = "certificate") -> None:
        self._papers = papers
        self._mchid = mchid
        self._merchant_serial = papers.merchant.serial_no
        self._merchant_key = papers.merchant.key.public_key()
        self._seen: set[str] = set()
        self._times: deque[tuple[float, str]] = deque()
        self._by_public_key = answers == "public_key"

    def check(self, claim: Claim, now: float) -> Check:
        """Tell whether the merchant signed *claim*, just now and for the first time."""
        pairs = _pairs(claim.authorization)
        if isinstance(pairs, str):
            what = advice.on_header(claim.authorization, SCHEME)
            return Check(ok=False, field="Authorization", issue=pairs, advice=what)
        time, nonce = pairs["timestamp"], pairs["nonce_str"]
        text = message(claim.method, claim.target, time, nonce, claim.body)
        wrong = next(self._misfits(pairs, now), None)
        if wrong is None:
            return self._signature(claim, pairs, text, now)
        field, issue = wrong
        what = advice.on_field(field, pairs[field], self._right(now))
        return Check(ok=False, field=field, issue=issue, expected=text, advice=what)

    def sign(self, body: bytes, now: float) -> Mapping[str, str]:
        """Return the headers that sign an answer; an empty *body* leaves an empty last line."""
        serial, key = self._signer()
        timestamp, nonce = f"{now:.0f}", secrets.token_hex(16)
        signed = f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
        return {
            "Wechatpay-Timestamp": timestamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": sign(key, signed),
            "Wechatpay-Serial": serial,
            "Wechatpay-Signature-Type": SCHEME,
        }

    def swap(self) -> None:
        """Let a new certificate join the list, and sign with it at once."""
        self._papers.swap()

    def _signer(self) -> tuple[str, rsa.RSAPrivateKey]:
        """Return the key that signs now, with its id."""
        if self._by_public_key:
            return self._papers.public_key_id, self._papers.public_key
        paper = self._papers.platform
        return paper.serial_no, paper.key

    def _misfits(self, pairs: Mapping[str, str], now: float) -> Iterator[tuple[str, str]]:
        """Yield which field cannot be right, and why; what follows the first may be nonsense."""
        timestamp, nonce = pairs["timestamp"], pairs["nonce_str"]
        if pairs["mchid"] != self._mchid:
            yield "mchid", f"is not {self._mchid}, the sandbox's merchant"
        if pairs["serial_no"] != self._merchant_serial:
            yield "serial_no", "is not the serial of the merchant's API certificate"
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= LONGEST_TIME):
            yield "timestamp", "is not a Unix time in seconds"
        if abs(int(timestamp) - now) > SKEW:
            yield "timestamp", f"is more than {SKEW} s off; the service's clock says {now:.0f}"
        if not re.fullmatch(r"[0-9A-Za-z]{1,32}", nonce):
            yield "nonce_str", "is not 1 to 32 letters and digits"
        if self._was_seen(nonce, now):
            yield "nonce_str", f"was used before, in the last {NONCE_MEMORY} s"

    def _right(self, now: float) -> advice.Right:
        return advice.Right(
            now=now,
            mchid=self._mchid,
            serial_no=self._merchant_serial,
            platform=self._papers.platform.serial_no,
        )

    def _was_seen(self, nonce: str, now: float) -> bool:
        self._forget(now)
        return nonce in self._seen

    def _forget(self, now: float) -> None:
        """Drop nonces that are old enough; they stand in the order in which they came."""
        while self._times and self._times[0][0] <= now - NONCE_MEMORY:
            self._seen.remove(self._times.popleft()[1])

    def _signature(self, claim: Claim, pairs: Mapping[str, str], text: str, now: float) -> Check:
        if verify(self._merchant_key, pairs["signature"], raw(text)):
            self._seen.add(pairs["nonce_str"])
            self._times.append((now, pairs["nonce_str"]))
            return Check(ok=True, expected=text)
        found = guess(self._merchant_key, pairs["signature"], _sent(claim, pairs))
        return Check(
            ok=False,
            field="signature",
            issue="sign not match",
            expected=text,
            hint=found.words,
            advice=found.advice,
            signed=found.signed,
        )


def _sent(claim: Claim, pairs: Mapping[str, str]) -> Sent:
    return Sent(
        method=claim.method,
        target=claim.target,
        time=pairs["timestamp"],
        nonce=pairs["nonce_str"],
        body=claim.body,
        host=claim.host,
        upload=claim.upload,
    )


def message(method: str, target: str, timestamp: str, nonce: str, body: str) -> str:
    """Return the text that a request's signature covers: five lines, each ended."""
    return f"{method}\n{target}\n{timestamp}\n{nonce}\n{body}\n"


def raw(text: str) -> bytes:
    """Return the bytes that *text* came as, whether they were UTF-8 or not."""
    return text.encode(errors="surrogateescape")


def sign(key: rsa.RSAPrivateKey, text: bytes) -> str:
    """Return base64 of the SHA-256 RSA (PKCS#1 v1.5) signature of *text*."""
    return base64.b64encode(key.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode("ascii")


def verify(key: rsa.RSAPublicKey, signature: str, text: bytes) -> bool:
    """Tell whether *signature*, in base64, is of *text*."""
    try:
        signed = base64.b64decode(signature, validate=True)
        key.verify(signed, text, padding.PKCS1v15(), hashes.SHA256())
    except (ValueError, InvalidSignature):
        return False
    return True


def unauthorized(check: Check, claim: Claim) -> dict[str, Any]:
    """Return the body of a 401 as the service prints it.

    Source: a body quoted at
    https://developers.weixin.qq.com/community/personal/oCJUswxomwCpBKxEl64BKeuy1DMg/question
    """
    return {
        "code": "SIGN_ERROR",
        "message": f"Signature error: {check.field} {check.issue}".strip(),
        "detail": {
            "detail": {"issue": check.issue},
            "field": check.field,
            "location": "authorization",
            "sign_information": {
                "method": claim.method,
                "url": raw(claim.target).decode(errors="replace"),
                "truncated_sign_message": raw(check.expected)[:SHOWN].decode(errors="replace"),
                "sign_message_length": len(raw(check.expected)),
            },
        },
    }


def _pairs(header: str | None) -> Mapping[str, str] | str:
    """Take the Authorization header apart; return what is wrong with it as text."""
    if not header:
        return "is missing"
    scheme, _, rest = header.partition(" ")
    if scheme != SCHEME:
        return f"has another scheme than {SCHEME}"
    found = [_PAIR.fullmatch(part) for part in rest.split(",")]
    pairs = {match[1]: match[2] for match in found if match}
    if len(found) != len(pairs) or set(pairs) != _NAMES:
        return 'is malformed: expected name="value", each once, of ' + ", ".join(sorted(_NAMES))
    return pairs
