"""A request as the auditor reads it: which call it is, and what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

import attrs

from ..asking import Request
from .causes import INVALID_REQUEST, PARAM_ERROR, RESOURCE_NOT_EXISTS, Cause

_V3 = "/v3/global"
_SHARING = f"{_V3}/profit-sharing"
#: Method, path, name; a name in braces is one segment.
#: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/ and its chapters
ADDRESSES = (
    ("POST", f"{_SHARING}/transactions/mark", "mark"),
    ("POST", f"{_SHARING}/orders", "request_order"),
    ("POST", f"{_SHARING}/orders/unfreeze", "unfreeze"),
    ("GET", f"{_SHARING}/orders/{{out_order_no}}", "query_order"),
    ("GET", f"{_SHARING}/transactions/{{transaction_id}}/amounts", "remaining_amount"),
    ("POST", f"{_SHARING}/receivers", "add_receiver"),
    ("GET", f"{_SHARING}/receivers/{{account}}", "query_receiver"),
    ("DELETE", f"{_SHARING}/receivers", "delete_receiver"),
    ("GET", f"{_SHARING}/bill-download-url", "bill_download_url"),
    ("GET", f"{_SHARING}/refunds/bill-download-url", "refund_bill_download_url"),
    ("GET", f"{_V3}/statements", "statements"),
    ("GET", f"{_SHARING}/refunds/refundable-balance", "refundable_balance"),
    (
        "GET",
        f"{_SHARING}/transactions/{{transaction_id}}/refundable-amounts",
        "refundable_amounts",
    ),
    ("GET", f"{_V3}/transactions/id/{{id}}", "query_transaction_by_id"),
    (
        "GET",
        f"{_V3}/transactions/out-trade-no/{{out_trade_no}}",
        "query_transaction_by_out_trade_no",
    ),
    ("POST", f"{_V3}/refunds", "refund"),
    ("GET", f"{_V3}/refunds", "query_refunds"),
    ("GET", f"{_V3}/refunds/id/{{refund_id}}", "query_refund_by_id"),
    (
        "GET",
        f"{_V3}/refunds/out-refund-no/{{out_refund_no}}",
        "query_refund_by_out_refund_no",
    ),
    ("GET", f"{_V3}/refund/recharge-balance", "recharge_balance"),
    (
        "GET",
        f"{_V3}/refund/partner/recharge-balance/sub-mchid/{{sub_mchid}}",
        "recharge_balance",
    ),
    ("GET", "/v3/global/settle/settlements", "settlements"),
    ("GET", "/v3/global/certificates", "certificates"),
    ("POST", "/v3/global/merchant-storage/file/upload", "upload_file"),
    ("GET", "/v3/bill/downloadurl", "download_bill"),
)
#: Calls with a JSON body, and calls that read no query.
WITH_BODY = frozenset(
    {"mark", "request_order", "unfreeze", "add_receiver", "delete_receiver", "refund"}
)
WITHOUT_QUERY = WITH_BODY | {
    *("refundable_balance", "certificates", "upload_file", "download_bill"),
    "recharge_balance",
}
_PATTERNS = tuple(
    (method, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)), name)
    for method, path, name in ADDRESSES
)


@attrs.frozen
class Asked:
    """What a request says."""

    endpoint: str  #: empty: no such address
    params: Mapping[str, Any]
    flaws: tuple[Cause, ...] = ()  #: what is wrong with its form


def read(request: Request) -> Asked:
    """Take *request* apart."""
    path, _, query = request.target.partition("?")
    for method, pattern, name in _PATTERNS:
        if method == request.method and (match := pattern.fullmatch(path)):
            flaws = list(_headers(request, name))
            params = {**_found(request, name, query, flaws), **_segments(match, flaws)}
            return Asked(name, params, tuple(flaws))
    return Asked("", {}, (Cause(RESOURCE_NOT_EXISTS, "there is no such address"),))


def _headers(request: Request, name: str) -> Iterator[Cause]:
    headers = request.headers
    if not headers.get("user-agent"):
        yield Cause(INVALID_REQUEST, "User-Agent is missing")
    accept = headers.get("accept", "")
    if not any(kind in accept for kind in ("application/json", "text/", "*")):
        yield Cause(INVALID_REQUEST, "Accept is missing, or JSON is not accepted")
    kind = headers.get("content-type", "").split(";")[0].strip().lower()
    if name in WITH_BODY and kind != "application/json":
        yield Cause(INVALID_REQUEST, "the body is not declared as JSON")


def _segments(match: re.Match[str], flaws: list[Cause]) -> Mapping[str, Any]:
    try:
        return {name: unquote(text, errors="strict") for name, text in match.groupdict().items()}
    except UnicodeDecodeError:
        flaws.append(Cause(INVALID_REQUEST, "the path is not UTF-8"))
        return {}


def _found(request: Request, name: str, query: str, flaws: list[Cause]) -> Mapping[str, Any]:
    if name in WITH_BODY:
        return _body(request.body, flaws)
    if name == "download_bill":
        return {"token": query.removeprefix("token=")}
    return {} if name in WITHOUT_QUERY else _query(query, flaws)


def _query(text: str, flaws: list[Cause]) -> Mapping[str, Any]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=50)
    except ValueError:
        pairs = [("?", ""), ("?", "")]
    if len({name for name, _ in pairs}) != len(pairs):
        flaws.append(Cause(INVALID_REQUEST, "the query cannot be read, or says a thing twice"))
    return {name: _number(name, value) for name, value in pairs}


def _number(name: str, value: str) -> object:
    digits = name in {"limit", "offset", "count"} and re.fullmatch(r"[0-9]{1,20}", value)
    return int(value) if digits else value


def _body(body: bytes, flaws: list[Cause]) -> Mapping[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        flaws.append(Cause(PARAM_ERROR, "the body is no JSON object"))
        return {}
    return _stated(value)


def _stated(value: Mapping[str, Any]) -> dict[str, Any]:
    """A null says nothing."""
    found = {name: each for name, each in value.items() if each is not None}
    entries = found.get("receivers")
    if isinstance(entries, list):
        found["receivers"] = [_stated(each) if isinstance(each, dict) else each for each in entries]
    return found
