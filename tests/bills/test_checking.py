"""A bill held against its own summary."""

import pytest

from wxdist import BillFile, BillKind, BillRefused

from .dialects import Dialect, header, plain, printed

DISTRIBUTION, REFUNDS, STATEMENT = BillKind
ROWS = {
    DISTRIBUTION: [
        plain(DISTRIBUTION, amount=250),
        plain(DISTRIBUTION, amount=1000, settlement_amount=1100, settlement_currency="HKD"),
        plain(DISTRIBUTION, amount=5, settlement_amount=6, settlement_currency="HKD"),
    ],
    REFUNDS: [plain(REFUNDS, refund_fee=250), plain(REFUNDS, refund_fee=50)],
    STATEMENT: [plain(STATEMENT)],
}


@pytest.fixture
def check(tmp_path):
    """Check a bill of a kind with some rows and some lines of a summary."""

    def act(kind, *summary, rows=None, **how):
        path = tmp_path / "bill.csv"
        body = (printed(kind, row) for row in rows or ROWS[kind])
        path.write_bytes(Dialect().write([header(kind), *body], *([summary] if summary else [])))
        BillFile(path).check(**how)

    return act


TRUE = {
    (DISTRIBUTION, "total_count"): "3",
    (DISTRIBUTION, "Total count"): "3",
    (DISTRIBUTION, "count"): " 3 ",
    (DISTRIBUTION, "总笔数"): "3",
    (DISTRIBUTION, "detail_count"): "3",
    (DISTRIBUTION, "total_amount"): "12.55",
    (DISTRIBUTION, "amount"): "12.550",
    (DISTRIBUTION, "总金额"): "12.55",
    (DISTRIBUTION, "total_unfrozen_count"): "2",
    (DISTRIBUTION, "total_unfrozen_amount"): "10.05",
    (DISTRIBUTION, "total_released_amount"): "10.05",
    (DISTRIBUTION, "rowcount"): "0,003",
    (REFUNDS, "total_count"): "2",
    (REFUNDS, "refund count"): "2",
    (REFUNDS, "total_amount"): "3.00",
    (REFUNDS, "total_refund_fee"): "3",
    (REFUNDS, "退款总金额"): "3.00",
}


@pytest.mark.parametrize(("kind", "name"), TRUE)
def test_totals(check, kind, name):
    """A column whose name can only mean a total of the bill has to be that total."""
    check(kind, (name, "other"), (TRUE[kind, name], "x"))

    for wrong in ("1", "100.00", "", "x", TRUE[kind, name] + "1"):
        with pytest.raises(BillRefused, match="the summary says") as error:
            check(kind, ("other", name), ("x", wrong))

        assert (name, wrong) == (error.value.facts["column"], error.value.facts["printed"])


@pytest.mark.parametrize("kind", [DISTRIBUTION, REFUNDS])
@pytest.mark.parametrize(
    "name",
    [
        *("order_count", "order number", "refund number", "fee", "total_fee", "coupon amount"),
        *("success_count", "total_settlement_amount", "总单数", "手续费总金额", "date", ""),
    ],
)
def test_what_may_mean_something_else(check, kind, name):
    """A column that may mean something else is left alone, whatever it says."""
    assert check(kind, (name,), ("77",)) is None


def test_refunds_are_not_details(check):
    """A name that means a total of one bill may mean another thing in the other."""
    assert check(DISTRIBUTION, ("refund_amount", "refund_count"), ("1.00", "7")) is None
    assert check(REFUNDS, ("unfrozen_amount", "detail_count"), ("1.00", "7")) is None


def test_several_lines(check):
    """Of a summary of several lines, no line is of the whole bill."""
    assert check(DISTRIBUTION, ("total_count",), ("1",), ("2",)) is None


def test_a_statement(check):
    """What the second section of a statement means is not known: it is left alone."""
    assert check(STATEMENT, ("total_count", "total_amount"), ("77", "77.00")) is None


def test_refunds_of_one_currency(check):
    """Refunds of one currency add up in it."""
    rows = [plain(REFUNDS, refund_fee=fee, currency="JPY") for fee in (100, 200)]

    check(REFUNDS, ("total_amount",), ("300",), rows=rows)

    with pytest.raises(BillRefused, match=r"is '3\.00', the rows 300:"):
        check(REFUNDS, ("total_amount",), ("3.00",), rows=rows)


