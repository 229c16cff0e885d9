"""The fund flow by itself: exchange, threshold, business days, carrying over."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wxdist import FundFlow, InvalidInput
from wxdist.fundflow import Arrival, WaitReason, Weekdays, business_days

D = dt.date
ONE_DAY = dt.timedelta(days=1)
MONDAY = D(2026, 1, 5)
FLOW = FundFlow(threshold=1000)


def told(days):
    """Return what happened in short: exchanged, paid out, pool."""
    return [(each.exchanged, each.paid_out, each.pool) for each in days]


class Never:
    """A calendar of a place where banks are always closed."""

    def is_business_day(self, day):
        return False


# --- the terms


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({"currency": "USD"}, 80_000),
        ({"currency": "USD", "threshold": 5}, 5),
        ({"currency": "USD", "usd_rate": "1"}, 80_000),
        ({"currency": "HKD", "usd_rate": "7.80"}, 624_000),
        ({"currency": "HKD", "usd_rate": "7.8123456"}, 624_988),
        ({"currency": "JPY", "usd_rate": "150.5"}, 120_400),
        ({"currency": "KWD", "usd_rate": "0.3"}, 240_000),
        ({"threshold": 624_000}, 624_000),
    ],
)
def test_the_least_that_is_paid_out(terms, expected):
    """The threshold is given, or 800 USD at a given rate, rounded up to whole minor units."""
    assert expected == FundFlow(**terms).payout_from


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({}, "threshold"),
        ({"currency": "JPY"}, "threshold"),
        ({"threshold": 5, "usd_rate": "7.8"}, "threshold"),
        ({"threshold": 0}, "threshold"),
        ({"threshold": 624000.0}, "threshold"),
        ({"usd_rate": 7.8}, "usd_rate"),
        ({"usd_rate": "0"}, "usd_rate"),
        ({"usd_rate": "-7.8"}, "usd_rate"),
        ({"usd_rate": "7,8"}, "usd_rate"),
        ({"currency": "USD", "usd_rate": "7.8"}, "usd_rate"),
        ({"currency": "Yen", "usd_rate": "150"}, "currency"),
        ({"currency": "jpy", "usd_rate": "150"}, "currency"),
    ],
)
def test_terms_that_are_refused(terms, field):
    """No threshold is invented, and neither floats nor unknown spellings are let near money."""
    with pytest.raises(InvalidInput) as caught:
        FundFlow(**terms)

    assert field == caught.value.field


# --- days


@pytest.mark.parametrize("day", [MONDAY, D(2026, 1, 9), D(2026, 1, 10), D(2026, 12, 31)])
def test_exchanged_on_the_next_day(day):
    """Money is exchanged on the next calendar day, weekends and holidays included."""
    assert day + ONE_DAY == FLOW.exchanged_on(day)


@pytest.mark.parametrize(
    ("exchanged", "expected"),
    [
        (D(2026, 4, 2), D(2026, 4, 2)),
        (D(2026, 4, 3), D(2026, 4, 8)),
        (D(2026, 4, 6), D(2026, 4, 8)),
        (D(2026, 12, 25), D(2026, 12, 28)),
    ],
)
def test_the_earliest_payout(exchanged, expected):
    """A pool that is full leaves on the first business day: in Hong Kong not at Easter."""
    pytest.importorskip("holidays")
    flow = FundFlow(threshold=1000, calendar=business_days("HK"))

    assert expected == flow.earliest_payout(exchanged)


@pytest.mark.parametrize(
    ("payout", "earliest", "latest"),
    [
        (MONDAY, D(2026, 1, 6), D(2026, 1, 8)),
        (D(2026, 1, 7), D(2026, 1, 8), D(2026, 1, 12)),
        (D(2026, 1, 9), D(2026, 1, 12), D(2026, 1, 14)),
    ],
)
def test_arrival_at_the_bank(payout, earliest, latest):
    """A payout arrives one to three working days later."""
    assert Arrival(earliest=earliest, latest=latest) == FLOW.bank_arrival(payout)


def test_a_calendar_without_business_days():
    """A calendar that never has a business day is refused, not asked for ever."""
    with pytest.raises(InvalidInput) as caught:
        FundFlow(threshold=1, calendar=Never()).earliest_payout(MONDAY)

    assert "calendar" == caught.value.field


# --- day by day


def test_one_day():
    """Day T's money lies a day, is exchanged on T+1, and leaves at once when it is enough."""
    first, second, third = FLOW.run({MONDAY: 1500}, MONDAY, MONDAY + 2 * ONE_DAY)

    assert [(0, 0, 0), (1500, 1500, 0), (0, 0, 0)] == told([first, second, third])
    assert (1500, 0) == (first.came_in, second.came_in)
    assert (WaitReason.BELOW_THRESHOLD, 1000) == (first.reason, first.missing)
    assert (None, 0) == (second.reason, second.missing)


