"""Records as a Parquet file, for programs that read tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from wxdist.bills.landing import landing
from wxdist.errors import InvalidInput
from wxdist.extras import imported


def hold(option: str, path: Path | None) -> None:
    """Look at what would otherwise fail after long work only; ``None``: nothing is to be written.

    Raises:
        InvalidInput: there is no folder to write to, or something that is no file.
        MissingExtra: pyarrow is not installed.
    """
    if path is not None:
        hold_folder(option, path)
        imported("pyarrow.parquet", "arrow")


def hold_folder(option: str, path: Path) -> None:
    """Raise `InvalidInput` when *path*, given as *option*, lies in no folder, or is one."""
    if not path.parent.is_dir():
        raise InvalidInput(option, f"{path.parent} is no folder")
    if path.exists() and not path.is_file():
        raise InvalidInput(option, f"{path} is there, and is no file")


def write(path: Path, records: Iterable[Mapping[str, Any]], columns: Mapping[str, str]) -> None:
    """Write *records* to *path*, whole or not at all; what lies inside another gets its name too.

    Args:
        path: where to; an existing file is replaced.
        records: what is in none of the *columns* is left out, what is missing is null.
        columns: names and Arrow's types; the same whatever the records hold.

    Raises:
        MissingExtra: pyarrow is not installed.
    """
    arrow = imported("pyarrow", "arrow")
    schema = arrow.schema([(name, getattr(arrow, kind)()) for name, kind in columns.items()])
    rows = [flat(each) for each in records]
    write_table(path, arrow.Table.from_pylist(rows, schema=schema))


def write_table(path: Path, table: Any) -> None:
    """Write a `pyarrow.Table` to *path*, whole or not at all."""
    parquet = imported("pyarrow.parquet", "arrow")
    with landing(path) as part:
        parquet.write_table(table, part)


def flat(record: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Return *record* without records inside: ``amount.net`` becomes ``amount_net``."""
    found: dict[str, Any] = {}
    for name, value in record.items():
        inner = flat(value, f"{before}{name}_") if isinstance(value, Mapping) else None
        found.update({before + name: value} if inner is None else inner)
    return found
