import datetime as dt
from fractions import Fraction

import pytest

from wxdist.sandbox.rules import calendar, money, rates
from wxdist.sandbox.rules.fields import Fields
from wxdist.sandbox.rules.refusal import Refused
from wxdist.waiting.clock import FAKE_START

FRIDAY = dt.date(2026, 1, 9)


def at(day, hour):
    return calendar.moment(day, hour)


# --- calendar


def test_beijing_days():
    """A Beijing day begins at 16:00 UTC of the day before."""
    midnight = dt.datetime(2026, 1, 4, 16, tzinfo=dt.UTC).timestamp()

    assert (dt.date(2026, 1, 4), dt.date(2026, 1, 5)) == (
        calendar.day_of(midnight - 1),
        calendar.day_of(midnight),
    )
    assert midnight == calendar.moment(dt.date(2026, 1, 5))
    assert "2026-01-05T09:00:00+08:00" == calendar.stamp(FAKE_START + 0.9)


@pytest.mark.parametrize(
    ("start", "end"),
    [((5, 9), (8, 9)), ((8, 9), (13, 9)), ((10, 9), (14, 9))],
)
def test_audit_counts_working_days(start, end):
    """Three working days from Monday end on Thursday, from a Saturday on Wednesday."""
    begin, expected = (at(dt.date(2026, 1, day), hour) for day, hour in (start, end))

    assert expected == calendar.audit_ends(begin)


@pytest.mark.parametrize(
    ("day", "hour", "expected"),
    [
        (FRIDAY, 6, FRIDAY),
        (FRIDAY, 10, FRIDAY),
        (FRIDAY, 11, FRIDAY + dt.timedelta(days=3)),
        (FRIDAY + dt.timedelta(days=1), 6, FRIDAY + dt.timedelta(days=3)),
    ],
)
def test_payout_on_the_next_business_morning(day, hour, expected):
    """Money is paid out at 10:00 of the same business day, or of the next one."""
    assert at(expected, 10) == calendar.payout_time(at(day, hour))


@pytest.mark.parametrize(
    "text", ["2026-1-05", "2026-02-30", "", "20260105", "２026-01-05", "2026-01-5 "]
)
def test_days_that_are_none(text):
    """A day that is not written exactly as documented is a wrong parameter."""
    with pytest.raises(Refused) as refusal:
        calendar.day_in(text, "%Y-%m-%d", "bill_date")
    assert "bill_date" == refusal.value.detail["field"]


def test_days_that_are_one():
    """A day is read in the form that is asked for."""
    expected = dt.date(2026, 1, 5)

    assert expected == calendar.day_in("2026-01-05", "%Y-%m-%d", "bill_date")
    assert expected == calendar.day_in("20260105", "%Y%m%d", "settle_end_date")


# --- money


@pytest.mark.parametrize(
    ("amount", "rate", "expected"),
    [(1000, "0", 0), (1000, "0.0055", 6), (100, "0.005", 1), (99, "0.005", 0), (1, "0.499", 0)],
)
def test_fee(amount, rate, expected):
    """The fee is rounded half up and never takes the whole payment."""
    assert expected == money.fee(amount, Fraction(rate))


@pytest.mark.parametrize(
    ("amount", "ratio", "expected"), [(100, "0.29", 29), (1, "0.3", 0), (99, "1", 99)]
)
def test_cap(amount, ratio, expected):
    """The cap is exact, cut to whole fen."""
    assert expected == money.cap(amount, Fraction(ratio))


def test_exchange_fits_the_samples():
    """Both samples of the documentation come out."""
    hkd = rates.RATES["HKD"]

    assert [1189, 952] == [rates.exchanged(fen, hkd, "HKD") for fen in (995, 797)]


