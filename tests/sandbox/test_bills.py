"""When papers are there, how they are written, and that none changes once it was made."""

import datetime as dt
import re
from fractions import Fraction

import pytest

from wxdist.models import BillKind
from wxdist.sandbox import snapshot
from wxdist.sandbox.bills import Bills, contradictions
from wxdist.sandbox.bills.writing import Section, amount, lines_of, percent, sheet
from wxdist.sandbox.invariants import Invariants
from wxdist.sandbox.ledger import LedgerBroken
from wxdist.sandbox.records import RefundAsk
from wxdist.sandbox.rules.calendar import day_of
from wxdist.sandbox.rules.refusal import Refused
from wxdist.sandbox.state import Link

from .test_store import Kept

MONDAY = dt.date(2026, 1, 5)
SUNDAY = dt.date(2026, 1, 4)
NO_PAPER = (400, "NO_STATEMENT_EXIST")
REFUSED = (400, "INVALID_REQUEST")
HOUR = 3600


def refusal(act, *arguments):
    """Return status and code with which *act* is refused; the text says that it is ours."""
    with pytest.raises(Refused) as refused:
        act(*arguments)
    assert refused.value.message.startswith("[sandbox] ")
    return refused.value.status, refused.value.code


def asked(p, kind):
    """Return how the paper of a day is asked for."""
    bills = p.world.bills
    if kind == BillKind.STATEMENT:
        return bills.statement
    return lambda day, sub: bills.link(day, sub, None, kind)


@pytest.fixture
def p(play):
    """Monday, 09:05, with one row for each paper; then 09:59 of the next day."""
    made = play(fee_rate="0.006")
    payment = made.ready(10_000)
    made.world.refunds.refund(payment.transaction_id, 100)
    made.unfreeze(payment)
    made.go(24 * HOUR + 54 * 60)
    return made


@pytest.mark.parametrize(
    ("minor", "currency", "printed"),
    [
        (1, "CNY", "0.01"),
        (123_456, "HKD", "1234.56"),
        (-6, "CNY", "-0.06"),
        (0, "CNY", "0.00"),
        (1234, "JPY", "1234"),
        (-7, "KRW", "-7"),
    ],
)
def test_amounts(minor, currency, printed):
    """An amount has the decimals of its currency, and may be below zero."""
    assert printed == amount(minor, currency)


@pytest.mark.parametrize(
    ("rate", "printed"),
    [("0", "0.00%"), ("0.006", "0.60%"), ("0.0055", "0.55%"), ("0.123456789", "12.3456789%")],
)
def test_rates_of_fees(rate, printed):
    """A fee's rate is printed in per cent, exactly, with two decimals at least."""
    assert printed == percent(Fraction(rate))


def test_a_sheet():
    """Values have their backtick, headers have none, and what needs quoting is quoted."""
    text = sheet(Section(["a", "b"], [["1", 'x,"y"'], ["", "2"]]), Section(["sum"], [["3"]]))

    assert 'a,b\r\n`1,"`x,""y"""\r\n`,`2\r\nsum\r\n`3\r\n' == text


@pytest.mark.parametrize("odd", ["\u2028", "\u2029", "\x85"])
def test_what_some_take_for_the_end_of_a_line(play, odd):
    """A text may hold what is no end of a line here: papers, checks and snapshots stay whole."""
    p = play()
    payment = p.ready(trade=f"P20150806{odd}")
    p.unfreeze(payment, description=f"the{odd}rest")
    p.go(days=1)
    known = snapshot.load(snapshot.dump(p.world.state), p.world.terms)
    bill = list(lines_of(Bills(known).text(MONDAY, "")))
    statement = list(lines_of(Bills(known).text(MONDAY, "", BillKind.STATEMENT)))

    assert [17, 17, 4, 4] == [len(line) for line in bill]
    assert f"`the{odd}rest" == bill[1][-1]
    assert f"`P20150806{odd}" == statement[1][6]


@pytest.mark.parametrize(
    ("kind", "early"),
    [
        (BillKind.DISTRIBUTION, REFUSED),
        (BillKind.REFUNDS, REFUSED),
        (BillKind.STATEMENT, (400, "STATEMENT_CREATING")),
    ],
)
def test_from_ten_on_the_next_day(p, kind, early):
    """No paper is there before 10:00 of the next day, and then each is."""
    ask = asked(p, kind)

    assert early == refusal(ask, MONDAY, "")
    p.go(60)
    assert ask(MONDAY, "")


