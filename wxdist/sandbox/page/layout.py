"""The whole document."""

from __future__ import annotations

import attrs

from ..api import PREFIX as API
from .bar import patterns
from .calls import calls
from .clock import clock
from .faults import faults
from .forms import PREFIX, Forms
from .health import health
from .look import Look
from .markup import Html, code, join, tag
from .payer import payer
from .receivers import receivers
from .story import events, scenarios
from .transactions import transactions

_PLACES = ("transactions", "calls", "receivers", "faults", "scenarios")


@attrs.frozen
class Notice:
    """What came of an order."""

    words: str
    good: bool = True


def document(look: Look, forms: Forms, notice: Notice | None) -> Html:
    """Return the page."""
    page = tag("html", _head(), tag("body", _body(look, forms, notice)), lang="en")
    return Html(f"<!doctype html>\n{page}\n")


def live(look: Look, forms: Forms) -> Html:
    """Return the part of the page that changes by itself."""
    return tag(
        "main",
        health(look),
        tag("div", clock(look, forms), payer(look, forms), receivers(look, forms), class_="side"),
        tag("div", transactions(look), calls(look), class_="middle"),
        tag("div", faults(look, forms), scenarios(forms), events(look), class_="side low"),
        id="main",
        tabindex="-1",
        data_version=look.version,
    )


def _head() -> Html:
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", "wxdist sandbox"),
        tag("link", rel="stylesheet", href=f"{PREFIX}page.css"),
        tag("script", src=f"{PREFIX}page.js", defer=True),
    )


def _body(look: Look, forms: Forms, notice: Notice | None) -> Html:
    return join(
        tag("a", "Skip to the sandbox", href="#main", class_="skip"),
        _top(look),
        _notice(notice),
        live(look, forms),
        _foot(),
        patterns(),
        tag("p", id="news", class_="away", role="status"),
    )


def _top(look: Look) -> Html:
    terms = look.state["terms"]
    links = [tag("li", tag("a", name.capitalize(), href=f"#{name}")) for name in _PLACES]
    return tag(
        "header",
        tag(
            "div",
            tag("h1", "wxdist sandbox"),
            tag(
                "p",
                tag("strong", "A simulation: no real money, no real WeChat Pay."),
                " ",
                f"{terms['mode'].replace('_', ' ')} mode, merchant ".capitalize(),
                code(terms["mchid"]),
                ".",
            ),
        ),
        tag("nav", tag("ul", links), aria_label="Parts of this page"),
    )


def _notice(notice: Notice | None) -> Html:
    """Return the place for what came of an order; empty while there is nothing to tell."""
    if notice is None:
        return tag("p", id="notice", role="status")
    mark, kind = ("✓ ", "good") if notice.good else ("✗ ", "bad")
    return tag("p", mark, notice.words, id="notice", role="status", class_=kind)


def _foot() -> Html:
    links = [
        tag("a", "Refresh", href="/"),
        tag("a", "Control API", href=API),
        tag("a", "OpenAPI", href=f"{API}openapi.json"),
        tag("a", "State as JSON", href=f"{API}state"),
        tag("a", "Calls as JSON", href=f"{API}calls"),
    ]
    script = "Script is off: this page does not refresh by itself."
    return tag(
        "footer",
        tag("noscript", tag("p", script)),
        tag("nav", tag("ul", [tag("li", link) for link in links]), aria_label="More"),
        tag("p", "wxdist is not made or endorsed by Tencent.", class_="quiet"),
    )
