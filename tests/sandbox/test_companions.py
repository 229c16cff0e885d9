"""Payments, refunds and recharge balances, asked for by a client and watched by the auditor."""

import pytest

from wxdist import InvalidInput, NotFound, ParameterRefused, RequestRefused, ServiceError
from wxdist.sandbox import Sandbox
from wxdist.sandbox.auditor import Auditor

TRADE, OTHER, SHOP = "P20150806125346", "P20150806125347", "1900000109"


class Desk:
    """A sandbox with a session and an auditor."""

    def __init__(self, sandbox, session):
        self.sandbox, self.session = sandbox, session
        self.control, world = sandbox.control, sandbox.control.world
        self.app = {"appid" if world.terms.mode == "common" else "sp_appid": "wx1"}
        self.auditor = Auditor(world.terms, world.state.now)
        world.state.observer = self.auditor.observe

    async def paid(self, amount=1000, trade=TRADE, *, mark=True, **more):
        if mark:
            await self.session.transactions.mark(trade)
        paid = await self.sandbox.pay(trade, amount=amount, **more)
        await self.sandbox.advance(minutes=6)
        return paid

    async def refund(self, paid, amount, number="R-1", **more):
        facts = {"transaction_id": paid.transaction_id, "total": paid.amount, **self.app, **more}
        facts = {name: value for name, value in facts.items() if value is not None}
        return await self.session.refunds.create(out_refund_no=number, refund=amount, **facts)

    async def code(self, *arguments, **more):
        with pytest.raises(ServiceError) as caught:
            await self.refund(*arguments, **more)
        return caught.value.code

    async def asked(self, path, **query):
        return await self.session.request("GET", f"/v3/global{path}", query=query)


@pytest.fixture
async def open_desk():
    """Open a sandbox; its books and its auditor must have nothing to say at the end."""
    desks = []

    async def enter(sub=None, **options):
        sandbox = Sandbox(**options)
        await sandbox.__aenter__()
        session = sandbox.session()
        desks.append((Desk(sandbox, session.for_merchant(sub) if sub else session), session))
        return desks[-1][0]

    yield enter
    for desk, session in desks:
        await session.aclose()
        desk.sandbox.check()
        await desk.sandbox.__aexit__(None, None, None)
        assert [] == desk.auditor.findings


@pytest.fixture
async def desk(open_desk):
    """Open a sandbox in common mode."""
    return await open_desk()


async def numbers(desk, **payment):
    return [each.out_refund_no async for each in desk.session.refunds.list(**payment)]


async def test_a_refund_from_beginning_to_end(desk):
    """A refund is accepted, then under way, and arrives some minutes later."""
    paid = await desk.paid()
    made = await desk.refund(paid, 400, reason="returned")
    known = await desk.session.refunds.get(refund_id=made.id)
    seen = await desk.session.refunds.wait(made)
    again = await desk.session.refunds.get(out_refund_no="R-1")

    assert ("PROCESSING", None) == (known.status, known.success_time)
    assert ("SUCCESS", 400, "ORIGINAL") == (seen.status, seen.amount.refund, seen.channel)
    assert 120 <= (seen.success_time - seen.create_time).total_seconds() <= 1200
    assert again == seen
    assert (paid.transaction_id, TRADE) == (seen.transaction_id, seen.out_trade_no)
    assert ["refund", "refund_arrived"] == [
        each["kind"] for each in desk.control.events() if each["kind"].startswith("refund")
    ]


async def test_the_same_number_is_the_same_refund(desk):
    """A repeat moves no more money; other content under the same number is refused."""
    paid = await desk.paid()
    first, second = await desk.refund(paid, 400), await desk.refund(paid, 400)
    code = await desk.code(paid, 401)
    left = await desk.session.transactions.remaining(paid.transaction_id)

    assert first == second
    assert "OUT_REFUND_NO_USED" == code
    assert 600 == left.unsplit_amount


@pytest.mark.parametrize("refunds", [0, 1])
async def test_query_a_payment(desk, refunds):
    """A payment is found by either number, and says whether it was refunded."""
    paid = await desk.paid()
    if refunds:
        await desk.refund(paid, 1)

    one = await desk.session.transactions.get(paid.transaction_id)
    two = await desk.session.transactions.get_by_out_trade_no(TRADE)

    assert one == two
    assert ("REFUND" if refunds else "SUCCESS", 1000) == (one.trade_state, one.amount.total)
    assert paid.paid_at.replace(microsecond=0) == one.success_time


