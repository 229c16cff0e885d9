"""Waits that did not end well."""

from __future__ import annotations

from typing import Any

from ._base import WxdistError


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
