"""Records as a Parquet file, for programs that read tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from wxdist.bills.landing import landing
from wxdist.extras import imported


def write(path: Path, records: Iterable[Mapping[str, Any]]) -> None:
    """Write *records* to *path*, whole or not at all; what lies inside another gets its name too.

    Raises:
        MissingExtra: pyarrow is not installed.
    """
    arrow, parquet = imported("pyarrow", "arrow"), imported("pyarrow.parquet", "arrow")
    with landing(path) as part:
        parquet.write_table(arrow.Table.from_pylist([flat(each) for each in records]), part)


def flat(record: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Return *record* without records inside: ``amount.net`` becomes ``amount_net``."""
    found: dict[str, Any] = {}
    for name, value in record.items():
        inner = flat(value, f"{before}{name}_") if isinstance(value, Mapping) else None
        found.update({before + name: value} if inner is None else inner)
    return found
