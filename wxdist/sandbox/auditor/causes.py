"""Reasons to refuse, amounts that may be, and what is said when an answer fits none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import attrs

#: Distinct sums that are told apart; with more, any amount between the least and the most may be.
MOST_SUMS = 1024

PARAM_ERROR = "PARAM_ERROR"
INVALID_REQUEST = "INVALID_REQUEST"
NO_AUTH = "NO_AUTH"
ORDER_NOT_EXIST = "ORDER_NOT_EXIST"
RESOURCE_NOT_EXISTS = "RESOURCE_NOT_EXISTS"
TRADE_OVERDUE, NOT_ENOUGH = "TRADE_OVERDUE", "NOT_ENOUGH"
OUT_REFUND_NO_USED = "OUT_REFUND_NO_USED"
NO_STATEMENT_EXIST, STATEMENT_CREATING = "NO_STATEMENT_EXIST", "STATEMENT_CREATING"
#: https://pay.weixin.qq.com/wiki/doc/api_external/en/wechatpay/wechatpay2_1.shtml
STATUS: Mapping[str, int] = {
    PARAM_ERROR: 400,
    INVALID_REQUEST: 400,
    NO_AUTH: 403,
    ORDER_NOT_EXIST: 404,
    RESOURCE_NOT_EXISTS: 404,
    # the sandbox's own
    **dict.fromkeys((TRADE_OVERDUE, NOT_ENOUGH, OUT_REFUND_NO_USED), 400),
    **dict.fromkeys((NO_STATEMENT_EXIST, STATEMENT_CREATING), 400),
}


@attrs.frozen
class Cause:
    """A reason to refuse a call."""

    code: str
    why: str
    sure: bool = True  #: else it may or may not hold, as seen from outside


@attrs.frozen
class Finding:
    """An answer that was not among the allowed ones."""

    call: int  #: in order of arrival, from 1; 0 for an order from outside
    endpoint: str
    answered: str
    allowed: str
    why: str  #: in words


@attrs.frozen
class Amounts:
    """The amounts that may be."""

    least: int
    most: int
    among: frozenset[int] | None = None  #: ``None``: any from the least to the most

    @classmethod
    def of(cls, base: int, doubtful: Iterable[int] = ()) -> Amounts:
        """Return *base*, to which each of *doubtful* may or may not come."""
        least = most = base
        sums: set[int] | None = {base}
        for each in doubtful:
            least, most = least + min(each, 0), most + max(each, 0)
            sums = None if sums is None else sums | {each + one for one in sums}
            if sums is not None and len(sums) > MOST_SUMS:
                sums = None
        return cls(least, most, None if sums is None else frozenset(sums))

    def __contains__(self, amount: object) -> bool:
        if type(amount) is not int or not self.least <= amount <= self.most:
            return False
        return self.among is None or amount in self.among

    def __str__(self) -> str:
        if self.least == self.most:
            return str(self.least)
        return f"{self.least} to {self.most}"

    def less(self, amount: int) -> Amounts:
        """Return what is left of each after *amount* is taken away."""
        among = None if self.among is None else frozenset(each - amount for each in self.among)
        return Amounts(self.least - amount, self.most - amount, among)

    def more(self, least: int, most: int) -> Amounts:
        """Return what is there after between *least* and *most* came."""
        if least == most:
            return self.less(-least)
        return Amounts(self.least + least, self.most + most)


def allowed(causes: Sequence[Cause], done: int) -> str:
    """Return in words what may be answered; *done* is the status of success."""
    sure = any(cause.sure for cause in causes)
    answers = [] if sure else [str(done)]
    return " or ".join([*answers, *sorted({f"{STATUS[each.code]} {each.code}" for each in causes})])
