"""One call: signed anew each time, its body made once, believed only when verified."""

import datetime as dt
import re

import pytest

from wxdist import NotFound, OutcomeUnknown, Receiver, ServiceBroken, Share, SignatureMissing

TRANSACTION = "4200000001202601050000000001"
DAY = dt.date(2026, 1, 1)


def remaining(session):
    return session.transactions.remaining(TRANSACTION)


async def test_each_attempt_is_signed_anew(serve, service, connect, keys, clock):
    """A repeat has its own nonce, time stamp and signature, by the session's clock."""
    start = int(clock.now())
    answer = service.http(429, b"", {"Retry-After": "10"})
    wire = await serve(lambda sent: service(sent) if len(wire.sent) > 2 else answer)

    await remaining(connect(wire))

    for sent in wire.sent:
        keys.check(sent)
    claims = [sent.claim for sent in wire.sent]
    assert [start, start + 10, start + 20] == [int(claim["timestamp"]) for claim in claims]
    assert 3 == len({claim["signature"] for claim in claims})
    assert all(re.fullmatch("[0-9a-f]{32}", claim["nonce_str"]) for claim in claims)


async def test_a_name_is_encrypted_once(serve, service, connect, keys):
    """Encryption is random, so the encrypted body is made once and sent by each attempt."""
    wire = await serve(lambda sent: service(sent) if len(wire.sent) > 2 else service.http(429))
    receiver = Receiver(type="MERCHANT_ID", account="1", name="Shop", relation_type="SUPPLIER")

    await connect(wire).receivers.add(receiver)
    await connect(wire).receivers.add(receiver)

    *bodies, another = (sent.body for sent in wire.sent)
    assert (3, 1) == (len(bodies), len(set(bodies)))
    assert another not in bodies


async def test_the_language_of_errors(serve, service, connect):
    """``accept_language`` is sent with every request."""
    wire = await serve(service)

    await remaining(connect(wire))
    await remaining(connect(wire).with_options(accept_language="zh-CN"))

    assert ["en", "zh-CN"] == [sent.headers["accept-language"] for sent in wire.sent]


ERRORS = [(True, True), (False, False)]


@pytest.mark.parametrize(("signed", "verified"), ERRORS)
async def test_errors_are_verified(serve, service, connect, signed, verified):
    """An error says whether its answer was proven; if not, why is its cause."""
    body = b'{"code":"ORDER_NOT_EXIST","message":"none","detail":{"field":"x"}}'
    answer = service.signed(body, 404) if signed else service.http(404, body)
    session = connect(await serve(lambda _: answer))

    with pytest.raises(NotFound) as caught:
        await remaining(session)

    error = caught.value
    assert (404, "ORDER_NOT_EXIST", "none", {"field": "x"}) == (
        error.status,
        error.code,
        error.message,
        error.detail,
    )
    assert verified is error.verified
    assert (type(None) if signed else SignatureMissing) is type(error.__cause__)
    assert ("not verified" in str(error)) is not verified


async def test_errors_of_a_file_are_verified_too(serve, service, connect, tmp_path):
    """The refusal of a bill's address is judged as any other answer."""
    refusal = {"code": "NOT_FOUND", "message": "gone"}
    wire = await serve(
        lambda sent: (
            service.signed(refusal, 404)
            if sent.path == "/v3/bill/downloadurl"
            else service.genuine(sent)
        )
    )
    service.url = wire.url

    with pytest.raises(NotFound) as caught:
        await connect(wire).bills.distribution(DAY).download(tmp_path / "bill.csv")

    assert ("gone", True) == (caught.value.message, caught.value.verified)


async def test_why_a_write_is_unknown(serve, service, connect):
    """The error of a write names the call and its numbers, and carries what went wrong last."""
    session = connect(await serve(lambda _: service.http(502, b"<html>")))
    shares = [Share(type="MERCHANT_ID", account="1", amount=1, description="x")]

    with pytest.raises(OutcomeUnknown) as caught:
        await session.orders.create(TRANSACTION, "D-1", shares, unfreeze_unsplit=False)

    error = caught.value
    assert "orders.create" == error.call
    assert {"transaction_id": TRANSACTION, "out_order_no": "D-1"} == error.ids
    assert (ServiceBroken, 502) == (type(error.cause), error.cause.status)
    assert "out_order_no=D-1" in str(error)


async def test_a_file_leaves_through_the_address_alone(serve, service, connect, keys, tmp_path):
    """A bill is asked for at its own address, signed, without a word of the call before."""
    header = (
        b"create_time,initiator,sponsor,sub_mchid,transaction_id,order_id,out_order_no,detail_id,"
        b"receiver_account,amount,currency,settlement_amount,settlement_currency,exchange_rate,"
        b"business_type,status,description\ncount\n`0\n"
    )
    service.bill = header
    wire = await serve(service)
    session = connect(wire, "institutional").for_merchant("1900000109")

    await session.bills.distribution(DAY).download(tmp_path / "bill.csv")

    link, file = wire.sent
    keys.check(link)
    keys.check(file)
    assert {"bill_date": "2026-01-01", "sub_mchid": "1900000109"} == link.query
    assert ("GET", "/v3/bill/downloadurl?token=t", b"") == (file.method, file.target, file.body)
