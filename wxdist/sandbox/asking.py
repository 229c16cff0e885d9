"""A request taken apart: which endpoint, which parameters; no network, no state."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote

import attrs

from .rules.fields import Fields
from .rules.refusal import bad_field, ours, unknown

#: Parameters that a query may have: more than any endpoint takes (ours).
MOST_PARAMETERS = 50


@attrs.frozen
class Request:
    """One request as it came."""

    method: str
    target: str  #: path and query, byte for byte
    headers: Mapping[str, str]  #: names in lower case
    body: bytes = b""

    @property
    def path(self) -> str:
        """The path, still percent-encoded."""
        return self.target.partition("?")[0]

    def query_text(self) -> str:
        """Return what stands after the first question mark."""
        return self.target.partition("?")[2]

    def query(self) -> Fields:
        """Return the parameters of the query; each may stand once (ours)."""
        try:
            pairs = parse_qsl(
                self.query_text(),
                keep_blank_values=True,
                errors="strict",
                max_num_fields=MOST_PARAMETERS,
            )
        except ValueError:
            raise ours("the query cannot be read") from None
        if len(dict(pairs)) != len(pairs):
            raise ours("a parameter stands twice in the query")
        return Fields(dict(pairs), "query")

    def json(self) -> Fields:
        """Return the parameters of a JSON body.

        Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/wechatpay/wechatpay2_0.shtml
        """
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise ours("Content-Type must be application/json")
        return Fields(json_object(self.body), "body")


def json_object(text: bytes) -> dict[str, Any]:
    """Read a JSON object; anything else is PARAM_ERROR (field and issue ours)."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise bad_field("", "must be a JSON object", "body")
    return value


def agreed_headers(request: Request) -> None:
    """User-Agent and Accept are required; answers are JSON, so Accept must take that.

    Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter3_2_8.shtml; texts ours.
    """
    if not request.headers.get("user-agent"):
        raise ours("the header User-Agent is required")
    if not re.search(r"application/json|text/|\*", request.headers.get("accept", "")):
        raise ours("the header Accept is required, and must allow application/json")


Handler = Callable[[Any, Request, Fields], Any]
Route = tuple[str, re.Pattern[str], Handler]


def route(method: str, path: str, handler: Handler) -> Route:
    """Return a row of the table of addresses; ``{name}`` is one path segment."""
    pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/?]+)", re.escape(path))
    return method, re.compile(pattern), handler


def find(routes: Sequence[Route], request: Request) -> tuple[Handler, Fields]:
    """Return who answers *request* and the parameters in its path; else 404."""
    for method, pattern, handler in routes:
        if method == request.method and (match := pattern.fullmatch(request.path)):
            return handler, Fields(_decoded(match.groupdict()), "path")
    raise unknown("no such address, or another method")


def _decoded(values: Mapping[str, str]) -> dict[str, str]:
    try:
        return {name: unquote(value, errors="strict") for name, value in values.items()}
    except ValueError:
        raise ours("the path cannot be read") from None
