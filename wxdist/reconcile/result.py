"""What came of a reconciliation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from wxdist.bills.landing import landing
from wxdist.models import Settlement, model

from . import data, report
from .models import (
    DayLine,
    Difference,
    DifferenceKind,
    Open,
    OpenReason,
    Ordinary,
    Source,
    Sums,
)


@model
class Reconciliation:
    """What matched, what did not, what is still open, and sums that have to close."""

    first: dt.date  #: the first Beijing day
    last: dt.date
    merchants: tuple[str, ...]  #: ids that were taken for ours
    checked: tuple[Source, ...]  #: what was given; nothing else was checked
    matched: Mapping[Source, int]  #: rows that have their counterpart in what we know
    unchecked: int  #: known things of days whose bill could not be used
    differences: tuple[Difference, ...]  #: the first ones, by kind and day: see ``counts``
    counts: Mapping[DifferenceKind, int]  #: of all differences; kinds without one are left out
    source_counts: Mapping[Source, int]  #: of all differences, by where they were seen
    open: tuple[Open, ...]  #: likewise, by reason
    open_counts: Mapping[OpenReason, int]
    open_sums: Mapping[OpenReason, Mapping[str, int]]
    """What is open in all, by currency, in its minor unit."""
    sums: tuple[Sums, ...]  #: of each sub-merchant
    total: Sums
    ordinary: tuple[Ordinary, ...]  #: payments without funds distribution
    days: tuple[DayLine, ...]
    settlements: tuple[tuple[str, Settlement], ...] = attrs.field(repr=False)
    """The records with whose they are, each once; empty: not told."""

    @property
    def ok(self) -> bool:
        """Whether nothing differs, and all money was found."""
        return not self.counts and self.closes

    @property
    def closes(self) -> bool:
        """Whether the sums of every sub-merchant close to zero."""
        return all(each.closes for each in self.sums)

    def to_json(self) -> dict[str, Any]:
        """Return all of it as values that JSON knows."""
        told: dict[str, Any] = data.plain(self)
        return told

    def to_arrow(self) -> Any:
        """Return the listed differences and open things as one `pyarrow.Table`.

        Raises:
            MissingExtra: the extra ``wxdist[arrow]`` is not installed.
        """
        return data.table(self)

    def html(self) -> str:
        """Return the report as one page of HTML that needs nothing else."""
        return report.page(self)

    def write_html(self, path: str | Path) -> None:
        """Write the report to *path*, UTF-8, whole or not at all.

        Raises:
            OSError: nothing can be written there.
        """
        with landing(Path(path)) as part:
            part.write_text(self.html(), encoding="utf-8")
