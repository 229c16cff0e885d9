"""What happened in the business, and scenarios to bring about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..scenarios import SCENARIOS
from .figures import money, time_of
from .forms import Forms, button
from .look import Look
from .markup import Html, code, own, tag

_SCENARIOS = {
    "paid": "one marked order, just paid",
    "paid-and-frozen": "paid, and ready to be distributed",
    "waiting-receivers": "three receivers that wait for their audit",
    "three-receivers": "distributed to three receivers",
    "one-closed": "distributed, and one of three details closed",
    "half-released": "half of the money released to the merchant",
    "refunded": "a quarter of the money back to the payer",
    "overdue": "180 days later: the rest is released",
}
#: What the kinds of events are called here; another one keeps its name.
_KINDS = {
    "mark": "marked",
    "pay": "paid",
    "freeze": "ready to be distributed",
    "accept": "instruction accepted",
    "detail": "in flight",
    "end": "detail ended",
    "arm": "will be closed",
    "expire": "180 days over",
    "add": "receiver added",
    "audit": "receiver audited",
    "delete": "receiver deleted",
    "refund": "refunded",
    "exchange": "settlement exchanged",
    "payout": "settlement paid out",
    "clock": "clock turned",
}
#: Facts of an event that tell which thing it was about, the best first.
_SUBJECTS = ("out_trade_no", "out_order_no", "account", "detail_id", "order_id", "transaction_id")
_MORE = ("result", "fail_reason", "state", "reason", "refused", "runs")


def events(look: Look) -> Html:
    """Return the section of the last business events."""
    names = _names(look)
    return tag(
        "section",
        tag("h2", "Last events", id="events-title", tabindex="-1"),
        tag("ol", [_event(each, names) for each in look.events], class_="plain events")
        if look.events
        else tag("p", "Nothing has happened yet.", class_="quiet"),
        id="events",
        class_="card",
        aria_labelledby="events-title",
    )


def _names(look: Look) -> Mapping[str, str]:
    """Return what people call transactions and details."""
    names = {}
    for payment in look.payments():
        names[payment["transaction_id"]] = payment["out_trade_no"]
        for order in payment["orders"]:
            names |= {each["detail_id"]: each["account"] for each in order["details"]}
    return names


def _event(event: Mapping[str, Any], names: Mapping[str, str]) -> Html:
    kind = event["kind"]
    subject = next((event[name] for name in _SUBJECTS if name in event), None)
    more = [money(event["amount"], event.get("currency", "CNY"))] if "amount" in event else []
    more += [str(event[name]) for name in _MORE if name in event]
    said = tag(
        "span",
        tag("b", _KINDS.get(kind, kind)),
        " ",
        None if subject is None else code(names.get(subject, subject)),
        " ",
        own(" ".join(more)),
        data_event=event["number"],
    )
    when = tag("span", time_of(event["at"]), class_="quiet")
    return tag("li", said, " ", when, id=f"event-{event['number']}")


def scenarios(forms: Forms) -> Html:
    """Return the section of the scenarios."""
    rows = [_scenario(name, forms) for name in SCENARIOS]
    return tag(
        "section",
        tag("h2", "Scenarios", id="scenarios-title", tabindex="-1"),
        tag("p", "Each adds its own orders and receivers; some move the clock.", class_="quiet"),
        tag("ul", rows, class_="plain"),
        id="scenarios",
        class_="card",
        aria_labelledby="scenarios-title",
    )


def _scenario(name: str, forms: Forms) -> Html:
    which = tag("input", type="hidden", name="name", value=name)
    words = tag("span", tag("b", name), " ", tag("span", _SCENARIOS.get(name), class_="quiet"))
    return tag(
        "li",
        words,
        forms.form("scenario", which, button("Load", of=name)),
        class_="rule",
    )
