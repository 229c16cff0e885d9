"""HTML out of values: whatever is not markup already is escaped, here and nowhere else."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from wxdist.wire.csv import major_units


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


Child: TypeAlias = "str | int | Sequence[Child] | None"


def text(value: object) -> Html:
    """Return *value* as markup that reads like it; what cannot be seen is named."""
    seen = (each if each.isprintable() else f"⟨U+{ord(each):04X}⟩" for each in str(value))
    return Html(html.escape("".join(seen)))


def tag(name: str, /, *inside: Child, **attributes: str | None) -> Html:
    """Return an element; ``class_`` stands for ``class``, ``aria_label`` for ``aria-label``."""
    said = "".join(
        f' {key.removesuffix("_").replace("_", "-")}="{text(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Html(f"<{name}{said}>{join(inside)}</{name}>")


def join(inside: Iterable[Child]) -> Html:
    """Return children side by side."""
    return Html("".join(_child(each) for each in inside))


def _child(each: Child) -> str:
    if each is None:
        return ""
    if isinstance(each, Html):
        return each
    return text(each) if isinstance(each, str | int) else join(each)


def code(value: object) -> Html:
    """Return an id; whichever way it is written, what stands around it stays put."""
    return tag("code", tag("bdi", str(value)))


def money(minor: int, currency: str) -> str:
    """Return an amount in major units, its thousands parted: ``-1,234.50``."""
    whole, point, rest = major_units(abs(minor), currency).partition(".")
    return f"{'-' if minor < 0 else ''}{int(whole):,}{point}{rest}"


def table(
    caption: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[Child]],
    *,
    numbers: Iterable[int] = (),
    foot: Sequence[Child] | None = None,
    class_: str | None = None,
) -> Html:
    """Return a table whose first column heads its rows; it scrolls by itself where it is too wide.

    Args:
        caption: what it tells, for those who do not see it.
        heads: of the columns.
        rows: their cells.
        numbers: places of the columns that hold numbers.
        foot: cells of a last row that sums up.
        class_: of the table.
    """
    places = set(numbers)

    def line(cells: Sequence[Child]) -> Html:
        first, *others = cells
        return tag(
            "tr",
            tag("th", first, scope="row"),
            [
                tag(
                    "td",
                    cell,
                    class_="number" if place in places else None,
                    data_label=heads[place] or None,
                )
                for place, cell in enumerate(others, 1)
            ],
        )

    columns = [
        tag("th", head, scope="col", class_="number" if place in places else None)
        if head
        else tag("td")
        for place, head in enumerate(heads)
    ]
    body = tag("tbody", [line(row) for row in rows])
    last = None if foot is None else tag("tfoot", line(foot))
    whole = tag("table", tag("thead", tag("tr", columns)), body, last, class_=class_)
    return tag("div", whole, class_="wide", role="group", aria_label=caption, tabindex="0")
