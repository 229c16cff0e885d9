"""How the service says no.

Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/wechatpay/wechatpay2_0.shtml
"""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """The service's answer to what it does not accept."""

    def __init__(
        self, status: int, code: str, message: str, detail: dict[str, Any] | None = None
    ) -> None:
        super().__init__(status, code, message)
        self.status = status  #: HTTP status
        self.code = code
        self.message = message
        self.detail = detail  #: what is said of the field, or ``None``


def refused(message: str) -> Refused:
    """Return 400 INVALID_REQUEST with a reason that the documentation gives."""
    return Refused(400, "INVALID_REQUEST", message)


def ours(message: str) -> Refused:
    """Return 400 INVALID_REQUEST for a rule or a text that the documentation does not give."""
    return refused(f"[sandbox] {message}")


def no_auth(message: str) -> Refused:
    """Return 403 NO_AUTH."""
    return Refused(403, "NO_AUTH", message)


def unknown_order(message: str) -> Refused:
    """Return 404 ORDER_NOT_EXIST."""
    return Refused(404, "ORDER_NOT_EXIST", message)


def unknown(message: str) -> Refused:
    """Return 404 for what is no order; the code is ours, after the mainland's."""
    return Refused(404, "RESOURCE_NOT_EXISTS", f"[sandbox] {message}")


def bad_field(field: str, issue: str, place: str, value: Any = None) -> Refused:
    """Return 400 PARAM_ERROR; *field* is a JSON pointer in a body, else the plain name."""
    detail = {"field": field, "value": value, "issue": issue, "location": place}
    if value is None:
        del detail["value"]
    return Refused(400, "PARAM_ERROR", "Parameter error", detail)
