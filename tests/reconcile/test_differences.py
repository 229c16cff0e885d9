"""One thing is spoiled, one difference is found."""

import attrs
import pytest

from .books import DAY, FIRST, Books, usual_books
from .spoiling import BILLS, CASES, DAY_2, FIELDS, ROWS, change, cut, find


def found(books):
    """Return kind, source and field of each difference."""
    result = books.reconcile()
    return [(each.kind.value, each.source.value, each.field) for each in result.differences]


@pytest.mark.parametrize(
    ("bill", "wanted", "fields", "difference"),
    [
        pytest.param(bill, *one, id="-".join((bill, one[0].__name__, *one[1], str(number))))
        for bill, cases in FIELDS.items()
        for number, one in enumerate(cases)
    ],
)
def test_names_a_field(bill, wanted, fields, difference):
    """A field of a row that is not as we know it is one difference, and nothing else is."""
    books = usual_books()
    change(getattr(books, bill)[DAY_2], wanted, **fields)

    assert [difference] == found(books)


@pytest.mark.parametrize(("bill", "wanted", "source"), ROWS)
def test_names_a_missing_row(bill, wanted, source):
    """A row that is not in its bill is missing there."""
    books = usual_books()
    rows = getattr(books, bill)[DAY_2]
    del rows[find(rows, wanted)]

    assert [("missing_there", source, None)] == found(books)


@pytest.mark.parametrize(("bill", "wanted", "source"), ROWS)
@pytest.mark.parametrize("day", [DAY_2, DAY_2 + DAY])
def test_names_a_doubled_row(bill, wanted, source, day):
    """A row that stands twice, in one bill or in two, is doubled."""
    books = usual_books()
    rows = getattr(books, bill)
    rows[day].append(rows[DAY_2][find(rows[DAY_2], wanted)])

    assert [("doubled", source, None)] == found(books)


@pytest.mark.parametrize(("bill", "wanted", "source"), ROWS)
def test_names_a_row_of_another_day(bill, wanted, source):
    """A row that stands in the bill of the next day differs in its day."""
    books = usual_books()
    rows = getattr(books, bill)
    if len(rows[DAY_2]) == 1:  # else it would be a day without a bill
        books = usual_books(twice=True)
        rows = getattr(books, bill)
    rows[DAY_2 + DAY].append(rows[DAY_2].pop(find(rows[DAY_2], wanted)))

    assert [("differs", source, "day")] == found(books)


@pytest.mark.parametrize(("bill", "source"), BILLS)
def test_names_a_bill_of_another_day(bill, source):
    """A bill that was given for another day is one difference, not one a row."""
    books = usual_books()
    bills = getattr(books, bill)
    bills[DAY_2] = list(bills[DAY_2 + DAY])

    result = books.reconcile()

    assert [("differs", source, "day")] == found(books)
    assert 0 < result.unchecked


@pytest.mark.parametrize(("bill", "source"), BILLS)
def test_names_two_bills_that_changed_places(bill, source):
    """Of two bills that changed places each is one difference."""
    books = usual_books()
    bills = getattr(books, bill)
    bills[DAY_2], bills[FIRST] = bills[FIRST], bills[DAY_2]

    assert [("differs", source, "day")] * 2 == found(books)


@pytest.mark.parametrize(("bill", "source"), BILLS)
def test_names_a_missing_bill(bill, source):
    """A day of which something is known and no bill was given is one difference."""
    books = usual_books()
    del getattr(books, bill)[DAY_2]

    assert [("missing_there", source, "file")] == found(books)


@pytest.mark.parametrize(("bill", "source"), BILLS)
def test_names_a_cut_bill(bill, source):
    """A bill that cannot be read to its end proves nothing: its day is not checked."""
    books = usual_books()
    bills = getattr(books, bill)
    bills[DAY_2] = cut(bills[DAY_2])

    result = books.reconcile()

    assert [("damaged", source, "file")] == [
        (each.kind.value, each.source.value, each.field) for each in result.differences
    ]
    assert "line 5 is cut" == result.differences[0].there
    assert 0 < result.unchecked


@pytest.mark.parametrize("name", CASES)
def test_names_what_went_wrong(name):
    """Each of these deeds gives the one difference that it is, and nothing else."""
    deed, difference = CASES[name]
    books = usual_books()
    deed(books)

    assert [difference] == found(books)


def test_tells_a_wrong_row_that_stands_twice():
    """A row that is wrong and stands twice is doubled, and its field differs once."""
    books = usual_books()
    change(books.drows[DAY_2], lambda _: True, amount=999)
    books.drows[DAY_2].append(books.drows[DAY_2][0])

    assert [("doubled", "distribution", None), ("differs", "distribution", "amount")] == found(
        books
    )


def test_tells_a_detail_that_we_took_for_pending_once():
    """A detail that ended without our knowing, on a later day, differs in its state alone."""
    books = usual_books()
    order = next(each for each in books.orders if each.receivers[0].amount == 1_000)
    row = books.drows[FIRST].pop(find(books.drows[FIRST], lambda row: row.amount == 1_000))
    books.drows[DAY_2].append(row)
    detail = attrs.evolve(order.receivers[0], result="PENDING", finish_time=None)
    books.orders[books.orders.index(order)] = attrs.evolve(order, receivers=(detail,))

    assert [("differs", "distribution", "status")] == found(books)


def test_masks_the_account_of_a_person():
    """The openid of a receiver is not shown, on neither side."""
    books = usual_books()
    change(books.drows[DAY_2], lambda _: True, receiver_account="oABCDEFGHIJKLMN")

    (difference,) = books.reconcile().differences

    assert "<15 chars>" == difference.there
    assert "oABC" not in str(difference)


def test_tells_two_masked_accounts_apart():
    """Two accounts that look the same when masked are still said to differ."""
    books = usual_books()
    order = next(each for each in books.orders if each.receivers[0].amount == 1010)
    detail = attrs.evolve(order.receivers[0], account="oAAA")
    books.orders[books.orders.index(order)] = attrs.evolve(order, receivers=(detail,))
    change(books.drows[DAY_2], lambda row: row.amount == 1010, receiver_account="oBBB")

    (difference,) = books.reconcile().differences

    assert ("<4 chars>", "<4 chars>, another one") == (difference.here, difference.there)


def test_tells_what_differs():
    """A difference carries its ids, both values, the day and a sentence."""
    books = usual_books()
    change(books.drows[DAY_2], lambda _: True, amount=999)

    (difference,) = books.reconcile().differences

    row = books.drows[DAY_2][0]
    assert {
        "transaction_id": row.transaction_id,
        "out_order_no": row.out_order_no,
        "detail_id": row.detail_id,
    } == difference.key
    assert (1010, 999, DAY_2) == (difference.here, difference.there, difference.day)
    assert (
        f"Detail {row.detail_id}: amount is 1010 as we know it, 999 in the distribution bill of"
        " 2026-01-06." == difference.text
    )


def test_names_a_row_in_a_bill_of_its_own():
    """A row that moved to a day on which nothing else happened differs in its day."""
    books = Books(days=2)
    books.marked(FIRST, 10_000, shares=(100, 200))
    books.drows[DAY_2].append(books.drows[FIRST].pop())

    assert [("differs", "distribution", "day")] == found(books)
