"""A bill as a table: the same values as its rows, whichever way a piece of it is read."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wxdist import BillFile, BillRefused, InvalidInput
from wxdist.bills.columns import columns
from wxdist.bills.reading import lines
from wxdist.models import BillKind
from wxdist.wire.bills import COLUMNS
from wxdist.wire.csv import records

from .odd_bills import SUMMARY, all_quoted, backticked, bills, packed, plain, usual

pa = pytest.importorskip("pyarrow", reason="the extra arrow is not installed")

HEADER = [column.name for column in COLUMNS[BillKind.DISTRIBUTION]]
ROW = {
    **dict.fromkeys(HEADER, ""),
    "create_time": "2026-01-05 09:05:00",
    "sponsor": "1900000001",
    "amount": "2.00",
    "currency": "CNY",
    "description": "分给商户A",
}
RELEASED = {**ROW, "settlement_amount": "2.17", "settlement_currency": "HKD"}
#: So many that the bill is read in several pieces.
MANY = 12_000


def row(**changed):
    return backticked({**ROW, **changed}.values())


def written(path, *lines, write=plain, end="\r\n"):
    """Write a distribution bill; return it."""
    path.write_bytes(write([HEADER, *lines, *SUMMARY], end).encode())
    return BillFile(path)


@pytest.fixture
def bill(tmp_path):
    """Write a bill of some rows."""
    return lambda *lines, **how: written(tmp_path / "bill.csv", *lines, **how)


def as_rows(bill):
    """Return the rows as tuples; when they were refused, why."""
    try:
        known = [column.name for column in COLUMNS[bill.form]]
        return [
            (*(getattr(each, name) for name in known), *each.extra.values()) for each in bill.rows()
        ]
    except BillRefused as error:
        return str(error)


def as_batches(bill, size=3):
    """Return the same, through batches."""
    found = []
    try:
        for batch in bill.batches(size):
            found += zip(*(column.to_pylist() for column in batch.columns), strict=True)
    except BillRefused as error:
        return str(error)
    return found


def held(path):
    """Return how often this process has a file open."""
    links = list(Path("/proc/self/fd").iterdir())
    return sum(each.exists() and each.samefile(path) for each in links)


def in_blocks(data, size):
    return (data[at : at + size] for at in range(0, len(data), size))


QUIET = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@QUIET
@given(data=bills(), gzip=st.booleans())
def test_the_values_of_the_rows(tmp_path_factory, data, gzip):
    """Batches hold what the rows hold, of any file, and refuse what they refuse."""
    path = tmp_path_factory.getbasetemp() / "odd.csv"
    path.write_bytes(packed(data) if gzip else data)
    bill = BillFile(path)

    assert as_rows(bill) == as_batches(bill)


@QUIET
@given(data=bills(), size=st.integers(1, 900))
def test_the_values_of_the_lines(data, size):
    """Wherever a file is cut into pieces, its columns hold what its lines hold."""
    try:
        found = list(records(line for part in lines(in_blocks(data, size)) for line in part))
    except BillRefused:
        with pytest.raises(BillRefused):
            list(columns(in_blocks(data, size), 1))
        return
    width = len(found[0][1].names)

    parts = list(columns(in_blocks(data, size), width, piece=size))

    rows = [tuple(values) for _, header, values in found if values and not header.number]
    assert rows == [
        row for part in parts for row in zip(*(each.to_pylist() for each in part), strict=True)
    ]
    for part in parts:
        for each in part:
            each.validate(full=True)


def long(path, *, write=plain, end="\r\n", change=None):
    """Write a bill of many rows, some of them in the place of others; return it."""
    rows = [row(detail_id=str(number), amount=f"{number}.50") for number in range(MANY)]
    for number, other in (change or {}).items():
        rows[number] = other
    return written(path, *rows, write=write, end=end)


@pytest.mark.parametrize("write", [plain, usual, all_quoted])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_long_bill(tmp_path, write, end):
    """A bill of several megabytes has its rows in order, whoever wrote it."""
    bill = long(tmp_path / "bill.csv", write=write, end=end)

    table = bill.to_arrow()

    assert [str(number) for number in range(MANY)] == table["detail_id"].to_pylist()
    assert [100 * number + 50 for number in range(MANY)] == table["amount"].to_pylist()


ODD_LINES = {
    "a text with a comma": row(description="a,b"),
    "a text with a quote": row(description='5" wide'),
    "a text with both": [*row()[:-1], '"`a,""b"""'],
    "a text of two lines": [*row()[:-1], '"`a\nb"'],
    "a carriage return": row(description="a\rb"),
    "a unit separator": row(description="a\x1fb"),
    "a currency of three decimals": row(settlement_amount="1.234", settlement_currency="KWD"),
    "an amount without decimals": row(amount="7"),
    "an empty line": [],
    "the header again": HEADER,
    "an amount that is none": row(amount="1.001"),
    "an amount that is missing": row(amount=""),
    "an amount of blanks": row(settlement_amount=" \t"),
    "a needed amount of blanks": row(amount=" "),
    "a value too few": row()[:-1],
    "an open quote": [*row()[:-1], '"`a'],
    "a line too long": row(description="x" * (1 << 20)),
}


