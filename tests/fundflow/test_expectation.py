"""When money is paid out, and why it has not been."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wxdist import FundFlow, InvalidInput, Settlement
from wxdist.fundflow import (
    Arrival,
    FundState,
    Movement,
    MovementKind,
    Standing,
    WaitReason,
    Weekdays,
)
from wxdist.models import SettlementAmount

D = dt.date
ONE_DAY = dt.timedelta(days=1)
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY = (D(2026, 1, day) for day in range(5, 11))
NEXT_MONDAY = D(2026, 1, 12)
FLOW = FundFlow(threshold=1000)


def came(day, amount, kind=MovementKind.PAYMENT):
    return Movement(kind=kind, day=day, amount=amount)


def record(day, paid_on, until=None, currency="HKD", **amounts):
    """Return a record of settled money of *day*."""
    amount = dict.fromkeys(("settled", "unsettle", "pay", "refund", "net", "fee"), 0) | amounts
    return Settlement(
        batch_id=f"{day:%Y%m%d}001",
        settlement_date=paid_on,
        trade_start_date=day,
        trade_end_date=until or day,
        amount=SettlementAmount(currency=currency, **amount),
    )


def short(standing):
    return standing.state.value, standing.reason, standing.payout_day


# --- one day's money


def test_before_the_exchange():
    """Today's money lies in the CNY pool: the exchange is tomorrow, and so is the payout."""
    found = FLOW.expect([came(MONDAY, 1500)], MONDAY)

    assert {
        MONDAY: Standing(
            state=FundState.IN_CNY_POOL,
            reason=WaitReason.NOT_EXCHANGED_YET,
            exchange_day=TUESDAY,
            payout_day=TUESDAY,
            arrival=Arrival(earliest=WEDNESDAY, latest=FRIDAY),
        )
    } == found.days
    assert (1500, 0, TUESDAY) == (found.waiting, found.pool, found.next_payout)
    assert (MONDAY, "HKD", 1000) == (found.today, found.currency, found.missing)


def test_too_little():
    """Below the threshold there is no payout to foresee, and it is said how much is missing."""
    found = FLOW.expect([came(MONDAY, 400)], WEDNESDAY)

    assert {
        MONDAY: Standing(
            state=FundState.EXCHANGED,
            reason=WaitReason.BELOW_THRESHOLD,
            exchange_day=TUESDAY,
            missing=600,
        )
    } == found.days
    assert (0, 400, 600, None) == (found.waiting, found.pool, found.missing, found.next_payout)


def test_more_is_on_its_way():
    """What waits in the CNY pool can complete the pool: then its payout is foreseen."""
    found = FLOW.expect([came(MONDAY, 400), came(WEDNESDAY, 700)], WEDNESDAY)

    assert ("EXCHANGED", WaitReason.BELOW_THRESHOLD, THURSDAY) == short(found.days[MONDAY])
    assert (600, THURSDAY) == (found.days[MONDAY].missing, found.next_payout)
    assert ("IN_CNY_POOL", WaitReason.NOT_EXCHANGED_YET, THURSDAY) == short(found.days[WEDNESDAY])


def test_at_the_weekend():
    """A full pool waits for the next business day."""
    found = FLOW.expect([came(FRIDAY, 1000)], SATURDAY)

    assert ("EXCHANGED", WaitReason.NOT_A_BUSINESS_DAY, NEXT_MONDAY) == short(found.days[FRIDAY])
    assert (0, NEXT_MONDAY) == (found.days[FRIDAY].missing, found.next_payout)


def test_due_today():
    """On its day a payout is due, and not taken for done: its hour is not documented."""
    found = FLOW.expect([came(MONDAY, 1000)], TUESDAY)

    assert ("EXCHANGED", WaitReason.DUE, TUESDAY) == short(found.days[MONDAY])
    assert Arrival(earliest=WEDNESDAY, latest=FRIDAY) == found.days[MONDAY].arrival
    assert (1000, TUESDAY) == (found.pool, found.next_payout)


