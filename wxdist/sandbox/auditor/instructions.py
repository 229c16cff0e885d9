"""What may be answered to instructions to distribute and to release."""

from __future__ import annotations

import abc
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .case import OfMerchant, sealed
from .causes import INVALID_REQUEST, Amounts, Cause
from .objects import Part, accept, repeated
from .records import Order, Payment
from .timing import stamp

#: Accepted requests of one payment.
#: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_2.shtml
MOST_REQUESTS = 50


def no(why: str, *, sure: bool = True) -> Cause:
    """Return a reason for INVALID_REQUEST."""
    return Cause(INVALID_REQUEST, why, sure)


def closed(payment: Payment | None, sub_mchid: str, now: float) -> Iterator[Cause]:
    """Yield why a payment cannot be distributed, or not yet."""
    if payment is None:
        yield no("there is no such payment")
        return
    if payment.sub_mchid != sub_mchid:
        yield no("the payment is another merchant's")
    if payment.revoked:
        yield no("the payment was revoked")
    if not payment.marked:
        yield no("the payment was not marked")
    elif now < payment.frozen_by:
        yield no("freezing may not be done", sure=now < payment.frozen_from)


class OnPayment(OfMerchant):
    """A call about one payment."""

    @property
    def payment(self) -> Payment:
        """The payment, which exists once nothing is known against the call."""
        return self.memory.payments[self.params["transaction_id"]]

    @property
    def left(self) -> Amounts:
        """What can be distributed now."""
        return self.memory.remaining(self.payment, self.now)

    def closed(self) -> Iterator[Cause]:
        """Yield why the payment cannot be distributed."""
        payment = self.memory.payments.get(self.params["transaction_id"])
        yield from closed(payment, self.sub_mchid, self.now)

    def refused(self) -> None:
        """Learn, where only the freezing can be the cause, that it is not done."""
        payment = self.memory.payments.get(str(self.params.get("transaction_id")))
        if payment and [*closed(payment, payment.sub_mchid, self.now)] == self.causes:
            payment.frozen_from = max(payment.frozen_from, self.now)

    def opened(self) -> None:
        """Learn that the freezing is done."""
        self.payment.frozen_by = min(self.payment.frozen_by, self.now)


class Remaining(OnPayment):
    """What is left: chapter4_1_5."""

    def judge(self) -> Iterator[Cause]:
        """See `closed`."""
        yield from self.closed()

    def accepted(self, said: Any) -> Iterator[str]:
        """The amount is one that may be left."""
        self.opened()
        left = self.left
        if said["unsplit_amount"] not in left:
            yield f"{said['unsplit_amount']} cannot be left: it is {left}"
        if (said["transaction_id"], said["currency"]) != (self.payment.transaction_id, "CNY"):
            yield "it is another payment's, or in another currency"


class Instructed(OnPayment, abc.ABC):
    """An instruction: a used number is the same one, or refused."""

    def judge(self) -> Iterator[Cause]:
        """A repeat is accepted; a new one must be possible."""
        before = self.memory.orders.get(self.params["out_order_no"])
        if before is None:
            yield from self.closed()
            if self.params["transaction_id"] in self.memory.payments:
                if self.now >= self.payment.ends_at:
                    yield no("the 180 days are over")
                yield from self.impossible()
        elif before.content != self.content:
            yield no("the number stands for another instruction")
        elif before.names != self.names:
            yield no("the names may be others", sure=False)

    def accepted(self, said: Any) -> Iterator[str]:
        """A repeat gives the order as it stands, a new one an order that is as asked."""
        before = self.memory.orders.get(self.params["out_order_no"])
        if before is not None:
            yield from repeated(self.memory, before, said, self.now)
            return
        self.opened()
        order = Order(
            number=self.params["out_order_no"],
            content=self.content,
            names=self.names,
            payment=self.payment,
            stamp=stamp(self.now),
        )
        yield from accept(self.memory, order, self.parts(), said, self.now)
        self.keep()

    @property
    @abc.abstractmethod
    def content(self) -> tuple[Any, ...]:
        """What the number stands for from now on."""

    @property
    def names(self) -> tuple[Any, ...]:
        """The names that were sent, encrypted."""
        return ()

    @abc.abstractmethod
    def impossible(self) -> Iterator[Cause]:
        """Yield why a new instruction cannot be carried out."""

    @abc.abstractmethod
    def parts(self) -> list[Part]:
        """Return the parts that it must have."""

    def keep(self) -> None:
        """Learn what the acceptance means for the payment."""
        self.payment.released = True


class Unfreeze(Instructed):
    """Release of the rest: chapter4_1_3."""

    @property
    def content(self) -> tuple[Any, ...]:
        """What the number stands for from now on."""
        params = self.params
        return ("unfreeze", self.sub_mchid, params["transaction_id"], params["description"])

    def impossible(self) -> Iterator[Cause]:
        """There must be something to release."""
        left = self.left
        if left.least <= 0:
            yield no("nothing may be left", sure=left.most <= 0)

    def parts(self) -> list[Part]:
        """Return the one part: all that is left."""
        return [Part.rest(self.payment, self.left, self.params["description"])]


