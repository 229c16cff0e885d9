"""What the auditor allows of marks, settlement and bills, and what it does not."""

import datetime as dt
from fractions import Fraction

import pytest

from .audit_desk import DAY, MCHID, SHOP, START, TRADE, TX, Desk, stamp


@pytest.fixture
def desk():
    """A payment of 1000 fen that can be distributed, and a receiver that may receive."""
    return Desk().paid().receiver()


def batch(day, pay, split=0, *, refund=0, fee=0, back=0, settled=None, batch_id=None):
    """Return a record; *split* and *back* are what of pay and refund was released money."""
    return {
        "batch_id": batch_id or f"{day}001",
        "settlement_date": settled or "20260106",
        "trade_start_date": day,
        "trade_end_date": day,
        "amount": sums(pay, refund, pay - refund - fee, settled)
        | {"net": pay - refund - fee, "fee": fee},
        "split_amount": sums(split, back, split - back, settled),
    }


def sums(pay, refund, net, settled):
    paid_out = {"settled": net, "unsettle": 0} if settled else {"settled": 0, "unsettle": net}
    return {**paid_out, "currency": "HKD", "pay": pay, "refund": refund}


#: 10 000 fen in HKD cents, and what reaches the threshold of the pool.
SOME, MUCH, MUCH_FEN = 11_955, 717_357, 600_000
UNSETTLE = {"settle_state": "UNSETTLE", "limit": 30, "offset": 0}
SETTLED = UNSETTLE | {
    "settle_state": "SETTLED",
    "settle_start_date": "20260106",
    "settle_end_date": "20260131",
}


def page(*batches, **more):
    count = len(batches)
    return {"data": [*batches], "total_count": count, "offset": 0, "limit": count} | more


def test_marks(desk):
    """A mark is of an order in CNY that was not paid yet."""
    paid = {"out_trade_no": f"{TRADE}{TX}", "currency": "CNY"}

    assert ["the order was paid before"] == desk.say("mark", paid, 204)
    assert ["only CNY can be marked"] == desk.say(
        "mark", {"out_trade_no": TRADE, "currency": "HKD"}, 204
    )
    desk.paid(transaction_id="42N", mark=False)
    body = {"transaction_id": "42N", "unsplit_amount": 1000, "currency": "CNY"}
    assert ["the payment was not marked"] == desk.say(
        "remaining_amount", {"transaction_id": "42N"}, body=body
    )


def test_180_days(desk):
    """After 180 days nothing is left, and nothing can be asked."""
    desk.now = START + 180 * DAY - 1
    assert [] == desk.left(1000)
    desk.now += 1
    ask = desk.ask({"account": SHOP, "amount": 1})

    assert [] == desk.left(0)
    assert ["the 180 days are over"] == desk.say("request_order", ask, body={})


def test_what_flies_when_the_time_is_up(desk):
    """What is closed after the 180 days is released by the system too."""
    desk.now = START + 180 * DAY - 1
    desk.order("close", out_order_no="D1", account=SHOP, reason="NO_AUTH")
    desk.accepted(("d1",))
    desk.now += 60
    quota = {"sponsor_mchid": MCHID, "balance": 1000, "currency": "CNY"}

    assert [] == desk.left(0)
    assert [] == desk.say("refundable_balance", {}, body=quota)
    assert ["900 is not 1000 to 1000"] == desk.say(
        "refundable_balance", {}, body=quota | {"balance": 900}
    )


def test_refunds():
    """A refund with its share of the fee leaves that much less to be distributed."""
    desk = Desk(fee_rate=Fraction(1, 100)).paid(10_000)
    assert [] == desk.left(9900)
    assert [] == desk.order("refund", transaction_id=TX, amount=5000)

    assert [] == desk.left(4950)
    assert ["more than was paid"] == desk.order("refund", transaction_id=TX, amount=6000)


