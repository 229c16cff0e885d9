"""Encrypt and decrypt single fields and payloads."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any, TypeVar

import attrs
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from wxdist.errors import InvalidInput, VerificationFailed
from wxdist.wire.keys import OAEP

T = TypeVar("T")

API_V3_KEY_BYTES = 32
ALGORITHM = "AEAD_AES_256_GCM"  #: of what is under the APIv3 key
_OAEP_OVERHEAD = 42  # two SHA-1 digests and two bytes


def encrypt(public_key: rsa.RSAPublicKey, text: str) -> str:
    """Return *text* for the platform, base64.

    Raises:
        InvalidInput: longer than one block holds (214 bytes of UTF-8 with a 2048-bit key).
    """
    plain = text.encode()
    most = public_key.key_size // 8 - _OAEP_OVERHEAD
    if len(plain) > most:
        raise InvalidInput("name", f"must have at most {most} bytes of UTF-8; got {len(plain)}")
    return base64.b64encode(public_key.encrypt(plain, OAEP)).decode("ascii")


def open_payload(api_v3_key: bytes, *, nonce: str, associated_data: str, ciphertext: str) -> bytes:
    """Return what is under AES-256-GCM; *ciphertext* is base64 of the data and its tag.

    Raises:
        VerificationFailed: another key, or not what the service encrypted.
    """
    try:
        sealed = base64.b64decode(ciphertext, validate=True)
        return open_sealed(api_v3_key, nonce.encode(), sealed, associated_data.encode())
    except (InvalidTag, ValueError):  # a ValueError: no base64, or a size that cannot be
        raise VerificationFailed(
            "ciphertext", "cannot be decrypted: is the APIv3 key the one set for this merchant?"
        ) from None


def open_sealed(key: bytes, nonce: bytes, sealed: bytes, associated_data: bytes) -> bytes:
    """Return what is under AES-GCM; raise ``InvalidTag`` or ``ValueError`` when nothing is."""
    return AESGCM(key).decrypt(nonce, sealed, associated_data)


def from_base64(text: str) -> bytes:
    """Return the bytes of a field that the service encrypted for us.

    Raises:
        InvalidInput: it is not base64, so not such a field.
    """
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise InvalidInput("text", "is no base64 text: not an encrypted field") from None


def seal(value: T, encrypt_text: Callable[[str], str]) -> T:
    """Return a copy of *value* with each sensitive field encrypted, at any depth.

    Sensitive is a field of a model with ``metadata={"sealed": True}``. Without any, the same
    object is returned.
    """
    if isinstance(value, list | tuple):
        sealed = tuple(seal(item, encrypt_text) for item in value)
        changed = any(new is not old for new, old in zip(sealed, value, strict=True))
        return sealed if changed else value  # type: ignore[return-value]  # a tuple stands for a list
    cls: Any = type(value)
    if not attrs.has(cls):
        return value
    changes = {}
    for field in attrs.fields(cls):
        old = getattr(value, field.name)
        secret = field.metadata.get("sealed") and old is not None
        new = encrypt_text(old) if secret else seal(old, encrypt_text)
        if new is not old:
            changes[field.name] = new
    return attrs.evolve(value, **changes) if changes else value  # type: ignore[misc]  # attrs.has does not narrow
