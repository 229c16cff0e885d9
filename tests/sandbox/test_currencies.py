"""Orders priced in other currencies, settlement in other ones, holidays, rates from day to day."""

import datetime as dt
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxdist.errors import InvalidInput
from wxdist.sandbox import Sandbox, answers, snapshot
from wxdist.sandbox.records import RefundAsk
from wxdist.sandbox.rules.refunds import NoRefund
from wxdist.sandbox.state import State

TRADE, OTHER, MCHID = "P20150806125346", "P20150806125347", "1900000001"
TUESDAY = dt.date(2026, 1, 6)


def test_the_payer_pays_cny(play):
    """An order of 10 USD is paid with 65 yuan, and is an ordinary order whether marked or not."""
    p = play(fee_rate="0.01")
    payment = p.paid(1000, currency="USD")
    p.go()
    told = answers.transaction(payment, p.world.terms)

    assert not payment.marked
    assert (1000, 6500, 65) == (payment.amount, payment.payer_amount, payment.fee)
    assert {"sponsor": 6435, "fee": 65} == p.parts(payment)
    assert {
        "total": 1000,
        "currency": "USD",
        "payer_total": 6500,
        "payer_currency": "CNY",
        "exchange_rate": {"type": "SETTLEMENT_RATE", "rate": 83_640_300},
    } == told["amount"]


def test_a_currency_without_a_rate(play):
    """What has no rate cannot be paid."""
    with pytest.raises(ValueError, match="must be one of AUD, "):
        play().paid(currency="XXX", mark=False)


@given(parts=st.lists(st.integers(1, 500), min_size=1, max_size=15), rate=st.integers(0, 49))
@pytest.mark.parametrize("currency", ["USD", "JPY", "KRW"])
def test_refunds_in_another_currency(play, currency, parts, rate):
    """All refunds together return exactly what the payer paid, and the fee of it."""
    p = play(fee_rate=f"0.{rate:02}")
    payment = p.paid(sum(parts), currency=currency, mark=False)
    refunds, late = [], 0
    for part in parts:
        late += part
        with suppress(NoRefund):  # less than a fen: with the next one
            refunds.append(p.world.refunds.refund(payment.transaction_id, late))
            late = 0
        p.go(60)

    if not late:
        assert {"refund": payment.payer_amount} == p.parts(payment)
        assert payment.settled == sum(each.settled for each in refunds)
        assert payment.settled_fee == sum(each.settled_fee for each in refunds)


def asked(payment, refund, **more):
    facts = {
        "sub_mchid": "",
        "transaction_id": payment.transaction_id,
        "out_trade_no": "",
        "out_refund_no": "R-1",
        "refund": refund,
        "total": payment.amount,
        "currency": payment.currency,
        "source": None,
        "rest": ("wx1", None, None, None),
    }
    return RefundAsk(**facts | more)


def test_a_merchant_asks_in_the_orders_currency(play):
    """Refund, total and currency are the order's; what the payer gets is told in CNY."""
    p = play()
    payment = p.paid(1000, currency="USD", mark=False)
    refund = p.world.refunds.create(asked(payment, 250))

    assert {
        "refund": 250,
        "payer_refund": 1625,
        "currency": "USD",
        "payer_currency": "CNY",
    } == answers.new_refund(refund)["amount"]
    with pytest.raises(Exception, match="the order is of 1000 USD"):
        p.world.refunds.create(asked(payment, 250, out_refund_no="R-2", currency="CNY"))


def test_too_much_in_another_currency(play):
    """A refusal counts in the minor unit of the order's currency."""
    p = play()
    payment = p.paid(1000, currency="USD", mark=False)

    with pytest.raises(NoRefund, match="1001 minor units of USD are needed, 1000 minor units"):
        p.world.refunds.refund(payment.transaction_id, 1001)


# --- settlement


@pytest.mark.parametrize(
    ("currency", "settled", "rate"),
    [("HKD", 11_955, 83_640_300), ("USD", 1538, 650_000_000), ("CNY", 10_000, 10**8)],
)
def test_settled_in_another_currency(play, currency, settled, rate):
    """Sponsors are paid in the currency of their contract."""
    p = play(settlement_currency=currency)
    payment = p.paid(10_000, OTHER, mark=False)
    order = p.unfreeze(p.ready(10_000))
    p.go(10)
    (detail,) = answers.order(order, p.world.terms)["receivers"]
    (record,) = answers.settlements(p.world.settlement.of(MCHID), p.world.terms, 0, 30)["data"]
    p.go(days=1)

    assert (settled, rate) == (payment.settled, payment.rate)
    assert (currency, settled, rate) == (
        detail["settlement_currency"],
        detail["settlement_amount"],
        detail["rate_value"],
    )
    assert (currency, 2 * settled) == (record["amount"]["currency"], record["amount"]["net"])
    assert 2 * settled == p.world.state.ledger.balance(("pool", MCHID))


def test_below_the_threshold_of_usd(play):
    """80 000 cents of USD are paid out, and no cent less is."""
    p = play(settlement_currency="USD")
    p.paid(519_999, mark=False)
    p.go(days=2)
    before = p.world.state.ledger.balance(("bank", MCHID))
    p.paid(7, OTHER, mark=False)
    p.go(days=2)

    assert (0, 80_000) == (before, p.world.state.ledger.balance(("bank", MCHID)))