def test_unsettled_days():
    """Each day that money came is listed with its sum, once."""
    desk = Desk().paid(10_000, mark=False)
    right = batch("20260105", SOME)
    other = right | {"batch_id": "B"}
    found = {
        name: desk.say("settlements", UNSETTLE, body=body)
        for name, body in {
            "right": page(right),
            "missing": page(),
            "twice": page(right, right),
            "more": page(batch("20260105", SOME + 1)),
            "no such day": page(right, batch("20260104", 1)),
            "total": page(right, total_count=2),
        }.items()
    }
    taken = page(right, batch("20260106", 0) | {"batch_id": right["batch_id"]})

    assert [] == found["right"]
    assert ["the record of 2026-01-05 is missing"] == found["missing"]
    assert ["a day stands in it twice"] == found["twice"]
    assert [f"{SOME + 1} is not {SOME} to {SOME}"] == found["more"]
    assert ["nothing can have come on 2026-01-04"] == found["no such day"]
    assert ["total_count is not 1"] == found["total"]
    desk.now += DAY
    desk.paid(10_000, "42U", mark=False)
    taken = page(right, batch("20260106", SOME, batch_id=right["batch_id"]))
    assert ["20260105001 was another day's or sponsor's"] == desk.say(
        "settlements", UNSETTLE, body=taken
    )
    assert other != right


def test_payouts():
    """A day is settled on a working day after it, from a pool that was full enough; for good."""
    desk = Desk().paid(MUCH_FEN, mark=False)
    desk.now += 2 * DAY
    early = desk.say("settlements", UNSETTLE, body=page(batch("20260105", MUCH)))
    right = batch("20260105", MUCH, settled="20260106")
    found = {
        settled: desk.say(
            "settlements", SETTLED, body=page(batch("20260105", MUCH, settled=settled))
        )
        for settled in ("20260105", "20260108", "20260201")
    }
    assert [] == desk.say("settlements", SETTLED, body=page(right))
    again = batch("20260105", MUCH, settled="20260107")

    assert [] == early
    assert ["2026-01-05 was not asked for"] == found["20260105"]
    assert ["2026-01-05 cannot be settled on 2026-01-08"] == found["20260108"]
    assert ["2026-02-01 was not asked for"] == found["20260201"]
    assert ["2026-01-05 was settled on another day before"] == desk.say(
        "settlements", SETTLED, body=page(again)
    )
    assert ["2026-01-05 was settled before"] == desk.say(
        "settlements", UNSETTLE, body=page(batch("20260105", MUCH))
    )
    assert ["the record of 2026-01-05 is missing"] == desk.say("settlements", SETTLED, body=page())
    assert [] == desk.say("settlements", UNSETTLE, body=page())


def test_a_pool_too_small_or_too_old():
    """Too little is not paid out, and enough is, in time."""
    small, old = Desk().paid(10_000, mark=False), Desk().paid(MUCH_FEN, mark=False)
    small.now += 2 * DAY
    old.now += 12 * DAY

    assert ["the pool was too small on 2026-01-06"] == small.say(
        "settlements", SETTLED, body=page(batch("20260105", SOME, settled="20260106"))
    )
    assert ["what is unsettled was due for days"] == old.say(
        "settlements", UNSETTLE, body=page(batch("20260105", MUCH))
    )


def test_ordinary_refunds_stand_in_the_day():
    """What an ordinary payment gave back stands in its day, and what of the fee came back."""
    desk = Desk(fee_rate=Fraction(1, 100)).paid(10_000, mark=False)
    assert [] == desk.order("refund", transaction_id=TX, amount=4000)
    right = {"refund": 4782, "fee": 120 - 48}

    assert [] == desk.say("settlements", UNSETTLE, body=page(batch("20260105", SOME, **right)))
    assert ["4783 is not 4782 to 4782"] == desk.say(
        "settlements", UNSETTLE, body=page(batch("20260105", SOME, **right | {"refund": 4783}))
    )
    assert ["73 is not 72 to 72"] == desk.say(
        "settlements", UNSETTLE, body=page(batch("20260105", SOME, **right | {"fee": 73}))
    )
    assert ["more than was paid"] == desk.order("refund", transaction_id=TX, amount=7000)


def test_an_owed_refund_makes_a_day():
    """What the platform gives back on a day without money makes a record below zero."""
    desk = Desk().paid(10_000, mark=False)
    desk.now += DAY
    assert ["there is not so much"] == desk.order("refund", transaction_id=TX, amount=1000)
    other = Desk().paid(10_000, mark=False)
    other.now += DAY
    assert [] == other.order("force", transaction_id=TX, amount=10_000)
    first, second = batch("20260105", SOME), batch("20260106", 0, refund=SOME)

    assert [] == other.say("settlements", UNSETTLE, body=page(first, second))
    assert ["the record of 2026-01-06 is missing"] == other.say(
        "settlements", UNSETTLE, body=page(first)
    )


