"""Whether the books add up, and whether the auditor agrees."""

from __future__ import annotations

from .figures import count
from .look import Look
from .markup import Child, Html, tag

_MARKS = {"green": "✓", "red": "✗", "grey": "–"}


def health(look: Look) -> Html:
    """Return the section of the checks."""
    return tag(
        "section",
        tag("h2", "Checks", id="checks-title", class_="away"),
        tag("ul", _books(look), _auditor(look), class_="checks"),
        _findings(look),
        id="checks",
        aria_labelledby="checks-title",
    )


def _books(look: Look) -> Html:
    fault = look.state["fault"]
    if fault is None:
        return _light("green", "Invariants hold", "every yuan that was paid is accounted for")
    return _light("red", "Invariants broken", fault)


def _auditor(look: Look) -> Html:
    audit = look.audit
    if audit["state"] == "grey":
        return _light("grey", "Auditor rests", audit["resting"])
    if audit["state"] == "green":
        calls = count(audit["calls"], "call")
        return _light("green", "Auditor agrees", f"{calls} answered as predicted")
    return _light("red", "Auditor disagrees", count(audit["found"], "finding"))


def _light(colour: str, words: str, more: Child) -> Html:
    return tag(
        "li",
        tag("span", _MARKS[colour], class_="light", aria_hidden="true"),
        tag("span", tag("b", words), " ", tag("span", more, class_="quiet")),
        class_=colour,
    )


def _findings(look: Look) -> Html | None:
    found = look.audit["findings"]
    if not found:
        return None
    heads = [tag("th", name, scope="col") for name in ("Call", "Answered", "Allowed", "Why")]
    rows = [
        tag(
            "tr",
            tag("td", each["call"] or "order", " ", each["endpoint"]),
            tag("td", each["answered"]),
            tag("td", each["allowed"]),
            tag("td", each["why"]),
        )
        for each in found
    ]
    table = tag(
        "table",
        tag("caption", "The auditor's last findings"),
        tag("thead", tag("tr", heads)),
        tag("tbody", rows),
    )
    return tag(
        "div",
        table,
        class_="wide card",
        role="region",
        tabindex="0",
        aria_label="The auditor's last findings",
    )
