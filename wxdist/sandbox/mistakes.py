"""Why a signature does not match: what the usual mistakes would have signed instead.

A signature holds the digest of what was signed. So the texts that the usual mistakes lead to can
be compared with it, and a wrong key can be told from a wrong text.
"""

from __future__ import annotations

import base64
import hashlib
import re

import attrs
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from . import misreadings as reading
from .misreadings import Sent
from .usual import MISTAKES


@attrs.frozen
class Guess:
    """What was signed instead, as far as that can be known."""

    words: str
    advice: str  #: what to do
    signed: str | None = None  #: the text that was signed; ``None``: unknown


_HASHES: tuple[hashes.HashAlgorithm, ...] = (
    *(hashes.SHA224(), hashes.SHA384(), hashes.SHA512()),
    hashes.SHA1(),  # noqa: S303 - to tell somebody that it was used
    hashes.MD5(),  # noqa: S303 - likewise
)
_KEY = (
    "Sign with the merchant's private key: merchant_key.pem of the credentials folder. Each start "
    "of a sandbox that keeps no store makes new keys."
)
_BASE64 = "Put the signature's bytes into the header in base64, the plain alphabet, on one line."


def guess(key: rsa.RSAPublicKey, signature: str, sent: Sent) -> Guess:
    """Return what was signed instead of *sent*; that it is unknown if no usual mistake fits."""
    try:
        made = base64.b64decode(signature, validate=True)
    except ValueError:
        return Guess("the signature is not base64", _BASE64)
    try:
        digest = key.recover_data_from_signature(made, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        return _of_another_make(key, signature, made, reading.raw(sent.text()))
    return _by_digest(digest, sent)


def _by_digest(digest: bytes, sent: Sent) -> Guess:
    """Return which mistake signed a text of this SHA-256."""
    for mistake in MISTAKES:
        for text in mistake.texts(sent):
            if hashlib.sha256(reading.raw(text)).digest() == digest:
                return Guess(mistake.words, mistake.advice, text)
    if digest in reading.hashed_twice(sent.text()):
        words = "the right text was hashed twice"
        return Guess(words, "Hand the text itself to the signing function.", sent.text())
    words = "the key is right, the text that was signed is another one"
    advice = "Print the text that you sign, and hold it against the expected one, byte by byte."
    if not sent.body and sent.method != "GET":
        advice += " No body came: if you signed one, it was not sent."
    return Guess(words, advice)


def _of_another_make(key: rsa.RSAPublicKey, signature: str, made: bytes, text: bytes) -> Guess:
    """Return what else is known of a signature that does not open to a SHA-256."""
    if re.fullmatch(r"(?i)[0-9a-f]+", signature) and len(signature) == key.key_size // 4:
        return Guess("the signature is written in hex, not in base64", _BASE64)
    if (used := _hash_of(key, made)) is not None:
        words = f"the key is right, but it signed with {used}, not with SHA-256"
        return Guess(words, "Sign with SHA256withRSA, also named RSA-SHA256.")
    if _is_pss(key, made, text):
        words = "key and text are right, but the padding is PSS, not PKCS#1 v1.5"
        return Guess(
            words,
            "Sign with SHA256withRSA, padding PKCS#1 v1.5.",
            text.decode("utf-8", "surrogateescape"),
        )
    words = "the signature was made with another key than the merchant's, or not with SHA-256"
    size = key.key_size // 8
    if len(made) != size:
        words += f": it has {len(made)} bytes, one of that key has {size}"
    return Guess(words, _KEY)


def _hash_of(key: rsa.RSAPublicKey, made: bytes) -> str | None:
    """Return which other hash the signature was made with, if the key is right."""
    for algorithm in _HASHES:
        try:
            key.recover_data_from_signature(made, padding.PKCS1v15(), algorithm)
        except (InvalidSignature, ValueError):
            continue
        return algorithm.name.upper()
    return None


def _is_pss(key: rsa.RSAPublicKey, made: bytes, text: bytes) -> bool:
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.AUTO)
    try:
        key.verify(made, text, pss, hashes.SHA256())
    except InvalidSignature:
        return False
    return True
