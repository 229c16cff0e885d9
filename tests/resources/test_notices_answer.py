"""What the service is told of a notice: it is done, it is refused, or come again."""

import asyncio

import pytest

from wxdist import (
    ConfigurationError,
    InvalidInput,
    NotFresh,
    NotSent,
    ProbeRefused,
    Replayed,
    SignatureInvalid,
    SignatureMissing,
    UnknownKey,
    WrongAnswer,
)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (None, 200),
        (Replayed("id", "handled", done=True), 200),
        (Replayed("id", "being handled", running=True), 500),
        (Replayed("Wechatpay-Nonce", "of another call"), 500),
        (SignatureInvalid("Wechatpay-Signature", "oS3cret"), 500),
        (UnknownKey("5F", ()), 500),
        (InvalidInput("body", "oS3cret"), 500),
        (ConfigurationError("oS3cret"), 500),
        (NotSent("no connection"), 500),
        (LookupError("oS3cret"), 500),
        (asyncio.CancelledError(), 500),
    ],
    ids=repr,
)
async def test_the_answer(notified, error, status):
    """Success, a refusal, or come again; of the reason nothing is told."""
    answer = notified().notices.answer(error)

    code = b'"SUCCESS"' if status == 200 else b'"FAIL"'
    assert (status, {"Content-Type": "application/json"}) == (answer.status, answer.headers)
    assert code in answer.body
    assert b"S3cret" not in answer.body


#: Deliveries that are none: changes of their headers.
REFUSED = {
    SignatureMissing: {"Wechatpay-Nonce": ""},
    SignatureInvalid: {"Wechatpay-Nonce": "x"},
    ProbeRefused: {"Wechatpay-Signature": "WECHATPAY/SIGNTEST/x"},
    UnknownKey: {"Wechatpay-Serial": "5F"},
    NotFresh: {"Wechatpay-Timestamp": "1"},
    WrongAnswer: {},
}


@pytest.mark.parametrize("error", REFUSED)
async def test_the_answer_to_what_is_refused(post, notified, error):
    """A delivery that is not the service's, or not for us, is refused with 401."""
    session = notified()
    headers, body = post({**post.paid, "mchid": "1900000002"})

    with pytest.raises(error) as raised:
        await session.notices.parse({**headers, **REFUSED[error]}, body)
    answer = session.notices.answer(raised.value)

    assert (401, b'{"code":"FAIL","message":"Not verified"}') == (answer.status, answer.body)


async def test_another_call_that_fails_in_the_block(post, notified, serve, service, connect):
    """An answer that cannot be trusted is our failure: the notice comes again, and is handled."""
    session = connect(await serve(lambda _: service.http(200, b"{}")))

    with pytest.raises(SignatureMissing) as raised:
        async with session.notices.handle(*post()):
            await session.transactions.get("4200000001")

    assert 500 == session.notices.answer(raised.value).status
    assert "EV-1" == (await session.notices.parse(*post())).id
