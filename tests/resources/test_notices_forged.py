"""Notices that somebody else made, or changed on the way, or kept for later: all refused."""

import base64

import pytest

from wxdist import (
    NotFresh,
    ProbeRefused,
    SignatureInvalid,
    SignatureMissing,
    UnknownKey,
    VerificationFailed,
)

SEAL = ("Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Signature", "Wechatpay-Serial")


async def refused(session, delivery, error=VerificationFailed):
    """Return the error with which a delivery is refused."""
    with pytest.raises(error) as raised:
        await session.notices.parse(*delivery)
    return raised.value


@pytest.mark.parametrize("name", SEAL)
@pytest.mark.parametrize("value", [None, ""])
async def test_a_signature_header_is_missing(post, notified, name, value):
    """Each of the four is needed, and named where it is missing or empty."""
    headers, body = post()
    kept = {key: text for key, text in headers.items() if key != name}
    given = kept if value is None else {**kept, name: value}

    error = await refused(notified(), (given, body), SignatureMissing)

    assert (name, "08A1-0") == (error.part, error.request_id)


@pytest.mark.parametrize("name", [*SEAL, "Wechatpay-Signature-Type"])
async def test_a_signature_header_stands_twice(post, notified, name):
    """Two values of one are no choice of ours."""
    headers, body = post()
    given = [*headers.items(), (name, "one"), (name, "two")]

    assert name == (await refused(notified(), (given, body), SignatureInvalid)).part


async def test_another_kind_of_signature(post, notified):
    """A signature of a kind that is not supported is told as that."""
    headers, body = post()
    given = {**headers, "Wechatpay-Signature-Type": "WECHATPAY2-SM2-WITH-SM3"}

    error = await refused(notified(), (given, body), SignatureInvalid)

    assert ("Wechatpay-Signature-Type", False) == (error.part, "raw bytes" in str(error))


async def test_a_flipped_bit_anywhere(post, notified):
    """No bit of body, signature, time, nonce or serial can be changed."""
    headers, body = post()
    session, signature = notified(), base64.b64decode(headers["Wechatpay-Signature"])
    bodies = [body[:i] + bytes([body[i] ^ 1 << i % 8]) + body[i + 1 :] for i in range(len(body))]
    signatures = [
        signature[:i] + bytes([signature[i] ^ 1 << i % 8]) + signature[i + 1 :] for i in range(256)
    ]
    changed = [(headers, each) for each in (*bodies, body + b"\n", body[:-1], b"")]
    changed += [
        ({**headers, "Wechatpay-Signature": base64.b64encode(each).decode()}, body)
        for each in signatures
    ]
    for name in ("Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Serial"):
        text = headers[name]
        flipped = [text[:i] + chr(ord(text[i]) ^ 1) + text[i + 1 :] for i in range(len(text))]
        changed += [({**headers, name: each}, body) for each in flipped]

    errors = [await refused(session, each) for each in changed]

    kinds = {SignatureInvalid, NotFresh, UnknownKey}
    assert kinds == {type(error) for error in errors}
    assert {type(error) for error in errors[: len(bodies) + 3 + 256]} == {SignatureInvalid}
    assert "EV-1" == (await session.notices.parse(headers, body)).id


async def test_another_key(post, notified, keys):
    """What a stranger signed does not fit; under a serial of his own, he is unknown."""
    session = notified()

    await refused(session, post(seal={"key": keys.stranger}), SignatureInvalid)
    await refused(session, post(seal={"key": keys.stranger, "serial": "5F"}), UnknownKey)


async def test_a_probe(post, notified):
    """A signature that is wrong on purpose is refused as that."""
    headers, body = post()
    probe = "WECHATPAY/SIGNTEST/" + headers["Wechatpay-Signature"]

    await refused(notified(), ({**headers, "Wechatpay-Signature": probe}, body), ProbeRefused)


@pytest.mark.parametrize(("at", "taken"), [(-301, False), (-300, True), (300, True), (301, False)])
async def test_five_minutes(post, notified, at, taken):
    """A notice is fresh for 300 s, on either side of the clock."""
    session, delivery = notified(), post(seal={"at": at})

    if taken:
        assert "EV-1" == (await session.notices.parse(*delivery)).id
    else:
        await refused(session, delivery, NotFresh)
