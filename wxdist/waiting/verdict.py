"""What an answer, or a failure to get one, means for a wait: pure rules, no loop.

Only what is verified can end a wait. An unknown state never does.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any, TypeVar

from wxdist.errors import (
    DetailsClosed,
    NoAnswer,
    NotDistributable,
    NotFound,
    NotSent,
    ReceiverRefused,
    RequestRefused,
    ServiceBroken,
    ServiceError,
    TooManyRequests,
    WxdistError,
)
from wxdist.models import (
    DetailResult,
    Distribution,
    FailReason,
    OrderState,
    Refund,
    RefundStatus,
    Relation,
    RelationState,
)

T = TypeVar("T")


class Verdict(enum.Enum):
    """What to do next."""

    DONE = "done"
    AGAIN = "again"


Judge = Callable[[T], Verdict]  #: raises a `WaitEnded` for an end that is no success
Excuse = Callable[[WxdistError, float], bool]  #: (error, seconds since start): look again?


def judge_order(seen: Distribution) -> Verdict:
    """FINISHED is done, whatever became of the details; anything else is looked at again."""
    return Verdict.DONE if seen.state == OrderState.FINISHED else Verdict.AGAIN


def judge_paid(seen: Distribution) -> Verdict:
    """FINISHED with every detail SUCCESS is done; anything that may still change is not.

    Raises `DetailsClosed` when a detail of the finished order is CLOSED. A result that is unknown,
    or an order without details, says nothing yet.
    """
    if judge_order(seen) is Verdict.AGAIN:
        return Verdict.AGAIN
    results = {detail.result for detail in seen.receivers}
    if DetailResult.CLOSED in results:
        raise DetailsClosed(_closed_in_words(seen, seen.outcome.closed), last=seen)
    return Verdict.DONE if results == {DetailResult.SUCCESS} else Verdict.AGAIN


def _closed_in_words(seen: Distribution, fen: int) -> str:
    details = [detail for detail in seen.receivers if detail.result == DetailResult.CLOSED]
    reasons = {detail.fail_reason for detail in details if detail.fail_reason is not None}
    said = "; ".join(_reason_in_words(reason) for reason in sorted(reasons))
    return (
        f"order {seen.out_order_no} is FINISHED, but {len(details)} of {len(seen.receivers)} "
        f"details are CLOSED: {fen} fen were not paid. {said or 'No reason was given.'} "
        "Ask transactions.remaining() where the money is."
    )


def _reason_in_words(reason: FailReason) -> str:
    return f"{reason.value}: {reason.advice}" if reason.advice else reason.value


def judge_relation(seen: Relation) -> Verdict:
    """EFFECTIVE is done; a state that is neither this nor INIT, with a reason, is a refusal."""
    if seen.state == RelationState.EFFECTIVE:
        return Verdict.DONE
    if seen.state != RelationState.INIT and (seen.fail_reason or seen.fail_description):
        said = ": ".join(text for text in (seen.fail_reason, seen.fail_description) if text)
        raise ReceiverRefused(
            f"the audit refused the receiver ({said}): correct the papers and add it again",
            last=seen,
        )
    return Verdict.AGAIN


def judge_refund(seen: Refund) -> Verdict:
    """Any documented status but PROCESSING is final: done, whatever became of the money."""
    known = seen.status is not None and seen.status.known
    under_way = not known or seen.status == RefundStatus.PROCESSING
    return Verdict.AGAIN if under_way else Verdict.DONE


def judge_anything(_: Any) -> Verdict:
    """Any answer is what was waited for."""
    return Verdict.DONE


def passing(error: WxdistError) -> bool:
    """Tell whether *error* says nothing about the thing that is waited for.

    Trouble on the way passes. The service's word counts only when it is verified.
    """
    if isinstance(error, NotSent):
        return error.again
    if isinstance(error, NoAnswer | TooManyRequests | ServiceBroken):
        return True
    return isinstance(error, ServiceError) and not error.verified


def not_found_yet(grace: float) -> Excuse:
    """Excuse what passes, and a 404 in the first *grace* seconds: just created, not there yet."""

    def excuse(error: WxdistError, waited: float) -> bool:
        return passing(error) or (isinstance(error, NotFound) and waited < grace)

    return excuse


def not_frozen_yet(window_and_grace: float, since_start: float) -> Excuse:
    """Excuse what passes, and any INVALID_REQUEST until the freezing must be over.

    Args:
        window_and_grace: seconds after the payment.
        since_start: seconds from the start of the wait to the payment; negative when it was before.
    """

    def excuse(error: WxdistError, waited: float) -> bool:
        if passing(error):
            return True
        if not isinstance(error, RequestRefused):
            return False
        if waited < window_and_grace + since_start:
            return True
        raise NotDistributable(
            "the freezing should be over, and the payment still cannot be distributed: was it "
            f"marked before it was placed, with the same values? The service says: {error}",
            last=error,
        )

    return excuse