@pytest.mark.parametrize("odd", ODD_LINES.values(), ids=ODD_LINES)
def test_an_odd_line_in_a_long_bill(tmp_path, odd):
    """An odd line amid many others is read, or refused by its number, as the rows do it."""
    bill = long(tmp_path / "bill.csv", change={7_000: odd})

    assert as_rows(bill) == as_batches(bill, MANY)


def test_types(bill):
    """Texts are strings, amounts int64 that are null where the row has none."""
    table = bill(row(), row(**RELEASED)).to_arrow()

    amounts = {"amount", "settlement_amount"}
    assert HEADER == table.column_names
    assert [pa.int64() if name in amounts else pa.string() for name in HEADER] == table.schema.types
    assert [200, 200] == table["amount"].to_pylist()
    assert [None, 217] == table["settlement_amount"].to_pylist()
    assert ["", "HKD"] == table["settlement_currency"].to_pylist()


def test_further_columns(tmp_path):
    """A column that came later has its header as name, numbered where the name is taken."""
    path = tmp_path / "bill.csv"
    lines = [[*HEADER, "note", "amount", "note"], [*row(), "`a", "`b", "`c"], *SUMMARY]
    path.write_bytes(plain(lines, "\n").encode())

    table = BillFile(path).to_arrow()

    assert [*HEADER, "note", "amount (2)", "note (2)"] == table.column_names
    assert {"note": "a", "amount (2)": "b", "note (2)": "c"} == {
        name: table[name][0].as_py() for name in ("note", "amount (2)", "note (2)")
    }


@pytest.mark.parametrize("kind", BillKind)
@pytest.mark.parametrize("end", ["", "\n"])
def test_no_rows(tmp_path, kind, end):
    """A bill without rows is an empty table with all its columns."""
    path = tmp_path / "bill.csv"
    path.write_text(",".join(column.name for column in COLUMNS[kind]) + end)

    table = BillFile(path).to_arrow()

    assert 0 == table.num_rows
    assert [column.name for column in COLUMNS[kind]] == table.column_names
    assert [] == list(BillFile(path).batches())


def test_sizes(bill):
    """Each batch has the rows that were asked for, the last one what is left."""
    made = bill(*[row()] * 8)

    assert [3, 3, 2] == [batch.num_rows for batch in made.batches(3)]
    assert [4, 4] == [batch.num_rows for batch in made.batches(4)]
    assert [8] == [batch.num_rows for batch in made.batches()]


def test_sizes_of_a_long_bill(tmp_path):
    """Batches are of the size that was asked for, however the file was cut."""
    made = long(tmp_path / "bill.csv")

    assert [5_000, 5_000, 2_000] == [batch.num_rows for batch in made.batches(5_000)]


@pytest.mark.parametrize("size", [0, -1])
def test_no_size(bill, size):
    """Batches of less than one row are refused at once."""
    with pytest.raises(InvalidInput, match="size"):
        bill(row()).batches(size)


def test_too_large_an_amount(bill):
    """An amount beyond 64 bits, which a row can hold, is refused by its column."""
    made = bill(row(settlement_amount="999999999999999.0000", settlement_currency="CLF"))

    assert [9_999_999_999_999_990_000] == [each.settlement_amount for each in made.rows()]
    with pytest.raises(BillRefused, match="settlement_amount"):
        made.to_arrow()


