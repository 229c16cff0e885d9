"""Distribution orders: accepted at once, carried out detail by detail."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from wxdist.models import DetailResult, DetailType, ReceiverType

from .inputs import an_input
from .ledger import Account
from .payments import Payments
from .processing import price, schedule
from .records import SYSTEM, Content, Detail, Order, Payment
from .rules import calendar, money, receivers
from .rules import orders as rules
from .settlement import Settlement
from .state import State


@attrs.frozen(kw_only=True)
class Ask:
    """One receiver as a request names it; the name in plain text."""

    currency: str
    type: ReceiverType
    account: str
    name: str | None
    authorized: bool | None
    amount: int
    description: str


@attrs.frozen(kw_only=True)
class Instruction:
    """A request to distribute."""

    sub_mchid: str
    transaction_id: str
    out_order_no: str
    appid: str | None
    sub_appid: str | None
    receivers: tuple[Ask, ...]
    unfreeze_unsplit: bool

    @property
    def content(self) -> Content:
        """What the number stands for from now on."""
        rest = (self.appid, self.sub_appid, self.receivers, self.unfreeze_unsplit)
        return Content(self.sub_mchid, self.transaction_id, rest)


class Orders:
    """The instructions that were accepted, and what became of them."""

    def __init__(self, state: State, payments: Payments, settlement: Settlement) -> None:
        self._state = state
        self._payments = payments
        self._settlement = settlement

    @an_input
    def create(self, asked: Instruction) -> Order:
        """Accept a request to distribute, or refuse it; the same again gives the same order."""
        with self._state.refusals("create", **_facts(asked.transaction_id, asked.out_order_no)):
            return self._create(asked)

    def _create(self, asked: Instruction) -> Order:
        if (before := self._before(asked.out_order_no, asked.content)) is not None:
            return before
        payment = self._open(asked.transaction_id, asked.sub_mchid)
        rules.not_released(payment)
        rules.requests_left(payment)
        details = self._details(asked, payment)
        payment.requests += 1
        payment.released = asked.unfreeze_unsplit
        return self._accept(payment, asked.out_order_no, asked.content, details)

    @an_input
    def unfreeze(
        self, sub_mchid: str, transaction_id: str, out_order_no: str, description: str
    ) -> Order:
        """Release whatever is frozen; the same again gives the same order."""
        with self._state.refusals("unfreeze", **_facts(transaction_id, out_order_no)):
            return self._unfreeze(sub_mchid, transaction_id, out_order_no, description)

    def _unfreeze(
        self, sub_mchid: str, transaction_id: str, out_order_no: str, description: str
    ) -> Order:
        content = Content(sub_mchid, transaction_id, ("unfreeze", description))
        if (before := self._before(out_order_no, content)) is not None:
            return before
        payment = self._open(transaction_id, sub_mchid)
        money.something_left(left := self._payments.left(payment))
        payment.released = True
        details = [self._to_sponsor(payment, left, description)]
        return self._accept(payment, out_order_no, content, details)

    def get(self, sub_mchid: str, transaction_id: str, out_order_no: str) -> Order:
        """Return an order by its number, or refuse."""
        order = rules.known(self._numbered(out_order_no))
        asked = Content(sub_mchid, transaction_id, order.content.rest)
        rules.same_instruction(order.content, asked)
        return order

    @an_input
    def arm(self, out_order_no: str, account: str, reason: str) -> None:
        """Let the detail of *account* end CLOSED; raise ``ValueError`` if it has already ended."""
        order = self._numbered(out_order_no)
        details = [each for each in order.details if each.account == account] if order else []
        pending = any(each.result == DetailResult.PENDING for each in details)
        if order is not None and not pending:
            raise ValueError(f"{out_order_no} has no PENDING detail of that account")
        self._state.armed[out_order_no, account] = reason
        self._state.note("arm", out_order_no=out_order_no, account=account, reason=reason)

    def expire(self, transaction_id: str) -> None:
        """Unfreeze what is left, as the system: due 180 days after payment.

        Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/faq/chapter2_1_5.shtml
        """
        payment = self._state.payments[transaction_id]
        if not payment.overdue:
            self._state.note("expire", transaction_id=transaction_id)
        payment.overdue = payment.released = True
        if left := self._payments.left(payment):
            content = Content(payment.sub_mchid, transaction_id, (SYSTEM,))
            detail = self._to_sponsor(payment, left, "Overdue: unfrozen by the system")
            self._accept(payment, "", content, [detail], initiator=SYSTEM)

    def _numbered(self, out_order_no: str) -> Order | None:
        return self._state.orders.get(self._state.numbers.get(out_order_no, ""))

    def _before(self, out_order_no: str, content: Content) -> Order | None:
        if (order := self._numbered(out_order_no)) is not None:
            rules.same_instruction(order.content, content)
        return order

    def _open(self, transaction_id: str, sub_mchid: str) -> Payment:
        payment = self._payments.get(transaction_id, sub_mchid)
        rules.in_time(payment)
        return payment

    def _details(self, asked: Instruction, payment: Payment) -> list[Detail]:
        """Hold a request against the rules and return its details, the sponsor's rest first."""
        named = [(each.type, each.account) for each in asked.receivers]
        rules.something_asked(named, unfreeze_unsplit=asked.unfreeze_unsplit)
        rules.no_duplicates(named)
        rules.sponsor_listed(named, payment.sponsor, unfreeze_unsplit=asked.unfreeze_unsplit)
        for each in asked.receivers:
            self._may_receive(asked, each, payment)
        total = sum(each.amount for each in asked.receivers)
        left = self._payments.left(payment)
        money.enough_left(total, left)
        self._hold_cap(asked.receivers, payment)
        details = [self._detail(each, payment) for each in asked.receivers]
        if asked.unfreeze_unsplit:
            if not details:
                money.something_left(left)
            if left > total:
                details.insert(0, self._to_sponsor(payment, left - total, "Unfreeze the rest"))
        return details

    def _may_receive(self, asked: Instruction, each: Ask, payment: Payment) -> None:
        rules.only_cny(each.currency)
        receivers.app_named(each.type, asked.appid, asked.sub_appid)
        receivers.consent_given(each.type, each.name, each.authorized)
        if not _is_sponsor(each, payment):
            key = (asked.sub_mchid, each.type, each.account)
            relation = receivers.effective(self._state.relations.get(key))
            receivers.app_fits(relation, asked.appid, asked.sub_appid)
            receivers.name_fits(relation, each.name)

    def _hold_cap(self, asked: Sequence[Ask], payment: Payment) -> None:
        others = sum(each.amount for each in asked if not _is_sponsor(each, payment))
        before = sum(
            detail.amount
            for order_id in payment.order_ids
            for detail in self._state.orders[order_id].details
            if detail.detail_type == DetailType.DISTRIBUTE_TO_OTHERS
            and detail.result != DetailResult.CLOSED
        )
        most = money.cap(payment.payer_amount, self._state.terms.max_ratio)
        money.within_cap(others, before, most)

    def _detail(self, each: Ask, payment: Payment) -> Detail:
        if _is_sponsor(each, payment):
            return self._to_sponsor(payment, each.amount, each.description)
        return self._new(
            DetailType.DISTRIBUTE_TO_OTHERS, each.type, each.account, each.amount, each.description
        )

    def _to_sponsor(self, payment: Payment, amount: int, description: str) -> Detail:
        """Return the part that is released; its rate is that of now.

        Locked at the time of initiation:
        https://pay.weixin.qq.com/wiki/doc/api_external/en/faq/chapter2_1_5.shtml
        """
        made = self._new(
            DetailType.UNFREEZE_TO_SPONSOR,
            ReceiverType.MERCHANT_ID,
            payment.sponsor,
            amount,
            description,
        )
        price(self._state, made)
        return made

    def _new(
        self, kind: DetailType, type_: ReceiverType, account: str, amount: int, description: str
    ) -> Detail:
        return Detail(
            detail_id=self._state.new_id("7200SANDBOX", 31),
            detail_type=kind,
            type=type_,
            account=account,
            amount=amount,
            description=description,
            create_time=self._state.now,
        )

    def _accept(
        self,
        payment: Payment,
        out_order_no: str,
        content: Content,
        details: list[Detail],
        *,
        initiator: str = "",
    ) -> Order:
        """Take the money out of what is frozen, and let the first detail be carried out soon."""
        order = Order(
            order_id=self._state.new_id("7100SANDBOX", 31),
            out_order_no=out_order_no,
            initiator=initiator or self._state.terms.mchid,
            sponsor=payment.sponsor,
            content=content,
            create_time=self._state.now,
            details=details,
        )
        frozen = ("frozen", payment.transaction_id)
        for detail in details:
            self._state.ledger.pend(
                detail.detail_id, frozen, _purse(detail), detail.amount, payment.transaction_id
            )
        self._state.orders[order.order_id] = order
        self._state.touched.add(order.order_id)
        payment.order_ids.append(order.order_id)
        if out_order_no:
            self._state.numbers[out_order_no] = order.order_id
        self._note(order)
        schedule(self._state, order, 0, calendar.FIRST_DETAIL)
        return order

    def _note(self, order: Order) -> None:
        self._state.note(
            "accept",
            **_facts(order.content.transaction_id, order.out_order_no),
            order_id=order.order_id,
            initiator=order.initiator,
        )
        for detail in order.details:
            self._state.note(
                "detail",
                order_id=order.order_id,
                detail_id=detail.detail_id,
                detail_type=detail.detail_type,
                account=detail.account,
                amount=detail.amount,
            )


def _facts(transaction_id: str, out_order_no: str) -> dict[str, str | None]:
    """Return what the log says of an order; the system's own has no number."""
    return {"transaction_id": transaction_id, "out_order_no": out_order_no or None}


def _is_sponsor(each: Ask, payment: Payment) -> bool:
    return (each.type, each.account) == (ReceiverType.MERCHANT_ID, payment.sponsor)


def _purse(detail: Detail) -> Account:
    to_sponsor = detail.detail_type == DetailType.UNFREEZE_TO_SPONSOR
    return ("sponsor" if to_sponsor else "receiver", detail.account)
