"""What became of a payment's money, as a bar and in figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from .figures import money, percent
from .markup import Html, join, own, tag

#: The marks of a part, beside its colour: see `patterns`. What is frozen has none.
_MARKS: Mapping[str, str] = {
    "flight": "M-1 7 7-1M3 9l6-6",
    "released": "M0 4h8",
    "refunded": "M0 0l8 8M8 0 0 8",
    "fee": "M4 0v8",
}
#: A part of at least one in so many shows its number.
_ROOM = 20


@attrs.frozen
class Part:
    """One part of the money."""

    look: str  #: its class in the style sheet
    words: Html
    amount: int  #: fen
    number: str = ""  #: of a receiver


def parts(payment: Mapping[str, Any]) -> list[Part]:
    """Return where the money of a payment is, what is gone first; nothing that is zero."""
    held = payment["money"]
    rest = "Released to the merchant" if payment["marked"] else "With the merchant"
    found = [
        Part("fee", join("Fee"), held["fee"]),
        *_receivers(payment),
        Part("flight", join("In flight"), held["in flight"]),
        Part("frozen", join("Frozen"), held["frozen"]),
        Part("released", join(rest), held["sponsor"]),
        Part("refunded", join("Refunded"), held["refund"]),
    ]
    return [part for part in found if part.amount > 0]


def bar(payment: Mapping[str, Any]) -> Html:
    """Return the bar with its figures, and what of them is other payments' money."""
    found = parts(payment)
    whole = sum(part.amount for part in found)
    pieces, start = [], 0
    for part in found:
        pieces.append(_piece(part, start, whole))
        start += part.amount
    # The list that follows says it all, so the picture is for eyes alone.
    drawn = tag("svg", pieces, class_="bar", aria_hidden="true", focusable="false")
    return join(
        drawn, tag("ul", [_figure(part) for part in found], class_="legend"), _advanced(payment)
    )


def patterns() -> Html:
    """Return the marks that tell the parts apart without their colours; once on a page."""
    made = [
        tag(
            "pattern",
            tag("path", d=path, class_="mark"),
            id=f"mark-{look}",
            width=8,
            height=8,
            patternUnits="userSpaceOnUse",
        )
        for look, path in _MARKS.items()
    ]
    return tag("svg", tag("defs", made), class_="away", aria_hidden="true", focusable="false")


def _advanced(payment: Mapping[str, Any]) -> Html | None:
    if not payment["advanced"]:
        return None
    words = " of what was refunded is other money of the merchant"
    return tag("p", tag("b", money(payment["advanced"])), words, class_="quiet")


def _receivers(payment: Mapping[str, Any]) -> Iterator[Part]:
    sums: dict[str, int] = {}
    for order in payment["orders"]:
        for detail in order["details"]:
            others = detail["detail_type"] == "DISTRIBUTE_TO_OTHERS"
            if others and detail["result"] == "SUCCESS":
                sums[detail["account"]] = sums.get(detail["account"], 0) + detail["amount"]
    for number, (account, amount) in enumerate(sums.items(), 1):
        words = join(f"Receiver {number}: ", own(account))
        yield Part(f"receiver shade-{number % 3}", words, amount, str(number))


def _piece(part: Part, start: int, whole: int) -> Html:
    x, width = percent(start, whole), percent(part.amount, whole)
    number = None
    if part.number and part.amount * _ROOM >= whole:
        middle = percent(2 * start + part.amount, 2 * whole)
        number = tag("text", part.number, x=middle, y="50%", class_="number")
    return join(_filled(part.look, x=x, width=width), number)


def _filled(look: str, *, x: str, width: str) -> Html:
    name = look.partition(" ")[0]
    box = {"x": x, "width": width, "height": "100%"}
    over = tag("rect", fill=f"url(#mark-{name})", **box) if name in _MARKS else None
    return join(tag("rect", class_=f"part {look}", **box), over)


def _figure(part: Part) -> Html:
    swatch = tag(
        "svg",
        _filled(part.look, x="0", width="100%"),
        tag("text", part.number, x="50%", y="50%", class_="number") if part.number else None,
        class_="swatch",
        aria_hidden="true",
        focusable="false",
    )
    return tag("li", swatch, tag("span", part.words), " ", tag("b", money(part.amount)))
