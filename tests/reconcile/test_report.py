"""The result as a page, as a table, as JSON."""

import datetime as dt
import html.parser
import json

import attrs
import pytest

from wxdist.reconcile import Difference, DifferenceKind, Source
from wxdist.reconcile.markup import code, money, tag, text

from .books import DAY, FIRST, Books, usual_books
from .spoiling import DAY_2, change

VOID = {"meta"}


class Reader(html.parser.HTMLParser):
    """Notes what is in a page, and that its elements are closed in order."""

    def __init__(self):
        super().__init__()
        self.open, self.words, self.tags = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert tag == self.open.pop()

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)


def read(result):
    reader = Reader()
    reader.feed(result.html())
    assert [] == reader.open
    return reader


def words(result):
    return " ".join(" ".join(read(result).words).split())


def spoiled():
    books = usual_books()
    change(books.drows[DAY_2], lambda _: True, amount=999)
    books.payments[0] = attrs.evolve(books.payments[0], remaining=1)
    return books.reconcile()


def test_says_that_all_is_well():
    """The page begins with the verdict, and shows the sum that closes."""
    shown = words(usual_books().reconcile())

    assert "✓ No difference; the sums close to zero; 5 things are open." in shown
    assert "Left over = 0.00" in shown
    assert "2026-01-05 to 2026-01-08, 4 Beijing days." in shown


def test_says_what_is_wrong():
    """The page tells each difference with all its fields, and that the sums do not close."""
    shown = words(spoiled())

    assert "✗ 2 differences; the sums do not close" in shown
    assert "Not the same on both sides (1)" in shown
    assert "amount 1010 999" in shown
    assert "Sums that do not close (1)" in shown


def test_counts_one_as_one():
    """One difference, one open thing and one day are said so."""
    books = Books(days=1)
    books.marked(FIRST, 1_000, release=False)
    books.drows[FIRST] = []
    books.srows[FIRST].append(books.srows[FIRST][0])

    shown = words(books.reconcile(settlements=None))

    assert "✗ 1 difference; the sums close to zero; 1 thing is open." in shown
    assert "1 Beijing day." in shown
    assert "Not given, so not checked settlement records" in shown


def test_stands_alone():
    """The page has one file's worth of everything: no script, no address, nothing to fetch."""
    tags = read(spoiled()).tags

    assert not {"script", "link", "img", "iframe", "a"} & {name for name, _ in tags}
    assert not {"src", "href", "style"} & {name for _, given in tags for name in given}
    assert "url(" not in spoiled().html()
    assert "@import" not in spoiled().html()


def test_names_its_parts():
    """Sections are named by their headings, tables by their captions, cells by their heads."""
    tags = read(spoiled()).tags

    names = {given["id"] for name, given in tags if name == "h2"}
    assert names == {given["aria-labelledby"] for name, given in tags if name == "section"}
    groups = [given for _, given in tags if given.get("role") == "group"]
    assert groups
    assert all(given["aria-label"] and given["tabindex"] == "0" for given in groups)
    assert '"col"></th>' not in spoiled().html()
    assert {"col", "row"} == {given["scope"] for name, given in tags if name == "th"}


def test_escapes_whatever_comes_from_outside():
    """Markup and marks that turn the direction of writing are shown, and do nothing."""
    books = usual_books()
    change(books.drows[DAY_2], lambda _: True, description="<script>\u202e'\"&")

    page = books.reconcile().html()

    assert "<script>" not in page
    assert "&lt;script&gt;⟨U+202E⟩&#x27;&quot;&amp;" in page


def test_shows_the_first_of_many():
    """Of a long list the first 500 are shown, and how many more there are."""
    books = Books(days=1)
    for number in range(502):
        books.marked(FIRST, 1_000 + number, release=False)
    books.srows[FIRST] = books.srows[FIRST][:1]
    result = books.reconcile(settlements=None)

    shown = words(result)

    assert "Missing there: we have it, the service does not (501)" in shown
    assert "and 1 more" in shown
    assert "and 2 more" in shown


