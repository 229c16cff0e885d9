"""A bill as a file for spreadsheets."""

import csv
import io
import os
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wxdist import BillFile, BillKind, BillRefused, InvalidInput
from wxdist.bills import safe_cell
from wxdist.wire.bills import COLUMNS

from ..payloads import PAYLOADS
from .dialects import Dialect, header, plain, printed, rows

DISTRIBUTION, REFUNDS, STATEMENT = BillKind
quick = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def export(tmp_path):
    """Write rows as a bill, export it, and return the bytes."""

    def act(kind, found, *, further=()):
        body = [[*printed(kind, row), *row.extra.values()] for row in found]
        path, target = tmp_path / "bill.csv", tmp_path / "safe.csv"
        path.write_bytes(Dialect().write([[*header(kind), *further], *body]))
        BillFile(path, kind).to_csv(target)
        return target.read_bytes()

    return act


def cells_of(data):
    """Return the cells of an export as a program reads them."""
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_the_file(export):
    """Texts stand in quotes and amounts bare, in UTF-8 with a mark, and lines end in CR LF."""
    released = {"settlement_amount": 1500, "settlement_currency": "JPY"}
    row = plain(DISTRIBUTION, amount=-205, description='分给 "商户", A', **released)

    data = export(DISTRIBUTION, [row])

    head, line, end = data.decode().split("\r\n")
    assert "\ufeff" + ",".join(f'"{name}"' for name in header(DISTRIBUTION)) == head
    assert '"",' * 9 + '-2.05,"",1500,"JPY","","","","分给 ""商户"", A"' == line
    assert "" == end


def test_further_columns(export):
    """Further columns follow, told apart by their names, and are as safe as all others."""
    row = plain(DISTRIBUTION, extra={"=1+1": "+2", "amount": "-1.00"})

    names, values = cells_of(export(DISTRIBUTION, [row], further=row.extra))

    assert ["'=1+1", "amount (2)"] == names[17:]
    assert ["'+2", "'-1.00"] == values[17:]


@pytest.mark.parametrize("kind", BillKind)
def test_a_bill_without_rows(export, kind):
    """A bill without rows is exported as the names of its columns."""
    assert [header(kind)] == cells_of(export(kind, []))


@quick
@given(data=st.data())
@pytest.mark.parametrize("kind", BillKind)
def test_what_is_written_is_what_was_read(export, kind, data):
    """Amounts are exact numbers, texts are safe cells and nothing else."""
    texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
    found = data.draw(rows(kind, texts, most=3))

    _, *lines = cells_of(export(kind, found))

    assert len(found) == len(lines)
    for row, line in zip(found, lines, strict=True):
        for column, text, cell in zip(COLUMNS[kind], printed(kind, row), line, strict=True):
            assert cell == (text if column.is_amount else safe_cell(text))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_attacks(export, payload):
    """A formula in any text of a row is written as a text, while amounts stay numbers."""
    for kind in BillKind:
        names = {column.name for column in COLUMNS[kind] if not column.is_amount}
        row = plain(kind, **dict.fromkeys(names, payload))

        data = export(kind, [row])

        assert [safe_cell(payload)] * len(names) == [
            cell
            for column, cell in zip(COLUMNS[kind], cells_of(data)[1], strict=True)
            if not column.is_amount
        ]
        bare = re.sub(r'"(?:[^"]|"")*"', "", data.decode("utf-8-sig"))
        assert set(bare) <= set("0123456789.,\r\n")


def test_ids_are_exact(export):
    """Numbers of orders are written digit by digit."""
    row = plain(DISTRIBUTION, transaction_id="4200000001202601051234567890")

    assert b'"4200000001202601051234567890"' in export(DISTRIBUTION, [row])


@pytest.fixture
def bill(tmp_path):
    """Make a bill of one row, alone in its folder."""
    path = tmp_path / "bill.csv"
    path.write_bytes(
        Dialect().write([header(REFUNDS), printed(REFUNDS, plain(REFUNDS))], [("a",), ("1",)])
    )
    return BillFile(path)


def test_an_existing_file_is_replaced(bill):
    """An existing file is replaced, and nothing is left beside it."""
    target = bill.path.with_name("out.csv")
    target.write_text("old")

    bill.to_csv(str(target))

    assert 2 == len(cells_of(target.read_bytes()))
    assert {bill.path, target} == set(bill.path.parent.iterdir())


def test_a_bill_that_is_refused_midway(bill):
    """An export that fails leaves the existing file as it was, and no other."""
    target = bill.path.with_name("out.csv")
    target.write_text("old")
    bill.path.write_bytes(bill.path.read_bytes().replace(b"`1.00", b"`x"))

    with pytest.raises(BillRefused, match="refund_fee"):
        bill.to_csv(target)

    assert "old" == target.read_text()
    assert {bill.path, target} == set(bill.path.parent.iterdir())


def test_the_bill_is_not_overwritten(bill):
    """A bill is not exported over itself, by whatever name."""
    content = bill.path.read_bytes()
    other = bill.path.with_name("link.csv")
    os.link(bill.path, other)

    for path in (bill.path, other, bill.path.parent / ".." / bill.path.parent.name / "bill.csv"):
        with pytest.raises(InvalidInput, match="path: is the bill itself"):
            bill.to_csv(path)

    assert content == bill.path.read_bytes()


def test_a_folder_that_is_not_there(bill):
    """A folder that is not there is an error of the disk."""
    with pytest.raises(FileNotFoundError):
        bill.to_csv(bill.path.parent / "none" / "out.csv")


def test_a_currency_that_is_not_named(export):
    """An amount is written in the currency in which it was read."""
    told = {"refund_settlement_currency": "JPY", "fee": -3}
    row = plain(STATEMENT, refund_id="5020", **told)

    names, values = cells_of(export(STATEMENT, [row]))

    assert "-3" == values[names.index("fee")]