def test_paid_out_by_the_rules():
    """Without records, a payout of yesterday is taken for done, though not known."""
    found = FLOW.expect([came(MONDAY, 1000), came(TUESDAY, 10)], WEDNESDAY)

    assert {
        MONDAY: Standing(
            state=FundState.PAID_OUT,
            exchange_day=TUESDAY,
            payout_day=TUESDAY,
            arrival=Arrival(earliest=WEDNESDAY, latest=FRIDAY),
        ),
        TUESDAY: Standing(
            state=FundState.EXCHANGED,
            reason=WaitReason.BELOW_THRESHOLD,
            exchange_day=WEDNESDAY,
            missing=990,
        ),
    } == found.days


# --- with settlement records


def test_paid_out_by_a_record():
    """A record has the last word: on which day it was paid out, whatever the rules say."""
    found = FLOW.expect(
        [came(MONDAY, 100), came(TUESDAY, 100)], FRIDAY, settled=[record(MONDAY, FRIDAY, TUESDAY)]
    )

    assert {
        day: Standing(
            state=FundState.PAID_OUT,
            exchange_day=day + ONE_DAY,
            payout_day=FRIDAY,
            known=True,
            arrival=Arrival(earliest=NEXT_MONDAY, latest=D(2026, 1, 14)),
        )
        for day in (MONDAY, TUESDAY)
    } == found.days
    assert (0, 1000) == (found.pool, found.missing)


@pytest.mark.parametrize(
    ("amounts", "state"),
    [
        ({"unsettle": 400, "net": 400}, FundState.EXCHANGED),
        ({"settled": 400, "net": 400}, FundState.PAID_OUT),
        ({"settled": 1, "unsettle": 399, "net": 400}, FundState.PAID_OUT),
    ],
)
def test_a_record_that_is_not_settled(amounts, state):
    """A record of UNSETTLE among them, which names a day too, does not say it was paid out."""
    settled = [record(MONDAY, TUESDAY, **amounts)]

    found = FLOW.expect([came(MONDAY, 400)], WEDNESDAY, settled=settled)

    assert state == found.days[MONDAY].state


def test_overdue():
    """What no record names is not paid out: it is due since the day on which the rules pay it."""
    found = FLOW.expect([came(MONDAY, 1000), came(THURSDAY, 5)], FRIDAY, settled=[])

    assert ("EXCHANGED", WaitReason.DUE, TUESDAY) == short(found.days[MONDAY])
    assert found.days[MONDAY].arrival is None
    assert ("EXCHANGED", WaitReason.DUE, FRIDAY) == short(found.days[THURSDAY])
    assert (1005, FRIDAY) == (found.pool, found.next_payout)


def test_left_behind():
    """A payout takes all that is exchanged: a day that it did not take is due since then."""
    movements = [came(MONDAY, 10), came(TUESDAY, 2000), came(WEDNESDAY, 10)]
    found = FLOW.expect(movements, FRIDAY, settled=[record(TUESDAY, THURSDAY)])

    assert ("EXCHANGED", WaitReason.DUE, THURSDAY) == short(found.days[MONDAY])
    assert ("EXCHANGED", WaitReason.BELOW_THRESHOLD, None) == short(found.days[WEDNESDAY])


def test_records_in_another_currency():
    """Records of another currency are another merchant's: refused."""
    with pytest.raises(InvalidInput) as caught:
        FLOW.expect([], FRIDAY, settled=[record(MONDAY, FRIDAY, currency="USD")])

    assert "settled" == caught.value.field


# --- one movement


@pytest.mark.parametrize("name", ["FROZEN", "PROCESSING"])
def test_money_that_is_not_in_yet(name):
    """Frozen money, and a release that is not done, are in no pool: nothing is foreseeable."""
    movement = Movement(kind=MovementKind(name), amount=5)
    found = FLOW.expect([movement], MONDAY)

    assert Standing(state=FundState.OUTSIDE, reason=WaitReason(name)) == found.of(movement)
    assert {} == found.days


