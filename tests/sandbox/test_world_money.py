import datetime as dt

import pytest

from wxdist.sandbox.rules.refusal import Refused

MONDAY = dt.date(2026, 1, 5)
ROW = (
    "`2026-01-05T09:05:00+08:00,`1900000001,`1900000001,`,`{tx},`{order},`U1,`{detail},"
    "`1900000001,`9.95,`CNY,`11.89,`HKD,`83640300,`UNFREEZE_TO_SPONSOR,`SUCCESS,`release"
)


def said(act, *arguments):
    """Return the message of a refusal."""
    with pytest.raises(Refused) as refusal:
        act(*arguments)
    return refusal.value.message


def released(p, amount, trade="P20150806125346"):
    """Pay, freeze and release *amount*."""
    payment = p.ready(amount, trade)
    p.unfreeze(payment, f"U-{trade}")
    p.go(10)


def pool(p, kind="pool"):
    return p.world.state.ledger.balance((kind, "1900000001"))


# --- settlement


def test_exchanged_on_the_next_day(play):
    """What was released on day T is the day's quota, and exchanged on T+1 at 06:00."""
    p = play()
    released(p, 995)
    today = p.world.settlement.refundable()
    p.go(86400 - 4 * 3600)
    tomorrow, before = p.world.settlement.refundable(), pool(p)
    p.go(3600)

    assert (995, 0, 0, 1189) == (today, tomorrow, before, pool(p))
    assert [True] == [batch.exchanged for batch in p.world.settlement.unsettled("1900000001")]


def test_below_the_threshold_it_stays_in_the_pool(play):
    """A pool below 800 USD is not paid out."""
    p = play()
    released(p, 500_000)
    p.go(days=20)

    assert (597_797, 0) == (pool(p), pool(p, "bank"))


def test_paid_out_at_the_threshold(play):
    """Once the pool holds 800 USD all that was exchanged is paid out; today's money is not."""
    p = play()
    released(p, 300_000)
    p.go(days=1)
    released(p, 300_000, "P20150806125347")
    p.go(days=1)
    released(p, 100, "P20150806125348")
    p.go(3600)
    batches = p.world.settlement.settled("1900000001", MONDAY, dt.date(2026, 1, 31))

    assert (0, 717_356) == (pool(p), pool(p, "bank"))
    assert [(MONDAY, dt.date(2026, 1, 7)), (dt.date(2026, 1, 6), dt.date(2026, 1, 7))] == [
        (batch.day, batch.settled_on) for batch in batches
    ]
    assert ([dt.date(2026, 1, 7)], []) == (
        [batch.day for batch in p.world.settlement.unsettled("1900000001")],
        p.world.settlement.settled("1900000001", MONDAY, MONDAY),
    )


def test_banks_rest_at_the_weekend(play):
    """Money of Friday and Saturday is exchanged at the weekend and paid out once on Monday."""
    p = play()
    p.go(days=4)
    released(p, 600_000)
    p.go(days=1)
    released(p, 600_000, "P20150806125347")
    p.go(days=1)
    sunday = pool(p, "bank")
    p.go(86400 + 3600)

    assert (0, 2 * 717_357) == (sunday, pool(p, "bank"))


def test_ordinary_orders_are_netted_with_it(play):
    """An ordinary order joins the day's settlement, but neither its split part nor the quota."""
    p = play()
    p.paid(1000, "P20150806125347", mark=False)
    released(p, 995)
    (batch,) = p.world.settlement.unsettled("1900000001")

    assert (1995, 995, 1195 + 1189, 1189) == (
        batch.fen,
        batch.split_fen,
        batch.pay,
        batch.split_pay,
    )
    assert 995 == p.world.settlement.refundable()


def test_batches_of_one_day_are_numbered(play):
    """Each sponsor's day has a batch of its own number."""
    p = play(mode="service_provider", sub_mchids=("A", "B"))
    for sub in ("A", "B"):
        p.paid(100, sub=sub, mark=False)

    assert ["20260105001", "20260105002"] == [
        p.world.settlement.of(sub)[0].batch_id for sub in ("A", "B")
    ]


# --- bills


def test_bill_of_a_day(play):
    """The bill holds what succeeded that day, in yuan, each value after a backtick."""
    p = play()
    payment = p.ready(995)
    order = p.unfreeze(payment)
    p.go(10)
    text = p.world.bills.text(MONDAY, "")

    row = ROW.format(
        tx=payment.transaction_id, order=order.order_id, detail=order.details[0].detail_id
    )
    assert [row, "`1,`9.95,`1,`9.95"] == text.split("\r\n")[1:4:2]


def test_bill_quotes_commas(play):
    """A value with a comma or a quotation mark is quoted as in other CSV files."""
    p = play()
    p.unfreeze(p.ready(), description='a,"b"')
    p.go(10)
    row = p.world.bills.text(MONDAY, "").split("\r\n")[1]

    assert row.endswith(',`SUCCESS,"`a,""b"""')


def test_bill_leaves_out_what_did_not_succeed(play):
    """Closed details, pending ones and those of other days or sub-merchants are not in it."""
    p = play(mode="institutional", sub_mchids=("A", "B"))
    one, two = p.ready(sub="A"), p.ready(sub="B")
    p.receiver("R", sub="A")
    p.world.orders.arm("D1", "R", "NO_AUTH")
    p.create(one, p.ask("R"))
    p.create(two, p.ask("1900000001", 7), number="D2")
    p.go(10)
    p.go(86400)
    p.create(one, p.ask("1900000001", 8), number="D3")

    def summary(day, sub=""):
        return p.world.bills.text(day, sub).split("\r\n")[-2]

    empty = "`0,`0.00,`0,`0.00"
    assert ["`1,`0.07,`1,`0.07", empty, empty] == [
        summary(MONDAY),
        summary(MONDAY, "A"),
        summary(MONDAY + dt.timedelta(days=1)),
    ]


def test_system_is_the_initiator_of_the_overdue(play):
    """The bill names the system as initiator of what it released after 180 days."""
    p = play()
    p.paid()
    p.go(days=180)
    p.go(10)
    row = p.world.bills.text(MONDAY + dt.timedelta(days=180), "").split("\r\n")[1].split(",")

    assert ["`system", "`"] == [row[1], row[6]]


def test_bill_is_there_from_ten_the_next_day(play):
    """The bill can be asked for from 10:00 on T+1, for 90 days, if anything succeeded."""
    p = play()
    released(p, 1000)
    link = p.world.bills.link
    p.go(86400 - 410)
    early = said(link, MONDAY, "")
    p.go(3700)
    token = link(MONDAY, "")
    empty = said(link, MONDAY - dt.timedelta(days=1), "")
    p.go(days=89)
    link(MONDAY, "")
    p.go(days=1)

    assert "[sandbox] the bill of 2026-01-05 is made on the next day" == early[:56]
    assert "%2F" in token
    assert "%2B" in token
    assert token.endswith("==")
    assert "[sandbox] nothing of the kind happened on 2026-01-04: it has no such file" == empty
    assert "[sandbox] bills are kept for 90 days" == said(link, MONDAY, "")
    assert "[sandbox] this address was valid for 30 seconds: ask for a new one" == said(
        p.world.bills.file, token
    )
    assert "[sandbox] this address is not one that was handed out" == said(
        p.world.bills.file, token.replace("%2F", "/")
    )
