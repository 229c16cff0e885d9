"""The text of bill files: sections, backticks, quotes, amounts."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxdist import BillRefused
from wxdist.wire.csv import (
    DECIMALS,
    MOST_COLUMNS,
    MOST_COMMAS,
    MOST_LINE,
    MOST_ODD,
    decimals,
    major_units,
    minor_units,
    records,
    yuan_to_fen,
)

BILL = ["one,two", "`1,`2", "`3,`4", "count,sum", "`2,`17.76"]
CURRENCIES = st.sampled_from(["", "CNY", "HKD", "XXX", *DECIMALS])


def values(lines):
    """Return the values of all lines that have some."""
    return [values for _, _, values in records(lines) if values is not None]


def refused(lines):
    with pytest.raises(BillRefused) as error:
        list(records(lines))
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


@pytest.mark.parametrize(
    ("text", "currency", "units"),
    [
        ("1200", "JPY", 1200),
        ("1200.00", "JPY", 1200),
        ("1200", " jpy ", 1200),
        ("1.234", "KWD", 1234),
        ("1.2", "KWD", 1200),
        ("1.2345", "CLF", 12345),
        ("1.2", "HKD", 120),
        ("1.2", "", 120),
        ("1.2", "???", 120),
    ],
)
def test_minor_units(text, currency, units):
    """An amount is read by the decimals of its currency: two where nobody knows better."""
    assert units == minor_units(text, currency)


@given(st.integers(-(10**15) + 1, 10**15 - 1), CURRENCIES, st.integers(0, 5))
def test_units_survive_their_text(units, currency, zeros):
    """Whatever the amount and the currency, its text is read back exactly, zeros behind it too."""
    text = major_units(units, currency)
    more = "0" * zeros if "." in text else ""

    assert units == minor_units(text + more, currency)
    assert Decimal(units).scaleb(-decimals(currency)) == Decimal(text)


@given(
    st.text(max_size=20) | st.from_regex(r"-?[0-9]{1,15}(\.[0-9]{0,6})?", fullmatch=True),
    CURRENCIES,
)
def test_an_amount_is_exact_or_refused(text, currency):
    """Whatever the text, it is read as what it says, or refused."""
    try:
        units = minor_units(text, currency)
    except ValueError:
        return
    assert Decimal(text.strip()).scaleb(decimals(currency)) == units


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "1.234", "1.001", "1,000.00", "1e3", "+1", ".5", "1.", "--1", "NaN", "1_0", "٣"),
        "9" * 16,
    ],
)
def test_what_is_no_amount(text):
    """What is no amount with two decimals is refused."""
    with pytest.raises(ValueError, match="is no amount with 2 decimals"):
        yuan_to_fen(text)


def test_decimals_of_yen_count():
    """A currency without decimals has none that count."""
    with pytest.raises(ValueError, match="is no amount with 0 decimals"):
        minor_units("1200.50", "JPY")


def test_records():
    """Each line comes with its number, its section and its header, headers without values."""
    found = [
        (line, header.number, header.names, values)
        for line, header, values in records(["\ufeffa, b ", "", "`1,`2\r", "c", "\r", "`3"])
    ]

    assert [
        (1, 0, ("a", "b"), None),
        (3, 0, ("a", "b"), ["1", "2"]),
        (4, 1, ("c",), None),
        (6, 1, ("c",), ["3"]),
    ] == found


@pytest.mark.parametrize(
    "line", ['"`x,""y""","`z"', '"`x,""y""",`z', '`x,"y","`z"', '"`x,""y""",z']
)
def test_quotes_and_commas(line):
    """A quoted value may hold commas and quotes; a value without a backtick is read as it is."""
    first, second = values(["a,b", line])[0]

    assert ('x,"y"', "z") == (first, second)


@pytest.mark.parametrize("line", ["`a,b,`c", "`a,b,c,`d", "`a,`b,c,d", "`,,`", '`a,"b,`c"d'])
def test_commas_without_quotes(line):
    """A comma inside a text belongs to it: each true value begins with its backtick."""
    found = values(["one,two", line])

    assert [2] == [len(each) for each in found]
    assert line == ",".join(f"`{value}" for value in found[0])


def test_only_one_backtick_is_taken_off():
    """A value that begins with a backtick itself keeps it."""
    assert [["`x", "``"]] == values(["a,b", "``x,```"])


def test_blanks_stay():
    """Blanks around a value are part of it."""
    assert [[" x ", "\ty"]] == values(["a,b", "` x ,`\ty"])


def test_values_that_lost_their_backticks():
    """Empty values may have none, as long as the values are as many as the header's."""
    assert [["x", "", "y"]] == values(["a,b,c", "`x,,`y"])


