"""Reading a bill: what editions, spreadsheets and platforms do to a file."""

import datetime as dt
import pickle
from pathlib import Path

import pytest

from wxdist import BillFile, BillKind, BillRefused, InvalidInput

from .dialects import Dialect, header, plain, printed

OPEN = Path("/dev/fd")

COLUMNS = [
    "create_time",
    "initiator",
    "sponsor",
    "sub_mchid",
    "transaction_id",
    "order_id",
    "out_order_no",
    "detail_id",
    "receiver_account",
    "amount",
    "currency",
    "settlement_amount",
    "settlement_currency",
    "exchange_rate",
    "business_type",
    "status",
    "description",
]
VALUES = [
    *("2026-01-05 09:05:00", "1900000001", "1900000001", "", "4200000001", "3008", "D-1", "3009"),
    *("86693852", "2.00", "CNY", "", "", "", "DISTRIBUTE", "SUCCESS", "分给商户A"),
]


def open_files():
    return len(list(OPEN.iterdir()))


def line(values, end="\r\n"):
    return ",".join(f"`{value}" for value in values) + end


@pytest.fixture
def bill(tmp_path):
    """Write a bill of some lines."""

    def make(*lines, encoding="utf-8"):
        path = tmp_path / "bill.csv"
        path.write_bytes("".join(lines).encode(encoding))
        return BillFile(path)

    return make


@pytest.fixture
def written(tmp_path):
    """Write a bill of some rows, and of a summary where its kind has one."""

    def make(kind, rows, *summary):
        path = tmp_path / "bill.csv"
        sections = [[header(kind), *(printed(kind, row) for row in rows)]]
        if summary:
            sections.append(summary)
        elif kind is not BillKind.STATEMENT:
            sections.append([("rows",), (str(len(rows)),)])
        path.write_bytes(Dialect().write(*sections))
        return BillFile(path)

    return make


HEADER = ",".join(COLUMNS) + "\r\n"
SUMMARY = "a\r\n`0\r\n"


def test_a_row(bill):
    """A row has the columns of the documentation; empty ones are empty, amounts whole fen."""
    (row,) = bill(HEADER, line(VALUES)).rows()

    assert dict(zip(COLUMNS, VALUES, strict=True)) | {"amount": 200, "settlement_amount": None} == {
        name: getattr(row, name) for name in COLUMNS
    }
    assert {} == row.extra


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("last", [True, False])
def test_line_ends_and_marks(bill, end, encoding, last):
    """Either line end, a byte order mark, and a missing last line end change nothing."""
    summary = "count,amount" + end + line(["1", "2.00"], end if last else "")
    lines = [",".join(COLUMNS) + end, line(VALUES, end), summary]

    file = bill(*lines, encoding=encoding)

    assert ["分给商户A"] == [row.description for row in file.rows()]
    assert {"count": "1", "amount": "2.00"} == file.summary


@pytest.mark.parametrize("spelling", ["detail_id", "detaill_id"])
def test_both_spellings(bill, spelling):
    """The edition of 2025 prints ``detaill_id``, that of 2022 ``detail_id``."""
    (row,) = bill(HEADER.replace("detail_id", spelling), line(VALUES)).rows()

    assert "3009" == row.detail_id


def test_further_columns(bill):
    """Columns that come later are kept aside by their names."""
    header = HEADER.replace("\r\n", ",fee,note\r\n")

    (row,) = bill(header, line([*VALUES, "0.01", "x"])).rows()

    assert {"fee": "0.01", "note": "x"} == row.extra


def test_rows_are_values(bill):
    """Equal rows are one in a set, whatever columns came later."""
    known, more = (
        next(bill(head, line(values)).rows())
        for head, values in (
            (HEADER, VALUES),
            (HEADER.replace("\r\n", ",fee\r\n"), [*VALUES, "0.01"]),
        )
    )

    assert {known} == {known, more}
    assert (known, hash(known)) == (more, hash(more))
    assert ({}, {"fee": "0.01"}) == (known.extra, more.extra)