def test_records_tell_each_sum(play):
    """A record tells gross, refunds, fees and net, for the whole and for released money."""
    p = play(fee_rate="0.01")
    payment = p.paid(10_000, OTHER, mark=False)
    p.unfreeze(p.ready(10_000))
    p.go(10)
    p.world.refunds.refund(payment.transaction_id, 2500)
    (record,) = answers.settlements(p.world.settlement.of(MCHID), p.world.terms, 0, 30)["data"]

    assert {
        "settled": 0,
        "unsettle": 20_713,
        "currency": "HKD",
        "pay": 11_955 + 11_836,
        "refund": 2988,
        "fee": 120 - 30,
        "net": 20_713,
    } == record["amount"]
    assert {
        "settled": 0,
        "unsettle": 11_836,
        "currency": "HKD",
        "pay": 11_836,
        "refund": 0,
    } == record["split_amount"]


def test_banks_rest_on_holidays(play):
    """A holiday is exchanged, not paid out."""
    p = play(holidays=(TUESDAY, TUESDAY + dt.timedelta(days=1)))
    p.paid(600_000, mark=False)
    p.go(days=1)
    pool = p.world.state.ledger.balance(("pool", MCHID))
    p.go(days=2)
    p.go(3600)
    (batch,) = p.world.settlement.of(MCHID)

    assert 717_357 == pool
    assert dt.date(2026, 1, 8) == batch.settled_on


def test_each_day_has_its_rate(play):
    """Payments, refunds and releases go by the rate of their own day."""
    p = play(rates="daily", seed=3)
    first = p.paid(10_000, mark=False)
    order = p.unfreeze(p.ready(5000, "P3"))
    p.go(days=1)
    second = p.paid(10_000, OTHER, mark=False)
    refund = p.world.refunds.refund(first.transaction_id, 10_000)
    p.go(days=1)
    (detail,) = order.details

    assert first.rate == detail.rate
    assert second.rate == refund.rate != first.rate
    assert 10_000 * 10**8 // first.rate == first.settled
    assert second.settled == refund.settled != first.settled
    assert 0 == p.world.settlement.of(MCHID)[1].net


def test_a_release_keeps_the_rate_of_its_beginning(play):
    """A release that began before midnight and ends after it goes by the rate of its beginning."""
    p = play(rates="daily", seed=3)
    payment = p.ready()
    p.go(14.98 * 3600 - 300)
    p.go(70)
    order = p.unfreeze(payment)
    (detail,) = order.details
    before = detail.settled
    p.go(10)

    assert before == detail.settled
    assert [(TUESDAY, before)] == [
        (each.day, each.split_pay) for each in p.world.settlement.of(MCHID)
    ]


def test_closed_money_goes_by_the_rate_of_its_day(play):
    """What falls to the sponsor when a detail is closed is exchanged at that moment's rate."""
    p = play(rates="daily", closed_money="sponsor", max_ratio="1")
    payment = p.ready()
    p.receiver()
    p.world.orders.arm("D1", "86693852", "NO_AUTH")
    order = p.create(payment, p.ask(amount=600))
    p.world.orders.arm("U1", MCHID, "NO_AUTH")
    rest = p.unfreeze(payment)
    p.go(20)
    shared, released = order.details[0], rest.details[0]

    assert shared.rate == released.rate != 0
    assert shared.settled + released.settled == p.world.settlement.of(MCHID)[0].split_pay


def test_rates_survive_a_snapshot(play):
    """A snapshot goes on with the rates of its own seed."""
    p, other = play(rates="daily", seed=1), play(rates="daily", seed=2)
    taken = snapshot.load(snapshot.dump(p.world.state), p.world.terms)
    rate = p.world.state.rate("USD")

    assert isinstance(taken, State)
    assert rate == taken.rate("USD") != other.world.state.rate("USD")


# --- options


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("settlement_currency", "XXX"),
        ("settlement_currency", "hkd"),
        ("holidays", "2026-01-06"),
        ("holidays", ["2026-01-06"]),
        ("holidays", [dt.datetime(2026, 1, 6, tzinfo=dt.UTC)]),
        ("rates", "hourly"),
    ],
)
def test_wrong_options(option, value):
    """An option that is none is refused by its name."""
    with pytest.raises(InvalidInput) as refused:
        Sandbox(**{option: value})

    assert option == refused.value.field


async def test_options_are_told():
    """The state tells the contract, holidays in their order."""
    days = [TUESDAY, dt.date(2026, 1, 1), TUESDAY]
    sandbox = Sandbox(settlement_currency="USD", holidays=days, rates="daily")
    terms = sandbox.control.state()["terms"]

    assert ("USD", ["2026-01-01", "2026-01-06"], "daily") == (
        terms["settlement_currency"],
        terms["holidays"],
        terms["rates"],
    )


async def test_paying_in_an_unknown_currency():
    """The payer is refused by the name of the argument."""
    async with Sandbox() as sandbox:
        with pytest.raises(InvalidInput) as refused:
            await sandbox.pay(TRADE, amount=1, currency="XXX")

    assert "currency" == refused.value.field


async def test_refunds_and_revocations_of_a_sandbox():
    """`Sandbox` plays refunds and revocations as the control does."""
    async with Sandbox() as sandbox:
        await sandbox.pay(TRADE, amount=1000)
        await sandbox.pay(OTHER, amount=1000)
        refund = await sandbox.refund(TRADE, amount=400)
        await sandbox.revoke(OTHER)
        await sandbox.advance(days=1)
        owed = await sandbox.refund(TRADE, amount=600, owing=True)
        sandbox.check()
        payments = sandbox.control.state()["payments"]

    assert (400, 0, 600) == (refund["pool"], refund["owed"], owed["owed"])
    assert [None, "2026-01-05T09:00:00+08:00"] == [each["revoked_at"] for each in payments]
