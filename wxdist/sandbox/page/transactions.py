"""Transactions: their money, their countdown, their orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .bar import bar
from .figures import count, moment, money, span, time_of
from .look import SHOWN_PAYMENTS, Look
from .markup import Html, code, join, own, tag

Payment = Mapping[str, Any]

_RESULTS = {"SUCCESS": "good", "CLOSED": "bad"}
_KINDS = {"DISTRIBUTE_TO_OTHERS": "to a receiver", "UNFREEZE_TO_SPONSOR": "released"}


def transactions(look: Look) -> Html:
    """Return the section of the transactions."""
    shown = look.payments()
    empty = "Nothing was paid yet. Mark an order with your client and pay it here, or load a "
    return tag(
        "section",
        tag("h2", "Transactions", id="transactions-title", tabindex="-1"),
        [_transaction(look, each) for each in shown]
        if shown
        else tag("p", empty, tag("a", "scenario", href="#scenarios"), ".", class_="card quiet"),
        _pages(look),
        id="transactions",
        aria_labelledby="transactions-title",
    )


def _transaction(look: Look, payment: Payment) -> Html:
    key = payment["transaction_id"]
    words, kind = _standing(payment)
    return tag(
        "article",
        tag(
            "h3",
            code(payment["out_trade_no"]),
            " ",
            tag("span", money(payment["amount"], payment["currency"]), class_="sum"),
            " ",
            tag("span", words, class_=f"badge {kind}"),
            id=f"{key}-title",
        ),
        _facts(payment),
        bar(payment),
        _countdown(look, payment),
        [_order(each) for each in payment["orders"][::-1]],
        id=key,
        class_="card",
        aria_labelledby=f"{key}-title",
    )


def _standing(payment: Payment) -> tuple[str, str]:
    """Return how far a payment has come, and how it is marked."""
    if payment["revoked_at"] is not None:
        return "revoked", "bad"
    if not payment["marked"]:
        return "not marked", "still"
    if not payment["ready"]:
        return "freezing", "busy"
    if payment["overdue"]:
        return "180 days over", "still"
    if payment["released"]:
        return "released", "still"
    return "can be distributed", "good"


def _facts(payment: Payment) -> Html:
    facts = [
        join("paid ", time_of(payment["paid_at"]), _paid(payment)),
        join("transaction ", code(payment["transaction_id"])),
        join("merchant ", code(payment["sub_mchid"])) if payment["sub_mchid"] else None,
    ]
    items = [tag("li", fact) for fact in facts if fact is not None]
    return tag("ul", items, class_="facts quiet")


def _paid(payment: Payment) -> Html | None:
    """Tell what the payer paid for an order in another currency."""
    if payment["currency"] == "CNY":
        return None
    return join(" with ", money(payment["payer_amount"]))


def _countdown(look: Look, payment: Payment) -> Html | None:
    if payment["revoked_at"] is not None:
        return None
    key = payment["transaction_id"]
    freeze, expire = look.due("freeze", key), look.due("expire", key)
    if freeze is not None:
        left = tag("b", span(freeze - look.now), data_due=f"{freeze:.3f}")
        return tag("p", "Frozen for distribution in ", left, class_="countdown")
    if expire is not None and payment["ready"] and not payment["released"]:
        left = tag("b", span(expire - look.now), data_due=f"{expire:.3f}")
        at = tag("time", moment(expire))
        return tag("p", "What is left is released in ", left, ", at ", at, class_="quiet")
    return None


def _order(order: Mapping[str, Any]) -> Html:
    number = order["out_order_no"] or "by the system"
    badge = tag("span", order["state"], class_=f"badge {_busy(order['state'])}")
    details = count(len(order["details"]), "detail")
    return tag(
        "details",
        tag("summary", tag("span", "Order ", code(number), " ", badge, " ", details)),
        tag(
            "p",
            join("created ", time_of(order["create_time"])),
            join(", order ", code(order["order_id"])),
            class_="quiet",
        ),
        _details(order),
        id=f"order-{order['order_id']}",
        class_="order",
        open=True,
    )


def _busy(state: str) -> str:
    return "busy" if state == "PROCESSING" else "good"


def _details(order: Mapping[str, Any]) -> Html:
    heads = [tag("th", name, scope="col") for name in ("Account", "Amount", "Result", "Ended")]
    return tag(
        "table",
        tag(
            "caption",
            "Details of order ",
            own(order["out_order_no"] or "by the system"),
            class_="away",
        ),
        tag("thead", tag("tr", heads)),
        tag("tbody", [_detail(each) for each in order["details"]]),
    )


def _detail(detail: Mapping[str, Any]) -> Html:
    result, reason, ended = detail["result"], detail["fail_reason"], detail["finish_time"]
    kind = _KINDS.get(detail["detail_type"], detail["detail_type"])
    return tag(
        "tr",
        tag("th", code(detail["account"]), " ", tag("span", kind, class_="quiet"), scope="row"),
        tag("td", money(detail["amount"]), class_="figure"),
        tag(
            "td",
            tag("span", result, class_=_RESULTS.get(result)),
            (": ", own(reason)) if reason else None,
        ),
        tag("td", "–" if ended is None else time_of(ended)),
        id=f"detail-{detail['detail_id']}",
    )


def _pages(look: Look) -> Html | None:
    """Return links to newer and older transactions, where there are any."""
    whole = len(look.state["payments"])
    newer, older = look.first - SHOWN_PAYMENTS, look.first + SHOWN_PAYMENTS
    links = [
        tag("a", "Newer", href=f"/?from={max(0, newer)}#transactions") if look.first else None,
        tag("a", "Older", href=f"/?from={older}#transactions") if older < whole else None,
    ]
    if not any(links):
        return None
    shown = f"{count(whole, 'transaction')}, from {look.first + 1:,} on"
    return tag(
        "nav",
        tag("span", shown, class_="quiet"),
        links,
        class_="row",
        aria_label="Pages of transactions",
    )
