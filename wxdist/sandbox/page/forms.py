"""Forms: how they are written, how they are read, and whether they come from this page."""

from __future__ import annotations

import hmac
import math
from collections.abc import Mapping
from urllib.parse import parse_qsl

from wxdist.errors import InvalidInput

from ..api import PREFIX as API
from .markup import Child, Html, join, tag

#: What the addresses of the page's own things begin with.
PREFIX = f"{API}page/"
#: Bytes and fields of a form.
MOST_BYTES = 64 * 1024
MOST_FIELDS = 50


class Forms:
    """Writes forms that carry a token, so that no other site can send them."""

    def __init__(self, token: str) -> None:
        self._token = token

    def form(self, act: str, *inside: Child, **attributes: str) -> Html:
        """Return a form whose fields go to *act*."""
        hidden = tag("input", type="hidden", name="token", value=self._token)
        return tag("form", hidden, inside, method="post", action=PREFIX + act, **attributes)


def field(
    label: str,
    name: str,
    *,
    place: str,
    hint: Child = None,
    look: str = "",
    **attributes: str | bool,
) -> Html:
    """Return a labelled input; *place* makes its id unique on the page."""
    key, told = f"{place}-{name}", f"{place}-{name}-hint"
    given = {"type": "text", "autocomplete": "off", **attributes}
    described = None if hint is None else told
    return tag(
        "div",
        tag("label", label, for_=key),
        tag("input", id=key, name=name, aria_describedby=described, **given),
        None if hint is None else tag("p", hint, id=told, class_="hint"),
        class_=f"field {look}".strip(),
    )


def select(label: str, name: str, options: Child, *, place: str) -> Html:
    """Return a labelled choice."""
    key = f"{place}-{name}"
    chosen = tag("select", options, id=key, name=name)
    return tag("div", tag("label", label, for_=key), chosen, class_="field")


def button(
    words: str, *, of: Child = None, kind: str = "", name: str | None = None, value: str = ""
) -> Html:
    """Return a button; *of* says for ears alone which thing it is for."""
    more = None if of is None else tag("span", " ", of, class_="away")
    given = {} if name is None else {"name": name, "value": value}
    return tag("button", join(words, more), type="submit", class_=kind or None, **given)


def read(body: bytes) -> dict[str, str]:
    """Return the fields of a form; empty ones are left out."""
    try:
        pairs = parse_qsl(body.decode(), errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise InvalidInput("form", "cannot be read") from None
    return {name: value for name, value in pairs if value}


def whole(form: Mapping[str, str], name: str) -> int:
    """Return a whole number that a form must have."""
    given = form.get(name, "")
    if not (given.isascii() and given.isdigit() and len(given) <= 15):
        raise InvalidInput(name, "must be a whole number")
    return int(given)


def number(form: Mapping[str, str], name: str) -> float:
    """Return a number from 0 that a form must have."""
    try:
        value = float(form.get(name, ""))
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise InvalidInput(name, "must be a number from 0")
    return value


def is_ours(form: Mapping[str, str], token: str) -> bool:
    """Tell whether a form carries the page's own *token*."""
    return hmac.compare_digest(form.get("token", "").encode(), token.encode())
