"""What may be answered about the day's bill."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from .case import Case, child
from .causes import INVALID_REQUEST, NO_STATEMENT_EXIST, PARAM_ERROR, Cause
from .memory import Receipt
from .records import Link
from .returned import billed, summed
from .sheets import Row, fen, holds, lines_of, paired, printed, rows_of
from .timing import BILL_DAYS, LINK, day, made, read_day, unix


class BillLink(Case):
    """The address of a bill: chapter4_1_9."""

    refunds = False

    def strangers(self) -> Iterator[Cause]:
        """All sub-merchants together are allowed."""
        yield from child(self.memory, self.params, must=False)

    def judge(self) -> Iterator[Cause]:
        """The day is over, not too old, and not empty."""
        asked = read_day(self.params["bill_date"], "%Y-%m-%d")
        if asked is None:
            yield Cause(PARAM_ERROR, "bill_date is no day")
            return
        if self.now < made(asked):
            yield Cause(INVALID_REQUEST, "the bill is not made yet")
        if asked < day(self.now) - dt.timedelta(days=BILL_DAYS):
            yield Cause(INVALID_REQUEST, "the bill is too old")
        yield from self.empty(asked)

    def empty(self, asked: dt.date) -> Iterator[Cause]:
        """Yield why there may be no such bill of a day."""
        found = receipts_of(self, asked, self.sub_mchid)
        if not any(sure(each, asked) for each in found):
            yield Cause(NO_STATEMENT_EXIST, "nothing may have succeeded that day", sure=not found)

    def accepted(self, said: Any) -> Iterator[str]:
        """An address with a token of its own."""
        _, _, token = said["download_url"].partition("?token=")
        if not token or token in self.memory.links:
            yield "the address has no token of its own"
        facts = (self.params["bill_date"], self.sub_mchid, self.clock)
        self.memory.links[token] = Link(*facts, refunds=self.refunds)


class RefundBillLink(BillLink):
    """The address of a refund bill: chapter4_1_14."""

    refunds = True

    def empty(self, asked: dt.date) -> Iterator[Cause]:
        """Yield why there is no such bill of a day."""
        if not billed(self.memory, asked, self.sub_mchid):
            yield Cause(NO_STATEMENT_EXIST, "nothing was refunded that day")


class Bill(Case):
    """The bill itself."""

    def judge(self) -> Iterator[Cause]:
        """The address was handed out, not long ago."""
        link = self.memory.links.get(self.params["token"])
        if link is None:
            yield Cause(INVALID_REQUEST, "the address was not handed out")
        elif self.clock > link.made + LINK:
            yield Cause(INVALID_REQUEST, "the address is too old")

    def accepted(self, said: Any) -> Iterator[str]:
        """Its rows are what succeeded, or went back, that day, each once."""
        link = self.memory.links[self.params["token"]]
        asked = dt.date.fromisoformat(link.day)
        head, *lines, _, totals = lines_of(said)
        rows, sums = rows_of(head, lines), [each[1:] for each in totals]
        if link.refunds:
            yield from paired(rows, billed(self.memory, asked, link.sub_mchid))
            yield from summed(rows, sums)
        else:
            yield from self._succeeded(rows, receipts_of(self, asked, link.sub_mchid), asked)
            yield from _summed(rows, sums)

    def _succeeded(self, rows: list[Row], free: list[Receipt], asked: dt.date) -> Iterator[str]:
        for row in rows:
            match = next((each for each in free if self._is(each, row)), None)
            if match is None:
                yield f"the row of {row['detail_id']} has no success behind it"
            else:
                free.remove(match)
        missing = sum(sure(each, asked) for each in free)
        if missing:
            yield f"{missing} successes of the day are missing"

    def _is(self, each: Receipt, row: Row) -> bool:
        amount = fen(row["amount"])
        if amount not in each.amounts or row["status"] != "SUCCESS":
            return False
        unfreezes = each.detail is None or each.detail.unfreezes
        facts = {
            "initiator": self.memory.terms.mchid if each.order else "system",
            "sponsor": each.payment.sponsor,
            "sub_mchid": each.payment.sub_mchid,
            "transaction_id": each.payment.transaction_id,
            "currency": "CNY",
            "business_type": "UNFREEZE_TO_SPONSOR" if unfreezes else "DISTRIBUTE_TO_OTHERS",
            "out_order_no": each.order.number if each.order else "",
        }
        return holds(row, facts | _own(each)) and holds(row, self._settled(amount, row))

    def _settled(self, amount: int, row: Row) -> Row:
        """Return how a release must be exchanged: at the rate of the day of its order."""
        if row["business_type"] != "UNFREEZE_TO_SPONSOR":
            return dict.fromkeys(("settlement_amount", "settlement_currency", "exchange_rate"), "")
        rates, rate = self.memory.rates, int(row["exchange_rate"])
        if any(rates.learn(day(unix(row["create_time"])), rate)):
            return {"exchange_rate": "a rate of that day"}
        settled = rates.exchanged(amount, rate)
        return {
            "settlement_amount": printed(settled, rates.currency),
            "settlement_currency": rates.currency,
            "exchange_rate": str(rate),
        }


def receipts_of(case: Case, when: dt.date, sub_mchid: str) -> list[Receipt]:
    """Return what may stand in the bill of a day."""
    return [
        each
        for each in case.memory.successes(case.now)
        if each.may_be_on(when) and sub_mchid in {"", each.payment.sub_mchid}
    ]


def sure(each: Receipt, when: dt.date) -> bool:
    """Tell whether something must stand in the bill of a day."""
    return each.is_on(when) and each.amounts.least > 0


def _own(each: Receipt) -> dict[str, str]:
    """Return what is known of a detail that was seen; of the system's own nothing."""
    if each.order is None or each.detail is None:
        return {}
    return {
        "order_id": each.order.order_id,
        "create_time": each.order.stamp,
        "detail_id": each.detail.detail_id,
        "receiver_account": each.detail.key[2],
        "description": each.detail.description,
    }


def _summed(rows: list[Row], totals: list[str]) -> Iterator[str]:
    unfrozen = [row for row in rows if row["business_type"] == "UNFREEZE_TO_SPONSOR"]
    expected = []
    for each in (rows, unfrozen):
        expected += [str(len(each)), printed(sum(fen(row["amount"]) for row in each))]
    if totals != expected:
        yield "the summary is not the sum of the rows"
