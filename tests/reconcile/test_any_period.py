"""Periods made by dice."""

import random

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from .books import DAY, FIRST, SUBS, Books
from .spoiling import FIELDS


def random_books(seed):
    """Make a period by dice in which everything agrees."""
    dice = random.Random(seed)
    books = Books(days=dice.randrange(2, 5), seed=seed)
    for sub in SUBS * 2:  # so that there is something usual
        books.ordinary(FIRST, 5_000, sub=sub, refund=1_000)
        books.marked(FIRST, 5_000, sub=sub, shares=(100,), refund=1_000)
    for number in range(books.days):
        for _ in range(dice.randrange(3, 7)):
            day, amount, sub = FIRST + number * DAY, dice.randrange(500, 99_999), dice.choice(SUBS)
            refund = dice.choice([0, 0, amount // 3])
            if dice.random() < 0.4:
                books.ordinary(day, amount, sub=sub, refund=refund)
            else:
                shares = [amount // 20 + each for each in range(dice.randrange(4))]
                books.marked(
                    day,
                    amount,
                    sub=sub,
                    shares=shares,
                    refund=refund,
                    release=dice.random() < 0.7,
                )
    return books.settle(open_days=dice.randrange(3))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_finds_nothing_in_any_period_that_agrees(seed):
    """Whatever happened, as long as all sources tell it alike, nothing differs."""
    result = random_books(seed).reconcile()

    assert {} == result.counts
    assert result.ok


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), data=st.data())
def test_finds_one_spoiled_field_in_any_period(seed, data):
    """Whatever happened, one field that is spoiled gives its one difference."""
    books = random_books(seed)
    bill = data.draw(st.sampled_from(["drows", "rrows", "srows"]))
    wanted, fields, difference = data.draw(st.sampled_from(FIELDS[bill]))
    places = [
        (rows, number)
        for rows in getattr(books, bill).values()
        for number, row in enumerate(rows)
        if wanted(row) and not any("time" in name for name in fields)
    ]
    if not places:
        return
    rows, number = data.draw(st.sampled_from(places))
    rows[number] = attrs.evolve(rows[number], **fields)

    found = [(e.kind.value, e.source.value, e.field) for e in books.reconcile().differences]

    assert [difference] == found
