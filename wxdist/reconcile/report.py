"""The report as one page of HTML: no scripts, nothing from elsewhere."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Mapping, Sequence
from importlib import resources
from itertools import groupby
from typing import TYPE_CHECKING

from wxdist.models import Settlement

from .markup import Child, Html, code, join, money, table, tag
from .models import DayLine, Difference, DifferenceKind, Open, OpenReason, Source, Sums

if TYPE_CHECKING:
    from .result import Reconciliation

#: Rows of one list that are shown.
MOST = 500

_KINDS: Mapping[DifferenceKind, str] = {
    DifferenceKind.DAMAGED: "Files that cannot be used",
    DifferenceKind.FOREIGN: "Rows of other merchants",
    DifferenceKind.MISSING_HERE: "Missing here: the service has it, we do not",
    DifferenceKind.MISSING_THERE: "Missing there: we have it, the service does not",
    DifferenceKind.DOUBLED: "Doubled",
    DifferenceKind.DIFFERS: "Not the same on both sides",
    DifferenceKind.SUM: "Sums that do not close",
}
_REASONS: Mapping[OpenReason, str] = {
    OpenReason.FROZEN: "Frozen: paid, neither distributed nor released yet",
    OpenReason.PROCESSING: "Details under way",
    OpenReason.REFUND_PROCESSING: "Refunds on their way to the payer",
    OpenReason.NOT_BILLED_YET: "After the period: not billed yet",
    OpenReason.NOT_YET_SETTLED: "Not settled yet",
}
_SOURCES: Mapping[Source, str] = {
    Source.DISTRIBUTION: "distribution bills",
    Source.REFUNDS: "refund bills",
    Source.STATEMENT: "statements",
    Source.SETTLEMENT: "settlement records",
}


def page(result: Reconciliation) -> str:
    """Return the page."""
    title = f"Reconciliation {result.first} to {result.last}"
    head = tag(
        "head",
        Html('<meta charset="utf-8">'),
        Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Html('<meta name="color-scheme" content="light dark">'),
        tag("title", title),
        tag("style", Html(_style())),
    )
    body = tag("body", _head(result), tag("main", _main(result)), _foot())
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


@functools.cache
def _style() -> str:
    return resources.files(__package__).joinpath("report.css").read_text("utf-8")


def _main(result: Reconciliation) -> Sequence[Child]:
    verdict = tag("p", _verdict(result), class_=f"verdict {'good' if result.ok else 'bad'}")
    return [
        verdict,
        _facts(result),
        _money(result),
        _differences(result),
        _open(result),
        _days(result.days),
        _ordinary(result),
        _settlements(result.settlements),
    ]


def _head(result: Reconciliation) -> Html:
    days = (result.last - result.first).days + 1
    return tag(
        "header",
        tag("h1", "Where did the money go"),
        tag(
            "p",
            f"{result.first} to {result.last}, {days} Beijing day{'s' if days > 1 else ''}.",
            class_="quiet",
        ),
    )


def _foot() -> Html:
    return tag(
        "footer",
        tag("p", "Made by wxdist, which is not made or endorsed by Tencent. Accounts of persons"
            " are masked."),
    )  # fmt: skip


def _verdict(result: Reconciliation) -> str:
    count, still = sum(result.counts.values()), sum(result.open_counts.values())
    closing = "the sums close to zero" if result.closes else "the sums do not close"
    mark = "✓" if result.ok else "✗"
    found = f"{count:,} difference{'' if count == 1 else 's'}" if count else "No difference"
    return (
        f"{mark} {found}; {closing}; {still:,} {'thing is' if still == 1 else 'things are'} open."
    )


def _section(title: str, *inside: Child, name: str) -> Html:
    return tag("section", tag("h2", title, id=name), inside, aria_labelledby=name)


def _facts(result: Reconciliation) -> Html:
    checked = [words for source, words in _SOURCES.items() if source in result.checked]
    left = [words for source, words in _SOURCES.items() if source not in result.checked]
    matched = [
        f"{count:,} rows of the {_SOURCES[source]}" for source, count in result.matched.items()
    ]
    facts = {
        "Merchants": [[code(each), " "] for each in result.merchants[:MOST]] or "not told",
        "Held against": ", ".join(checked) or "nothing",
        "Not given, so not checked": ", ".join(left),
        "Matched": ", ".join(matched),
        "Not checked for lack of a bill": f"{result.unchecked:,}" if result.unchecked else "",
    }
    terms = [[tag("dt", name), tag("dd", told)] for name, told in facts.items() if told]
    return _section("What was looked at", tag("dl", terms, class_="facts"), name="looked")


def _money(result: Reconciliation) -> Html:
    total = result.total
    note = "Marked payments, in CNY. What was paid has to be found again, to the fen."
    rows = [
        ("Paid", total.paid, ""),
        ("Advanced: refunds paid out of other money", total.advanced, "+"),
        ("Distributed to receivers", total.distributed, "−"),
        ("Released to the sponsor", total.released, "−"),
        ("Refunded", total.refunded, "−"),
        ("Fee, less what was returned", total.fee, "−"),
        ("Still frozen", total.frozen, "−"),
    ]
    cells = [
        (name, tag("span", sign, class_="quiet"), money(fen, "CNY")) for name, fen, sign in rows
    ]
    left = ("Left over", "=", money(total.difference, "CNY"))
    whole = table(note, ("", "", "CNY"), cells, numbers=(2,), foot=left, class_="sum")
    subs = [each for each in result.sums if each.sub_mchid]
    return _section(
        f"Where the money of {total.payments:,} payments is",
        tag("p", note, class_="quiet"),
        whole,
        _subs(subs) if subs else None,
        name="money",
    )


def _subs(sums: Sequence[Sums]) -> Child:
    names = ("paid", "advanced", "distributed", "released", "refunded", "fee", "frozen")
    shown = (*names, "difference")
    rows = [
        (code(each.sub_mchid), *(money(getattr(each, name), each.currency) for name in shown))
        for each in sums[:MOST]
    ]
    heads = ("Sub-merchant", *(name.capitalize() for name in names), "Left over")
    return [
        tag("h3", "By sub-merchant"),
        table("By sub-merchant", heads, rows, numbers=range(1, 9)),
        _more(len(sums)),
    ]


def _more(count: int, shown: int = MOST) -> Html | None:
    left = count - shown
    return tag("p", f"and {left:,} more", class_="quiet") if left > 0 else None


def _ids(key: Mapping[str, str]) -> Html:
    """Return ids, each on a line."""
    lines = [
        tag("span", tag("span", f"{name} ", class_="quiet"), code(value), class_="ids")
        for name, value in key.items()
    ]
    return join(lines)


def _differences(result: Reconciliation) -> Html:
    parts: list[Child] = []
    for kind, found in groupby(result.differences, lambda each: each.kind):
        parts += _kind(kind, list(found), result.counts[kind])
    note = "Amounts under Here and There are whole minor units, such as fen."
    told = [tag("p", note, class_="quiet"), parts] if parts else tag("p", "None.")
    return _section("Differences", told, name="differences")


def _kind(kind: DifferenceKind, found: Sequence[Difference], count: int) -> Sequence[Child]:
    rows = [
        (
            str(each.day or ""),
            each.source.value,
            _ids(each.key),
            each.field or "",
            _value(each.here),
            _value(each.there),
            tag("span", tag("bdi", each.text), class_="long ids"),
        )
        for each in found[:MOST]
    ]
    heads = ("Day", "Source", "What", "Field", "Here", "There", "In words")
    title = f"{_KINDS[kind]} ({count:,})"
    return [tag("h3", title), table(title, heads, rows, class_="stack"), _more(count, len(rows))]


def _value(value: str | int | None) -> Child:
    return "" if value is None else code(value)


def _open(result: Reconciliation) -> Html:
    parts: list[Child] = []
    for reason, found in groupby(result.open, lambda each: each.reason):
        parts += _reason(reason, list(found), result.open_counts[reason])
    return _section("Still open", parts or tag("p", "Nothing."), name="open")


def _reason(reason: OpenReason, found: Sequence[Open], count: int) -> Sequence[Child]:
    rows = [
        (
            str(each.day or ""),
            _ids(each.key),
            money(each.amount, each.currency),
            each.currency,
            tag("span", each.text, class_="long ids"),
        )
        for each in found[:MOST]
    ]
    title = f"{_REASONS[reason]} ({count:,})"
    heads = ("Since", "What", "Amount", "Currency", "Why")
    whole = table(title, heads, rows, numbers=(2,), class_="stack")
    return [tag("h3", title), whole, _more(count, len(rows))]


def _days(days: Sequence[DayLine]) -> Html:
    names = ("paid", "distributed", "released", "refunded")
    rows = [
        (
            str(each.day),
            *(money(getattr(each, name), "CNY") for name in names),
            "not told" if each.fee is None else money(each.fee, "CNY"),
            _amounts(each.settled),
            tag("span", str(each.differences), class_="bad" if each.differences else None),
        )
        for each in days[:MOST]
    ]
    heads = ("Day", *(name.capitalize() for name in names), "Fee", "Settled", "Differences")
    note = "Marked payments, in CNY; settled is what all batches of the day brought."
    return _section(
        "Day by day",
        tag("p", note, class_="quiet"),
        table("Day by day", heads, rows, numbers=range(1, 8)),
        _more(len(days)),
        name="days",
    )


def _amounts(amounts: Mapping[str, int]) -> str:
    told = (f"{money(minor, currency)} {currency}" for currency, minor in sorted(amounts.items()))
    return ", ".join(told)


def _ordinary(result: Reconciliation) -> Html | None:
    rows = [
        (
            code(each.sub_mchid) if each.sub_mchid else "own",
            each.currency,
            f"{each.payments:,}",
            money(each.paid, each.currency),
            money(each.refunded, each.currency),
        )
        for each in result.ordinary[:MOST]
    ]
    if not rows:
        return None
    heads = ("Merchant", "Priced in", "Payments", "Paid", "Refunded")
    whole = table("Payments without funds distribution", heads, rows, numbers=(2, 3, 4))
    return _section("Payments without funds distribution", whole, _more(len(result.ordinary)),
                    name="ordinary")  # fmt: skip


def _settlements(records: Sequence[tuple[str, Settlement]]) -> Html | None:
    if not records:
        return None
    rows = [_record(owner, record) for owner, record in records[:MOST]]
    heads = ("Batch", "Trade", "Pay", "Refund", "Fee", "Net", "Currency", "State")
    return _section(
        "Settlements",
        table("Settlements", heads, rows, numbers=range(2, 6)),
        _more(len(records)),
        name="settlements",
    )


def _record(owner: str, record: Settlement) -> Sequence[Child]:
    amount, currency = record.amount, record.amount.currency
    parts = (amount.pay, amount.refund, amount.fee, amount.net)
    state = (
        f"{money(amount.unsettle, currency)} open"
        if amount.unsettle
        else f"settled {record.settlement_date}"
    )
    return (
        [code(record.batch_id), f" of {owner}" if owner else None],
        _span(record.trade_start_date, record.trade_end_date),
        *(money(each, currency) for each in parts),
        currency,
        state,
    )


def _span(start: dt.date, end: dt.date) -> str:
    return str(start) if start == end else f"{start} to {end}"