def test_a_pool_that_was_full_once():
    """What later days owe does not undo what was paid out before."""
    desk = Desk().paid(MUCH_FEN, mark=False)
    desk.now += 2 * DAY
    assert [] == desk.order("force", transaction_id=TX, amount=MUCH_FEN)
    desk.now += DAY

    assert [] == desk.say("settlements", UNSETTLE, body=page(batch("20260107", 0, refund=MUCH)))


@pytest.mark.parametrize("kind", ["revoke", "again"])
def test_revocations(kind):
    """A revocation takes all of a payment of its day back, once, and its fee too."""
    desk = Desk(fee_rate=Fraction(1, 100)).paid(10_000, mark=False)
    assert [] == desk.order("revoke", transaction_id=TX)
    if kind == "again":
        desk.now += DAY
        assert [
            "something was done with the payment before",
            "it was paid on another day",
        ] == desk.order("revoke", transaction_id=TX)
        return

    assert [] == desk.say(
        "settlements", UNSETTLE, body=page(batch("20260105", SOME, refund=SOME, fee=0))
    )
    assert ["it was revoked"] == desk.order("refund", transaction_id=TX, amount=1)


def test_a_revoked_payment_is_not_distributed(desk):
    """Nothing can be asked of what was revoked."""
    assert [] == desk.order("revoke", transaction_id=TX)
    ask = desk.ask({"account": SHOP, "amount": 1})

    assert ["the payment was revoked"] == desk.say("request_order", ask, body={})


def test_orders_in_another_currency():
    """An order in another currency is paid in CNY, at the rate that is told, or a daily one."""
    facts = {"transaction_id": TX, "out_trade_no": "PUSD0001", "amount": 1000, "currency": "USD"}
    fixed = Desk()

    assert [] == fixed.order("pay", **facts, payer_amount=6500)
    assert ["6501 fen are not 6500 to 6500"] == Desk().order("pay", **facts, payer_amount=6501)
    assert [] == Desk(rates="daily").order("pay", **facts, payer_amount=6560)
    assert ["6600 fen are not 6435 to 6565"] == Desk(rates="daily").order(
        "pay", **facts, payer_amount=6600
    )
    assert [] == fixed.say("settlements", UNSETTLE, body=page(batch("20260105", 7771)))


