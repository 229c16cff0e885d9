"""The order object of an answer, held against what is known of the order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from .case import OfMerchant, differs
from .causes import INVALID_REQUEST, ORDER_NOT_EXIST, Amounts, Cause
from .memory import Memory
from .records import PENDING, Detail, Key, Order, Payment
from .timing import CLOSE, FIRST, NEXT, day, unix


@attrs.frozen(kw_only=True)
class Part:
    """A part that a new order must have."""

    key: Key
    unfreezes: bool
    amounts: Amounts  #: zero: it may be missing
    description: str | None  #: ``None``: the service's own words

    @classmethod
    def rest(cls, payment: Payment, amounts: Amounts, description: str | None) -> Part:
        """Return the part that goes to the sponsor."""
        key = (payment.sub_mchid, "MERCHANT_ID", payment.sponsor)
        return cls(key=key, unfreezes=True, amounts=amounts, description=description)


class Query(OfMerchant):
    """A query of an order: chapter4_1_4."""

    def judge(self) -> Iterator[Cause]:
        """It is there, and it is this one."""
        order = self.memory.orders.get(self.params["out_order_no"])
        if order is None:
            yield Cause(ORDER_NOT_EXIST, "there is no such order")
        elif order.payment.sub_mchid != self.sub_mchid:
            yield Cause(INVALID_REQUEST, "the order is another merchant's")
        elif order.payment.transaction_id != self.params["transaction_id"]:
            yield Cause(INVALID_REQUEST, "the order is another payment's")

    def accepted(self, said: Any) -> Iterator[str]:
        """It stands as it may."""
        order = self.memory.orders[self.params["out_order_no"]]
        yield from repeated(self.memory, order, said, self.now)


def accept(memory: Memory, order: Order, parts: list[Part], said: Any, now: float) -> Iterator[str]:
    """Yield what is wrong with the object of a new *order*; learn its ids and details."""
    found = said["receivers"]
    yield from _head(said, order, "PROCESSING")
    yield from _matched(found, parts)
    yield from _own_ids(memory, [said["order_id"], *(each["detail_id"] for each in found)])
    order.order_id = said["order_id"]
    late = memory.slowest(now)
    order.details = [
        _learn(each, order.payment, now + index * NEXT[0], late + index * NEXT[1])
        for index, each in enumerate(found)
    ]
    for each, detail in zip(found, order.details, strict=True):
        yield from _echo(memory, each, detail, order)
        if each["result"] != PENDING:
            yield f"a detail of a new order is {each['result']}"
    order.payment.orders.append(order)
    memory.orders[order.number] = order
    arm(memory, order, now)


def arm(memory: Memory, order: Order, now: float) -> None:
    """Learn which details what was ordered will close: the next one of that account."""
    for (number, account), reason in list(memory.arms.items()):
        if number != order.number:
            continue
        del memory.arms[number, account]
        found = [each for each in order.details if each.key[2] == account and now < each.hi]
        for detail in found:
            if len(found) == 1:
                detail.armed = reason
                detail.narrow(now, detail.hi)
            else:
                detail.maybe |= {reason}
    order.tighten()


def repeated(memory: Memory, order: Order, said: Any, now: float) -> Iterator[str]:
    """Yield what is wrong with the object of a known order; learn what has ended."""
    found = said["receivers"]
    results = {each["result"] for each in found}
    state = "PROCESSING" if PENDING in results else "FINISHED"
    yield from _head(said, order, state)
    if said["order_id"] != order.order_id:
        yield "order_id is another one than before"
    if [each["detail_id"] for each in found] != [each.detail_id for each in order.details]:
        yield "the details are others than before"
        return
    for each, detail in zip(found, order.details, strict=True):
        yield from _echo(memory, each, detail, order)
        yield from _stands(memory, each, detail, now)
    order.tighten()


def _head(said: Any, order: Order, state: str) -> Iterator[str]:
    expected = {
        "sub_mchid": order.payment.sub_mchid or None,
        "transaction_id": order.payment.transaction_id,
        "out_order_no": order.number,
        "state": state,
    }
    yield from differs(said, expected)


def _matched(found: Sequence[Mapping[str, Any]], parts: list[Part]) -> Iterator[str]:
    """Each part is there once, and nothing else."""
    free = list(found)
    for part in parts:
        match = next((each for each in free if _is(part, each)), None)
        if match is not None:
            free.remove(match)
        elif 0 not in part.amounts:
            yield f"there is no detail of {part.amounts}"
    if free:
        yield f"{len(free)} details were not asked for"


def _is(part: Part, each: Mapping[str, Any]) -> bool:
    kind = "UNFREEZE_TO_SPONSOR" if part.unfreezes else "DISTRIBUTE_TO_OTHERS"
    named = (each["type"], each["account"], each["detail_type"]) == (*part.key[1:], kind)
    words = part.description in {None, each["description"]}
    return named and words and each["amount"] in part.amounts and each["amount"] > 0


def _own_ids(memory: Memory, ids: list[str]) -> Iterator[str]:
    if len(set(ids)) < len(ids) or memory.ids & set(ids):
        yield "an id was given to something else before"
    memory.ids.update(ids)


def _learn(each: Mapping[str, Any], payment: Payment, since: float, until: float) -> Detail:
    return Detail(
        detail_id=each["detail_id"],
        key=(payment.sub_mchid, each["type"], each["account"]),
        unfreezes=each["detail_type"] == "UNFREEZE_TO_SPONSOR",
        amount=each["amount"],
        description=each["description"],
        lo=since + FIRST[0],
        hi=until,
    )


def _echo(memory: Memory, each: Mapping[str, Any], detail: Detail, order: Order) -> Iterator[str]:
    """Yield what is not as it was accepted."""
    expected = {
        "currency": "CNY",
        "amount": detail.amount,
        "description": detail.description,
        "type": detail.key[1],
        "account": detail.key[2],
        "create_time": order.stamp,
        "detail_type": "UNFREEZE_TO_SPONSOR" if detail.unfreezes else "DISTRIBUTE_TO_OTHERS",
        **dict.fromkeys(("settlement_currency", "settlement_amount", "rate_value")),
    }
    if detail.unfreezes:
        rate, rates = each["rate_value"], memory.rates
        yield from rates.learn(day(unix(order.stamp)), rate)
        expected |= {
            "settlement_currency": rates.currency,
            "settlement_amount": rates.exchanged(detail.amount, rate),
            "rate_value": rate,
        }
    for wrong in differs(each, expected):
        yield f"of a detail, {wrong.partition(' ')[0]} is not as it was accepted"


def _stands(memory: Memory, each: Mapping[str, Any], detail: Detail, now: float) -> Iterator[str]:
    """Yield how a detail cannot stand; learn how it does."""
    outcome = (each["result"], each.get("fail_reason"))
    may_be = detail.outcomes(now, memory.gaps_of(detail))
    if outcome not in may_be:
        yield f"{detail.detail_id} is {_spoken(outcome)}, not {_either(may_be)}"
    elif outcome == (PENDING, None):
        detail.narrow(now, detail.hi)
        if "finish_time" in each:
            yield f"{detail.detail_id} has a finish_time, and is PENDING"
    else:
        yield from _ended(each, detail, outcome, now)


def _ended(
    each: Mapping[str, Any], detail: Detail, outcome: tuple[str, str | None], now: float
) -> Iterator[str]:
    text = each["finish_time"]
    when = unix(text)
    if detail.stamp not in {None, text}:
        yield f"{detail.detail_id} ended at another time before"
    elif not detail.lo - 1 - CLOSE <= when <= min(detail.hi, now) + CLOSE:
        yield f"{detail.detail_id} cannot have ended then"
    else:
        detail.end(outcome, text, when, now)


def _spoken(outcome: tuple[str, str | None]) -> str:
    return " ".join(each for each in outcome if each)


def _either(outcomes: set[tuple[str, str | None]]) -> str:
    return " or ".join(sorted(_spoken(each) for each in outcomes))
