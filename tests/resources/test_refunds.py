"""Money that goes back: refunds, and what there is to pay them from."""

import pytest

from wxdist import InvalidInput, OutcomeUnknown, StillRunning, WrongAnswer
from wxdist.sandbox import Sandbox


async def test_refundable_balance(serve, service, connect, keys):
    """The quota is asked for without a parameter, and comes in fen."""
    wire = await serve(service)

    seen = await connect(wire).refunds.refundable_balance()

    path = "/v3/global/profit-sharing/refunds/refundable-balance"
    assert ("GET", path) == (wire.sent[0].method, wire.sent[0].target)
    assert (keys.mchid, 7, "CNY") == (seen.sponsor_mchid, seen.balance, seen.currency)


async def test_the_balance_of_the_sandbox():
    """What was unfrozen today can be refunded today."""
    async with Sandbox() as sandbox, sandbox.session() as session:
        before = await session.refunds.refundable_balance()
        await session.transactions.mark("P20150806125346")
        paid = await sandbox.pay("P20150806125346", amount=1000)
        await session.transactions.wait_until_distributable(paid.transaction_id)
        order = await session.orders.unfreeze(paid.transaction_id, "U-1", description="all")
        await session.orders.wait(order)
        after = await session.refunds.refundable_balance()

    assert (0, 1000) == (before.balance, after.balance)


PAYMENT = "4200000001202601050000000001"
REFUND = {"transaction_id": PAYMENT, "out_refund_no": "R-1", "refund": 1, "total": 2}


@pytest.fixture
def talk(serve, service, connect):
    """Make a session of some mode with a true service."""

    async def make(mode):
        wire = await serve(service)
        return wire, connect(wire, mode)

    return make


async def test_create(serve, service, connect, keys):
    """A refund is sent with our own id and the app's; what comes is accepted, no more."""
    wire = await serve(service)

    seen = await connect(wire).refunds.create(**REFUND, appid="wx1", reason="returned")

    (sent,) = wire.sent
    assert ("POST", "/v3/global/refunds") == (sent.method, sent.target)
    assert {
        "mchid": keys.mchid,
        "appid": "wx1",
        "transaction_id": PAYMENT,
        "out_refund_no": "R-1",
        "reason": "returned",
        "amount": {"refund": 1, "total": 2, "currency": "CNY"},
    } == sent.json
    assert ("R-1", None) == (seen.out_refund_no, seen.status)


async def test_create_for_a_sub_merchant(serve, service, connect, keys):
    """In the other modes our own id has another name, and the sub-merchant's goes with it."""
    wire = await serve(service)
    session = connect(wire, "institutional").for_merchant("1900000109")
    more = {"sp_appid": "wx1", "sub_appid": "wx2", "currency": "HKD"}
    facts = {"out_trade_no": "P1", "out_refund_no": "R-1", "refund": 1, "total": 2}

    await session.refunds.create(**facts, **more, source="REFUND_SOURCE_RECHARGE_FUNDS")

    assert {
        "sp_mchid": keys.mchid,
        "sub_mchid": "1900000109",
        "sp_appid": "wx1",
        "sub_appid": "wx2",
        "out_trade_no": "P1",
        "out_refund_no": "R-1",
        "source": "REFUND_SOURCE_RECHARGE_FUNDS",
        "amount": {"refund": 1, "total": 2, "currency": "HKD"},
    } == wire.sent[0].json


@pytest.mark.parametrize(
    ("mode", "given", "field"),
    [
        ("common", {}, "appid"),
        ("common", {"appid": "a", "sp_appid": "b"}, "sp_appid"),
        ("common", {"appid": "a", "sub_appid": "b"}, "sub_appid"),
        ("institutional", {}, "sp_appid"),
        ("institutional", {"sp_appid": "a", "appid": "b"}, "appid"),
        ("common", {"appid": "a", "out_refund_no": "R 1"}, "out_refund_no"),
        ("common", {"appid": "a", "refund": 3}, "refund"),
        ("common", {"appid": "a", "currency": "yuan"}, "currency"),
        ("common", {"appid": "a", "out_trade_no": "P1"}, "transaction_id"),
        ("common", {"appid": "a", "notify_url": "http://x.example/"}, "notify_url"),
    ],
)
async def test_refunds_that_are_refused(talk, mode, given, field):
    """What does not fit the mode, or breaks a limit, is refused before anything is sent."""
    wire, session = await talk(mode)
    shop = session if mode == "common" else session.for_merchant("1900000109")

    with pytest.raises(InvalidInput) as caught:
        await shop.refunds.create(**{**REFUND, **given})

    assert field == caught.value.field
    assert [] == wire.sent


async def test_the_answer_to_another_refund(serve, service, connect):
    """An answer about another refund leaves open what became of this one."""

    def other(sent):
        return service.genuine(sent, out_refund_no="R-2")

    wire = await serve(other)

    with pytest.raises(OutcomeUnknown) as caught:
        await connect(wire, attempts=1).refunds.create(**REFUND, appid="wx1")

    assert {"transaction_id": PAYMENT, "out_refund_no": "R-1"} == caught.value.ids
    assert isinstance(caught.value.cause, WrongAnswer)