async def test_what_is_not_there(desk):
    """Unknown payments and refunds are 404."""
    for call in (
        desk.session.transactions.get("42"),
        desk.session.transactions.get_by_out_trade_no("P1234567"),
        desk.session.refunds.get(refund_id="50"),
        desk.session.refunds.get(out_refund_no="R-9"),
        numbers(desk, out_trade_no="P1234567"),
        desk.session.refunds.create(
            out_trade_no="P1234567", out_refund_no="R-1", refund=1, total=1, appid="wx1"
        ),
    ):
        with pytest.raises(NotFound):
            await call


async def test_worked_example_of_the_page(open_desk):
    """Of 100 yuan at 1 %, all can be refunded; after 49.50 went on, 50 by either way."""
    desk = await open_desk(fee_rate="0.01", max_ratio="1")
    paid = await desk.paid(10_000)
    ask = desk.session.transactions.refundable
    before = await ask(paid.transaction_id)
    sponsor = {"type": "MERCHANT_ID", "account": desk.sandbox.credentials.mchid}
    share = {**sponsor, "amount": 4950, "currency": "CNY", "description": "ours"}
    body = {"transaction_id": paid.transaction_id, "out_order_no": "D1", "receivers": [share]}
    await desk.session.request(
        "POST", "/v3/global/profit-sharing/orders", body={**body, "unfreeze_unsplit": False}
    )
    await desk.sandbox.advance(minutes=1)
    after = await ask(paid.transaction_id)
    await desk.refund(paid, 5000)
    last = await ask(paid.transaction_id)

    assert [(10_000, 0), (5000, 5000), (0, 5000)] == [
        (each.refundable_amount, each.funds_refundable_amount) for each in (before, after, last)
    ]


async def test_what_cannot_be_refunded(desk):
    """Each rule refuses with its code, and moves no money."""
    paid = await desk.paid()
    plain = await desk.paid(500, OTHER, mark=False)
    codes = [
        await desk.code(paid, 1, total=999),
        await desk.code(paid, 1, currency="HKD"),
        await desk.code(paid, 1, source="REFUND_SOURCE_RECHARGE_FUNDS"),
        await desk.code(paid, 1, source="REFUND_SOURCE_REchARGE_FUNDS"),  # as a page prints it
    ]
    await desk.refund(paid, 600)
    codes.append(await desk.code(paid, 1, "R-2"))  # within a minute
    await desk.sandbox.advance(minutes=1)
    codes.append(await desk.code(paid, 401, "R-2"))
    await desk.session.orders.unfreeze(paid.transaction_id, "U-1", description="the rest")
    codes.append(await desk.code(paid, 1, "R-2"))
    await desk.sandbox.advance(days=1)
    codes.append(await desk.code(plain, 1, "R-3"))
    await desk.sandbox.advance(days=366)
    codes.append(await desk.code(plain, 1, "R-3"))

    invalid = "INVALID_REQUEST"
    expected = [*[invalid] * 6, "NOT_ENOUGH", "NOT_ENOUGH", "TRADE_OVERDUE"]
    assert expected == codes


async def test_an_ordinary_payment_of_today(desk):
    """An ordinary payment is refunded out of the day's money, by our number too."""
    paid = await desk.paid(mark=False)

    await desk.refund(paid, 1000, transaction_id=None, out_trade_no=TRADE)
    await desk.sandbox.advance(minutes=20)
    seen = await desk.session.refunds.get(out_refund_no="R-1")

    assert "SUCCESS" == seen.status


async def test_the_refunds_of_a_payment(desk):
    """All refunds of a payment are listed, the played ones too."""
    paid = await desk.paid()
    await desk.refund(paid, 1)
    await desk.sandbox.advance(minutes=1)
    played = desk.control.refund(TRADE, amount=2)
    await desk.sandbox.advance(minutes=1)
    await desk.refund(paid, 3, "R-3")
    short = desk.session.with_options(page_size=2).refunds

    by_trade = [each.out_refund_no async for each in short.list(out_trade_no=TRADE)]

    assert ["R-1", played["refund_id"], "R-3"] == by_trade
    assert by_trade == await numbers(desk, transaction_id=paid.transaction_id)
    assert "SUCCESS" == (await desk.session.refunds.get(refund_id=played["refund_id"])).status


