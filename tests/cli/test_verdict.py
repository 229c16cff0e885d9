import datetime as dt
import io

import attrs
import pytest

from wxdist.cli.fetching import Fetched
from wxdist.cli.output import WIDTH, Screen, columns
from wxdist.cli.verdict import missing, money, report, verdict
from wxdist.models import BillKind
from wxdist.reconcile import Difference, DifferenceKind, OpenReason, Ordinary, Source, Sums

from ..reconcile.books import FIRST, usual_books

TEXT = "Detail 36 of order D: description is another one, as long as a description may be."


@pytest.fixture(scope="module")
def result():
    """A reconciliation of books that agree."""
    return usual_books().reconcile()


def difference(**changes):
    facts = {
        "kind": DifferenceKind.DIFFERS,
        "source": Source.DISTRIBUTION,
        "key": {"transaction_id": "4200000001" * 3, "out_order_no": "D" * 64},
        "field": "amount",
        "here": 1,
        "there": 2,
        "day": FIRST,
        "text": TEXT,
    }
    return Difference(**facts | changes)


def differing(result, *differences, count=None):
    count = count or len(differences)
    return attrs.evolve(
        result,
        differences=differences,
        counts={DifferenceKind.DIFFERS: count},
        source_counts={Source.DISTRIBUTION: count},
    )


def reported(result, screen=None, *, not_yet=(), skipped=()):
    screen = screen or Screen(io.StringIO())
    return list(report(screen, result, not_yet=not_yet, skipped=skipped))


def left_over(result, *left):
    """Return *result* with sub-merchants of whom so many fen are left over."""
    sums = [Sums(sub_mchid=str(number), paid=fen) for number, fen in enumerate(left)]
    return attrs.evolve(result, sums=tuple(sums), total=Sums(paid=sum(left)))


def test_the_verdict_is_a_sentence(result):
    """It tells the period, how many differences there are, and whether the sums close."""
    period = "2026-01-05 to 2026-01-08: "
    sums = "the money adds up to the fen."
    two = differing(result, difference(), difference())

    assert period + "nothing differs, and " + sums == verdict(result)
    assert period + "2 differences were found, but " + sums == verdict(two)
    assert period + "1 difference was found, and the money does NOT add up: 0.03 yuan are left" in (
        verdict(differing(left_over(result, 3), difference()))
    )


def test_sums_that_hide_each_other_do_not_close(result):
    """What one sub-merchant has too much and another too little is told of each."""
    lines = reported(left_over(result, 5, -5, 0))

    assert lines[0].endswith("nothing differs, and the money does NOT add up.")
    assert ["Sub-merchant 0: 0.05 left over.", "Sub-merchant 1: -0.05 left over."] == [
        line for line in lines if line.startswith("Sub-merchant")
    ]


def test_no_line_is_too_long(result):
    """Every line fits a terminal of 80 columns, whatever the ids and texts."""
    long = difference(field="refund_settlement_currency", here="分" * 40, text=TEXT * 3)
    damaged = difference(kind=DifferenceKind.MISSING_THERE, field=None, here=None, there=None)
    found = differing(result, long, damaged, difference(day=None))

    assert [] == [line for line in reported(found) if columns(line) > WIDTH]


def test_what_was_cut_is_told_in_a_sentence(result):
    """A value that does not fit its column is cut there, and stands whole in the text below."""
    short, long = difference(), difference(field="description", there="x" * 60)

    lines = reported(differing(result, short, long))

    assert 1 == sum("Detail 36 of order D:" in line for line in lines)
    assert any(line.endswith("xxx…") for line in lines)


def test_shows_the_first_fifty(result):
    """Of many differences the first are shown, and how many more there are, and where."""
    lines = reported(differing(result, *[difference()] * 60, count=12_345))

    assert 50 == sum(line.startswith("differs ") for line in lines)
    assert "And 12,295 more: see --html, --json or --parquet." in lines
    assert "Differences: differs 12,345." in lines
    assert "distribution bills  28 rows matched       12,345" in lines


def test_open_things_have_sums(result):
    """Open things are summed by reason and currency, all of them."""
    sums = {OpenReason.PROCESSING: {"HKD": 12, "JPY": -300}}

    lines = reported(
        attrs.evolve(result, open=(), open_counts={OpenReason.PROCESSING: 3}, open_sums=sums)
    )

    assert ["processing      3  0.12 HKD  details under way", " " * 19 + "-300 JPY"] == lines[-2:]


def test_what_is_not_there_takes_no_room(result):
    """Without open things and other payments their tables are left out."""
    lines = reported(attrs.evolve(result, open=(), open_counts={}, ordinary=()))

    assert "left over" == lines[-1].rpartition("  ")[0].rstrip()


def test_other_payments_are_summed_by_currency(result):
    """Of payments that were not marked, those of all sub-merchants are one line a currency."""
    yen = Ordinary(currency="JPY", payments=1, paid=1000, refunded=0)
    others = [attrs.evolve(yen, sub_mchid=sub, refunded=5) for sub in ("1", "2")]
    fen = attrs.evolve(yen, currency="CNY")

    lines = reported(attrs.evolve(result, ordinary=(yen, fen, *others)))

    assert [
        "ordinary, in CNY      1  10.00 CNY  0.00 CNY",
        "ordinary, in JPY      3  3,000 JPY    10 JPY",
    ] == [line for line in lines if line.startswith("ordinary, ")]


def test_many_cut_lines_are_shortened(result):
    """Of many cut lines of the journal the first five are named."""
    lines = reported(result, skipped=range(1, 9))

    assert (
        "Lines of the journal that are cut, and were left out: 1, 2, 3, 4, 5 and others." in lines
    )


def test_a_strangers_text_controls_nothing(result):
    """Escape sequences in values and ids from outside are not printed."""
    found = difference(there="\x1b[2J", key={"out_order_no": "\x1b]0;x\x07"})

    assert not any("\x1b" in line for line in reported(differing(result, found)))


def test_a_terminal_gets_colours(result, terminal):
    """The verdict is green when all is well, else red."""
    screen = Screen(terminal, environ={})

    assert reported(result, screen)[0].startswith("\x1b[32m")
    assert reported(differing(result, difference()), screen)[0].startswith("\x1b[31m")


def test_of_missing_bills_the_first_of_each_kind_is_told():
    """Bills that are not there are told once for each kind; the others are counted."""
    days = [FIRST + dt.timedelta(days=number) for number in range(3)]
    bills = [
        Fetched(kind=BillKind.REFUNDS, day=day, state="not yet", said="not made") for day in days
    ]

    assert ["2026-01-05, refunds: not made", "And 2 of later days."] == missing(bills)
    assert ["2026-01-05, refunds: not made"] == missing(bills[:1])


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        (123_456, "HKD", "1,234.56 HKD"),
        (-5, "CNY", "-0.05 CNY"),
        (1_234_567, "JPY", "1,234,567 JPY"),
        (-1_234_567, "KWD", "-1,234.567 KWD"),
        (100, "", "1.00"),
    ],
)
def test_money_has_the_decimals_of_its_currency(amount, currency, expected):
    """An amount in minor units is shown exactly in whole units of its currency."""
    assert expected == money(amount, currency)