@pytest.mark.parametrize("kind", [each for each in MovementKind if each.has_come])
def test_a_movement_stands_as_its_day(kind):
    """A transaction's money goes the way of all that came in on its day."""
    movement = came(MONDAY, 5, kind)
    found = FLOW.expect([movement], WEDNESDAY)

    assert found.days[MONDAY] == found.of(movement)


def test_a_movement_of_an_unknown_day():
    """Of a day of which nothing was handed in nothing can be said."""
    with pytest.raises(InvalidInput) as caught:
        FLOW.expect([came(MONDAY, 5)], WEDNESDAY).of(came(TUESDAY, 5))

    assert "movement" == caught.value.field


def test_refunds_lower_the_pool():
    """Refunds and fees count against what came in."""
    movements = [
        Movement(kind=MovementKind.PAYMENT, day=MONDAY, amount=1010, fee=10),
        Movement(kind=MovementKind.REFUND, day=TUESDAY, amount=102, fee=-2),
    ]

    found = FLOW.expect(movements, SATURDAY, settled=[])

    assert (900, 100) == (found.pool, found.missing)


@pytest.mark.parametrize(
    ("movements", "today", "field"),
    [
        ([came(TUESDAY, 5)], MONDAY, "movements"),
        ([], "2026-01-05", "today"),
        ([], dt.datetime(2026, 1, 5, tzinfo=dt.UTC), "today"),
    ],
)
def test_what_is_refused(movements, today, field):
    """Money of days to come, and a today that is no date, are refused."""
    with pytest.raises(InvalidInput) as caught:
        FLOW.expect(movements, today)

    assert field == caught.value.field


# --- whatever comes in


@st.composite
def stories(draw):
    """Return a flow, what came in on some days, and a day on which one asks."""
    days = st.integers(0, 30).map(lambda number: MONDAY + number * ONE_DAY)
    flow = FundFlow(threshold=draw(st.integers(1, 5_000)), calendar=Weekdays(draw(st.sets(days))))
    daily = draw(st.dictionaries(days, st.integers(-3_000, 3_000), min_size=1))
    today = draw(days.filter(lambda day: day >= min(daily)))
    return flow, daily, today


def payouts(flow, daily):
    """Return for each day's money when the run pays it out, if it does."""
    run = flow.run(daily, min(daily), max(daily) + 60 * ONE_DAY)
    paid = [each.day for each in run if each.paid_out]
    return {day: next((each for each in paid if each > day), None) for day in daily}


@settings(deadline=None)
@given(stories())
def test_agrees_with_the_run(drawn):
    """Whoever asks on any day is told what a run over all that has come in does."""
    flow, daily, today = drawn
    known = {day: amount for day, amount in daily.items() if day <= today}
    found = flow.expect([came(day, amount) for day, amount in known.items()], today)
    expected = payouts(flow, known)

    assert expected == {day: each.payout_day for day, each in found.days.items()}
    for day, each in found.days.items():
        paid = expected[day] is not None and expected[day] < today
        assert paid == (each.state == FundState.PAID_OUT) == (each.reason is None)
        assert (day == today) == (each.state == FundState.IN_CNY_POOL)
        assert (each.reason == WaitReason.BELOW_THRESHOLD) == (each.missing > 0)


@settings(deadline=None)
@given(stories())
def test_records_that_agree_with_the_rules(drawn):
    """Records that say what the rules say change nothing, but that it is known."""
    flow, daily, today = drawn
    known = {day: amount for day, amount in daily.items() if day <= today}
    movements = [came(day, amount) for day, amount in known.items()]
    gone = {day: paid for day, paid in payouts(flow, known).items() if paid and paid < today}

    guessed = flow.expect(movements, today)
    told = flow.expect(movements, today, settled=[record(*each) for each in gone.items()])

    assert (guessed.pool, guessed.waiting, guessed.missing, guessed.next_payout) == (
        *(told.pool, told.waiting, told.missing, told.next_payout),
    )
    assert {day: short(each) for day, each in guessed.days.items()} == {
        day: short(each) for day, each in told.days.items()
    }
    assert set(gone) == {day for day, each in told.days.items() if each.known}