def test_quoted_values(bill):
    """A comma, a quote or a line break inside quotes is part of its value."""
    quoted = line(VALUES[:-1], "") + ',"`a, ""b""\nc"\r\n'

    (row,) = bill(HEADER, quoted).rows()

    assert 'a, "b"\nc' == row.description


def test_commas_without_quotes(bill):
    """A comma in a text is part of it, even where the file does not quote it."""
    unquoted = line([*VALUES[:-1], "one, two,,three"])

    (row,) = bill(HEADER, unquoted).rows()

    assert "one, two,,three" == row.description


def test_only_one_backtick_is_taken_off(bill):
    """A value that begins with a backtick itself keeps it."""
    (row,) = bill(HEADER, line([*VALUES[:-1], "`x"])).rows()

    assert "`x" == row.description


AMOUNTS = {
    "0.01": 1,
    "2": 200,
    "2.5": 250,
    "2.50": 250,
    "10000000.00": 1_000_000_000,
    "-1.00": -100,
}


@pytest.mark.parametrize("text", AMOUNTS)
def test_amounts_are_exact(bill, text):
    """Yuan become fen without rounding."""
    file = bill(HEADER, line([*VALUES[:9], text, *VALUES[10:]]))

    assert AMOUNTS[text] == file.total


@pytest.mark.parametrize(
    "text", ["", "2.005", "1e2", "NaN", "1,000.00", "2,00", "２.00", "2.00 CNY"]
)
def test_amounts_that_are_none(bill, text):
    """What is no amount in yuan is refused, with the number of its line."""
    file = bill(HEADER, line(VALUES), line([*VALUES[:9], text, *VALUES[10:]]))

    with pytest.raises(BillRefused, match="line 3: amount") as caught:
        _ = file.total

    assert {"line": 3} == caught.value.facts


def test_a_day_without_details(bill):
    """A bill without a row adds up to nothing."""
    file = bill(HEADER, SUMMARY)

    assert ([], 0, {"a": "0"}) == (list(file.rows()), file.total, file.summary)
    assert file.check() is None


@pytest.mark.parametrize("rows", [(), (0,), (0, 1)])
def test_a_bill_cut_between_its_lines(bill, rows):
    """A bill without its summary was cut, wherever that was: it is refused."""
    file = bill(HEADER, *(line(VALUES) for _ in rows))

    assert {} == file.summary
    with pytest.raises(BillRefused, match="no summary"):
        file.check()


def test_the_summary_alone(bill):
    """The summary of a day without details is read by its own header."""
    file = bill(HEADER, "count,amount\r\n", line(["0", "0.00"]))

    assert ({"count": "0", "amount": "0.00"}, 0) == (file.summary, file.total)


def test_rows_of_the_summary_are_no_details(bill):
    """What stands in the second section is not counted as a detail."""
    file = bill(HEADER, line(VALUES), "a,b\r\n", line(["1", "2"]), line(["3", "4"]))

    file.check()

    assert (1, {"a": "1", "b": "2"}) == (len(list(file.rows())), file.summary)