def test_too_long_a_file(bill):
    """The bound on the bytes of a bill holds here too."""
    made = bill(row())

    with pytest.raises(BillRefused, match="longer than 100 bytes"):
        BillFile(made.path, most_bytes=100).to_arrow()


def test_another_kind(bill):
    """A bill that was to be another is refused."""
    with pytest.raises(BillRefused, match="columns"):
        BillFile(bill(row()).path, BillKind.STATEMENT).to_arrow()


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="it tells of no open files")
def test_files_are_closed(tmp_path):
    """A file whose batches are not read to their end is closed with them."""
    bill = long(tmp_path / "bill.csv")
    found = bill.batches(10)
    next(found)

    before = held(bill.path)
    found.close()

    assert (1, 0) == (before, held(bill.path))


def test_loads_no_pandas(bill):
    """Tables are made without pandas, which would cost more than reading the bill does."""
    path = bill(row(amount="7"), row(description='a,"b'), write=usual).path
    program = (
        "import sys; from wxdist import BillFile;"
        f"print(BillFile({str(path)!r}).to_arrow().num_rows, 'pandas' in sys.modules)"
    )

    said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)

    assert b"2 False" == said.stdout.strip()


def test_parquet(tmp_path):
    """A Parquet file holds the table, in the form that was asked for."""
    parquet = pytest.importorskip("pyarrow.parquet")
    bill = long(tmp_path / "bill.csv")

    bill.to_parquet(tmp_path / "bill.parquet", compression="zstd")

    file = parquet.ParquetFile(tmp_path / "bill.parquet")
    assert bill.to_arrow() == file.read()
    assert "ZSTD" == file.metadata.row_group(0).column(0).compression
    file.close()


def test_parquet_whole_or_not_at_all(tmp_path):
    """A bill that is refused leaves the older file, and nothing beside it."""
    target = tmp_path / "bill.parquet"
    target.write_bytes(b"older")
    bill = long(tmp_path / "bill.csv", change={MANY - 1: row(amount="x")})

    with pytest.raises(BillRefused, match=f"line {MANY + 1}"):
        bill.to_parquet(target)

    assert b"older" == target.read_bytes()
    assert ["bill.csv", "bill.parquet"] == sorted(each.name for each in tmp_path.iterdir())


def test_parquet_over_the_bill(bill):
    """The bill itself is never written over."""
    made = bill(row())

    with pytest.raises(InvalidInput, match="the bill itself"):
        made.to_parquet(made.path)

    assert 1 == made.to_arrow().num_rows


def test_polars(bill):
    """A polars frame has the table's values; amounts are integers, with nulls among them too."""
    polars = pytest.importorskip("polars", reason="the extra polars is not installed")
    made = bill(row(), row(**RELEASED))

    frame = made.to_polars()

    assert made.to_arrow().to_pylist() == frame.to_dicts()
    assert polars.Int64 == frame.schema["settlement_amount"]


def test_pandas(bill):
    """A pandas frame has the table's values; amounts are integers, with nulls among them too."""
    pandas = pytest.importorskip("pandas", reason="the extra pandas is not installed")
    made = bill(row(), row(**RELEASED))

    frame = made.to_pandas()

    assert pandas.ArrowDtype(pa.int64()) == frame["settlement_amount"].dtype
    assert [True, False] == frame["settlement_amount"].isna().tolist()
    assert 217 == frame["settlement_amount"][1]
    assert (
        made.to_arrow()
        == pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata()
    )


def test_a_currency_that_is_not_named(tmp_path):
    """A refund's amount without a currency of its own is the same in batches and rows."""
    names = [column.name for column in COLUMNS[BillKind.STATEMENT]]
    told = [
        {"settlement_currency": one, "refund_settlement_currency": other, "fee": "3"}
        for one in ("", " ", "\u3000", "\x1c", "HKD", " " * 9 + "HKD")
        for other in ("", "JPY", "KWD")
    ]
    rows = [backticked(each.get(name, "") for name in names) for each in told]
    bill = BillFile(tmp_path / "bill.csv")
    bill.path.write_text(plain([names, *rows], "\n"))

    fees = bill.to_arrow()["fee"].to_pylist()

    assert [row.fee for row in bill.rows()] == fees
    assert [300, 3, 3000] * 4 + [300] * 6 == fees
