"""The day's bill of funds distribution: a short-lived address, then the file.

Source: https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter4_1_9.shtml
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
from collections.abc import Iterator, Sequence

from wxdist.models import DetailResult, DetailType

from .inputs import an_input
from .rules import calendar, money
from .rules.refusal import ours
from .state import Detail, Link, Order, State

COLUMNS = (
    "create_time",
    "initiator",
    "sponsor",
    "sub_mchid",
    "transaction_id",
    "order_id",
    "out_order_no",
    "detail_id",
    "receiver_account",
    "amount",
    "currency",
    "settlement_amount",
    "settlement_currency",
    "exchange_rate",
    "business_type",
    "status",
    "description",
)
#: The documentation does not name the columns of the summary: these are ours.
SUMMARY = ("total_count", "total_amount", "total_unfrozen_count", "total_unfrozen_amount")


class Bills:
    """Bills, made from what happened when they are asked for."""

    def __init__(self, state: State) -> None:
        self._state = state

    @an_input
    def link(self, day: dt.date, sub_mchid: str, made: float | None = None) -> str:
        """Return a token that opens the bill of *day* for 30 s from *made* on, or refuse.

        ``None`` takes the time of the business.
        """
        calendar.bill_there(day, self._state.now)
        if not list(self._successes(day, sub_mchid)):
            raise ours(f"nothing was distributed on {day}: there is no bill")
        token = _token(f"{self._state.dice.getrandbits(128)}")
        made = self._state.now if made is None else made
        self._state.links[token] = Link(day, sub_mchid, made)
        self._state.note("bill", day=day.isoformat(), sub_mchid=sub_mchid or None)
        return token

    def file(self, token: str, now: float | None = None) -> str:
        """Return the bill that *token*, exactly as it was handed out, stands for; or refuse.

        *now* is on the same clock as when it was `link`ed.
        """
        if (link := self._state.links.get(token)) is None:
            raise ours("this address is not one that was handed out")
        calendar.link_alive(link.made, self._state.now if now is None else now)
        return self.text(link.day, link.sub_mchid)

    def text(self, day: dt.date, sub_mchid: str) -> str:
        """Return the bill of *day*: the rows, then the summary.

        Amounts in yuan, a backtick before each value: documented. The form of times, quoting and
        line ends (as in RFC 4180) and the values of business_type and status: ours.
        """
        found = list(self._successes(day, sub_mchid))
        file = io.StringIO()
        lines = csv.writer(file)
        lines.writerow(COLUMNS)
        lines.writerows(_marked(self._row(order, detail)) for order, detail in found)
        lines.writerow(SUMMARY)
        lines.writerow(_marked(_summary(found)))
        return file.getvalue()

    def _successes(self, day: dt.date, sub_mchid: str) -> Iterator[tuple[Order, Detail]]:
        """Yield what succeeded on *day*, in the order of acceptance."""
        for order in self._state.orders.values():
            if sub_mchid in {"", order.content.sub_mchid}:
                for detail in order.details:
                    ended = detail.finish_time
                    if (
                        detail.result == DetailResult.SUCCESS
                        and ended is not None
                        and calendar.day_of(ended) == day
                    ):
                        yield order, detail

    def _row(self, order: Order, detail: Detail) -> Sequence[str]:
        unfrozen = detail.detail_type == DetailType.UNFREEZE_TO_SPONSOR
        return (
            calendar.stamp(order.create_time),
            order.initiator,
            order.sponsor,
            order.content.sub_mchid,
            order.content.transaction_id,
            order.order_id,
            order.out_order_no,
            detail.detail_id,
            detail.account,
            money.yuan(detail.amount),
            "CNY",
            money.yuan(money.exchanged(detail.amount)) if unfrozen else "",
            money.SETTLEMENT_CURRENCY if unfrozen else "",
            str(money.RATE) if unfrozen else "",
            detail.detail_type.value,
            detail.result.value,
            detail.description,
        )


def _token(secret: str) -> str:
    """Return a token with what real ones hold and clients like to rewrite: escapes and ``==``."""
    digest = hashlib.sha256(secret.encode()).hexdigest()
    return f"{digest[:20]}%2F{digest[20:40]}%2B{digest[40:]}=="


def _summary(found: Sequence[tuple[Order, Detail]]) -> Sequence[str]:
    all_ = [detail for _, detail in found]
    unfrozen = [each for each in all_ if each.detail_type == DetailType.UNFREEZE_TO_SPONSOR]
    return (
        str(len(all_)),
        money.yuan(sum(each.amount for each in all_)),
        str(len(unfrozen)),
        money.yuan(sum(each.amount for each in unfrozen)),
    )


def _marked(values: Sequence[str]) -> Sequence[str]:
    return [f"`{value}" for value in values]
