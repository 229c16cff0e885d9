"""The payer: a form to pay an order of the merchant."""

from __future__ import annotations

from .forms import Forms, button, field, select
from .look import Look
from .markup import Html, code, join, tag, text


def payer(look: Look, forms: Forms) -> Html:
    """Return the section of the payer."""
    return tag(
        "section",
        tag("h2", "Pay an order", id="pay-title", tabindex="-1"),
        forms.form(
            "pay",
            _number(look),
            _merchant(look),
            tag("div", _amount(), _currency(), class_="row"),
            button("Pay", kind="main"),
        ),
        id="pay",
        class_="card",
        aria_labelledby="pay-title",
    )


def unpaid(look: Look) -> list[tuple[str, str]]:
    """Return sub-merchant and number of the orders that are marked and not paid yet."""
    paid = {(each["sub_mchid"], each["out_trade_no"]) for each in look.state["payments"]}
    return [(sub, trade) for sub, trade, _ in look.state["marks"] if (sub, trade) not in paid]


def _number(look: Look) -> Html:
    waiting = [trade for _, trade in unpaid(look)]
    return join(
        field(
            "Merchant's order number",
            "out_trade_no",
            place="pay",
            hint=_hint(waiting),
            list="pay-marked",
            required=True,
            maxlength="32",
            minlength="6",
        ),
        tag("datalist", [tag("option", value=trade) for trade in waiting[-20:]], id="pay-marked"),
    )


def _hint(waiting: list[str]) -> Html:
    if not waiting:
        return text("Mark it first, or its money is the merchant's at once.")
    more = f" and {len(waiting) - 1} more" if len(waiting) > 1 else None
    return join("Marked and not paid: ", code(waiting[-1]), more)


def _merchant(look: Look) -> Html | None:
    known = look.state["terms"]["sub_mchids"]
    if not known:
        return None
    options = [tag("option", each, value=each) for each in known]
    return select("Sub-merchant", "sub_mchid", options, place="pay")


def _amount() -> Html:
    return field(
        "Amount in fen",
        "amount",
        place="pay",
        hint="10000 fen are ¥100.00",
        type="number",
        min="1",
        step="1",
        value="10000",
        required=True,
        inputmode="numeric",
    )


def _currency() -> Html:
    return field(
        "Currency",
        "currency",
        place="pay",
        look="short",
        value="CNY",
        pattern="[A-Z]{3}",
        maxlength="3",
        required=True,
    )