class Distribute(Instructed):
    """Distribution: chapter4_1_2."""

    def strangers(self) -> Iterator[Cause]:
        """Names count too."""
        yield from super().strangers()
        for each in _entries(self.params):
            yield from sealed(each.get("name"))

    @property
    def content(self) -> tuple[Any, ...]:
        """What the number stands for from now on."""
        params = self.params
        shares = tuple(
            (
                *(each["type"], each["account"], each["amount"], each["description"]),
                *(each["currency"], each.get("authorized"), "name" in each),
            )
            for each in _entries(params)
        )
        apps = (params.get("appid"), params.get("sub_appid"))
        flag, whole = params["unfreeze_unsplit"], params["transaction_id"]
        return ("distribute", self.sub_mchid, whole, *apps, flag, shares)

    @property
    def names(self) -> tuple[Any, ...]:
        """The names that were sent, encrypted."""
        return tuple(each.get("name") for each in _entries(self.params))

    def impossible(self) -> Iterator[Cause]:
        """Yield what is wrong with the request, its receivers and its amounts."""
        payment, entries = self.payment, _entries(self.params)
        if payment.released:
            yield no("everything was released")
        if payment.requests >= MOST_REQUESTS:
            yield no(f"{MOST_REQUESTS} requests were accepted")
        yield from self._list(entries)
        for each in entries:
            yield from self._receiver(each)
        yield from self._too_much(entries)

    def _list(self, entries: Sequence[Mapping[str, Any]]) -> Iterator[Cause]:
        unfreeze = self.params["unfreeze_unsplit"]
        if not entries and not unfreeze:
            yield no("it asks for nothing")
        if len({(each["type"], each["account"]) for each in entries}) < len(entries):
            yield no("a receiver stands twice in it")
        if unfreeze and any(self._is_sponsor(each) for each in entries):
            yield no("the sponsor is named and gets the rest too")

    def _receiver(self, each: Mapping[str, Any]) -> Iterator[Cause]:
        params = self.params
        if each["currency"] != "CNY":
            yield no("only CNY is distributed")
        app = {"PERSONAL_OPENID": "appid", "PERSONAL_SUB_OPENID": "sub_appid"}.get(each["type"])
        if app and app not in params:
            yield no(f"{app} is needed for an OpenID")
        if each["type"] != "MERCHANT_ID" and "name" in each and each.get("authorized") is not True:
            yield no("a person's name is sent without consent")
        if not self._is_sponsor(each):
            yield from self._relation(each, app)

    def _relation(self, each: Mapping[str, Any], app: str | None) -> Iterator[Cause]:
        key = (self.sub_mchid, each["type"], each["account"])
        relation = self.memory.relations.get(key)
        states = relation.states(self.now) if relation else set()
        if relation is None or states != {"EFFECTIVE"}:
            yield no("a receiver may not receive", sure="EFFECTIVE" not in states)
        elif app and relation.apps[app == "sub_appid"] != self.params.get(app):
            yield no("an OpenID is of another app")
        elif each.get("name") is not None and relation.named and each["name"] != relation.sealed:
            yield no("a name may be another one", sure=False)

    def _too_much(self, entries: Sequence[Mapping[str, Any]]) -> Iterator[Cause]:
        asked, left = sum(each["amount"] for each in entries), self.left
        if asked > left.least:
            yield no(f"{asked} is more than {left}, what is left", sure=asked > left.most)
        if not entries and left.least <= 0:
            yield no("nothing may be left", sure=left.most <= 0)
        others = sum(each["amount"] for each in entries if not self._is_sponsor(each))
        sent = self.memory.sent(self.payment, self.now)
        if others and others + sent.most > self.payment.cap:
            sure = others + sent.least > self.payment.cap
            yield no(f"{others} for others are above the cap of {self.payment.cap}", sure=sure)

    def parts(self) -> list[Part]:
        """Return what was asked, and the rest for the sponsor."""
        entries = _entries(self.params)
        parts = [self._part(each) for each in entries]
        if self.params["unfreeze_unsplit"]:
            asked = sum(each["amount"] for each in entries)
            parts.insert(0, Part.rest(self.payment, self.left.less(asked), None))
        return parts

    def _part(self, each: Mapping[str, Any]) -> Part:
        return Part(
            key=(self.sub_mchid, each["type"], each["account"]),
            unfreezes=self._is_sponsor(each),
            amounts=Amounts.of(each["amount"]),
            description=each["description"],
        )

    def keep(self) -> None:
        """Count the request."""
        self.payment.requests += 1
        self.payment.released = self.params["unfreeze_unsplit"]
        for each in _entries(self.params):
            self._passed((self.sub_mchid, each["type"], each["account"]))

    def _passed(self, key: tuple[str, str, str]) -> None:
        """Who was accepted is effective, whenever the audit ended."""
        relation = self.memory.relations.get(key)
        if relation is not None and relation.state == "INIT":
            self.memory.passed(key, self.now)

    def _is_sponsor(self, each: Mapping[str, Any]) -> bool:
        return (each["type"], each["account"]) == ("MERCHANT_ID", self.payment.sponsor)


def _entries(params: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    entries = params.get("receivers", [])
    return [each for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []
