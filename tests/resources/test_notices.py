"""A notice that is genuine, fresh, new and ours is told; anything else has its error."""

import datetime as dt
import json
from collections import OrderedDict

import pytest
from multidict import CIMultiDict

from wxdist import (
    ConfigurationError,
    EventType,
    InvalidInput,
    RefundStatus,
    Replayed,
    SignatureInvalid,
    SignatureMissing,
    TradeState,
    VerificationFailed,
    WrongAnswer,
)
from wxdist.sandbox import Sandbox

from .posted import PAID, REFUNDED

SHOP = "1900000109"


async def refused(session, delivery, error=VerificationFailed):
    """Return the error with which a delivery is refused."""
    with pytest.raises(error) as raised:
        await session.notices.parse(*delivery)
    return raised.value


async def test_a_payment(post, notified, keys):
    """A notice of a payment carries the payment, as a query would tell it."""
    headers, body = post()

    notice = await notified().notices.parse(headers, body)

    assert ("EV-1", EventType.TRANSACTION_SUCCESS, "transaction") == (
        notice.id,
        notice.event_type,
        notice.original_type,
    )
    assert ("4200000001", TradeState.SUCCESS, 888) == (
        notice.transaction.id,
        notice.transaction.trade_state,
        notice.transaction.amount.total,
    )
    assert (None, None, notice.transaction) == (notice.refund, notice.sub_mchid, notice.resource)
    assert ("08A1-0", keys.public_key_id) == (notice.meta.request_id, notice.meta.serial)
    assert dt.datetime(2026, 1, 5, 1, tzinfo=dt.UTC) == notice.meta.signed_at


REFUNDS = {
    "REFUND.SUCCESS": ("SUCCESS", RefundStatus.SUCCESS),
    "REFUND.ABNORMAL": ("ABNORMAL", RefundStatus.ABNORMAL),
    "REFUND.CLOSED": ("CLOSED", RefundStatus.REFUNDCLOSE),
}


@pytest.mark.parametrize("event", REFUNDS)
async def test_a_refund(post, notified, keys, event):
    """A notice of a refund carries what is told of it, its status as everywhere else."""
    status, known = REFUNDS[event]
    facts = {**REFUNDED, "mchid": keys.mchid, "refund_status": status}

    notice = await notified().notices.parse(*post(facts, event))

    assert (None, "50000001", "R-1", known, 8) == (
        notice.transaction,
        notice.refund.refund_id,
        notice.refund.out_refund_no,
        notice.refund.status,
        notice.refund.amount.refund,
    )


async def test_an_unknown_event(post, notified, keys):
    """What this version does not know stays as it came, and is no error."""
    facts = {"mchid": keys.mchid, "contract": [1]}

    notice = await notified().notices.parse(*post(facts, "CONTRACT.SIGNED"))

    assert (False, "CONTRACT.SIGNED") == (notice.event_type.known, notice.event_type)
    assert (None, None, facts, facts) == (
        notice.transaction,
        notice.refund,
        notice.resource,
        notice.raw,
    )


@pytest.mark.parametrize(
    "shape",
    [
        dict,
        CIMultiDict,
        lambda headers: OrderedDict((name.upper(), value) for name, value in headers.items()),
        lambda headers: list(headers.items()) * 2,
        lambda headers: [(name.lower().encode(), each.encode()) for name, each in headers.items()],
        lambda headers: {**headers, "X-Other": ["not", "text"]},
        lambda headers: iter([*headers.items(), ("request-id", "a proxy's")]),
    ],
    ids=["dict", "multidict", "upper", "twice", "asgi", "odd", "iterator"],
)
async def test_headers_of_any_framework(post, notified, shape):
    """Headers may be a mapping or pairs, of text or bytes, names in any case."""
    headers, body = post()

    notice = await notified().notices.parse(shape(headers), body)

    assert "08A1-0" == notice.meta.request_id


@pytest.mark.parametrize("headers", [None, 5, "abc", ["abc"], {"Wechatpay-Nonce": 5}, {5: "x"}])
async def test_no_headers(post, notified, headers):
    """What holds no headers is refused as an argument."""
    with pytest.raises(InvalidInput, match=r"^headers: must be all headers of the request"):
        await notified().notices.parse(headers, post()[1])


@pytest.mark.parametrize("extra", [{}, {"wsgi.input": None}], ids=["Django", "WSGI"])
async def test_headers_of_an_environ(post, notified, extra):
    """A WSGI environ, or Django's META, is refused with the way to the headers."""
    headers, body = post()
    names = {f"HTTP_{name.upper().replace('-', '_')}": each for name, each in headers.items()}

    with pytest.raises(InvalidInput, match=r"^headers: .* give request.headers"):
        await notified().notices.parse({**names, **extra}, body)


@pytest.mark.parametrize("make", [json.loads, bytes.decode, bytearray, memoryview, lambda _: None])
async def test_only_the_raw_bytes(post, notified, make):
    """A body that somebody read already is refused, with the way to the bytes."""
    headers, body = post()

    with pytest.raises(InvalidInput, match="raw bytes as they came") as raised:
        await notified().notices.parse(headers, make(body))

    assert type(make(body)).__name__ in raised.value.problem
    for way in ("request.read()", "request.body()", "request.body`", "request.get_data()"):
        assert way in raised.value.problem


async def test_a_body_written_again(post, notified):
    """JSON that was read and written again does not fit, and the error names that cause."""
    headers, body = post()
    again = json.dumps(json.loads(body)).encode()

    error = await refused(notified(), (headers, again), SignatureInvalid)

    assert again != body
    assert ("Wechatpay-Signature", "08A1-0") == (error.part, error.request_id)
    assert "raw bytes as they came" in str(error)


