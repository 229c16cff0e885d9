"""The journal."""

import logging

import attrs
import pytest

from wxdist.errors import InvalidInput
from wxdist.models import Remaining
from wxdist.reconcile import Journal, KnownPayment

from .books import usual_books


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "known.jsonl")


def test_gives_back_what_was_added(journal):
    """Whatever is added comes back the same, in the same order."""
    books = usual_books()
    known = [*books.known(), Remaining(transaction_id="42", unsplit_amount=5, currency="CNY")]

    journal.add(*known)

    assert known == list(journal)
    assert () == journal.skipped


def test_serves_as_what_is_known(journal):
    """A reconciliation reads a journal like a list."""
    books = usual_books()
    journal.add(*books.known())

    assert books.reconcile().sums == books.reconcile(known=journal).sums


def test_keeps_what_an_answer_had_beside_its_fields(journal):
    """Fields that this version does not know are kept; the kind of the line stays ours."""
    refund = attrs.evolve(usual_books().repaid[0], extra={"new": [1], "kind": "odd"})

    journal.add(refund)

    (back,) = journal
    assert {"new": [1]} == back.extra


def test_takes_the_last_line_about_the_same_thing(journal):
    """A later line replaces an earlier one, of an order with all its details."""
    books = usual_books()
    payment, order = books.payments[0], books.orders[0]
    wrong = attrs.evolve(order, receivers=(attrs.evolve(order.receivers[0], amount=1),) * 2)

    journal.add(attrs.evolve(payment, amount=1), wrong, *books.known())

    assert {} == books.reconcile(known=journal).counts


def test_leaves_out_a_line_that_was_cut(journal, caplog):
    """A line that a crash has cut is told and left out; what comes after it is whole."""
    books = usual_books()
    journal.add(*books.payments[:2])
    journal.path.write_bytes(journal.path.read_bytes()[:-20])
    journal.add(books.payments[2])
    caplog.set_level(logging.WARNING)

    assert [books.payments[0], books.payments[2]] == list(journal)
    assert (2,) == journal.skipped
    assert "line 2" in caplog.text


def test_begins_no_new_line_for_nothing(journal):
    """Empty lines are nothing."""
    journal.path.write_bytes(b"\n\n")
    journal.add(usual_books().payments[0])

    assert 1 == len(list(journal))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b'{"kind": "order", "id": 1}', "of no kind"),
        (b'{"id": 1}', "of no kind"),
        (b'{"kind": "payment", "amount": "1"}', "amount"),
        (b'{"kind": "remaining"}', "required"),
    ],
)
def test_refuses_a_line_that_is_not_what_it_says(journal, line, problem):
    """A whole line of another kind, or without its fields, is no journal."""
    journal.path.write_bytes(line + b"\n")

    with pytest.raises(InvalidInput, match=problem):
        list(journal)


def test_refuses_other_things(journal):
    """Only the four kinds can be added; nothing is written when one of them is none."""
    with pytest.raises(InvalidInput, match="must not be a str"):
        journal.add(usual_books().payments[0], "42")

    assert not journal.path.exists()


def test_needs_a_time_zone():
    """A naive time of a payment is refused."""
    payment = usual_books().payments[0]
    fields = {each.name: getattr(payment, each.name) for each in attrs.fields(KnownPayment)}
    fields["paid_at"] = payment.paid_at.replace(tzinfo=None)

    with pytest.raises(InvalidInput, match="time zone"):
        KnownPayment(**fields)
