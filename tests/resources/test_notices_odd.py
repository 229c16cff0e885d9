"""Notices that the service signed and nobody can read: none is lost, and nothing is shown."""

import base64
import json

import pytest

from wxdist import VerificationFailed

from .posted import PAID

DEEP = b"[" * 33 + b"]" * 33
MONEY = {**PAID["amount"], "total": "oS3cret"}
#: Bodies as they are, or changes of the outer fields; and the part that is named.
OUTER = {
    "no JSON": (b"{", "body"),
    "a list": (b"[]", "body"),
    "nothing": (b"", "body"),
    "not UTF-8": (b'{"id": "\xff"}', "body"),
    "too deep": (b'{"id":' + DEEP + b"}", "body"),
    "a key twice": (b'{"id":"1","id":"2"}', "body"),
    "no id": ({"id": None}, "body"),
    "an empty id": ({"id": ""}, "id"),
    "a number as id": ({"id": 5}, "body"),
    "no event": ({"event_type": None}, "body"),
    "no time": ({"create_time": "soon"}, "body"),
    "nothing inside": ({"resource": {}}, "body"),
}
#: Changes of the encrypted part, and the part that is named.
SEALED = {
    "another cipher": ({"algorithm": "SM4"}, "resource.algorithm"),
    "no base64": ({"ciphertext": "ü"}, "ciphertext"),
    "no ciphertext": ({"ciphertext": ""}, "ciphertext"),
    "no tag": ({"ciphertext": base64.b64encode(b"x" * 15).decode()}, "ciphertext"),
    "another nonce": ({"nonce": "1" * 12}, "ciphertext"),
    "a short nonce": ({"nonce": "1"}, "ciphertext"),
    "a long nonce": ({"nonce": "1" * 999}, "ciphertext"),
    "no nonce": ({"nonce": ""}, "ciphertext"),
    "other associated data": ({"associated_data": "x"}, "ciphertext"),
    "no associated data": ({"associated_data": None}, "ciphertext"),
    "a surrogate": ({"nonce": "\ud800"}, "ciphertext"),
}
#: What is inside, and of which event it is said to be.
PLAIN = {
    "no JSON": (b"oS3cret", "TRANSACTION.SUCCESS"),
    "not UTF-8": (b"\xff", "TRANSACTION.SUCCESS"),
    "nothing": (b"", "TRANSACTION.SUCCESS"),
    "a list": (b'["oS3cret"]', "CONTRACT.SIGNED"),
    "too deep": (b'{"oS3cret":' + DEEP + b"}", "CONTRACT.SIGNED"),
    "a key twice": (b'{"mchid":"1900000001","mchid":"oS3cret"}', "CONTRACT.SIGNED"),
    "no payment": ({"mchid": "1900000001", "x": "oS3cret"}, "TRANSACTION.SUCCESS"),
    "money as text": ({**PAID, "amount": MONEY}, "TRANSACTION.SUCCESS"),
    "no refund": (PAID, "REFUND.SUCCESS"),
}


async def told(session, post, body):
    """Return the part and the Request-ID of the error; what it shows is no secret."""
    with pytest.raises(VerificationFailed) as raised:
        await session.notices.parse(post.headers(body), body)
    error = raised.value
    assert VerificationFailed is type(error)
    assert "S3cret" not in f"{error}{error!r}"
    return error.part, error.request_id


@pytest.mark.parametrize("name", OUTER)
async def test_the_outside(post, notified, name):
    """A body that is none is refused, and marks nothing as handled."""
    made, part = OUTER[name]
    session = notified()
    body = made if isinstance(made, bytes) else post.body(**made)

    assert (part, "08A1-0") == await told(session, post, body)
    assert "EV-1" == (await session.notices.parse(*post())).id


@pytest.mark.parametrize("name", SEALED)
async def test_the_encrypted_part(post, notified, name):
    """What cannot be decrypted is refused, and marks nothing as handled."""
    changes, part = SEALED[name]
    session = notified()
    sealed = {**post.sealed(PAID), **changes}
    body = json.dumps({**json.loads(post.body()), "resource": sealed}).encode()

    assert (part, "08A1-0") == await told(session, post, body)
    assert "EV-1" == (await session.notices.parse(*post())).id


@pytest.mark.parametrize("place", [0, 100, -16, -1])
async def test_a_flipped_bit_inside(post, notified, place):
    """No byte of the ciphertext and of its tag can be changed, whoever signed that."""
    sealed = post.sealed(PAID)
    text = bytearray(base64.b64decode(sealed["ciphertext"]))
    text[place] ^= 1
    body = post.body(resource={**sealed, "ciphertext": base64.b64encode(text).decode()})

    assert ("ciphertext", "08A1-0") == await told(notified(), post, body)


@pytest.mark.parametrize("name", PLAIN)
async def test_the_inside(post, notified, name):
    """What was encrypted and is not what its event says is refused, and nothing marked."""
    session = notified()
    body = post.body(*PLAIN[name])

    assert ("plaintext", "08A1-0") == await told(session, post, body)
    assert "EV-1" == (await session.notices.parse(*post())).id