WRONG = {
    "other columns": ["a,b\r\n", "`1,`2\r\n"],
    "other columns and no rows": ["a,b\r\n"],
    "columns in another order": [",".join(reversed(COLUMNS)) + "\r\n", line(VALUES)],
    "fewer columns": [",".join(COLUMNS[:-1]) + "\r\n", line(VALUES[:-1])],
    "fewer values": [HEADER, line(VALUES[:-1])],
    "more values": [HEADER, line([*VALUES, "x"])],
    "no header": [line(VALUES)],
    "nothing": [],
    "empty lines": ["\r\n", "\r\n"],
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_bill(bill, name):
    """A file of another form is refused by each way to read it."""
    file = bill(*WRONG[name])

    for read in (file.check, lambda: list(file.rows()), lambda: file.total):
        with pytest.raises(BillRefused):
            read()


def test_another_encoding(bill):
    """A file that is not UTF-8 is refused."""
    with pytest.raises(BillRefused, match="not UTF-8"):
        bill(HEADER, line(VALUES), encoding="gb18030").check()


def test_a_bill_file_is_a_value(bill):
    """Two of the same path are equal, and it travels between processes."""
    file = bill(HEADER, line(VALUES))

    assert BillFile(str(file.path)) == pickle.loads(pickle.dumps(file))
    assert BillFile(file.path, "refunds") == BillFile(file.path, BillKind.REFUNDS) != file


def test_whose_bill_it_is(tmp_path):
    """A bill file tells what it was asked for, as far as anybody said."""
    path = tmp_path / "bill.csv"
    day = dt.date(2026, 1, 5)

    known = BillFile(path, BillKind.STATEMENT, day=day, sub_mchid="1900000109")

    assert (day, "1900000109") == (known.day, known.sub_mchid)
    assert (None, None, None) == (
        BillFile(path).kind,
        BillFile(path).day,
        BillFile(path).sub_mchid,
    )


@pytest.mark.parametrize("kind", BillKind)
def test_each_kind(written, kind):
    """Each of the three bills is read by its header, without being told which it is."""
    file = written(kind, [plain(kind), plain(kind)])

    file.check()

    assert kind == file.form
    assert [plain(kind)] * 2 == list(file.rows())


READS = {
    "check": BillFile.check,
    "rows": lambda file: list(file.rows()),
    "summary": lambda file: file.summary,
    "total": lambda file: file.total,
    "form": lambda file: file.form,
    "to_csv": lambda file: file.to_csv(file.path.with_suffix(".out")),
}


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("kind", BillKind)
def test_another_kind_than_expected(written, kind, read):
    """A bill that has to be of a kind is refused in every way to read it when it is not."""
    path = written(kind, [plain(kind)]).path

    for other in set(BillKind) - {kind}:
        with pytest.raises(BillRefused, match=f"not those of the {other} bill"):
            READS[read](BillFile(path, other))

    assert [path] == list(path.parent.iterdir())


@pytest.mark.parametrize("read", READS)
def test_a_file_that_is_not_there(tmp_path, read):
    """A missing file is an error of the disk, and none of the bill."""
    with pytest.raises(FileNotFoundError):
        READS[read](BillFile(tmp_path / "bill.csv"))


@pytest.mark.parametrize("summary", [{}, {"count": "1"}])
def test_a_statement_needs_no_summary(written, summary):
    """A statement has one section; a second one is told, and is no part of the rows."""
    rows = [plain(BillKind.STATEMENT)]
    file = written(
        BillKind.STATEMENT, rows, *([[*summary], [*summary.values()]] if summary else ())
    )

    file.check()

    assert (rows, summary) == (list(file.rows()), file.summary)


def test_the_total_of_refunds(written):
    """The total of a refund bill is what was asked to go back."""
    kind = BillKind.REFUNDS
    rows = [plain(kind, refund_fee=250, currency="CNY"), plain(kind, refund_fee=50)]

    assert 300 == written(kind, rows).total


@pytest.mark.parametrize(
    ("kind", "facts"),
    [(BillKind.STATEMENT, {}), (BillKind.REFUNDS, {"refund_fee": 1, "currency": "JPY"})],
)
def test_no_total(written, kind, facts):
    """Amounts of several meanings or currencies have no total in fen."""
    with pytest.raises(InvalidInput, match="total"):
        _ = written(kind, [plain(kind, **facts), plain(kind)]).total


def test_the_file_is_closed_at_once(bill):
    """The file is closed when its reader stops early, and when a row is refused."""
    file = bill(HEADER, line(VALUES), line(VALUES), line(VALUES[:-1]))
    before = open_files()

    rows = file.rows()
    next(rows)
    assert before + 1 == open_files()
    rows.close()
    assert before == open_files()

    with pytest.raises(BillRefused) as error:
        list(file.rows())
    assert error.value
    assert before == open_files()
