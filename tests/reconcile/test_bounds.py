"""Whatever a bill or our books say, it ends well: in memory, on the disk, in the report."""

import os
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

from wxdist.errors import InvalidInput
from wxdist.reconcile import Difference, DifferenceKind, Source

from .books import DAY, FIRST, SPONSOR, SUBS, Books, usual_books
from .spoiling import change, find, released

FILLING = """
import datetime as dt, os, sys
from wxdist.reconcile import KnownPayment, reconcile

def payments():
    for number in range(30_000):
        yield KnownPayment(transaction_id=f"42{number:026}", out_trade_no=f"P{number:030}",
            amount=1, currency="CNY", marked=True,
            paid_at=dt.datetime(2026, 1, 5, tzinfo=dt.UTC))
    print(*(os.readlink(f"/proc/self/fd/{each}") for each in os.listdir("/proc/self/fd")[:-1]),
        sep="\\n")
    print("filled", flush=True)
    sys.stdin.read()

reconcile(payments(), first=dt.date(2026, 1, 5), last=dt.date(2026, 1, 5), most_memory=1 << 20)
"""


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="looks at open files as Linux does")
def test_leaves_no_file_behind(tmp_path):
    """What does not fit in memory is in a file without a name: one that is killed leaves none."""
    environ = {**os.environ, "SQLITE_TMPDIR": str(tmp_path)}

    with subprocess.Popen(
        [sys.executable, "-c", FILLING],
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        opened = list(iter(process.stdout.readline, "filled\n"))
        while_running = list(tmp_path.iterdir())
        process.kill()

    assert any(str(tmp_path) in each and "(deleted)" in each for each in opened)
    assert [] == while_running
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00"])
def test_reads_times_at_the_ends_of_time(text):
    """A printed time that has no Beijing day is of no known form: no difference."""
    books = usual_books()
    change(books.srows[FIRST], lambda _: True, transaction_time=text)

    assert {} == books.reconcile().counts


@pytest.mark.parametrize("text", ["9" * 19, "9" * 5000])
def test_reads_rates_that_are_no_numbers(text):
    """A printed rate that is beyond all numbers is another rate, shown in short."""
    books = usual_books()
    change(books.drows[FIRST], released, exchange_rate=text)

    (difference,) = books.reconcile().differences

    assert "exchange_rate" == difference.field
    assert text[:300] == difference.there.rstrip("…")


def test_takes_a_printed_advance_beyond_belief_for_damage():
    """The amounts behind the documented columns are held to the same bound."""
    books = usual_books(days=1)
    change(books.rrows[FIRST], lambda _: True, extra={"advanced": "9" * 12})

    assert {"damaged": 1} == books.reconcile().counts


@pytest.mark.parametrize("fields", [{"settlement_amount": 10**13}, {"rate": 10**20}])
def test_refuses_a_known_number_beyond_belief(fields):
    """No amount and no rate of what we know is beyond the bound."""
    books = usual_books()
    order = books.orders[-1]
    books.orders[-1] = attrs.evolve(order, receivers=(attrs.evolve(order.receivers[0], **fields),))

    with pytest.raises(InvalidInput, match="beyond"):
        books.reconcile()


def test_shows_long_texts_in_short():
    """A text that fills a line is shown by its beginning, even if only its end differs."""
    books = usual_books()
    long = "x" * 100_000
    place = find(books.drows[FIRST], lambda row: row.amount == 1_000)
    change(books.drows[FIRST], lambda row: row.amount == 1_000, description=long)
    detail = books.drows[FIRST][place].detail_id
    books.orders = [
        attrs.evolve(each, receivers=(attrs.evolve(each.receivers[0], description=long + "y"),))
        if each.receivers[0].detail_id == detail
        else each
        for each in books.orders
    ]

    (difference,) = books.reconcile().differences

    assert "x" * 300 + "…" == difference.here
    assert difference.here + ", another one" == difference.there
    assert len(difference.text) < 2_000


def test_knows_any_number_of_merchants():
    """More merchants of ours than one SQL statement can name tell foreign rows, too."""
    books = usual_books(days=1)
    row = attrs.evolve(books.drows[FIRST][0], detail_id="N", out_order_no="N")
    books.drows[FIRST] += [row, attrs.evolve(row, detail_id="F", sponsor="77", sub_mchid="")]
    others = [str(number) for number in range(10**9, 10**9 + 260_000)]

    result = books.reconcile(own=[SPONSOR, *SUBS, *others])

    assert {"foreign": 1, "missing_here": 1} == result.counts


OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"


@pytest.mark.parametrize(
    "fields",
    [
        {"sponsor": OPENID},
        {"sub_mchid": OPENID},
        {"detail_id": OPENID},
        {"order_id": OPENID},
        {"transaction_id": OPENID},
        {"receiver_account": OPENID},
        {"sponsor": OPENID, "detail_id": "N", "out_order_no": "N"},
        {"detail_id": OPENID, "out_order_no": "N", "amount": 1},
    ],
)
def test_masks_an_openid_that_slipped_into_another_column(fields):
    """Columns of a bill may have changed places: an openid is shown in none of them."""
    books = usual_books()
    change(books.drows[FIRST], lambda _: True, **fields)

    result = books.reconcile()

    assert result.counts
    assert OPENID not in str(result.to_json())
    assert OPENID not in result.html()


def test_counts_all_where_not_all_are_listed():
    """Counts by source and sums of what is open are of everything, however little is listed."""
    books = usual_books()
    books.drows[FIRST].clear()
    del books.srows[FIRST + DAY][0]

    result = books.reconcile(most_listed=1)

    assert {Source.DISTRIBUTION: 7, Source.STATEMENT: 1} == result.source_counts
    assert {
        "frozen": {"CNY": 7_920 + 7_930 + 7_940 + 7_950},
        "not_yet_settled": {"HKD": 133_221},
    } == (result.open_sums)
    assert (1, 1) == (len(result.differences), len(result.open))


def test_calls_nothing_foreign_when_nothing_tells_who_is_settled():
    """Who knows only the sub-merchants of payments calls no sponsor foreign."""
    books = Books(days=1)
    books.marked(FIRST, 10_000, shares=(1_000,), release=False)

    result = books.reconcile(known=books.payments, statements=None, settlements=None)

    (difference,) = result.differences
    assert isinstance(difference, Difference)
    assert DifferenceKind.MISSING_HERE is difference.kind


def test_calls_another_sub_merchant_foreign_even_then():
    """A row of a sub-merchant that we do not know is foreign, whoever is settled."""
    books = Books(days=1)
    books.marked(FIRST, 10_000, shares=(1_000,), release=False)
    change(books.drows[FIRST], lambda _: True, sub_mchid="77")

    result = books.reconcile(known=books.payments, statements=None, settlements=None)

    (difference,) = result.differences
    assert DifferenceKind.FOREIGN is difference.kind
    assert "is of merchant 77, not ours" in difference.text