@pytest.mark.parametrize(
    ("kind", "days"),
    [(BillKind.DISTRIBUTION, 90), (BillKind.REFUNDS, 90), (BillKind.STATEMENT, 180)],
)
def test_how_long_papers_are_kept(p, kind, days):
    """Bills are there for 90 days, statements for 180, and then no more."""
    ask = asked(p, kind)
    p.go(days=days - 1)
    last = ask(MONDAY, "")
    p.go(days=1)

    assert last
    assert REFUSED == refusal(ask, MONDAY, "")


@pytest.mark.parametrize("kind", BillKind)
def test_a_day_without_rows(p, kind):
    """A day on which nothing of the kind happened has no paper."""
    p.go(60)

    assert NO_PAPER == refusal(asked(p, kind), SUNDAY, "")


def test_a_payment_alone(play):
    """A day of payments without refunds and releases has a statement, and no bills."""
    p = play()
    p.paid()
    p.go(days=2)

    assert NO_PAPER == refusal(asked(p, BillKind.DISTRIBUTION), MONDAY, "")
    assert NO_PAPER == refusal(asked(p, BillKind.REFUNDS), MONDAY, "")
    assert asked(p, BillKind.STATEMENT)(MONDAY, "")


def test_refunds_of_ordinary_orders_have_no_bill(play):
    """A refund of an order that was not marked is in the statement alone."""
    p = play()
    payment = p.paid(mark=False)
    p.world.refunds.refund(payment.transaction_id, 100)
    p.go(days=2)

    assert NO_PAPER == refusal(asked(p, BillKind.REFUNDS), MONDAY, "")
    assert ",`REFUND," in p.world.bills.statement(MONDAY, "")


def test_an_address_leads_to_its_own_bill(p):
    """Each address opens the bill that it was asked for, after a snapshot too, for 30 s."""
    p.go(60)
    kinds = (BillKind.DISTRIBUTION, BillKind.REFUNDS)
    tokens = [asked(p, kind)(MONDAY, "") for kind in kinds]
    expected = [p.world.bills.text(MONDAY, "", kind) for kind in kinds]
    before = [p.world.bills.file(token) for token in tokens]
    p.world.adopt(snapshot.load(snapshot.dump(p.world.state), p.world.terms))
    p.go(30)
    after = [p.world.bills.file(token) for token in tokens]
    p.go(1)

    assert expected == before == after
    assert ["distribution", "refunds"] == [
        each["of"] for each in p.world.state.log.events() if each["kind"] == "bill"
    ]
    assert REFUSED == refusal(p.world.bills.file, tokens[1])


async def test_addresses_survive_a_crash(tmp_path):
    """A sandbox that was killed and started again knows which bill each address opens."""
    kept = Kept(tmp_path / "state.db")
    await kept.core.control.scenario("refunded")
    await kept.core.control.advance(2 * 86_400)
    day = min(day_of(each.create_time) for each in kept.core.world.state.refunds.values())
    bills = kept.core.world.bills
    token = bills.link(day, "", kept.clock.now(), BillKind.REFUNDS)
    before = bills.file(token, kept.clock.now())
    kept.store.save()
    inputs = kept.inputs()
    kept.crash()

    assert inputs > 0
    assert before == kept.core.world.bills.file(token, kept.clock.now())
    kept.stop()


def test_a_link_is_to_the_bill_of_distribution_by_default():
    """What a link was before there were other bills, it still is."""
    assert BillKind.DISTRIBUTION == Link(MONDAY, "", 0.0).kind


def refund_of(payment, amount, number="R1"):
    """Return what a merchant's refund says."""
    numbers = {"transaction_id": payment.transaction_id, "out_trade_no": "", "sub_mchid": ""}
    facts = {"refund": amount, "total": payment.amount, "currency": payment.currency}
    return RefundAsk(out_refund_no=number, source=None, rest=(), **numbers, **facts)


