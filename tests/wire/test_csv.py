"""Bill files: sections, backticks, yuan to fen."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxdist import BillRefused
from wxdist.wire.csv import COLUMNS, Section, distribution_row, hold_columns, sections, yuan_to_fen

HEADER = ",".join(COLUMNS)
VALUES = [f"v{index}" for index in range(len(COLUMNS))]
VALUES[COLUMNS.index("amount")] = "8.88"
ROW = ",".join(f"`{value}" for value in VALUES)
BILL = [HEADER, ROW, ROW, "count,sum", "`2,`17.76"]


def row(**changes):
    facts = {"number": 0, "header": COLUMNS, "values": tuple(VALUES), "line": 2} | changes
    return distribution_row(Section(**facts))


def refused(lines):
    with pytest.raises(BillRefused) as error:
        list(sections(lines))
    return error.value


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("8.88", 888),
        ("0.01", 1),
        ("5", 500),
        ("5.1", 510),
        ("5.00000", 500),
        ("-1.20", -120),
        ("-0.00", 0),
        (" 7.00 ", 700),
        ("007", 700),
        ("999999999999999.99", 99999999999999999),
    ],
)
def test_yuan_to_fen(text, fen):
    """Yuan are read exactly as fen."""
    assert fen == yuan_to_fen(text)


@given(st.decimals(-(10**12), 10**12, places=2))
def test_yuan_to_fen_is_exact(amount):
    """Any amount with two decimals is worth a hundred times as many fen."""
    assert int(amount * 100) == yuan_to_fen(f"{amount:f}")


@given(st.text(max_size=20) | st.from_regex(r"-?[0-9]{1,15}(\.[0-9]{0,4})?", fullmatch=True))
def test_an_amount_is_exact_or_refused(text):
    """Whatever the text, it is read as what it says, or refused."""
    try:
        fen = yuan_to_fen(text)
    except ValueError:
        return
    assert Decimal(text.strip()) * 100 == fen


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "1.234",
        "1.001",
        "1,000.00",
        "1e3",
        "+1",
        ".5",
        "1.",
        "--1",
        "NaN",
        "1_0",
        "٣",
        "9" * 16,
    ],
)
def test_what_is_no_amount(text):
    """What is no amount with two decimals is refused."""
    with pytest.raises(ValueError, match="is no amount in yuan"):
        yuan_to_fen(text)


def test_sections():
    """Each line comes with its section's header, its number, and without backticks."""
    found = list(sections(["\ufeff" + HEADER, "", ROW, "", " count , sum", "`2,`17.76"]))

    assert [
        Section(number=0, header=COLUMNS, values=tuple(VALUES), line=3),
        Section(number=1, header=("count", "sum"), values=("2", "17.76"), line=6),
    ] == found


def test_quotes_and_commas():
    """A quoted value may hold commas, quotes and line breaks."""
    (found,) = sections(["a,b", '"`x,""y""","`z"'])

    assert ('x,"y"', "z") == found.values


@pytest.mark.parametrize("line", ["`a,b,`c", "`a,b,c,`d", "`a,`b,c,d", "`,,`"])
def test_commas_without_quotes(line):
    """A comma inside a text belongs to it: each true value begins with its backtick."""
    (found,) = sections(["one,two", line])

    assert line == ",".join(f"`{value}" for value in found.values)


def test_the_first_header_is_held():
    """The first header, and no other, is shown to whoever wants to refuse it."""
    held = []

    assert 3 == len(list(sections(BILL, hold=held.append)))
    assert [COLUMNS] == held
    with pytest.raises(BillRefused, match="columns"):
        list(sections(["a,b"], hold=hold_columns))


def test_an_empty_section():
    """A header alone is a bill without lines."""
    assert [] == list(sections([HEADER]))


@pytest.mark.parametrize("lines", [[], [""], ["", ""]])
def test_nothing_is_no_bill(lines):
    """A file without a header is no bill."""
    assert "no header line" in refused(lines).problem


@pytest.mark.parametrize(
    "lines", [[HEADER, "`x,`y"], [ROW], ["a,b,c", "`1,`2,`3", "`1"], ["a", "`1,`2"]]
)
def test_another_number_of_values(lines):
    """A line with another number of values than its header is refused, and which."""
    assert {"line": len(lines)} == refused(lines).facts


def lines_that_break():
    yield HEADER
    yield b"\xff".decode()


@pytest.mark.parametrize("lines", [lines_that_break(), [HEADER, "`" + "x" * 200_000]])
def test_what_is_no_text(lines):
    """Bytes that are no UTF-8, or a value without end, are refused."""
    assert "not UTF-8 text in lines of values" in refused(lines).problem


def test_a_row():
    """A line of the first section is a row, its amount in fen."""
    found = row()

    assert (888, "v0", VALUES[-1], {}) == (
        found.amount,
        found.create_time,
        found.description,
        found.extra,
    )


def test_columns_that_came_later():
    """Columns behind the documented ones are kept aside; values without a header are not."""
    found = row(header=(*COLUMNS, "news"), values=(*VALUES, "x", "y"))

    assert {"news": "x"} == found.extra


def test_the_other_spelling():
    """The detail's id is read under both of its names."""
    header = tuple("detaill_id" if name == "detail_id" else name for name in COLUMNS)

    assert row() == row(header=header)


@pytest.mark.parametrize("header", [COLUMNS[::-1], COLUMNS[1:], ("x", *COLUMNS), ()])
def test_other_columns(header):
    """Other columns than documented are refused."""
    with pytest.raises(BillRefused, match="columns"):
        row(header=header)


def test_a_row_without_an_amount():
    """An amount that is none is refused with its line."""
    values = tuple("x" if name == "amount" else "v" for name in COLUMNS)

    with pytest.raises(BillRefused, match="line 2: amount is no amount") as error:
        row(values=values)

    assert {"line": 2} == error.value.facts


def test_the_whole_bill():
    """A documented bill gives its rows and its summary."""
    found = list(sections(BILL))

    assert [888, 888] == [distribution_row(each).amount for each in found if each.number == 0]
    assert [{"count": "2", "sum": "17.76"}] == [
        dict(zip(each.header, each.values, strict=True)) for each in found if each.number == 1
    ]
