"""Why a signature does not match: what the usual mistakes would have signed instead.

A signature holds the digest of what was signed. So the texts that the usual mistakes lead to can
be compared with it, and a wrong key can be told from a wrong text.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa


def guess(
    key: rsa.RSAPublicKey, pairs: Mapping[str, str], method: str, target: str, body: str
) -> str:
    """Return in words what was signed instead; that it is unknown if no usual mistake fits."""
    digest = _digest(key, pairs["signature"])
    if isinstance(digest, str):
        return digest
    for words, text in _mistakes(pairs, method, target, body):
        if hashlib.sha256(text.encode(errors="surrogateescape")).digest() == digest:
            return words
    return "the key is right, the text that was signed is another one"


def _digest(key: rsa.RSAPublicKey, signature: str) -> bytes | str:
    try:
        raw = base64.b64decode(signature, validate=True)
    except ValueError:
        return "the signature is not base64"
    try:
        return key.recover_data_from_signature(raw, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        return "the signature was made with another key than the merchant's, or not with SHA-256"


def _mistakes(
    pairs: Mapping[str, str], method: str, target: str, body: str
) -> Iterator[tuple[str, str]]:
    """Yield the usual mistakes and the texts that they sign."""
    time, nonce = pairs["timestamp"], pairs["nonce_str"]
    yield "the last line break is missing", f"{method}\n{target}\n{time}\n{nonce}\n{body}"
    yield "the body was left out", f"{method}\n{target}\n{time}\n{nonce}\n\n"
    for words, path in _targets(target):
        yield words, f"{method}\n{path}\n{time}\n{nonce}\n{body}\n"
    for words, text in _bodies(body):
        yield words, f"{method}\n{target}\n{time}\n{nonce}\n{text}\n"
    yield "the method is not in capitals", f"{method.lower()}\n{target}\n{time}\n{nonce}\n{body}\n"
    yield "time and nonce are swapped", f"{method}\n{target}\n{nonce}\n{time}\n{body}\n"


def _targets(target: str) -> Iterator[tuple[str, str]]:
    yield "the query was left out", target.partition("?")[0]
    yield "the address was signed decoded, but sent percent-encoded", unquote(target)


def _bodies(body: str) -> Iterator[tuple[str, str]]:
    try:
        value = json.loads(body)
    except ValueError:
        return
    words = "the body was signed in another JSON spelling than it was sent in"
    for separators in ((",", ":"), (", ", ": ")):
        for ascii_only in (True, False):
            yield words, json.dumps(value, ensure_ascii=ascii_only, separators=separators)
