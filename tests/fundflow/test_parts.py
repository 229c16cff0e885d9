"""The parts of a batch: to the unit, and nothing spread."""

import datetime as dt
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wxdist import InvalidInput
from wxdist.fundflow import Part, Unassigned, parts

DAY = dt.date(2026, 1, 5)
NOTHING = Unassigned(pay=0, split_pay=0, refund=0, fee=0, net=0)


def test_a_batch(batch, payment, refund, release):
    """Each sub-merchant is owed its payments and releases, less refunds and fees."""
    statements = [
        payment("B", 5000, fee=30),
        payment("A", 1000, fee=6),
        refund("A", 500, fee=-3),
        payment("A", 777, currency="CNY"),
    ]
    releases = [release("A", 200), release("C", 40), release("C", None, currency="")]
    settlement = batch(DAY, pay=6240, split_pay=240, refund=500, fee=33, net=5707)

    found = parts(settlement, statements, releases)

    assert (
        Part(sub_mchid="A", ordinary=1000, split_pay=200, refund=500, fee=3),
        Part(sub_mchid="B", ordinary=5000, split_pay=0, refund=0, fee=30),
        Part(sub_mchid="C", ordinary=0, split_pay=40, refund=0, fee=0),
    ) == found.parts
    assert [(1200, 697), (5000, 4970), (40, 40)] == [(each.pay, each.net) for each in found.parts]
    assert (NOTHING, True) == (found.unassigned, found.adds_up)
    assert settlement is found.settlement


def test_what_names_nobody(batch, payment):
    """A row without a sub-merchant is nobody's part: it stays unassigned."""
    found = parts(batch(DAY, pay=15, fee=1, net=14), [payment("A", 10), payment("", 5, fee=1)], [])

    assert Unassigned(pay=5, split_pay=0, refund=0, fee=1, net=4) == found.unassigned
    assert (["A"], False) == ([each.sub_mchid for each in found.parts], found.adds_up)


def test_a_missing_bill(batch, payment):
    """Released money without its bill is unassigned, in its own column too."""
    found = parts(batch(DAY, pay=30, split_pay=20, net=30), [payment("A", 10)], [])

    assert Unassigned(pay=20, split_pay=20, refund=0, fee=0, net=20) == found.unassigned


def test_a_refund_out_of_released_money(batch, refund, release):
    """Its row is in CNY and so gives nobody's part: the batch's refund stays unassigned."""
    settlement = batch(DAY, pay=50, split_pay=50, refund=20, net=30)

    found = parts(settlement, [refund("A", 16, currency="CNY")], [release("A", 50)])

    assert Unassigned(pay=0, split_pay=0, refund=20, fee=0, net=-20) == found.unassigned


def test_too_many_rows(batch, payment):
    """Rows that give more than the batch holds show as unassigned below zero."""
    found = parts(batch(DAY, pay=10, net=10), [payment("A", 10), payment("A", 10)], [])

    assert Unassigned(pay=-10, split_pay=0, refund=0, fee=0, net=-10) == found.unassigned


def test_a_batch_that_contradicts_itself(batch, payment):
    """A net that is not pay less refund and fee shows, though all columns are assigned."""
    found = parts(batch(DAY, pay=10, net=9), [payment("A", 10)], [])

    assert (9 - 10, 0, False) == (found.unassigned.net, found.unassigned.pay, found.adds_up)


def test_an_empty_batch(batch):
    """Nothing came in and nothing is owed: that adds up."""
    found = parts(batch(DAY), [], [])

    assert ((), True) == (found.parts, found.adds_up)


def test_a_batch_of_some_days(batch, payment):
    """Payments of every day of the batch count; one of another day is refused."""
    until = DAY + dt.timedelta(days=1)
    times = ["2026-01-05T00:00:00+08:00", "2026-01-06T23:59:59+08:00"]
    rows = [payment("A", 5, transaction_time=time) for time in times]
    settlement = batch(DAY, until=until, pay=10, net=10)
    late = payment("A", 5, transaction_time="2026-01-07T00:00:00+08:00")

    assert parts(settlement, rows, []).adds_up
    with pytest.raises(InvalidInput, match="a payment of 2026-01-07"):
        parts(settlement, [*rows, late], [])


def test_a_batch_that_ends_before_it_starts(batch):
    """Days in the wrong order are refused, not taken for a batch without rows."""
    with pytest.raises(InvalidInput) as caught:
        parts(batch(DAY, until=DAY - dt.timedelta(days=1)), [], [])

    assert "settlement" == caught.value.field


def test_settled_in_cny(batch, payment, release):
    """An institution that is settled in CNY says which payments are marked."""
    settlement = batch(DAY, currency="CNY", pay=25, split_pay=20, net=25)
    rows = [
        payment("A", 90, currency="CNY", transaction_id="M"),
        payment("A", 5, currency="CNY", transaction_id="T"),
    ]
    released = [release("A", 20, currency="CNY", transaction_id="M")]

    assert parts(settlement, rows, released, marked={"M"}).adds_up
    with pytest.raises(InvalidInput) as caught:
        parts(settlement, rows, released)
    assert "marked" == caught.value.field


AMOUNT = st.integers(-(10**12), 10**12)
NAMES = st.sampled_from(["", "A", "B", "C"])
ROW = st.tuples(st.sampled_from(["payment", "refund", "release"]), NAMES, AMOUNT, AMOUNT)


# The makers that the fixtures give keep no state.
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(ROW, max_size=30),
    sums=st.fixed_dictionaries(dict.fromkeys(("pay", "refund", "fee", "net"), AMOUNT)),
    split_pay=st.none() | AMOUNT,
)
def test_parts_and_rest_are_the_batch(*, batch, payment, refund, release, rows, sums, split_pay):
    """Whatever the rows and the batch say, parts and remainder are the batch in every column."""
    makers = {"payment": payment, "refund": refund}
    statements = [
        makers[kind](name, amount, fee=fee) for kind, name, amount, fee in rows if kind != "release"
    ]
    releases = [release(name, amount) for kind, name, amount, _ in rows if kind == "release"]

    found = parts(batch(DAY, split_pay=split_pay, **sums), statements, releases)

    for column in ("pay", "refund", "fee", "net"):
        given_out = sum(getattr(each, column) for each in found.parts)
        assert sums[column] == given_out + getattr(found.unassigned, column)
    split = sum(each.split_pay for each in found.parts) + found.unassigned.split_pay
    assert (split_pay or 0) == split
    assert {name for _, name, _, _ in rows if name} == {each.sub_mchid for each in found.parts}


def test_many_rows_in_little_memory(batch, payment, release):
    """Rows are read once and forgotten: only one sum for each sub-merchant is kept."""
    row, released = payment("A", 3, fee=1), release("B", 2)
    count = 5_000
    settlement = batch(DAY, pay=5 * count, split_pay=2 * count, fee=count, net=4 * count)
    tracemalloc.start()
    try:
        found = parts(settlement, (row for _ in range(count)), (released for _ in range(count)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert found.adds_up
    assert peak < 100_000
