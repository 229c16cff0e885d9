"""An answer that is no success: status and code to an error, with what to do next.

Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/wechatpay/wechatpay2_1.shtml
"""

from __future__ import annotations

import calendar
import email.utils
import math
from collections.abc import Mapping
from typing import Any

from wxdist.errors import (
    NoAnswer,
    NoPermission,
    NotFound,
    ParameterRefused,
    RequestRefused,
    ServiceBroken,
    ServiceError,
    SignatureRefused,
    TooManyRequests,
)
from wxdist.wire.codec import parse
from wxdist.wire.message import Response

#: By status; 400 is told apart by its code. Codes have too many spellings to go by.
BY_STATUS: Mapping[int, type[ServiceError]] = {
    400: RequestRefused,
    401: SignatureRefused,
    403: NoPermission,
    404: NotFound,
    429: TooManyRequests,
}

HINTS: Mapping[type[ServiceError], str] = {
    ParameterRefused: "Correct the parameter that the detail names.",
    RequestRefused: "A rule of the service refuses it; the message says which.",
    SignatureRefused: "Check serial_no, private key and clock: `wxdist doctor` does.",
    NoPermission: "Activate funds distribution; it takes effect the next day (Beijing time). "
    "Check that sub_mchid is a sub-merchant of this merchant.",
    NotFound: "Check the ids; just created, it may appear in a while.",
    TooManyRequests: "It was not accepted: slow down and repeat it unchanged.",
    ServiceBroken: "Repeat it unchanged, with the same number.",
}


def failure(
    response: Response, *, verified: bool, now: float, secrets: tuple[str, ...] = ()
) -> ServiceError:
    """Return the error that *response* stands for.

    Args:
        response: any answer that is no 2xx; its body need not be JSON.
        verified: whether its signature holds.
        now: Unix time, for a ``Retry-After`` that is a date.
        secrets: names and OpenIDs of the request, kept out of the message.
    """
    said = _said(response.body)
    code = failure_code(response.body)
    cls = _class(response.status, code)
    detail = said.get("detail")
    return cls(
        response.status,
        code=_without(secrets, code),
        message=_without(secrets, _text(said.get("message"))),
        detail=_shown(secrets, detail) if isinstance(detail, dict) else None,
        request_id=response.request_id,
        verified=verified,
        hint=HINTS.get(cls, ""),
        retry_after=_retry_after(response.headers.get("retry-after"), now),
    )


def failure_code(body: bytes) -> str:
    """Return the ``code`` that every failure of the service has; empty when there is none."""
    return _text(_said(body).get("code")).strip()  # one official sample has a leading space


def _shown(secrets: tuple[str, ...], detail: dict[str, Any]) -> dict[str, Any]:
    """Return *detail* with a ``field`` that may stand in a text."""
    if isinstance(field := detail.get("field"), str):
        return {**detail, "field": _without(secrets, field)}
    return {name: value for name, value in detail.items() if name != "field"}


def _class(status: int, code: str) -> type[ServiceError]:
    if status == 400 and code == "PARAM_ERROR":
        return ParameterRefused
    return BY_STATUS.get(status, ServiceBroken if status >= 500 else ServiceError)


def _said(body: bytes) -> dict[str, Any]:
    """Return the JSON object in *body*; an empty one for HTML, nothing, or anything else."""
    try:
        said = parse(body)
    except NoAnswer:
        return {}
    return said if isinstance(said, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _without(secrets: tuple[str, ...], text: str) -> str:
    for secret in sorted(secrets, key=len, reverse=True):  # one may hold another
        text = text.replace(secret, "***")
    return text


def _retry_after(header: str | None, now: float) -> float | None:
    """Return the seconds of a ``Retry-After`` header, given as seconds or as a date."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            date = email.utils.parsedate_to_datetime(header)
            seconds = calendar.timegm(date.utctimetuple()) - now
        except (ValueError, OverflowError):
            return None
    return max(0.0, seconds) if math.isfinite(seconds) else None
