"""Every error that wxdist raises.

::

    WxdistError
    ├── InvalidInput            refused before anything was sent
    ├── ConfigurationError      every missing or contradicting setting, at once
    ├── NotSent                 nothing left this machine: safe to repeat
    ├── NoAnswer                a read left, and no usable answer came: safe to repeat
    ├── OutcomeUnknown          a write left, and nothing trustworthy says what became of it
    ├── VerificationFailed      an answer or notice that cannot be trusted
    │   └── SignatureInvalid · SignatureMissing · UnknownKey · NotFresh
    │       Replayed · WrongAnswer · ProbeRefused
    ├── ServiceError            the service's own word
    │   └── ParameterRefused · RequestRefused · SignatureRefused · NoPermission
    │       NotFound · TooManyRequests · ServiceBroken
    ├── WaitEnded               a wait that did not end well: carries the last thing seen
    │   └── StillRunning · DetailsClosed · ReceiverRefused · NotDistributable
    └── BillRefused             a bill that fails its checks, is not yet made or is too old

A class exists only where a caller can act differently. Facts are attributes; the text is
computed from them and never shows a key, a token, a personal name or an openid. Errors can be
pickled.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

__all__ = [
    "BillRefused",
    "ConfigurationError",
    "DetailsClosed",
    "InvalidInput",
    "NoAnswer",
    "NoPermission",
    "NotDistributable",
    "NotFound",
    "NotFresh",
    "NotSent",
    "OutcomeUnknown",
    "ParameterRefused",
    "ProbeRefused",
    "ReceiverRefused",
    "Replayed",
    "RequestRefused",
    "ServiceBroken",
    "ServiceError",
    "SignatureInvalid",
    "SignatureMissing",
    "SignatureRefused",
    "StillRunning",
    "TooManyRequests",
    "UnknownKey",
    "VerificationFailed",
    "WaitEnded",
    "WrongAnswer",
    "WxdistError",
]


def _rebuild(cls: type[WxdistError], facts: dict[str, Any]) -> WxdistError:
    error = cls.__new__(cls)
    error.__dict__.update(facts)
    return error


class WxdistError(Exception):
    """The base of all errors here; catch it to catch everything of wxdist."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), dict(self.__dict__))


class InvalidInput(WxdistError, ValueError):
    """An argument was refused before anything was sent: nothing happened, correct it.

    Made by wxdist alone.
    """

    def __init__(self, field: str, problem: str) -> None:
        self.field = field  #: the argument, as a path such as ``shares[0].amount``
        self.problem = problem  #: the limit, what was given, what to do

    def __str__(self) -> str:
        return f"{self.field}: {self.problem}"

    def within(self, place: str) -> InvalidInput:
        """Return the same error with *place* put before its field."""
        return InvalidInput(f"{place}.{self.field}", self.problem)


class ConfigurationError(WxdistError, ValueError):
    """Settings or credentials that cannot work; lists every problem at once."""

    def __init__(self, *problems: str) -> None:
        self.problems = problems  #: one sentence each

    def __str__(self) -> str:
        if len(self.problems) == 1:
            return self.problems[0]
        return "".join(
            [f"{len(self.problems)} problems:", *(f"\n  - {problem}" for problem in self.problems)]
        )


class NotSent(WxdistError):
    """Nothing left this machine (no connection, or no time to open one): safe to repeat."""

    def __init__(self, reason: str, *, again: bool = True) -> None:
        self.reason = reason  #: what stopped it
        self.again = again  #: whether another attempt could help; not of a closed session

    def __str__(self) -> str:
        return f"nothing was sent: {self.reason}"


class NoAnswer(WxdistError):
    """A request left and no usable answer came: a timeout, or one broken, cut or too large.

    Raised by reads, which changed nothing and can be repeated. Of a write it is the ``cause`` of
    `OutcomeUnknown`.
    """

    def __init__(self, reason: str, *, request_id: str | None = None) -> None:
        self.reason = reason  #: what was wrong
        self.request_id = request_id  #: the service's ``Request-ID``, if an answer had begun

    def __str__(self) -> str:
        return f"no usable answer came: {self.reason}"


_AGAIN = "Query it, or repeat the same call unchanged; do not send a new instruction."
_ONCE = "Query it; do not repeat it before you know."


