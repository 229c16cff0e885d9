"""Bill files in a folder: here alone it is known what they are called."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wxdist import BillFile
from wxdist.models import BillKind

_NAME = re.compile(r"([a-z]+)-(\d{4}-\d\d-\d\d)(?:-(\w+))?\.csv")


def name_of(kind: BillKind, day: dt.date, sub_mchid: str | None) -> str:
    """Return the name of a bill's file, as ``distribution-2026-01-05.csv``."""
    whose = f"-{sub_mchid}" if sub_mchid else ""
    return f"{kind.value}-{day}{whose}.csv"


def lying_in(folder: Path, sub_mchid: str | None) -> Mapping[BillKind, list[BillFile[Any]]]:
    """Return the bills in *folder* by their kinds, as their names tell; other files are let be.

    Args:
        folder: where they lie; one that is not there holds none.
        sub_mchid: whose bills; ``None`` takes of each day the one of all, where there is none those
            of single sub-merchants.
    """
    days: dict[tuple[BillKind, dt.date], list[BillFile[Any]]] = defaultdict(list)
    for path in sorted(folder.glob("*.csv")):
        named = _named(path)
        if named is not None and sub_mchid in {None, named[2].sub_mchid}:
            kind, day, bill = named
            days[kind, day].append(bill)
    found: dict[BillKind, list[BillFile[Any]]] = defaultdict(list)
    for (kind, _), bills in days.items():
        found[kind] += [bill for bill in bills if bill.sub_mchid is None] or bills
    return found


def _named(path: Path) -> tuple[BillKind, dt.date, BillFile[Any]] | None:
    """Return the bill that the name of *path* tells; ``None``: it is no bill's."""
    if name := _NAME.fullmatch(path.name):
        with contextlib.suppress(ValueError):  # another kind, or no such day
            kind, day = BillKind(name[1]), dt.date.fromisoformat(name[2])
            return kind, day, BillFile(path, kind, day=day, sub_mchid=name[3])
    return None