async def test_the_same_bytes_again(post, notified):
    """An exact replay of a notice that was handled is told by its id, and answered as success."""
    session, delivery = notified(), post()
    await session.notices.parse(*delivery)

    error = await refused(session, delivery, Replayed)

    assert ("id", True, False) == (error.part, error.done, error.running)
    assert 200 == session.notices.answer(error).status


async def test_for_two_sub_merchants(post, notified, keys):
    """A delivery that the wrong view saw first still comes to the right one."""
    session = notified("institutional")
    delivery = post({**PAID, "sp_mchid": keys.mchid, "sub_mchid": SHOP})

    error = await refused(session.for_merchant("1900000108"), delivery, WrongAnswer)
    notice = await session.for_merchant(SHOP).notices.parse(*delivery)

    assert ("sub_mchid", SHOP) == (error.part, notice.sub_mchid)


async def test_a_repeat(post, notified):
    """The same notice, freshly signed, was handled already; forgotten, it is taken again."""
    session = notified()
    first = await session.notices.parse(*post())
    error = await refused(session, post(), Replayed)

    await session.notices.forget(first)
    again = await session.notices.parse(*post())

    assert ("id", True, False, "08A1-0") == (
        error.part,
        error.done,
        error.running,
        error.request_id,
    )
    assert first == again
    assert first.meta is not again.meta


async def test_too_large(post, notified):
    """More than a MiB is refused before anything is looked at, and a MiB is not."""
    error = await refused(notified(), ({}, b"x" * ((1 << 20) + 1)))

    assert "body" == error.part
    await refused(notified(), ({}, b"x" * (1 << 20)), SignatureMissing)


async def test_without_an_api_v3_key(post, notified):
    """In public-key mode without the APIv3 key the error says that it is missing."""
    with pytest.raises(ConfigurationError, match="api_v3_key is needed to decrypt notices"):
        await notified(api_v3_key=None).notices.parse(*post())


async def test_under_another_api_v3_key(post, notified):
    """The error asks for the key, and the Request-ID is told; nothing is marked as handled."""
    session = notified(api_v3_key="z" * 32)
    error = await refused(session, post())

    assert ("ciphertext", "08A1-0", 0) == (
        *(error.part, error.request_id),
        len(session._notice_store),
    )
    assert "APIv3 key" in str(error)


@pytest.mark.parametrize(
    ("mode", "facts", "wrong"),
    [
        ("common", {"mchid": "1900000002"}, "mchid"),
        ("common", {"sp_mchid": "1900000002"}, "mchid"),
        ("common", {"mchid": 1900000001}, "mchid"),
        ("common", {"mchid": "1900000001", "sp_mchid": "1900000002"}, None),
        ("institutional", {"sp_mchid": "1900000002", "sub_mchid": SHOP}, "sp_mchid"),
        ("institutional", {"sp_mchid": "1900000002", "mchid": "1900000001"}, "sp_mchid"),
        ("service_provider", {"mchid": "1900000002"}, "sp_mchid"),
        ("service_provider", {"sp_mchid": "1900000001", "sub_mchid": SHOP}, None),
        ("common", {}, None),
        ("common", {"mchid": None, "sp_mchid": "1900000001"}, None),
        ("institutional", {"sp_mchid": None, "mchid": "1900000002"}, "sp_mchid"),
        ("institutional", {"sp_mchid": None, "mchid": None}, None),
    ],
)
async def test_whose_it_is(post, notified, mode, facts, wrong):
    """A notice that names another merchant than ours is refused."""
    session, delivery = notified(mode), post({**PAID, **facts})

    if wrong is None:
        assert facts.get("sub_mchid") == (await session.notices.parse(*delivery)).sub_mchid
    else:
        assert wrong == (await refused(session, delivery, WrongAnswer)).part


@pytest.mark.parametrize("sub_mchid", ["1900000108", None])
async def test_for_one_sub_merchant(post, notified, keys, sub_mchid):
    """The session of one sub-merchant takes its notices alone; all share what was handled."""
    session = notified("institutional")
    shop = session.for_merchant(SHOP)
    facts = {**PAID, "sp_mchid": keys.mchid}

    other = await refused(shop, post({**facts, "sub_mchid": sub_mchid}), WrongAnswer)
    own = await shop.notices.parse(*post({**facts, "sub_mchid": SHOP}))
    again = await refused(session, post({**facts, "sub_mchid": SHOP}), Replayed)

    assert ("sub_mchid", SHOP, True) == (other.part, own.sub_mchid, again.done)


async def test_certificates_are_fetched_for_it(post, serve, certified, connect_bare):
    """A session that knows no key yet fetches the certificates, then verifies."""
    wire = await serve(certified)
    session = connect_bare(wire)

    notice = await session.notices.parse(*post())

    assert certified.serial == notice.meta.serial
    assert ["/v3/global/certificates"] == [sent.path for sent in wire.sent]


@pytest.mark.parametrize("answers", ["certificate", "public_key"])
async def test_those_of_the_sandbox(answers):
    """What the sandbox posts of payments and refunds is taken."""
    async with Sandbox(answers=answers) as sandbox, sandbox.session() as session:
        await sandbox.pay("P20150806125346", amount=1000)
        made = sandbox.control.refund("P20150806125346", amount=10)

        paid = await session.notices.parse(*await sandbox.notice(out_trade_no="P20150806125346"))
        back = await session.notices.parse(*await sandbox.notice(refund_id=made["refund_id"]))
        known = await session.transactions.get(paid.transaction.id)

    assert (known.amount, known.success_time) == (
        paid.transaction.amount,
        paid.transaction.success_time,
    )
    assert (made["refund_id"], 10) == (back.refund.id, back.refund.amount.refund)
