"""Question 4: what does a bill of a million rows cost?"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks import bill_maker
from benchmarks.bill_readers import READERS
from benchmarks.measuring import HERE, Size, medians
from benchmarks.report import Table, mega, ratio

RATIOS = ("time / first", "peak / first")
MEANING = {
    "`BillFile.rows`": "one attrs object a row, amounts whole fen; no row is kept",
    "`BillFile.batches`": "the same values as Arrow columns; no batch is kept",
    "`BillFile.to_arrow`": "all of them in one table",
    "`reconcile`": "held against our own orders and payments, row by row and field by field",
    "`pyarrow.csv.read_csv`": "all as text, backticks and all; lines of other widths skipped",
    "`polars.read_csv`": "likewise, told to end after the last row",
    "`pandas.read_csv`": "likewise, told to end after the last row",
}


def one_round(path: Path, count: int) -> dict[str, Mapping[str, float]]:
    """Return what each reader needed, each in a process of its own."""
    found = {}
    for number, name in enumerate(READERS):
        words = ["-m", "benchmarks.bill_readers", str(number), str(path), str(count)]
        said = subprocess.run(
            [sys.executable, *words], check=True, stdout=subprocess.PIPE, cwd=HERE.parent
        )
        found[name] = json.loads(said.stdout)
    return found


def measure(size: Size) -> Table:
    """Return the table of all readers of one bill, in rounds that take turns."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "bill.csv")
        bill_maker.write(path, size.bill_rows)
        length = path.stat().st_size
        rounds = [one_round(path, size.bill_rows) for _ in range(size.bill_rounds)]
    found = {name: medians([each[name] for each in rounds]) for name in READERS}
    first = next(iter(found.values()))
    rows = [
        (
            name,
            *(f"{each[what] / size.bill_rows * 1e6:.2f}" for what in ("seconds", "cpu")),
            *(mega(each[what]) for what in ("before", "peak")),
            ratio(each["seconds"] / first["seconds"]),
            ratio(each["peak"] / first["peak"]),
            MEANING[name],
        )
        for name, each in found.items()
    ]
    return Table(
        f"A bill of {size.bill_rows:_} rows".replace("_", " "),
        f"A distribution bill of {mega(length)} MB with a summary, read once in a fresh process, "
        "which had loaded what it needs; the memory is that of the whole process. Plain readers "
        "know nothing of the second section, so they were told where to end or what to skip, and "
        "leave backticks and amounts to their caller; polars and pyarrow take all processors. "
        f"Medians of {size.bill_rounds} rounds.",
        ("", "µs a row", "processor µs a row", "MB before", "MB at peak", *RATIOS, "what it does"),
        rows,
    )