def test_carrying_over():
    """Below the threshold money gathers over days; then all of it leaves at once."""
    daily = {MONDAY: 400, MONDAY + ONE_DAY: 599, MONDAY + 2 * ONE_DAY: 1}
    days = FLOW.run(daily, MONDAY, MONDAY + 3 * ONE_DAY)

    assert [(0, 0, 0), (400, 0, 400), (599, 0, 999), (1, 1000, 0)] == told(days)
    assert [1000, 600, 1, 0] == [each.missing for each in days]


def test_a_weekend():
    """Money is exchanged at the weekend too, and waits for Monday."""
    friday = D(2026, 1, 9)
    days = FLOW.run({friday: 1000, friday + ONE_DAY: 2000}, friday, friday + 3 * ONE_DAY)

    assert [(0, 0, 0), (1000, 0, 1000), (2000, 0, 3000), (0, 3000, 0)] == told(days)
    assert [WaitReason.NOT_A_BUSINESS_DAY] * 2 == [each.reason for each in days[1:3]]


def test_a_day_below_zero():
    """Refunds beyond what came in count against the pool, which may be below zero."""
    daily = {MONDAY: -500, MONDAY + ONE_DAY: 1200, MONDAY + 2 * ONE_DAY: 300}
    days = FLOW.run(daily, MONDAY, MONDAY + 3 * ONE_DAY)

    assert [(0, 0, 0), (-500, 0, -500), (1200, 0, 700), (300, 1000, 0)] == told(days)
    assert 1500 == days[1].missing


def test_a_pool_from_before():
    """What the pool held before the first day counts."""
    (day,) = FLOW.run({}, MONDAY, MONDAY, pool=1000)

    assert [(0, 1000, 0)] == told([day])


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"end": D(2026, 1, 4)}, "end"),
        ({"start": dt.datetime(2026, 1, 5, tzinfo=dt.UTC)}, "start"),
        ({"end": "2026-01-05"}, "end"),
        ({"daily": {D(2026, 1, 3): 1}}, "daily"),
        ({"daily": {D(2026, 1, 6): 1}}, "daily"),
        ({"daily": {"2026-01-05": 1}}, "daily"),
        ({"daily": {MONDAY: 1.5}}, "daily[2026-01-05]"),
        ({"pool": True}, "pool"),
    ],
)
def test_runs_that_are_refused(wrong, field):
    """Money outside the days, floats, and days out of order are refused: nothing gets lost."""
    good = {"daily": {}, "start": MONDAY, "end": MONDAY, "pool": 0}

    with pytest.raises(InvalidInput) as caught:
        FLOW.run(**good | wrong)

    assert field == caught.value.field


# --- whatever comes in

AMOUNTS = st.integers(-5_000, 5_000)
HOLIDAYS = st.sets(st.integers(0, 40).map(lambda number: MONDAY + number * ONE_DAY))


@st.composite
def flows(draw):
    """Return a flow, and the days that it ran."""
    flow = FundFlow(threshold=draw(st.integers(1, 8_000)), calendar=Weekdays(draw(HOLIDAYS)))
    amounts = draw(st.lists(AMOUNTS, min_size=1, max_size=40))
    daily = {MONDAY + number * ONE_DAY: amount for number, amount in enumerate(amounts)}
    pool = draw(AMOUNTS)
    return flow, daily, pool, flow.run(daily, MONDAY, max(daily), pool=pool)


@settings(deadline=None)
@given(flows())
def test_nothing_is_lost(drawn):
    """What came in is what was paid out, what the pool holds, and what still lies in CNY."""
    _, daily, pool, days = drawn

    left = sum(each.paid_out for each in days) + days[-1].pool + days[-1].came_in

    assert pool + sum(daily.values()) == left


@settings(deadline=None)
@given(flows())
def test_each_day_follows_from_the_last(drawn):
    """Each day begins with the pool of the one before and exchanges what came in on it."""
    _, daily, pool, days = drawn
    before = pool
    for each in days:
        assert daily.get(each.day - ONE_DAY, 0) == each.exchanged
        assert before + each.exchanged - each.paid_out == each.pool
        before = each.pool


@settings(deadline=None)
@given(flows())
def test_payouts_follow_the_rules(drawn):
    """A payout empties a pool that is full on a business day, and no such day goes by without."""
    flow, _, pool, days = drawn
    before = pool
    for each in days:
        full = before + each.exchanged >= flow.payout_from
        works = flow.calendar.is_business_day(each.day)

        assert (full and works) == (each.paid_out > 0) == (each.reason is None)
        assert each.pool == 0 or not each.paid_out
        assert (each.missing == 0) == full
        before = each.pool


@settings(deadline=None)
@given(flows(), st.data())
def test_a_run_can_be_cut(drawn, data):
    """A run goes on from the pool of any day and that day's money, as if it had not been cut."""
    flow, daily, pool, _ = drawn
    cut = data.draw(st.sampled_from(sorted(daily)))
    head = {day: amount for day, amount in daily.items() if day <= cut}
    tail = {day: amount for day, amount in daily.items() if day >= cut}
    end = max(daily) + ONE_DAY

    first = flow.run(head, MONDAY, cut, pool=pool)
    second = flow.run(tail, cut + ONE_DAY, end, pool=first[-1].pool)

    assert flow.run(daily, MONDAY, end, pool=pool) == first + second