def test_refunds_of_several_currencies(check):
    """Refunds of several currencies have no total amount, but a number."""
    rows = [plain(REFUNDS, refund_fee=100, currency=currency) for currency in ("JPY", "CNY")]

    check(REFUNDS, ("total_amount", "total_count"), ("77", "2"), rows=rows)

    with pytest.raises(BillRefused, match="total_count"):
        check(REFUNDS, ("total_amount", "total_count"), ("77", "3"), rows=rows)


@pytest.mark.parametrize("kind", [DISTRIBUTION, REFUNDS])
@pytest.mark.parametrize("summary", [(), [("total_count",)]])
def test_no_summary(check, kind, summary):
    """A bill of two sections without its summary was cut."""
    with pytest.raises(BillRefused, match="no summary"):
        check(kind, *summary)


def test_a_day_without_rows(tmp_path):
    """The totals of a bill without rows are zero."""
    path = tmp_path / "bill.csv"
    names = ("total_count", "total_amount", "total_unfrozen_count", "total_unfrozen_amount")
    file = BillFile(path)

    path.write_bytes(Dialect().write([header(DISTRIBUTION)], [names, ("0", "0.00", "0", "0.00")]))
    file.check()

    path.write_bytes(Dialect().write([header(DISTRIBUTION)], [names, ("0", "0.01", "0", "0.00")]))
    with pytest.raises(BillRefused, match=r"total_amount is '0\.01', the rows 0\.00") as error:
        file.check()
    assert {"column": "total_amount", "printed": "0.01", "counted": "0.00"} == error.value.facts


def test_a_bill_cut_anywhere(tmp_path):
    """Wherever a bill was cut, that is found."""
    path = tmp_path / "bill.csv"
    body = [printed(DISTRIBUTION, plain(DISTRIBUTION, amount=1255))]
    names = ("total_count", "total_amount")
    data = Dialect(quoting="everywhere").write(
        [header(DISTRIBUTION), *body], [names, ("1", "12.55")]
    )

    for length in range(len(data) - len(b'"\r\n')):
        path.write_bytes(data[:length])
        with pytest.raises(BillRefused):
            BillFile(path, DISTRIBUTION).check()


THOUSANDS = [plain(DISTRIBUTION, amount=123_456_700)] * 1200


@pytest.mark.parametrize("total", ["1481480400.00", "1,481,480,400.00", " 1,481,480,400 "])
@pytest.mark.parametrize("count", ["1200", "1,200"])
def test_thousands(check, total, count):
    """Totals may have commas between their thousands."""
    summary = ("total_count", "total_amount")

    assert check(DISTRIBUTION, summary, (count, total), rows=THOUSANDS) is None


@pytest.mark.parametrize(
    "total", ["14,81480400.00", "1,481,480,40.00", ",481,480,400", "1,481,480,400.0,0", "1,2"]
)
def test_other_commas(check, total):
    """Commas anywhere else make a total another one."""
    with pytest.raises(BillRefused, match="the summary says"):
        check(DISTRIBUTION, ("total_amount",), (total,), rows=THOUSANDS)


def test_not_strict(check):
    """Who may have been misread is warned, once for each total, and not refused."""
    names, values = ("total_count", "other", "total_amount"), ("7", "x", "12.56")

    with pytest.warns(UserWarning, match="the summary says") as warned:
        check(DISTRIBUTION, names, values, strict=False)

    assert [__file__] * 2 == [each.filename for each in warned]
    assert [("total_count" in str(each.message)) for each in warned] == [True, False]
    with pytest.raises(BillRefused, match="total_count"):
        check(DISTRIBUTION, names, values)


def test_not_strict_about_a_cut(check):
    """A bill without its summary, or with a broken row, is refused however strict."""
    with pytest.raises(BillRefused, match="no summary"):
        check(REFUNDS, strict=False)
    with pytest.raises(BillRefused, match="cut, or not a bill"):
        check(REFUNDS, ("total_count",), ("1", "2"), strict=False)