@pytest.mark.parametrize(
    ("number", "path"),
    [({"refund_id": "50201"}, "id/50201"), ({"out_refund_no": "R|1"}, "out-refund-no/R%7C1")],
)
async def test_get(talk, keys, number, path):
    """A refund is asked for by either number, our own id in the query."""
    wire, session = await talk("common")

    seen = await session.refunds.get(**number)

    assert f"/v3/global/refunds/{path}?mchid={keys.mchid}" == wire.sent[0].target
    assert {name: getattr(seen, name) for name in number} == number
    assert "P20150806125346" == seen.out_trade_no


@pytest.mark.parametrize("numbers", [{}, {"refund_id": "5", "out_refund_no": "R"}], ids=str)
async def test_get_takes_one_number(serve, service, connect, numbers):
    """Neither no number nor both name a refund."""
    wire = await serve(service)

    with pytest.raises(InvalidInput, match="exactly one"):
        await connect(wire).refunds.get(**numbers)

    assert [] == wire.sent


@pytest.mark.parametrize(("name", "wrong"), [("id", "51"), ("transaction_id", "5")])
async def test_an_answer_about_another_payment(serve, service, connect, name, wrong):
    """An answer about another refund or payment is not taken."""

    def other(sent):
        return service.genuine(sent, **{name: wrong})

    wire = await serve(other)
    session = connect(wire, attempts=1)

    if name == "id":
        with pytest.raises(WrongAnswer):
            await session.refunds.get(refund_id="50")
        with pytest.raises(WrongAnswer):
            await session.transactions.get("50")
    with pytest.raises(WrongAnswer):
        await listed(session, transaction_id="50")


async def listed(session, **numbers):
    return [refund async for refund in session.refunds.list(**numbers)]


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (3, 1), (4, 2), (7, 3)])
async def test_list(serve, service, connect, count, pages):
    """All refunds come, each once, with the numbers of the order, in as few pages as there are."""
    service.refunded = count
    wire = await serve(service)

    seen = await listed(connect(wire, page_size=3), transaction_id=PAYMENT)

    expected = [(f"R-{each}", PAYMENT, "P20150806125346") for each in range(count)]
    assert expected == [
        (each.out_refund_no, each.transaction_id, each.out_trade_no) for each in seen
    ]
    assert [(str(3 * each), "3") for each in range(pages)] == [
        (sent.query["offset"], sent.query["count"]) for sent in wire.sent
    ]
    assert all(each.meta.verified for each in seen)


async def test_list_by_our_number(serve, service, connect, keys):
    """The payment may be named by our number; a page that is empty too early ends it."""

    def empty(sent):
        return service.genuine(sent, data=[], total_num=9)

    wire = await serve(empty)

    assert [] == await listed(connect(wire), out_trade_no="P1")
    assert {"out_trade_no": "P1", "offset": "0", "count": "10", "mchid": keys.mchid} == dict(
        wire.sent[0].query
    )


@pytest.mark.parametrize("numbers", [{}, {"transaction_id": "4", "out_trade_no": "P"}], ids=str)
async def test_list_takes_one_number(serve, service, connect, numbers):
    """Neither no number nor both name a payment."""
    wire = await serve(service)

    with pytest.raises(InvalidInput, match="exactly one"):
        await listed(connect(wire), **numbers)


@pytest.mark.parametrize("end", ["SUCCESS", "ABNORMAL", "REFUNDCLOSE", "CLOSED"])
async def test_wait(serve, service, connect, clock, end):
    """A wait returns when the status is final, whatever it is; an unknown one is not."""
    states = iter(["PROCESSING", "NEW", end])

    def later(sent):
        if sent.method == "GET":
            service.refund_status = next(states)
        return service.genuine(sent)

    wire = await serve(later)
    session = connect(wire)
    made = await session.refunds.create(**REFUND, appid="wx1")
    seen = await session.refunds.wait(made)

    assert ("REFUNDCLOSE" if end == "CLOSED" else end) == seen.status
    assert 4 == len(wire.sent)


async def test_wait_ends_at_its_deadline(serve, service, connect):
    """A refund that stays PROCESSING ends the wait at the deadline, with what was seen last."""
    wire = await serve(service)

    with pytest.raises(StillRunning, match="refund R-1 is PROCESSING") as caught:
        await connect(wire).refunds.wait("R-1", deadline=20)

    assert "PROCESSING" == caught.value.last.status


async def test_recharge_balance(serve, service, connect):
    """In common mode the merchant's own account is asked for, else that of the sub-merchant."""
    wire = await serve(service)

    seen = await connect(wire).refunds.recharge_balance()
    await connect(wire, "institutional").refunds.recharge_balance(sub_mchid="1900000109")

    assert (5, "HKD") == (seen.remaining_amount, seen.currency)
    assert [
        "/v3/global/refund/recharge-balance",
        "/v3/global/refund/partner/recharge-balance/sub-mchid/1900000109",
    ] == [sent.target for sent in wire.sent]
