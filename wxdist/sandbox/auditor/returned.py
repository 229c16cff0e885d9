"""Refunds in the papers of their day: how they may stand there, and the rows of their own bill."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterator, Mapping

from .memory import Memory
from .records import Back
from .refunds import ARRIVES
from .sheets import Fits, Row, fen, holds, printed
from .timing import CLOSE, day, made, stamp, unix


def is_on(back: Back, when: dt.date, sub_mchid: str) -> bool:
    """Tell whether a refund stands in the papers of a day; no *sub_mchid*: of all."""
    return day(back.when) == when and sub_mchid in {"", back.payment.sub_mchid}


def billed(memory: Memory, when: dt.date, sub_mchid: str) -> list[Fits]:
    """Return what must stand in the refund bill of a day."""
    return [
        functools.partial(_is_row, memory, back)
        for back in memory.backs
        if back.payment.marked and is_on(back, when, sub_mchid)
    ]


def summed(rows: list[Row], totals: list[str]) -> Iterator[str]:
    """Yield what is wrong with the sums of a refund bill."""
    total = sum(fen(row["Refund amount(refund_fee)"]) for row in rows)
    if totals != [str(len(rows)), printed(total)]:
        yield "the summary is not the sum of the rows"


def stands(memory: Memory, back: Back, numbers: tuple[str, str], status: str) -> bool:
    """Tell whether a refund of these numbers, the service's and ours, may stand so."""
    known = memory.refunds.get(numbers[0])
    if known is None:  # it was played, and arrived at once
        return (numbers[1], status) == (numbers[0], "SUCCESS")
    late = status == "PROCESSING" and known.until > made(day(back.when)) - CLOSE
    own = (known.payment, known.since, known.number)
    return own == (back.payment, back.when, numbers[1]) and (late or status == "SUCCESS")


def _is_row(memory: Memory, back: Back, row: Row) -> bool:
    facts = {
        "Refund apply time": stamp(back.when),
        "Wechat order number(transaction_id)": back.payment.transaction_id,
        "Refund amount(refund_fee)": printed(back.amount),
        "Currency type": "CNY",
        "Payer's refund amount": printed(back.paid),
        "Payer's refund currency type": "CNY",
        "sub_mchid": back.payment.sub_mchid,
        "returned_fee": printed(back.fee),
    }
    numbers = (row["Wechat refund number(refund_id)"], row["Vendor refund number(out_refund_no)"])
    return (
        holds(row, facts)
        and stands(memory, back, numbers, row["status"])
        and _arrived(memory, back, row)
        and holds(row, _advanced(memory, back, row))
    )


def _arrived(memory: Memory, back: Back, row: Row) -> bool:
    text = row["Refund success time"]
    if row["status"] == "PROCESSING":
        return text == ""
    known = memory.refunds.get(row["Wechat refund number(refund_id)"])
    if known is None:
        return text == stamp(back.when)
    first, last = known.since + ARRIVES[0], min(known.until, made(day(back.when)))
    return known.arrived in {None, text} and first - 1 - CLOSE <= unix(text) <= last + CLOSE


def _advanced(memory: Memory, back: Back, row: Row) -> Mapping[str, str]:
    """Return how what was advanced must be exchanged: at the rate of the day."""
    advanced, rates = fen(row["advanced"]), memory.rates
    if not 0 <= advanced <= back.paid - back.fee:
        return {"advanced": "no more than was given"}
    if not advanced:
        return dict.fromkeys(("settlement_amount", "settlement_currency", "exchange_rate"), "")
    rate = int(row["exchange_rate"])
    if any(rates.learn(day(back.when), rate)):
        return {"exchange_rate": "a rate of that day"}
    amount = printed(rates.exchanged(advanced, rate), rates.currency)
    return {"settlement_amount": amount, "settlement_currency": rates.currency}