@pytest.mark.parametrize(
    ("fen", "currency", "expected"),
    [(650, "USD", 100), (649, "USD", 99), (1234, "CNY", 1234), (463, "JPY", 100), (462, "JPY", 99)],
)
def test_exchange_into_other_currencies(fen, currency, expected):
    """What is exchanged is rounded down to the currency's own minor unit, if it has one."""
    assert expected == rates.exchanged(fen, rates.RATES[currency], currency)


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [(7, "CNY", 7), (100, "USD", 650), (1, "HKD", 1), (100, "JPY", 463), (1, "KRW", 1)],
)
def test_what_a_payer_pays(amount, currency, expected):
    """An order in another currency is paid in fen, rounded half up, with one fen at least."""
    assert expected == rates.in_fen(amount, rates.RATES[currency], currency)


def test_the_threshold_in_each_currency():
    """The pool is paid out from 800 USD on; in HKD at 7.80."""
    found = {each: rates.payout_from(each) for each in ("USD", "HKD", "CNY", "JPY")}

    assert {"USD": 80_000, "HKD": 624_000, "CNY": 520_000, "JPY": 112_311} == found


def test_daily_rates():
    """Daily rates are near the table's, others from day to day, and the same for the same seed."""
    days = [FRIDAY + dt.timedelta(days=each) for each in range(100)]
    base = rates.RATES["USD"]
    found = [rates.of_day("USD", day, seed=7, daily=True) for day in days]

    assert found == [rates.of_day("USD", day, seed=7, daily=True) for day in days]
    assert found != [rates.of_day("USD", day, seed=8, daily=True) for day in days]
    assert all(abs(rate - base) <= base // 100 for rate in found)
    assert len(set(found)) > 90
    assert {base} == {rates.of_day("USD", day, seed=7, daily=False) for day in days}
    assert {10**8} == {rates.of_day("CNY", day, seed=7, daily=True) for day in days}


# --- fields


def wrong(act, *arguments):
    with pytest.raises(Refused) as refusal:
        act(*arguments)
    detail = refusal.value.detail
    return detail["field"], detail["issue"], detail["location"]


def test_null_counts_as_left_out():
    """A null is as good as nothing; what is required is then missing."""
    fields = Fields({"appid": None, "out_trade_no": None}, "body")

    assert fields.maybe_text("appid") is None
    assert ("/out_trade_no", "is required", "body") == wrong(fields.text, "out_trade_no")


def test_wrong_types_and_sizes():
    """A value of another type or size is named with what is wrong."""
    fields = Fields(
        {"amount": "1", "unfreeze_unsplit": 1, "currency": "x" * 11, "type": "X"}, "body"
    )

    assert "/amount" == wrong(fields.whole, "amount")[0]
    assert "/unfreeze_unsplit" == wrong(fields.flag, "unfreeze_unsplit")[0]
    assert "/currency" == wrong(fields.text, "currency")[0]
    assert (
        "/type",
        "must be one of MERCHANT_ID, PERSONAL_OPENID, PERSONAL_SUB_OPENID",
        "body",
    ) == wrong(fields.receiver_type)
    assert Fields({"unfreeze_unsplit": False}, "body").flag("unfreeze_unsplit") is False


def test_numbers_in_a_query_are_digits():
    """A query spells numbers in digits, and in nothing else."""
    fields = Fields({"limit": "30", "offset": "-1"}, "query")

    assert 30 == fields.whole("limit")
    assert ("offset", "must be a whole number", "query") == wrong(fields.whole, "offset")
    assert "offset" == wrong(Fields({"offset": "9" * 5000}, "query").whole, "offset")[0]


@pytest.mark.parametrize("receivers", [[], [{}] * 51, "x", {}])
def test_receivers_are_one_to_fifty(receivers):
    """A list of none, of more than fifty, or that is none, is refused as a whole."""
    fields = Fields({"receivers": receivers}, "body")

    assert ("/receivers", "must be 1 to 50 entries", "body") == wrong(fields.receivers)


def test_receivers_are_objects():
    """An entry that is no object is named by its place."""
    fields = Fields({"receivers": [{}, 1]}, "body")

    assert ("/receivers/1", "must be an object", "body") == wrong(fields.receivers)
    assert [] == Fields({}, "body").receivers()
