"""Receivers: those that wait for their audit, with buttons, and the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .forms import Forms, button, field
from .look import Look
from .markup import Html, code, join, own, tag

#: Receivers that are shown, of either kind.
SHOWN = 20
_ENDS = {"EFFECTIVE": ("approved", "good"), "SANDBOX_REFUSED": ("refused", "bad")}


def receivers(look: Look, forms: Forms) -> Html:
    """Return the section of the receivers."""
    known = look.state["receivers"]
    waiting = [each for each in known if each["state"] == "INIT"]
    others = [each for each in known if each["state"] != "INIT"]
    empty = "Nobody waits for an audit." if known else "The merchant has added no receivers."
    return tag(
        "section",
        tag("h2", "Receivers", id="receivers-title", tabindex="-1"),
        tag("ul", [_waiting(each, forms) for each in waiting[-SHOWN:]], class_="plain")
        if waiting
        else tag("p", empty, class_="quiet"),
        _more(waiting),
        _others(others[-SHOWN:]),
        _more(others),
        id="receivers",
        class_="card",
        aria_labelledby="receivers-title",
    )


def _more(known: Sequence[object]) -> Html | None:
    left = len(known) - SHOWN
    return tag("p", f"… and {left:,} more", class_="quiet") if left > 0 else None


def _waiting(relation: Mapping[str, Any], forms: Forms) -> Html:
    account, sub = relation["account"], relation["sub_mchid"]
    which = [
        tag("input", type="hidden", name="account", value=account),
        tag("input", type="hidden", name="sub_mchid", value=sub),
    ]
    place = f"refuse-{relation['type']}-{sub}-{account}"
    why = field("Reason of a refusal", "reason", place=place, value="SANDBOX", maxlength="64")
    return tag(
        "li",
        tag("p", code(account), " ", tag("span", _about(relation), class_="quiet")),
        forms.form("approve", which, button("Approve", of=own(account), kind="main")),
        tag(
            "details",
            tag("summary", "Refuse", tag("span", " ", own(account), class_="away")),
            forms.form("refuse", which, why, button("Refuse", of=own(account)), class_="row"),
            id=f"{place}-form",
        ),
        id=f"receiver-{relation['type']}-{sub}-{account}",
        class_="waiting",
    )


def _about(relation: Mapping[str, Any]) -> Html:
    of = relation["sub_mchid"]
    facts = [relation["relation_type"], relation["type"]]
    return join(", ".join(facts), (" of ", own(of)) if of else None)


def _others(known: Sequence[Mapping[str, Any]]) -> Html | None:
    if not known:
        return None
    rows = [
        tag(
            "tr",
            tag("th", code(each["account"]), scope="row"),
            tag("td", each["relation_type"]),
            tag("td", _state(each)),
        )
        for each in known
    ]
    heads = [tag("th", name, scope="col") for name in ("Account", "Relation", "Audit")]
    return tag(
        "table",
        tag("caption", "Audits that have ended"),
        tag("thead", tag("tr", heads)),
        tag("tbody", rows),
    )


def _state(relation: Mapping[str, Any]) -> Html:
    state, reason = relation["state"], relation["fail_reason"]
    words, kind = _ENDS.get(state, (state, "quiet"))
    return join(tag("span", words, class_=kind), (": ", own(reason)) if reason else None)
