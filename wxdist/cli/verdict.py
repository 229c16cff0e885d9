"""What came of a reconciliation, as lines for a person."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from wxdist.cli.fetching import Fetched
from wxdist.cli.output import Screen, cut, one_line, pad, table, wrap, yuan
from wxdist.reconcile import Difference, OpenReason, Reconciliation, Source
from wxdist.wire.csv import major_units

MOST_SHOWN = 50
CALLED: Mapping[Source, str] = {
    Source.DISTRIBUTION: "distribution bills",
    Source.REFUNDS: "refund bills",
    Source.STATEMENT: "statements",
    Source.SETTLEMENT: "settlements",
    Source.SUM: "sums of payments",
}
WHY: Mapping[OpenReason, str] = {
    OpenReason.FROZEN: "neither distributed nor released",
    OpenReason.PROCESSING: "details under way",
    OpenReason.REFUND_PROCESSING: "not yet with the payer",
    OpenReason.NOT_BILLED_YET: "it happened after the period",
    OpenReason.NOT_YET_SETTLED: "not exchanged or not paid out",
}


def verdict(result: Reconciliation) -> str:
    """Return the result in a sentence."""
    count, left = sum(result.counts.values()), result.total.difference
    found = "nothing differs"
    if count:
        found = f"{_number(count, 'difference was', 'differences were')} found"
    sums = "the money adds up to the fen"
    if not result.closes:
        sums = "the money does NOT add up"
        sums += f": {yuan(left)} yuan are left over" if left else ""
    link = "and" if result.ok or not result.closes else "but"
    return f"{result.first} to {result.last}: {found}, {link} {sums}."


def report(
    screen: Screen, result: Reconciliation, *, not_yet: Sequence[Fetched], skipped: Sequence[int]
) -> Iterator[str]:
    """Yield the report line by line."""
    style = "green" if result.ok else "red"
    yield from (screen.paint(line, style) for line in wrap(verdict(result)))
    for line in [*missing(not_yet), *_reservations(result, skipped)]:
        yield from (screen.paint(each, "yellow") for each in wrap(line))
    parts = (_sources(result), _sums(screen, result), _ordinary(result))
    for part in (*parts, _differences(screen, result), _open(result)):
        yield from ["", *part] if part else []


def missing(bills: Sequence[Fetched]) -> list[str]:
    """Return why bills are not there: of each kind the first."""
    first: dict[str, Fetched] = {}
    for each in bills:
        first.setdefault(each.kind, each)
    said = [f"{each.day}, {each.kind.value}: {each.said}" for each in first.values()]
    others = len(bills) - len(first)
    return [*said, *([f"And {others:,} of later days."] if others else [])]


def _reservations(result: Reconciliation, skipped: Sequence[int]) -> Iterator[str]:
    """Yield what the verdict does not cover."""
    others = [CALLED[each] for each in Source if each not in {*result.checked, Source.SUM}]
    if others:
        yield f"Not checked, since not given: {', '.join(others)}."
    if result.unchecked:
        things = _number(result.unchecked, "thing that we know was", "things that we know were")
        yield f"{things} not checked: the bills of their days cannot be used."
    if skipped:
        numbers = ", ".join(map(str, skipped[:5])) + (" and others" if len(skipped) > 5 else "")
        yield f"Lines of the journal that are cut, and were left out: {numbers}."


def _sources(result: Reconciliation) -> list[str]:
    rows = [
        [CALLED[each], _matched(result, each), f"{result.source_counts.get(each, 0):,}"]
        for each in (*result.checked, Source.SUM)
    ]
    return table([["held against", "looked at", "differences"], [], *rows], right=[1, 2])


def _matched(result: Reconciliation, source: Source) -> str:
    if source is Source.SETTLEMENT:
        return _number(len(result.settlements), "record", "records")
    if source is Source.SUM:
        return _number(result.total.payments, "payment", "payments")
    return f"{_number(result.matched[source], 'row', 'rows')} matched"


def _sums(screen: Screen, result: Reconciliation) -> list[str]:
    """Return where the money is, as a sum that one can check by hand."""
    total = result.total
    parts = {
        "distributed": total.distributed,
        "released to the sponsor": total.released,
        "refunded": total.refunded,
        "fee, less what was returned": total.fee,
        "still frozen": total.frozen,
    }
    rows = [
        [f"{total.payments:,} marked payments", "yuan"],
        [],
        ["paid", yuan(total.paid)],
        ["advanced for refunds", yuan(total.advanced)],
        [],
        ["", yuan(total.paid + total.advanced)],
        *([f"less: {name}", yuan(-amount)] for name, amount in parts.items()),
        [],
        ["left over", yuan(total.difference)],
    ]
    *lines, last = table(rows, right=[1])
    lines.append(screen.paint(last, "green" if result.closes else "red"))
    if len(result.sums) > 1:
        odd = [each for each in result.sums if not each.closes]
        lines += [
            f"Sub-merchant {one_line(each.sub_mchid)}: {yuan(each.difference)} left over."
            for each in odd[:MOST_SHOWN]
        ]
    return lines


def _ordinary(result: Reconciliation) -> list[str]:
    """Return the sums of other payments, by currency."""
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for each in result.ordinary:
        sums[each.currency].update(payments=each.payments, paid=each.paid, refunded=each.refunded)
    rows = [
        [f"ordinary, in {one_line(currency)}", f"{each['payments']:,}"]
        + [money(each[name], currency) for name in ("paid", "refunded")]
        for currency, each in sorted(sums.items())
    ]
    head = ["other payments", "count", "paid", "refunded"]
    return table([head, [], *rows], right=[1, 2, 3]) if rows else []


def _differences(screen: Screen, result: Reconciliation) -> list[str]:
    shown, count = result.differences[:MOST_SHOWN], sum(result.counts.values())
    if not shown:
        return []
    kinds = [f"{_words(kind)} {number:,}" for kind, number in result.counts.items()]
    field = max(len("field"), *(len(each.field or "") for each in shown))
    widths = [13, 10, min(field, 26)]
    widths += [(80 - sum(widths) - 8) // 2] * 2
    head = ["difference", "day", "field", "here", "there"]
    lines = [
        *wrap("Differences: " + ", ".join(kinds) + "."),
        _row(head, widths),
        _row(["-" * width for width in widths], widths),
    ]
    for each in shown:
        lines += _difference(screen, each, widths)
    if count > len(shown):
        lines.append(f"And {count - len(shown):,} more: see --html, --json or --parquet.")
    return [*lines, *wrap(_NOTE)]


def _difference(screen: Screen, each: Difference, widths: Sequence[int]) -> list[str]:
    """Return a line of what differs, below it the ids, and all in a sentence where it was cut."""
    told = [_words(each.kind), str(each.day or ""), each.field or ""]
    told += ["" if value is None else str(value) for value in (each.here, each.there)]
    cells = [cut(text, width) for text, width in zip(told, widths, strict=True)]
    head, rest = _row(cells, widths), " " * (widths[0] + 2)
    ids = ", ".join(f"{name}={value}" for name, value in each.key.items())
    lines = [screen.paint(head, "bold")]
    lines += wrap(f"{CALLED[each.source]}: {ids}", first=rest, rest=rest)
    if cells != [one_line(text) for text in told]:
        lines += wrap(each.text, first=rest, rest=rest)
    return lines


_NOTE = (
    "Here: as you know it; there: as the service has it. Whole numbers are amounts in the smallest"
    " unit of their currency."
)


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(pad(c, width) for c, width in zip(cells, widths, strict=True)).rstrip()


def _open(result: Reconciliation) -> list[str]:
    rows: list[list[str]] = []
    for reason, count in result.open_counts.items():
        first, *others = (
            money(amount, currency) for currency, amount in result.open_sums[reason].items()
        )
        rows.append([_words(reason), f"{count:,}", first, WHY[reason]])
        rows += [["", "", amount, ""] for amount in others]
    head = ["still open", "count", "amount", "why"]
    return table([head, [], *rows], right=[1, 2]) if rows else []


def money(amount: int, currency: str) -> str:
    """Return an *amount* in minor units as one reads it, exactly: ``1,234.50 HKD``."""
    whole, point, part = major_units(abs(amount), currency).partition(".")
    return f"{'-' * (amount < 0)}{int(whole):,}{point}{part} {one_line(currency)}".rstrip()


def _number(count: int, one: str, more: str) -> str:
    return f"{count:,} {one if count == 1 else more}"


def _words(name: str) -> str:
    return name.replace("_", " ")
