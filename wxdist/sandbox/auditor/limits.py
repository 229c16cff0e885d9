"""The auditor's own table of parameters: which each call takes, and what each may be.

Source: the parameter tables of https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/,
chapter4_1_1 to chapter4_1_10, and chapter3_4_10.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from .causes import PARAM_ERROR, Cause

#: Characters of a text: least, most (``None``: not documented).
SIZES: Mapping[str, tuple[int, int | None]] = {
    "sub_mchid": (1, 32),
    "appid": (1, 32),
    "sub_appid": (1, 32),
    "out_trade_no": (6, 32),
    "transaction_id": (1, 32),
    "out_order_no": (1, 64),
    "account": (1, 64),
    "name": (1, 1024),
    "currency": (1, 10),
    "type": (1, 32),
    "description": (1, 80),
    "relation_type": (1, None),
    "custom_relation": (1, None),
    "scene": (1, None),
    "major_service": (1, None),
    "application_file_id": (16, 64),
    "partnership_file_id": (16, 64),
    "bill_date": (10, 10),
    "date": (8, 8),
    "settle_state": (1, 32),
    "settle_start_date": (8, 8),
    "settle_end_date": (8, 8),
    "id": (1, 32),
    "mchid": (1, 32),
    "sp_mchid": (1, 32),
    "sp_appid": (1, 32),
    "refund_id": (1, 32),
    "out_refund_no": (1, 64),
    "reason": (1, 80),
    "source": (1, 30),
    "notify_url": (1, None),
}
#: Whole numbers: least, most.
LARGEST = 2**63 - 1
NUMBERS: Mapping[str, tuple[int, int]] = {
    "amount": (1, LARGEST),
    "expected_ratio": (-LARGEST, LARGEST),
    "limit": (1, 30),
    "offset": (0, 2**32 - 1),
    "count": (1, LARGEST),
    "refund": (1, LARGEST),
    "total": (1, LARGEST),
}
FLAGS = frozenset({"authorized", "unfreeze_unsplit"})
#: Only letters, digits and these two signs.
PLAIN = frozenset({"sub_mchid", "out_order_no", "mchid", "sp_mchid"})
#: Stand in paths too, so that no step of a path may hide in them.
IN_PATH = frozenset(
    {"out_trade_no", "transaction_id", "out_order_no", "account"}
    | {"id", "refund_id", "out_refund_no"}
)
#: What else some texts must look like.
FORMS: Mapping[str, str] = {
    "out_refund_no": r"[0-9A-Za-z_|*@-]+",
    "notify_url": r"https://[^\s?#]+",
}
TYPES = frozenset({"MERCHANT_ID", "PERSONAL_OPENID", "PERSONAL_SUB_OPENID"})
MOST_RECEIVERS = 50

_OWN = ("mchid?", "sp_mchid?", "sub_mchid?")
_APPS = ("appid?", "sub_appid?", "sub_mchid?")
#: What each call takes; a question mark: may be left out.
TAKES: Mapping[str, tuple[str, ...]] = {
    "mark": ("out_trade_no", "currency", "sub_mchid?"),
    "request_order": ("transaction_id", "out_order_no", "unfreeze_unsplit", *_APPS),
    "unfreeze": ("transaction_id", "out_order_no", "description", "sub_mchid?"),
    "query_order": ("transaction_id", "out_order_no", "sub_mchid?"),
    "remaining_amount": ("transaction_id", "sub_mchid?"),
    "add_receiver": (
        *("type", "account", "relation_type", "custom_relation?", "scene?", "major_service?"),
        *("expected_ratio?", "application_file_id?", "partnership_file_id?", "name?"),
        *("authorized?", *_APPS),
    ),
    "query_receiver": ("type", "account", *_APPS),
    "delete_receiver": ("type", "account", *_APPS),
    "bill_download_url": ("bill_date", "sub_mchid?"),
    "refund_bill_download_url": ("bill_date", "sub_mchid?"),
    "statements": ("date", *_OWN),
    "refundable_amounts": ("transaction_id", "sub_mchid?"),
    "query_transaction_by_id": ("id", *_OWN),
    "query_transaction_by_out_trade_no": ("out_trade_no", *_OWN),
    "refund": (
        *("transaction_id?", "out_trade_no?", "out_refund_no", "reason?", "source?"),
        *("notify_url?", "appid?", "sp_appid?", "sub_appid?", *_OWN),
    ),
    "query_refund_by_id": ("refund_id", *_OWN),
    "query_refund_by_out_refund_no": ("out_refund_no", *_OWN),
    "query_refunds": ("transaction_id?", "out_trade_no?", "offset", "count", *_OWN),
    "recharge_balance": ("sub_mchid?",),
    "settlements": ("settle_state", "limit", "offset", "sub_mchid?"),
}
REFUND_AMOUNT = ("refund", "total", "currency")
ENTRY = ("currency", "type", "account", "amount", "description", "authorized?", "name?")


def flaws(endpoint: str, params: Mapping[str, Any]) -> Iterator[Cause]:
    """Yield which parameters are missing or wrong."""
    yield from _wrong(TAKES.get(endpoint, ()), params)
    if endpoint == "refund":
        amount = params.get("amount")
        yield from _wrong(REFUND_AMOUNT, amount if isinstance(amount, dict) else {})
    if endpoint == "request_order":
        yield from _receivers(params.get("receivers"))


def _receivers(entries: object) -> Iterator[Cause]:
    if entries is None:
        return
    if not isinstance(entries, list) or not 1 <= len(entries) <= MOST_RECEIVERS:
        yield _flaw("receivers")
        return
    for entry in entries:
        yield from _wrong(ENTRY, entry if isinstance(entry, dict) else {})


def _wrong(names: tuple[str, ...], values: Mapping[str, Any]) -> Iterator[Cause]:
    for name in names:
        value = values.get(name.rstrip("?"))
        good = name.endswith("?") if value is None else _good(name.rstrip("?"), value)
        if not good:
            yield _flaw(name.rstrip("?"))


def _flaw(name: str) -> Cause:
    return Cause(PARAM_ERROR, f"{name} is missing or wrong")


def _good(name: str, value: object) -> bool:
    if name in FLAGS:
        return type(value) is bool
    if name in NUMBERS:
        least, most = NUMBERS[name]
        return type(value) is int and least <= value <= most
    return isinstance(value, str) and _good_text(name, value)


def _good_text(name: str, value: str) -> bool:
    least, most = SIZES[name]
    if len(value) < least or (most is not None and len(value) > most):
        return False
    if not all(" " <= each <= "\uffff" and not "\ud800" <= each <= "\udfff" for each in value):
        return False
    if "\x7f" in value or (name in PLAIN and not re.fullmatch(r"[A-Za-z0-9_-]+", value)):
        return False
    if name in FORMS and not re.fullmatch(FORMS[name], value):
        return False
    if name == "type" and value not in TYPES:
        return False
    return name not in IN_PATH or not _steps(value)


def _steps(text: str) -> bool:
    """Tell whether *text*, decoded as often as may be, has a step of a path in it."""
    while True:
        if {".", ".."} & set(text.replace("\\", "/").split("/")):
            return True
        decoded = unquote(text)
        if decoded == text:
            return False
        text = decoded
