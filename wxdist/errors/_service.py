"""The service's own word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._base import WxdistError


class ServiceError(WxdistError):
    """The service's own word: an answer that is not a success.

    `verified` is true only when the answer carried a signature that holds. An unverified one
    proves nothing; why it could not be verified is its ``__cause__``.
    """

    def __init__(
        self,
        status: int,
        *,
        code: str = "",
        message: str = "",
        detail: Mapping[str, Any] | None = None,
        request_id: str | None = None,
        verified: bool = False,
        hint: str = "",
        retry_after: float | None = None,
    ) -> None:
        self.status = status  #: HTTP status
        self.code = code  #: such as ``INVALID_REQUEST``, trimmed; empty when there is none
        self.message = message  #: in the language of ``Accept-Language``: never branch on it
        self.detail = dict(detail or {})  #: what the service says of the field; not in the text
        self.request_id = request_id  #: quote it to WeChat Pay's support
        self.verified = verified  #: whether the answer is proven to come from WeChat Pay
        self.hint = hint  #: what to do next
        self.retry_after = retry_after  #: seconds to wait, as the service asked; ``None``: unsaid

    def __str__(self) -> str:
        said = ": ".join(part for part in (self.code, self.message) if part) or "no explanation"
        facts = [f"HTTP {self.status}", f"Request-ID {self.request_id or 'none'}"]
        if field := self.detail.get("field"):
            facts.append(f"field {field}")
        if not self.verified:
            facts.append("not verified")
        return f"{said} ({', '.join(facts)}). {self.hint}".rstrip()


class ParameterRefused(ServiceError):
    """400 PARAM_ERROR: a parameter is wrong; ``detail`` names the field. Correct it."""


class RequestRefused(ServiceError):
    """400 INVALID_REQUEST: a rule of the service or of the product refuses it."""


class SignatureRefused(ServiceError):
    """401: our signature, certificate serial or clock is wrong. ``wxdist doctor`` finds which."""


class NoPermission(ServiceError):
    """403: the product is not active, not active yet (next day), or the merchant is not ours."""


class NotFound(ServiceError):
    """404: no such order, receiver or address."""


class TooManyRequests(ServiceError):
    """429: not accepted; ``retry_after`` says how long to wait, if the service did."""


class ServiceBroken(ServiceError):
    """5xx: the service or a gateway before it failed. Of a read; a write is `OutcomeUnknown`."""
