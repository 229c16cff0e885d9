"""A payment: marked before it is placed, and asked what of it is left."""

import pytest

from wxdist import InvalidInput, RequestRefused, WrongAnswer
from wxdist.sandbox import Sandbox


@pytest.fixture
async def talk(serve, service, connect):
    """Make a session with a true service."""
    wire = await serve(service)
    return wire, connect(wire)


async def test_mark(talk):
    """A mark is sent with its currency; an empty answer is success."""
    wire, session = talk

    result = await session.transactions.mark("P20150806125346")

    (sent,) = wire.sent
    path = "/v3/global/profit-sharing/transactions/mark"
    assert ("POST", path) == (sent.method, sent.target)
    assert {"out_trade_no": "P20150806125346", "currency": "CNY"} == sent.json
    assert result is None


WRONG = [
    ({"out_trade_no": "P1234"}, "out_trade_no"),
    ({"out_trade_no": "P" * 33}, "out_trade_no"),
    ({"currency": "HKD"}, "currency"),
    ({"currency": None}, "currency"),
]


@pytest.mark.parametrize(("change", "field"), WRONG, ids=ascii)
async def test_marks_that_are_refused(talk, change, field):
    """A number or currency that cannot be is refused, and nothing is sent."""
    wire, session = talk

    with pytest.raises(InvalidInput) as caught:
        await session.transactions.mark(**{"out_trade_no": "P20150806125346", **change})

    assert field == caught.value.field
    assert [] == wire.sent


async def test_remaining(talk):
    """The payment stands in the path; what is left comes in fen."""
    wire, session = talk

    remaining = await session.transactions.remaining("42")

    path = "/v3/global/profit-sharing/transactions/42/amounts"
    assert ("GET", path) == (wire.sent[0].method, wire.sent[0].target)
    assert ("42", 1000, "CNY") == (
        remaining.transaction_id,
        remaining.unsplit_amount,
        remaining.currency,
    )


async def test_a_payment_on_the_sandbox():
    """A payment that was not marked cannot be distributed; one that was can, less its fee."""
    async with Sandbox(fee_rate="0.01") as sandbox, sandbox.session() as session:
        plain = await sandbox.pay("P20150806125345", amount=1000)
        await session.transactions.mark("P20150806125346")
        await session.transactions.mark("P20150806125346")
        paid = await sandbox.pay("P20150806125346", amount=1000)
        seen = await session.transactions.wait_until_distributable(
            paid.transaction_id, paid_at=paid.paid_at
        )
        with pytest.raises(RequestRefused):
            await session.transactions.remaining(plain.transaction_id)

    assert 990 == seen.unsplit_amount


async def test_get(talk, keys):
    """A payment is asked for by WeChat Pay's number, our own id in the query."""
    wire, session = talk

    seen = await session.transactions.get("42")

    assert f"/v3/global/transactions/id/42?mchid={keys.mchid}" == wire.sent[0].target
    assert ("42", keys.mchid, "HKD") == (
        seen.transaction_id,
        seen.mchid,
        seen.amount.payer_currency,
    )


async def test_get_by_our_number(talk, keys):
    """A payment is asked for by our number, which may be shorter than that of a marked order."""
    wire, session = talk

    seen = await session.transactions.get_by_out_trade_no("P1")

    assert f"/v3/global/transactions/out-trade-no/P1?mchid={keys.mchid}" == wire.sent[0].target
    assert "P1" == seen.out_trade_no


async def test_the_payment_of_another_merchant(serve, service, connect):
    """An answer that names another caller is not taken."""

    def other(sent):
        return service.genuine(sent, mchid="1900000002")

    wire = await serve(other)

    with pytest.raises(WrongAnswer, match="mchid"):
        await connect(wire, attempts=1).transactions.get("42")


@pytest.mark.parametrize("number", ["", "4" * 33, ".."])
async def test_numbers_that_are_refused(talk, number):
    """A number that cannot be is refused under the name that we have for it."""
    wire, session = talk

    with pytest.raises(InvalidInput, match=r"^transaction_id: "):
        await session.transactions.get(number)

    assert [] == wire.sent


async def test_refundable(talk):
    """What can be refunded comes in fen; what is not told is `None`."""
    wire, session = talk

    seen = await session.transactions.refundable("42")

    path = "/v3/global/profit-sharing/transactions/42/refundable-amounts"
    assert ("GET", path) == (wire.sent[0].method, wire.sent[0].target)
    assert ("42", 1000, None) == (
        seen.transaction_id,
        seen.refundable_amount,
        seen.funds_refundable_amount,
    )