def test_daily_rates_are_learnt():
    """A day has one rate, which a release tells; what was not told lies between bounds."""
    desk = Desk(rates="daily").paid()
    desk.since = desk.now
    ask = desk.ask({"account": MCHID, "amount": 100})
    rate = 84_000_000
    told = {"settlement_amount": 100 * 10**8 // rate, "rate_value": rate}
    detail = desk.detail("d1", account=MCHID, **told)
    other = desk.detail("d1", account=MCHID, **told | {"rate_value": rate + 1})

    assert [] == desk.say("request_order", ask, body=desk.body(detail))
    assert [f"{rate + 1} is not the rate of 2026-01-05"] == desk.say(
        "request_order", ask, body=desk.body(other)
    )
    desk.paid(10_000, "42N", mark=False, wait=60)
    right = batch("20260105", 11_904 + 119, 119)
    assert [] == desk.say("settlements", UNSETTLE, body=page(right))
    desk.now += DAY
    desk.paid(10_000, "42U", mark=False)
    for pay, why in ((11_955, []), (11_800, ["11800 is not 11836 to 12077"])):
        later = batch("20260106", pay)
        assert why == desk.say("settlements", UNSETTLE, body=page(right, later))


def test_rates_of_refunds_lie_between_bounds():
    """Where the rates of the days are not known, refunds and fees may differ a little."""
    desk = Desk(rates="daily", fee_rate=Fraction(1, 100)).paid(10_000, mark=False)
    desk.order("refund", transaction_id=TX, amount=4000)
    for refund, why in ((4782, []), (4700, ["4700 is not 4734 to 4831"])):
        said = page(batch("20260105", SOME, refund=refund, fee=120 - 48))
        assert why == desk.say("settlements", UNSETTLE, body=said)


@pytest.mark.parametrize(
    ("currency", "fen", "pay", "least"),
    [
        ("CNY", 520_000, 520_000, 520_000),
        ("USD", 520_000, 80_000, 80_000),
        ("JPY", 520_000, 112_311, 112_311),
    ],
)
def test_thresholds_in_other_currencies(currency, fen, pay, least):
    """800 USD, or what they are in the settlement currency, are paid out, and not less."""
    found = []
    for paid in (fen, fen - 100):
        desk = Desk(settlement_currency=currency).paid(paid, mark=False)
        desk.now += 2 * DAY
        settled = batch("20260105", pay * paid // fen, settled="20260106")
        for part in ("amount", "split_amount"):
            settled[part]["currency"] = currency
        found.append(desk.say("settlements", SETTLED, body=page(settled)))

    assert pay == least
    assert [] == found[0]
    assert "the pool was too small on 2026-01-06" in found[1]


def test_no_payout_on_a_holiday():
    """Nothing is paid out on a holiday, and what waits for its end is in order."""
    days = tuple(dt.date(2026, 1, each) for each in range(6, 20))
    desk = Desk(holidays=days).paid(MUCH_FEN, mark=False)
    desk.now += 12 * DAY
    settled = batch("20260105", MUCH, settled="20260106")

    assert ["2026-01-05 cannot be settled on 2026-01-06"] == desk.say(
        "settlements", SETTLED, body=page(settled)
    )
    assert [] == desk.say("settlements", UNSETTLE, body=page(batch("20260105", MUCH)))


def test_advances_of_released_money():
    """A refund of what was distributed takes the quota of the day, and no more than that."""
    desk = Desk().paid().paid(transaction_id="42N")
    desk.accepted(("d1", 1000, MCHID))
    desk.now += 60
    quota = {"sponsor_mchid": MCHID, "balance": 1000, "currency": "CNY"}
    assert [] == desk.say("refundable_balance", {}, body=quota)
    assert [] == desk.order("refund", transaction_id=TX, amount=600)
    assert [] == desk.say("refundable_balance", {}, body=quota | {"balance": 400})
    record = batch("20260105", 1195, 1195, refund=717, back=717)

    assert [] == desk.say("settlements", UNSETTLE, body=page(record))
    assert ["more than was paid"] == desk.order("refund", transaction_id=TX, amount=401)


def test_more_than_was_released():
    """A refund of what was distributed may not take more than its sponsor had released today."""
    desk = Desk().paid().receiver()
    desk.accepted(("d1", 500, MCHID), ("d2", 500))
    desk.now += 60

    assert ["there is not so much"] == desk.order("refund", transaction_id=TX, amount=501)


def test_advances_in_doubt():
    """Where nobody saw how a part ended, a refund may have been paid with it, or with others."""
    desk = Desk().paid().receiver().paid(5000, "42N")
    desk.order("close", out_order_no="D1", account=SHOP, reason="NO_AUTH")
    desk.accepted(("d1", 900))
    desk.since, ask = desk.now, desk.ask({"account": MCHID, "amount": 5000}, number="U1")
    body = desk.body(desk.detail("u1", 5000, MCHID), number="U1")
    body["transaction_id"] = ask["transaction_id"] = "42N"
    assert [] == desk.say("request_order", ask, body=body)
    desk.now += 4
    assert [] == desk.order("refund", transaction_id=TX, amount=1000)
    for left in (0, 900):
        assert [] == desk.left(left)
    desk.now += 60

    for balance, why in ((4100, []), (5000, []), (5001, ["5001 is not 4100 to 5000"])):
        quota = {"sponsor_mchid": MCHID, "balance": balance, "currency": "CNY"}
        assert why == desk.say("refundable_balance", {}, body=quota)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"settle_state": "X"}, "settle_state is none that there is"),
        ({"settle_end_date": "20260105"}, "the days are missing, wrong, or in the wrong order"),
        ({"settle_start_date": None}, "the days are missing, wrong, or in the wrong order"),
        ({"settle_start_date": "2026-1-6"}, "the days are missing, wrong, or in the wrong order"),
        ({"limit": 31}, "limit is missing or wrong"),
    ],
)
def test_questions_about_settlement(desk, change, why):
    """A state that there is, and for SETTLED two days in order."""
    params = {name: value for name, value in (SETTLED | change).items() if value is not None}

    assert [why] == desk.say("settlements", params, body=page())


BILL = "2026-01-05"