def lived(play):
    """A day with all that papers tell of, some of it under way when they are made."""
    p = play(fee_rate="0.006", rates="daily")
    marked, ordinary = p.ready(10_000), p.paid(5000, "P2000001", mark=False)
    foreign = p.paid(700, "P2000002", mark=False, currency="USD")
    p.receiver()
    p.create(marked, p.ask(amount=500))
    p.go(20)
    with p.world.state.slowed("arrive", 1000):
        p.world.refunds.create(refund_of(marked, 100))
    p.world.refunds.refund(ordinary.transaction_id, 10)
    p.world.refunds.revoke(foreign.transaction_id)
    p.unfreeze(marked)
    p.go(60)
    return p, marked, ordinary


def test_papers_do_not_change(play):
    """What happens after a paper was made changes nothing in it: same bytes after 30 days."""
    p, marked, ordinary = lived(play)
    p.go(25 * HOUR)
    before = [p.world.bills.text(MONDAY, "", kind) for kind in BillKind]
    late = p.world.state.refunds[marked.refund_ids[0]].status
    p.world.refunds.force(ordinary.transaction_id, 100)
    p.paid(900, "P2000003")
    for _ in range(30):
        p.go(days=1)
    p.world.refunds.force(marked.transaction_id, 50)
    after = [p.world.bills.text(MONDAY, "", kind) for kind in BillKind]

    assert before == after
    assert [0, 1, 1] == [text.count("`PROCESSING") for text in after]
    assert ["PROCESSING", "SUCCESS"] == [
        late,
        p.world.state.refunds[marked.refund_ids[0]].status,
    ]


def test_the_check_finds_nothing_wrong(play):
    """Books and papers of a day full of everything agree."""
    p, *_ = lived(play)
    p.go(days=3)

    assert [] == list(contradictions(p.world.state, p.world.bills))
    assert p.world.check() is None


def test_closed_money_is_in_no_paper(play):
    """What a closed detail brings its sponsor is settled, though no bill has a row of it."""
    p = play(closed_money="sponsor")
    payment = p.ready(10_000)
    p.receiver()
    p.create(payment, p.ask(amount=500))
    p.world.orders.arm("D1", "86693852", "NO_AUTH")
    p.go(days=3)
    (batch,) = p.world.state.batches.values()

    assert [] == list(contradictions(p.world.state, p.world.bills))
    assert 597 == batch.split_pay
    assert NO_PAPER == refusal(asked(p, BillKind.DISTRIBUTION), MONDAY, "")


def without(number):
    """Leave out one line."""
    return lambda text: "".join(
        line for at, line in enumerate(text.splitlines(keepends=True)) if at != number
    )


SPOILED = {  # which paper, what becomes of it, what is said
    "a payment is missing": ("statement", without(1), "the statement of 2026-01-05"),
    "a refund is missing": ("statement", without(5), "the statement of 2026-01-05"),
    "a refund has no row in its bill": ("refunds", without(1), "do not add up to the books"),
    "paid": (
        "statement",
        lambda text: text.replace("`100.00,`CNY,`100.00", "`100.00,`CNY,`100.01", 1),
        "do not add up to the books",
    ),
    "fee": ("statement", lambda text: text.replace("`0.60,", "`0.61,"), "up to the books"),
    "gone": ("refunds", lambda text: text.replace("`,`1.00,`CNY", "`,`1.01,`CNY"), "books"),
    "advanced": ("refunds", lambda text: text.replace("`0.01,`0.00", "`0.01,`0.01"), "books"),
    "a success is missing": ("distribution", without(1), "the bill of 2026-01-05"),
    "released": (
        "distribution",
        lambda text: re.sub("`CNY,`[1-9]", "`CNY,`0", text),
        "to batch 2026",
    ),
    "settled": ("statement", lambda text: text.replace("`HKD,`59.", "`HKD,`58."), "to batch 2026"),
}


@pytest.mark.parametrize("name", SPOILED)
def test_papers_are_held_against_the_books(play, name):
    """What papers say that the books do not hold is found, and the full check tells it."""
    kind, spoil, expected = SPOILED[name]
    p, *_ = lived(play)

    class Spoiled(Bills):
        def text(self, day, sub_mchid, asked=BillKind.DISTRIBUTION):
            text = super().text(day, sub_mchid, asked)
            return spoil(text) if asked == kind else text

    invariants = Invariants(p.world.state, Spoiled(p.world.state))

    assert Spoiled(p.world.state).text(MONDAY, "", BillKind(kind)) != p.world.bills.text(
        MONDAY, "", BillKind(kind)
    )
    with pytest.raises(LedgerBroken, match=expected):
        invariants.check()
