"""Answers and notices that cannot be trusted."""

from __future__ import annotations

from ._base import WxdistError


class VerificationFailed(WxdistError):
    """An answer or a notice that cannot be trusted; nothing of it was used."""

    def __init__(self, part: str, problem: str, *, request_id: str | None = None) -> None:
        self.part = part  #: which part failed, such as ``Wechatpay-Timestamp``
        self.problem = problem  #: what is wrong with it
        self.request_id = request_id  #: the ``Request-ID`` header, which proves nothing either
        self.of_notice = False  #: whether it is a notice, and not the answer to a call

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
    """Seen before: an answer by its nonce in the last ten minutes, or a notice by its id.

    The service repeats a notice until it is told that it arrived. ``done``: it was handled, so
    tell the service so. ``running``: somebody is at it and may still fail, so let the service come
    again. Neither: an answer.
    """

    def __init__(
        self,
        part: str,
        problem: str,
        *,
        request_id: str | None = None,
        done: bool = False,
        running: bool = False,
    ) -> None:
        super().__init__(part, problem, request_id=request_id)
        self.done = done  #: a notice that was handled before
        self.running = running  #: a notice that is being handled now
        self.of_notice = done or running


class WrongAnswer(VerificationFailed):
    """A genuine answer to another question (an echoed id differs), or another one's notice."""


class ProbeRefused(VerificationFailed):
    """A deliberately wrong signature (``WECHATPAY/SIGNTEST/``), sent to see whether we look."""