def test_a_value_of_several_lines():
    """A quoted value keeps its line breaks, and the lines behind it their numbers."""
    lines = ["a,b", '"`x\r', "", 'y,z","`1"\r', "`2,`3"]

    assert [(2, ["x\r\n\ny,z", "1"]), (5, ["2", "3"])] == [
        (line, found) for line, _, found in records(lines) if found is not None
    ]


@pytest.mark.parametrize("line", ['`5" pipe,`x', '`5" pipe,"`x,y"', '`x,`"', '`",`"""'])
def test_a_quote_in_a_text(line):
    """A quote inside a value that is not quoted opens nothing."""
    assert [2, 2] == [len(each) for each in values(["a,b", line, "`1,`2"])]


def test_a_header_in_quotes():
    """Quotes around the names of columns are none of theirs, marks before them neither."""
    lines = ['\ufeff"a","b, ""c""\nd"', "`1,`2"]

    assert [("a", 'b, "c"\nd')] == [header.names for _, header, found in records(lines) if found]


def test_a_header_that_comes_again():
    """A header that repeats the first changes nothing: what follows is the same section."""
    found = list(records(["a,b", "`1,`2", "a,b", "`3,`4", "c", "`5"]))

    assert [0, 0, 0, 0, 1, 1] == [header.number for _, header, _ in found]


@pytest.mark.parametrize("last", ["d", "a"])
def test_a_third_section(last):
    """A bill has two sections: a header behind the second is refused."""
    error = refused(["a", "`1", "b", "`1", last])

    assert "third section" in error.problem
    assert {"line": 5} == error.facts


def test_an_empty_section():
    """A header alone is a bill without lines."""
    assert [] == values(["one,two"])


@pytest.mark.parametrize("lines", [[], [""], ["", "\r"], ["\ufeff"]])
def test_nothing_is_no_bill(lines):
    """A file without a header is no bill."""
    assert "no header line" in refused(lines).problem


@pytest.mark.parametrize(
    "lines",
    [
        ["a,b,c", "`x,`y"],
        ["`1,`2"],
        ["`"],
        ["a,b,c", "`1,`2,`3", "`1"],
        ["a", "`1,`2"],
        ["a,b", "`1,`2,`3,`4"],
        ["a", '"`1","`2"'],
    ],
)
def test_another_number_of_values(lines):
    """A line with another number of values than its header is refused, and which."""
    assert {"line": len(lines)} == refused(lines).facts


@pytest.mark.parametrize("rest", [[], ["y"], ["y", "`3,`4"]])
def test_a_quote_that_is_not_closed(rest):
    """A file that ends inside a quoted value was cut."""
    error = refused(["a,b", '`1,"`x', *rest])

    assert "does not close it" in error.problem
    assert {"line": 2} == error.facts


@pytest.mark.parametrize("text", ['"`' + "x" * 200_000 + '"', '`a\r"b'])
def test_what_is_no_line_of_values(text):
    """What nobody can cut into values is refused."""
    assert "no line of values" in refused(["a,b", text]).problem


def test_a_quote_does_not_swallow_the_file():
    """A quoted value ends within the bounds of a line, and what lies behind them is not read."""
    taken = 0

    def lines():
        nonlocal taken
        yield from ("a,b", '`1,"`x')
        while True:
            taken += 1001
            yield "y" * 1000

    assert "does not close it" in refused(lines()).problem
    assert MOST_LINE - 1001 <= taken <= MOST_LINE + 1001


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (["a," * MOST_COLUMNS], f"more than {MOST_COLUMNS} columns"),
        (["a,b", '"`' + "," * (MOST_COMMAS + 1) + '"'], f"more than {MOST_COMMAS} commas"),
        (["a,b", *([""] * (MOST_ODD + 1))], "has no values"),
        (["a,b"] * (MOST_ODD + 1), "has no values"),
    ],
)
def test_bounds(lines, problem):
    """A bill has not that many columns, commas, empty lines or headers."""
    assert problem in refused(lines).problem


def test_within_the_bounds():
    """What reaches the bounds and does not exceed them is read."""
    wide = ",".join(f"c{number}" for number in range(MOST_COLUMNS))
    row = ",".join("`x" for _ in range(MOST_COLUMNS))

    assert MOST_COLUMNS == len(values([wide, *([""] * (MOST_ODD - 1)), row])[0])
    assert [["," * MOST_COMMAS]] == values(["a", '"`' + "," * MOST_COMMAS + '"'])


def test_the_whole_bill():
    """A bill of two sections gives the values of both."""
    assert [["1", "2"], ["3", "4"], ["2", "17.76"]] == values(BILL)
