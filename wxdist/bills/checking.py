"""A bill held against its own summary.

The columns of the summary are not documented. Those whose names can only mean a total of the whole
bill are held against the rows; all others are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import attrs

from wxdist.errors import BillRefused, InvalidInput
from wxdist.models import BillKind, BillRow, DistributionRow, RefundRow
from wxdist.wire import bills
from wxdist.wire.csv import Header, major_units, minor_units, records

#: Names of totals, in letters and digits alone. Not among them: "order number" is an id, "order
#: count" may count orders and not details, "fee" may be the service's.
_COUNT = "count totalcount rowcount recordcount totalrecords totalnumber 笔数 总笔数 总条数 总数"
_AMOUNT = "amount totalamount amounttotal sum 金额 总金额 金额合计 合计金额"
_FREED = ("unfrozen", "totalunfrozen", "released", "totalreleased")
_NAMES: Mapping[BillKind, Mapping[str, str]] = {
    BillKind.DISTRIBUTION: {
        **dict.fromkeys((*_COUNT.split(), "detailcount", "totaldetails", "明细数"), "count"),
        **dict.fromkeys(_AMOUNT.split(), "amount"),
        **{f"{name}count": "freed_count" for name in _FREED},
        **{f"{name}amount": "freed_amount" for name in _FREED},
    },
    BillKind.REFUNDS: {
        **dict.fromkeys((*_COUNT.split(), "refundcount", "totalrefundcount"), "count"),
        **dict.fromkeys((*_AMOUNT.split(), "refundfee", "totalrefundfee"), "amount"),
        **dict.fromkeys(("refundamount", "totalrefundamount", "退款总金额"), "amount"),
    },
}
_COUNTED = re.compile(r"\s*[0-9]{1,15}\s*")
_GROUPED = re.compile(r"\s*-?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?\s*")  # 1,234.00


def summary(form: BillKind, lines: Iterable[str]) -> dict[str, str]:
    """Return the first line of the second section of a bill of *form*; empty: there is none.

    Raises:
        BillRefused: as for every read.
    """
    for _, header, values in records(lines):
        if header.number and values is not None:
            return _named(header, values)
        if values is None and not header.number:
            bills.hold_columns(form, header.names)
    return {}


def total(form: BillKind, rows: Iterable[BillRow]) -> int:
    """Return the sum of the amounts of a distribution or refund bill, in fen.

    Raises:
        InvalidInput: another bill, or another currency.
    """
    if form is BillKind.STATEMENT:
        raise InvalidInput("total", "a statement has no one total: add up the column you mean")
    found = Totals()
    for row in rows:
        found.add(row)
    if other := found.currencies - {"CNY", ""}:
        raise InvalidInput("total", f"has {len(other)} currencies beside CNY: add up each alone")
    return found.amount


@attrs.define
class Totals:
    """What the rows of a bill add up to, in whole minor units."""

    count: int = 0
    amount: int = 0
    freed_count: int = 0
    freed_amount: int = 0
    currencies: set[str] = attrs.field(factory=set)

    def add(self, row: BillRow) -> None:
        """Count *row*; of a statement, nothing but that it is there."""
        self.count += 1
        if isinstance(row, DistributionRow):
            self.amount += row.amount
            if row.released:
                self.freed_count += 1
                self.freed_amount += row.amount
        elif isinstance(row, RefundRow):
            self.amount += row.refund_fee
            self.currencies.add(row.currency)


def check(form: BillKind, lines: Iterable[str]) -> list[BillRefused]:
    """Read a whole bill of *form*; a bill of two sections has to have both.

    Returns:
        One error for each total in the summary that is another than the rows' (``facts``: its
        ``column``, what is ``printed`` and ``counted``).

    Raises:
        BillRefused: no summary, or as for every read.
    """
    found = records(lines)
    _, first, _ = next(found)
    build = bills.builder(form, first.names)
    totals = Totals()
    printed: dict[str, str] = {}
    length = 0  # of the summary, in lines
    for line, header, values in found:
        if values is None:
            continue
        if not header.number:
            totals.add(build(values, line))
        else:
            length += 1
            printed = printed or _named(header, values)
    if form in _NAMES and not length:
        raise BillRefused("the bill has no summary behind its rows: cut")
    if form not in _NAMES or length > 1:  # of several lines, none is of the whole bill
        return []
    return list(_disagreements(form, totals, printed))


def _named(header: Header, values: Iterable[str]) -> dict[str, str]:
    return dict(zip(bills.distinct(header.names), values, strict=True))


def _disagreements(
    form: BillKind, totals: Totals, printed: Mapping[str, str]
) -> Iterator[BillRefused]:
    """Hold what a summary says in words that are understood against *totals*."""
    currencies = totals.currencies or {"CNY"}
    (currency, *others) = currencies
    for name, text in printed.items():
        which = _NAMES[form].get(bills.spelling(name))
        if which is None or (others and which == "amount"):
            continue
        counted: int = getattr(totals, which)
        unit = currency if which.endswith("amount") else None
        if _read(text, unit) != counted:
            shown = str(counted) if unit is None else major_units(counted, unit)
            yield BillRefused(
                f"the summary says {name} is {text[:40]!r}, the rows {shown}: cut or changed",
                facts={"column": name, "printed": text, "counted": shown},
            )


def _read(text: str, currency: str | None) -> int | None:
    """Return a total as printed, a count where it has no *currency*; ``None``: it is none."""
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    if currency is None:
        return int(text) if _COUNTED.fullmatch(text) else None
    try:
        return minor_units(text, currency)
    except ValueError:
        return None