class OutcomeUnknown(WxdistError):
    """A write left, and no answer that can be trusted says what became of it.

    Do not send a new instruction. Ask with a query; or, when it is `repeatable`, repeat the same
    call with the same number and the same content: that is the same instruction. (A receiver that
    was added or deleted has no number: ask ``receivers.get``.)
    """

    def __init__(
        self, call: str, ids: Mapping[str, str], cause: WxdistError, *, repeatable: bool = True
    ) -> None:
        self.call = call  #: the call, such as ``orders.create``
        self.ids = dict(ids)  #: what the call was about, such as ``out_order_no``
        self.cause = cause  #: why it is unknown: the last thing that went wrong
        self.repeatable = repeatable  #: whether the same call, unchanged, is the same instruction

    def __str__(self) -> str:
        shown = ", ".join(
            f"{name}={value}" for name, value in self.ids.items() if name != "account"
        )
        return (
            f"{self.call} may or may not have been carried out ({shown or 'no number'}): "
            f"{type(self.cause).__name__}: {self.cause}. "
            f"{_AGAIN if self.repeatable else _ONCE}"
        )


class VerificationFailed(WxdistError):
    """An answer or a notice that cannot be trusted; nothing of it was used."""

    def __init__(self, part: str, problem: str, *, request_id: str | None = None) -> None:
        self.part = part  #: which part failed, such as ``Wechatpay-Timestamp``
        self.problem = problem  #: what is wrong with it
        self.request_id = request_id  #: the ``Request-ID`` header, which proves nothing either

    def __str__(self) -> str:
        return f"{self.part}: {self.problem}"


class SignatureInvalid(VerificationFailed):
    """The signature does not fit the bytes, or is of a kind that is not supported."""


class SignatureMissing(VerificationFailed):
    """One of the four signature headers is missing or empty."""


class UnknownKey(VerificationFailed):
    """The answer names a platform key that is not known, or no longer valid.

    ``serial`` is what it named; ``known`` are the ids of the keys at hand.
    """

    def __init__(
        self, serial: str, known: tuple[str, ...], *, request_id: str | None = None
    ) -> None:
        have = ", ".join(known) or "none"
        super().__init__(
            "Wechatpay-Serial",
            f"no valid platform key {serial!r}; known: {have}",
            request_id=request_id,
        )
        self.serial = serial
        self.known = known


class NotFresh(VerificationFailed):
    """The time stamp is more than 300 s from this machine's clock, on either side."""


class Replayed(VerificationFailed):
    """The same nonce was seen in the last ten minutes."""


class WrongAnswer(VerificationFailed):
    """A genuine answer to another question: an id that it echoes is not the one asked for."""


class ProbeRefused(VerificationFailed):
    """A deliberately wrong signature (``WECHATPAY/SIGNTEST/``), sent to see whether we look."""


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


class WaitEnded(WxdistError):
    """A wait that did not end well; ``last`` is the last thing seen, or ``None``."""

    def __init__(self, reason: str, *, last: Any = None) -> None:
        self.reason = reason  #: why it ended
        self.last = last  #: the last answer, or the last error where no answer ever came

    def __str__(self) -> str:
        return self.reason


class StillRunning(WaitEnded):
    """The deadline came first. Nothing is lost: wait again with the same ``OrderRef``."""


class DetailsClosed(WaitEnded):
    """The order is FINISHED, and at least one detail is CLOSED: that money was not paid.

    ``distribution`` says which and why.
    """

    def __init__(self, reason: str, *, last: Any) -> None:
        super().__init__(reason, last=last)
        self.distribution = last  #: the whole order object


class ReceiverRefused(WaitEnded):
    """The audit of a receiver failed: correct the papers and add it again.

    ``last`` is the `Relation`, with ``fail_reason`` and ``fail_description``.
    """


class NotDistributable(WaitEnded):
    """The freeze window and its grace are over, and the order still cannot be distributed.

    The mark was void, or the order belongs to another merchant. ``last`` is the last answer.
    """


class BillRefused(WxdistError):
    """A bill that fails its checks (digest, totals, format, size), is not yet made, or too old."""

    def __init__(self, problem: str, *, facts: Mapping[str, Any] = MappingProxyType({})) -> None:
        self.problem = problem  #: what is wrong and what to do
        self.facts = dict(facts)  #: figures of it, such as ``line`` or ``bytes``

    def __str__(self) -> str:
        return self.problem