def test_shows_what_was_not_told():
    """Without anything given, the page says so."""
    books = Books(days=1)
    books.payments = [
        attrs.evolve(usual_books().payments[4], sub_mchid=None, rate=None),
    ]

    shown = words(
        books.reconcile(distribution=None, refunds=None, statements=None, settlements=None)
    )

    assert "Merchants not told" in shown
    assert "Held against nothing" in shown
    assert "not told" in shown
    assert "Payments without funds distribution" in shown
    assert "own CNY 1 50.00 0.00" in shown


def test_shows_settlements():
    """Records are shown with their merchant, their days and whether they are settled."""
    books = usual_books()
    record = attrs.evolve(books.batches[0], batch_id="W", trade_start_date=FIRST - DAY)
    settlements = [("1900000100", each) for each in [*books.batches, record]]

    shown = words(books.reconcile(settlements=settlements))

    assert "20260105001 of 1900000100 2026-01-05" in shown
    assert "settled 2026-01-06" in shown
    assert "2026-01-04 to 2026-01-05" in shown
    assert " open" in shown


def test_shows_days_that_were_not_checked():
    """How much was not checked for lack of a bill is shown."""
    books = usual_books()
    books.drows[DAY_2] = list(books.drows[FIRST])

    assert "Not checked for lack of a bill 7" in words(books.reconcile())


def test_writes_the_page(tmp_path):
    """The page is written as UTF-8, and nothing else beside it."""
    result = spoiled()

    result.write_html(tmp_path / "report.html")

    assert result.html() == (tmp_path / "report.html").read_text("utf-8")
    assert ["report.html"] == [each.name for each in tmp_path.iterdir()]


def test_writes_a_page_whole_or_not_at_all(tmp_path):
    """A page that cannot be made leaves the one of before, and no half file."""
    old = tmp_path / "report.html"
    old.write_text("old")
    wrong = attrs.evolve(spoiled(), first=None)

    with pytest.raises(TypeError):
        wrong.write_html(old)

    assert "old" == old.read_text()
    assert [old] == list(tmp_path.iterdir())


def test_gives_plain_values():
    """All of the result is ready for JSON, with what can be computed of it."""
    told = json.loads(json.dumps(spoiled().to_json()))

    assert (False, False) == (told["ok"], told["closes"])
    assert {"differs": 1, "sum": 1} == told["counts"]
    assert ("amount", 1010, 999, "2026-01-06") == tuple(
        told["differences"][0][name] for name in ("field", "here", "there", "day")
    )
    assert -1 == told["total"]["difference"]
    assert "meta" not in told["settlements"][0][1]


def test_gives_a_table():
    """Differences and open things are one Arrow table."""
    pytest.importorskip("pyarrow")
    result = spoiled()

    rows = result.to_arrow().to_pylist()

    assert ["difference"] * 2 + ["open"] * len(result.open) == [each["what"] for each in rows]
    assert ("differs", "1010", "999", dt.date(2026, 1, 6)) == tuple(
        rows[0][name] for name in ("kind", "here", "there", "day")
    )
    assert ("frozen", result.open[0].amount, "CNY") == tuple(
        rows[2][name] for name in ("kind", "amount", "currency")
    )


def test_gives_a_table_of_rows_without_values():
    """A difference without fields has empty cells."""
    pytest.importorskip("pyarrow")
    result = attrs.evolve(
        spoiled(),
        differences=(Difference(kind=DifferenceKind.DAMAGED, source=Source.STATEMENT, key={}),),
        open=(),
    )

    (row,) = result.to_arrow().to_pylist()

    assert (None, None, None) == (row["here"], row["there"], row["transaction_id"])


def test_makes_markup():
    """Whatever is no markup is escaped; nothing is left out but ``None``."""
    assert '<p class="a">&lt;1</p>' == tag("p", "<", 1, None, class_="a", id=None)
    assert "<p>ab</p>" == tag("p", ["a", ["b"]])
    assert "<code><bdi>x</bdi></code>" == code("x")
    assert "a⟨U+0000⟩" == text("a\0")


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [
        (123_456, "CNY", "1,234.56"),
        (-5, "CNY", "-0.05"),
        (1_234, "JPY", "1,234"),
        (1_234, "KWD", "1.234"),
    ],
)
def test_shows_money(minor, currency, shown):
    """Amounts have the decimals of their currency, and thousands are parted."""
    assert shown == money(minor, currency)
