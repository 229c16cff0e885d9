"""A request and a response as values, and the one way to write a target."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote

import attrs

from wxdist.errors import InvalidInput
from wxdist.models import Meta, model
from wxdist.models.limits import climbs


@model
class Request:
    """One request, exactly as it will be sent."""

    method: str
    target: str = attrs.field(repr=False)  #: path and query as sent: percent-encoded ASCII
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    body: bytes = attrs.field(default=b"", repr=False)
    signed: bytes | None = attrs.field(default=None, repr=False)
    """What the signature covers instead of ``body``; ``None``: the body itself."""


@model
class Response:
    """One response, whole and as it came."""

    status: int
    headers: Mapping[str, str] = attrs.field(repr=False)  #: names in lower case
    body: bytes = attrs.field(repr=False)

    @property
    def request_id(self) -> str | None:
        """The ``Request-ID`` header; quote it to WeChat Pay's support."""
        return self.headers.get("request-id")


@model
class Answer:
    """What `Session.request` gives: a verified answer, as it came."""

    status: int
    headers: Mapping[str, str] = attrs.field(repr=False)  #: names in lower case
    body: bytes = attrs.field(repr=False)
    meta: Meta = attrs.field(eq=False, repr=False)


def target(path: str, ids: Mapping[str, str], query: Iterable[tuple[str, str]] = ()) -> str:
    """Return *path* with its ``{ids}`` filled in and *query* behind it, all percent-encoded.

    Every byte but letters, digits and ``_.-~`` is encoded, so nothing on the way has a reason to
    rewrite it, and the signed text stays the sent text.

    Raises:
        InvalidInput: no text, or a lone surrogate, which has no bytes.
    """
    filled = path.format_map({name: _encoded(value) for name, value in ids.items()})
    return filled + query_text(query)


def query_text(query: Iterable[tuple[str, str]]) -> str:
    """Return *query* percent-encoded behind its question mark; nothing when it is empty."""
    pairs = "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in query)
    return f"?{pairs}" if pairs else ""


def _encoded(text: str) -> str:
    if not isinstance(text, str):
        raise InvalidInput("query", f"must be text, not {type(text).__name__}")
    try:
        return quote(text, safe="")
    except UnicodeEncodeError:
        raise InvalidInput("target", "holds a lone surrogate: not text") from None


def checked_path(path: str) -> str:
    """Return *path* when it can stand in a request line as it is.

    Raises:
        InvalidInput: it does not begin with one ``/``, or holds ``?``, ``#``, a dot segment, or
            anything that is not plain or percent-encoded ASCII.
    """
    if not re.fullmatch(r"/(?!/)(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*", path):
        raise InvalidInput("target", "must be an absolute path, percent-encoded, without a query")
    if climbs(path):
        raise InvalidInput("target", "must not hold a '.' or '..' path segment")
    return path
