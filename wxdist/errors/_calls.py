"""What became of a call: not sent, not answered, or nobody knows."""

from __future__ import annotations

from collections.abc import Mapping

from ._base import WxdistError


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