async def test_sub_merchants(open_desk):
    """A sub-merchant's payment and refund are its own: another one does not see them."""
    desk = await open_desk(SHOP, mode="institutional", sub_mchids=(SHOP, "1900000110"))
    paid = await desk.paid(sub_mchid=SHOP)
    await desk.refund(paid, 10, sub_appid="wx2")
    seen = await desk.session.transactions.get(paid.transaction_id)
    other = {"sub_mchid": "1900000110"}

    assert (desk.sandbox.credentials.mchid, SHOP) == (seen.sp_mchid, seen.sub_mchid)
    assert ["R-1"] == await numbers(desk, out_trade_no=TRADE)
    with pytest.raises(NotFound):
        await desk.session.transactions.get(paid.transaction_id, **other)
    with pytest.raises(NotFound):
        await desk.session.refunds.get(out_refund_no="R-1", **other)
    with pytest.raises(RequestRefused, match="merchant differs"):
        await desk.refund(paid, 10, "R-2", **other)


async def test_recharge_balance(open_desk):
    """The account holds nothing, until it is ordered to hold something."""
    desk = await open_desk(SHOP, mode="service_provider", sub_mchids=(SHOP,))
    before = await desk.session.refunds.recharge_balance()
    desk.control.recharge(500, sub_mchid=SHOP)
    after = await desk.session.refunds.recharge_balance()
    desk.control.recharge(0, sub_mchid=SHOP)
    empty = await desk.session.refunds.recharge_balance()

    assert [(0, "HKD"), (500, "HKD"), (0, "HKD")] == [
        (each.remaining_amount, each.currency) for each in (before, after, empty)
    ]
    for wrong in (-1, False, "1"):
        with pytest.raises(InvalidInput):
            desk.control.recharge(wrong, sub_mchid=SHOP)


async def test_recharge_balance_in_common_mode(desk):
    """The merchant's own account is asked for without a parameter."""
    desk.control.recharge(7)

    assert 7 == (await desk.session.refunds.recharge_balance()).remaining_amount


async def test_the_caller_names_itself(desk):
    """Without its own id, with another one, or with two numbers, a call is refused."""
    paid = await desk.paid()
    path, mchid = f"/transactions/id/{paid.transaction_id}", desk.sandbox.credentials.mchid
    page = {"offset": "0", "count": "5", "mchid": mchid}

    with pytest.raises(ParameterRefused):
        await desk.asked(path)
    with pytest.raises(RequestRefused, match="calling merchant"):
        await desk.asked(path, mchid="1900000009")
    with pytest.raises(RequestRefused, match="exactly one"):
        await desk.asked("/refunds", **page)
    with pytest.raises(ParameterRefused):
        await desk.asked("/refunds", out_trade_no=TRADE, mchid=mchid)


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 5},
        {"amount": None},
        {"appid": None},
        {"out_refund_no": "R 1"},
        {"notify_url": "http://shop.example/"},
        {"amount": {"refund": 0, "total": 1000, "currency": "CNY"}},
    ],
    ids=str,
)
async def test_wrong_refunds(desk, change):
    """What is missing or misspelled in a refund is a wrong parameter."""
    paid = await desk.paid()
    body = {
        "mchid": desk.sandbox.credentials.mchid,
        "appid": "wx1",
        "transaction_id": paid.transaction_id,
        "out_refund_no": "R-1",
        "amount": {"refund": 1, "total": 1000, "currency": "CNY"},
        **change,
    }
    body = {name: value for name, value in body.items() if value is not None}

    with pytest.raises(ParameterRefused):
        await desk.session.request("POST", "/v3/global/refunds", body=body)


async def test_refunds_survive_a_snapshot(desk):
    """A snapshot holds what is on its way, and it arrives afterwards."""
    paid = await desk.paid()
    made = await desk.refund(paid, 400)
    desk.control.recharge(7)
    taken = desk.control.snapshot()
    await desk.sandbox.advance(minutes=20)
    desk.control.restore(taken)
    before = await desk.session.refunds.get(refund_id=made.id)
    await desk.sandbox.advance(minutes=20)
    after = await desk.session.refunds.get(refund_id=made.id)

    assert ("PROCESSING", "SUCCESS") == (before.status, after.status)
    assert 7 == (await desk.session.refunds.recharge_balance()).remaining_amount
