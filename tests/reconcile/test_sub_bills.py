"""Bills of distribution that are of one sub-merchant each, as the service asks institutions to."""

import attrs

from wxdist import BillRefused
from wxdist.models import DetailType

from .books import DAY, SUBS, usual_books
from .spoiling import DAY_2

NEXT = DAY_2 + DAY


def found(result):
    return [(each.kind.value, each.source.value, each.field) for each in result.differences]


@attrs.frozen
class SubBill:
    """A bill of distribution of one sub-merchant."""

    day: object
    sub_mchid: str
    given: tuple
    problem: BillRefused | None = None
    damage: BillRefused | None = None

    def rows(self):
        yield from self.given
        if self.damage is not None:
            raise self.damage

    def check(self):
        if self.problem is not None:
            raise self.problem


def sub_bills(books):
    """The bills of distribution, one a day and sub-merchant."""
    return [
        SubBill(day, sub, tuple(row for row in rows if row.sub_mchid == sub))
        for day, rows in books.drows.items()
        for sub in SUBS
    ]


def changed(bills, day, sub, **fields):
    return [
        attrs.evolve(each, **fields) if (each.day, each.sub_mchid) == (day, sub) else each
        for each in bills
    ]


def test_takes_the_bills_of_sub_merchants():
    """Bills of single sub-merchants together are as good as one of all."""
    books = usual_books()

    assert {} == books.reconcile(distribution=sub_bills(books)).counts


def test_names_a_missing_bill_of_one_sub_merchant():
    """A bill that was not given is one difference, though others of its day were given."""
    books = usual_books()
    bills = [each for each in sub_bills(books) if (each.day, each.sub_mchid) != (DAY_2, SUBS[0])]

    (difference,) = (result := books.reconcile(distribution=bills)).differences

    assert [("missing_there", "distribution", "file")] == found(result)
    assert SUBS[0] in difference.text


def test_a_damaged_bill_hides_nothing_of_another_sub_merchant():
    """What is missing in the bill of one is found though that of another cannot be read."""
    books = usual_books()
    bills = changed(sub_bills(books), DAY_2, SUBS[0], damage=BillRefused("cut"))
    bills = changed(bills, DAY_2, SUBS[1], given=())

    result = books.reconcile(distribution=bills)

    of_other = [
        each
        for order in books.orders
        for each in order.receivers
        if order.sub_mchid == SUBS[1] and each.create_time.date() == DAY_2
    ]
    missing = [("missing_there", "distribution", None)] * len(of_other)
    assert [("damaged", "distribution", "file"), *missing] == found(result)
    assert SUBS[0] == result.differences[0].key["sub_mchid"]
    assert {DetailType.UNFREEZE_TO_SPONSOR, DetailType.DISTRIBUTE_TO_OTHERS} == {
        each.detail_type for each in of_other
    }


def test_names_two_wrong_summaries_of_a_day():
    """The wrong summaries of two sub-merchants' bills do not explain each other."""
    books = usual_books()
    facts = {"column": "total_count", "printed": "9", "counted": "3"}
    wrong = BillRefused("the summary is wrong", facts=facts)
    bills = sub_bills(books)
    for sub in SUBS:
        bills = changed(bills, DAY_2, sub, problem=wrong)

    result = books.reconcile(distribution=bills)

    assert [("sum", "distribution", "total_count")] * 2 == found(result)
    assert set(SUBS) == {each.key["sub_mchid"] for each in result.differences}


def test_names_bills_of_a_sub_merchant_that_changed_places():
    """Two bills of one sub-merchant that changed places are two differences."""
    books = usual_books()
    rows = {(each.day, each.sub_mchid): each.given for each in sub_bills(books)}
    bills = changed(sub_bills(books), DAY_2, SUBS[0], given=rows[NEXT, SUBS[0]])
    bills = changed(bills, NEXT, SUBS[0], given=rows[DAY_2, SUBS[0]])

    result = books.reconcile(distribution=bills)

    assert [("differs", "distribution", "day")] * 2 == found(result)