HEAD = (
    "create_time,initiator,sponsor,sub_mchid,transaction_id,order_id,out_order_no,detail_id,"
    "receiver_account,amount,currency,settlement_amount,settlement_currency,exchange_rate,"
    "business_type,status,description"
)


def bill(desk, *rows, totals=None):
    """Return a bill of shares; each row is a detail id and its yuan."""
    lines = [
        f"`{stamp(desk.since)},`{MCHID},`{MCHID},`,`{TX},`71D1,`D1,`{detail_id},`{SHOP},`{yuan},"
        "`CNY,`,`,`,`DISTRIBUTE_TO_OTHERS,`SUCCESS,`a share"
        for detail_id, yuan in rows
    ]
    totals = totals or f"`{len(rows)},`{len(rows)}.00,`0,`0.00"
    return "\r\n".join([HEAD, *lines, "a,b,c,d", totals, ""])


@pytest.fixture
def billed(desk):
    """An order of two shares of 1 yuan, the next morning, and the address of the day's bill."""
    desk.receiver("other")
    desk.accepted(("d1",), ("d2", 100, "other"))
    desk.now = START + DAY + 3600
    assert [] == desk.say(
        "bill_download_url", {"bill_date": BILL}, body={"download_url": "http://x?token=T"}
    )
    return desk


def test_bills(billed):
    """A bill has each success of its day once, and its sums."""
    two = bill(billed, ("d1", "1.00"), ("d2", "1.00")).replace(f"`d2,`{SHOP}", "`d2,`other")
    found = {
        "right": two,
        "missing": bill(billed, ("d1", "1.00")),
        "twice": two.replace("`d2,`other", f"`d1,`{SHOP}"),
        "amount": two.replace("`1.00", "`1.0", 1),
        "sums": two.replace("`2,`2.00", "`2,`3.00"),
    }
    said = {
        name: billed.say("download_bill", {"token": "T"}, body=text) for name, text in found.items()
    }

    assert [] == said["right"]
    assert ["1 successes of the day are missing"] == said["missing"]
    assert ["the row of d1 has no success behind it"] == said["twice"][:1]
    assert ["the row of d1 has no success behind it"] == said["amount"][:1]
    assert ["the summary is not the sum of the rows"] == said["sums"]


def test_releases_in_bills():
    """A release stands there as it was exchanged: at the rate of the day of its order."""
    desk = Desk().paid()
    desk.accepted(("d1", 1000, MCHID))
    desk.now = START + DAY + 3600
    desk.say("bill_download_url", {"bill_date": BILL}, body={"download_url": "http://x?token=T"})
    sums, released = "`1,`10.00,`1,`10.00", f"`d1,`{MCHID},`10.00,`CNY,`{{}},`HKD,`{{}},`UNFREEZE"
    shared = f"`d1,`{SHOP},`10.00,`CNY,`,`,`,`DISTRIBUTE_TO_OTHERS"
    row = bill(desk, ("d1", "10.00"), totals=sums)
    found = [
        desk.say(
            "download_bill",
            {"token": "T"},
            body=row.replace(shared, f"{released.format(*each)}_TO_SPONSOR"),
        )
        for each in (("11.95", "83640300"), ("11.96", "83640300"), ("11.95", "83640301"))
    ]

    assert [] == found[0]
    assert ["the row of d1 has no success behind it"] == found[1][:1] == found[2][:1]


def test_addresses_of_bills(billed):
    """An address lives for 30 seconds, was handed out, and is one of its own."""
    same = billed.say(
        "bill_download_url", {"bill_date": BILL}, body={"download_url": "http://x?token=T"}
    )
    billed.now += 31

    assert ["the address has no token of its own"] == same
    assert ["the address is too old"] == billed.say("download_bill", {"token": "T"}, body="")
    assert ["the address was not handed out"] == billed.say(
        "download_bill", {"token": "X"}, body=""
    )


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2026-02-30", "bill_date is no day"),
        ("2026-01-06", "the bill is not made yet"),
        ("2025-10-07", "the bill is too old"),
        ("2026-01-04", "nothing may have succeeded that day"),
    ],
)
def test_days_of_bills(billed, day, why):
    """A day that is over, not too old, on which something succeeded."""
    assert [why] == billed.say("bill_download_url", {"bill_date": day}, body={})[:1]
