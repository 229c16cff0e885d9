"""``python -m benchmarks.bill_readers NUMBER PATH ROWS``: read a bill once, in a fresh process.

It prints one line of JSON: seconds, processor seconds, bytes held before reading and at the peak.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import wxdist
from benchmarks import bill_maker

Reader = Callable[[Path, int], Callable[[], int]]
"""Takes the bill and how many rows it has, loads what it needs; what it returns reads and counts.

Plain readers do not know of the bill's second section, nor of backticks and amounts.
"""


def rows(path: Path, count: int) -> Callable[[], int]:
    bill = wxdist.BillFile(path)
    return lambda: sum(1 for _ in bill.rows())


def batches(path: Path, count: int) -> Callable[[], int]:
    bill = with_arrow(path)
    return lambda: sum(batch.num_rows for batch in bill.batches())


def table(path: Path, count: int) -> Callable[[], int]:
    bill = with_arrow(path)
    return lambda: bill.to_arrow().num_rows


def reconciled(path: Path, count: int) -> Callable[[], int]:
    """Hold the bill against as many orders of our own, which are made as they are asked for."""
    reconciling = import_module("wxdist.reconcile")
    bill = wxdist.BillFile(path, day=bill_maker.DAY)

    def reconcile() -> int:
        found = reconciling.reconcile(
            bill_maker.known(count),
            first=bill_maker.DAY,
            last=bill_maker.DAY,
            distribution=[bill],
        )
        if not found.ok:
            raise SystemExit(f"{found.counts}, {found.total}")
        return int(found.matched["distribution"])

    return reconcile


def with_arrow(path: Path) -> Any:
    for name in ("pyarrow.csv", "pyarrow.compute"):
        import_module(name)
    return wxdist.BillFile(path)


def pyarrow_alone(path: Path, count: int) -> Callable[[], int]:
    arrow, csv = import_module("pyarrow"), import_module("pyarrow.csv")
    with path.open(encoding="utf-8") as file:
        texts = dict.fromkeys(file.readline().strip().split(","), arrow.string())
    parsing = csv.ParseOptions(invalid_row_handler=lambda row: "skip")  # the second section
    reading = csv.ConvertOptions(column_types=texts)
    return lambda: csv.read_csv(path, parse_options=parsing, convert_options=reading).num_rows


def polars_alone(path: Path, count: int) -> Callable[[], int]:
    polars = import_module("polars")
    return lambda: len(polars.read_csv(path, n_rows=count, infer_schema=False))


def pandas_alone(path: Path, count: int) -> Callable[[], int]:
    pandas = import_module("pandas")
    return lambda: len(pandas.read_csv(path, nrows=count, dtype=str))


#: What is measured, by its name in the table. Whatever reads a whole bill can be added here.
READERS: Mapping[str, Reader] = {
    "`BillFile.rows`": rows,
    "`BillFile.batches`": batches,
    "`BillFile.to_arrow`": table,
    "`reconcile`": reconciled,
    "`pyarrow.csv.read_csv`": pyarrow_alone,
    "`polars.read_csv`": polars_alone,
    "`pandas.read_csv`": pandas_alone,
}


def peak() -> int:
    """Return the most bytes that this process has held in memory; Linux tells."""
    status = Path("/proc/self/status").read_text()
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return 1024 * int(kilobytes)


def main() -> None:
    name, path, count = sys.argv[1:]
    read = list(READERS.values())[int(name)](Path(path), int(count))
    before = peak()
    start, cpu = time.perf_counter(), time.process_time()
    found = read()
    spent, cpu = time.perf_counter() - start, time.process_time() - cpu
    if found != int(count):
        raise SystemExit(f"{found} rows of {count}")
    print(json.dumps({"seconds": spent, "cpu": cpu, "before": before, "peak": peak()}))


if __name__ == "__main__":
    main()
