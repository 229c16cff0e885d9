"""Books as their owner keeps them: a journal, bills in a folder, settlements in a file."""

import json

from wxdist.cli.commands import settlements
from wxdist.cli.folder import name_of
from wxdist.cli.output import as_json
from wxdist.models import BillKind
from wxdist.reconcile import Journal
from wxdist.wire.bills import COLUMNS
from wxdist.wire.csv import major_units

from ..reconcile.books import usual_books

SUMMED = {BillKind.DISTRIBUTION: "amount", BillKind.REFUNDS: "refund_fee"}


def keep(folder, books=None, *, sub_mchid=None):
    """Write consistent *books* (a few usual days where there are none) to *folder*.

    The journal is ``journal.jsonl``, the settlements are ``settlements.json``, the bills lie in
    ``bills``.
    """
    books = books or usual_books()
    (folder / "bills").mkdir(parents=True, exist_ok=True)
    Journal(folder / "journal.jsonl").add(*books.known())
    for kind, days in (
        (BillKind.DISTRIBUTION, books.drows),
        (BillKind.REFUNDS, books.rrows),
        (BillKind.STATEMENT, books.srows),
    ):
        for day, rows in days.items():
            write_bill(folder / "bills" / name_of(kind, day, sub_mchid), kind, rows)
    records = as_json([settlements.data(each) for each in books.batches])
    (folder / "settlements.json").write_text(records, encoding="utf-8")
    return books


def write_bill(path, kind, rows):
    """Write a bill of *kind* as the service prints it."""
    extra = list(rows[0].extra)
    lines = [",".join([*(column.name for column in COLUMNS[kind]), *extra])]
    for row in rows:
        cells = [cell(row, column) for column in COLUMNS[kind]]
        lines.append(",".join(f"`{each}" for each in [*cells, *row.extra.values()]))
    if kind in SUMMED:
        total = sum(getattr(row, SUMMED[kind]) for row in rows)
        lines += ["count,amount", f"`{len(rows)},`{major_units(total, 'CNY')}"]
    path.write_text("\r\n".join([*lines, ""]), encoding="utf-8")


def cell(row, column):
    """Return the text of a row in a column."""
    value = getattr(row, column.name)
    if value is None or not column.is_amount:
        return value or ""
    return major_units(value, getattr(row, column.currency, column.currency))


def arguments(folder, *more):
    """Return what one types to hold all that `keep` wrote together."""
    words = [folder / "journal.jsonl", "--from", "2026-01-05", "--to", "2026-01-08"]
    words += ["--bills", folder / "bills", "--settlements", folder / "settlements.json"]
    return ["reconcile", *map(str, [*words, *more])]


def told(text):
    """Return the one JSON object that was printed."""
    return json.loads(text)
