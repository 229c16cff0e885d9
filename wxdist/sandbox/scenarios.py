"""Ready-made worlds, brought about by the calls that a client and its payer would make."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from wxdist.models import ReceiverType, RelationType

from .orders import Ask, Instruction
from .records import Order, Payment, Relation
from .rules import money
from .rules.calendar import FREEZING, WINDOW_DAYS

if TYPE_CHECKING:
    from .control import Control

#: What is paid: 100 yuan.
AMOUNT = 10_000

Ids = dict[str, Any]


class Scene:
    """One scenario on its way: a payment of its own, and receivers of its own."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._sub_mchid = (control.world.terms.sub_mchids or ("",))[0]
        self._number = next(filter(self._is_free, itertools.count(1)))

    async def freeze(self) -> Payment:
        """Mark, pay, and wait until the money can be distributed."""
        payment = self.pay()
        await self._control.advance(FREEZING[1])
        return payment

    def pay(self) -> Payment:
        """Mark an order and pay it."""
        trade, world = _trade(self._number), self._control.world
        world.payments.mark(self._sub_mchid, trade, "CNY")
        paid = self._control.pay(trade, amount=AMOUNT, sub_mchid=self._sub_mchid or None)
        return world.state.payments[paid.transaction_id]

    def receivers(self, count: int, *, approve: bool = True) -> list[str]:
        """Add merchants as receivers, and let their audit pass."""
        accounts = [_account(self._number, index) for index in range(count)]
        for account in accounts:
            self._control.world.receivers.add(_relation(account, self._sub_mchid), authorized=None)
            if approve:
                self._control.approve(account, self._sub_mchid)
        return accounts

    async def distribute(self, payment: Payment, accounts: Sequence[str], share: int) -> Order:
        """Give *share* fen to each, and wait until that is done."""
        asked = Instruction(
            sub_mchid=payment.sub_mchid,
            transaction_id=payment.transaction_id,
            out_order_no=self.order_no,
            appid=None,
            sub_appid=None,
            receivers=tuple(_ask(account, share) for account in accounts),
            unfreeze_unsplit=False,
        )
        order = self._control.world.orders.create(asked)
        await self._control.advance(minutes=1)
        return order

    def share(self) -> int:
        """Return a tenth of what may go to others, at least a fen."""
        ratio = self._control.world.terms.max_ratio
        return max(1, money.cap(AMOUNT, ratio) // 10)

    @property
    def order_no(self) -> str:
        """The number of its distribution."""
        return _trade(self._number) + "D"

    def _is_free(self, number: int) -> bool:
        """Tell whether no scenario before took *number*."""
        known, key = self._control.world.state, ReceiverType.MERCHANT_ID
        relation = (self._sub_mchid, key, _account(number, 0))
        return relation not in known.relations and (
            (self._sub_mchid, _trade(number), "CNY") not in known.marks
        )


async def _paid(control: Control) -> Ids:
    return _ids(Scene(control).pay())


async def _paid_and_frozen(control: Control) -> Ids:
    return _ids(await Scene(control).freeze())


async def _waiting_receivers(control: Control) -> Ids:
    return {"receivers": Scene(control).receivers(3, approve=False)}


async def _three_receivers(control: Control) -> Ids:
    scene = Scene(control)
    payment, accounts = await scene.freeze(), scene.receivers(3)
    return _ids(payment, await scene.distribute(payment, accounts, scene.share()), accounts)


async def _one_closed(control: Control) -> Ids:
    scene = Scene(control)
    payment, accounts = await scene.freeze(), scene.receivers(3)
    control.close(scene.order_no, accounts[1], "RECEIVER_HIGH_RISK")
    return _ids(payment, await scene.distribute(payment, accounts, scene.share()), accounts)


async def _half_released(control: Control) -> Ids:
    scene = Scene(control)
    payment = await scene.freeze()
    half = control.world.payments.left(payment) // 2
    return _ids(payment, await scene.distribute(payment, [payment.sponsor], half))


async def _refunded(control: Control) -> Ids:
    payment = await Scene(control).freeze()
    refund = control.refund(
        payment.out_trade_no, amount=AMOUNT // 4, sub_mchid=payment.sub_mchid or None
    )
    return {**_ids(payment), "refund_id": refund["refund_id"]}


async def _overdue(control: Control) -> Ids:
    payment = await Scene(control).freeze()
    await control.advance(days=WINDOW_DAYS)
    return _ids(payment)


def _trade(number: int) -> str:
    return f"SCENARIO{number:06}"


def _account(number: int, index: int) -> str:
    return f"{1_230_000_000 + 100 * number + index}"


def _ids(payment: Payment, order: Order | None = None, accounts: Sequence[str] = ()) -> Ids:
    ids: Ids = {
        "out_trade_no": payment.out_trade_no,
        "transaction_id": payment.transaction_id,
        "sub_mchid": payment.sub_mchid,
    }
    if order is not None:
        ids |= {"out_order_no": order.out_order_no, "order_id": order.order_id}
    return ids | ({"receivers": [*accounts]} if accounts else {})


def _relation(account: str, sub_mchid: str) -> Relation:
    return Relation(
        sub_mchid=sub_mchid,
        type=ReceiverType.MERCHANT_ID,
        account=account,
        name=f"Sandbox receiver {account}",
        appid=None,
        sub_appid=None,
        relation_type=RelationType.SUPPLIER,
        custom_relation=None,
        scene=None,
        major_service=None,
        expected_ratio=None,
        application_file_id=None,
        partnership_file_id=None,
    )


def _ask(account: str, amount: int) -> Ask:
    return Ask(
        currency="CNY",
        type=ReceiverType.MERCHANT_ID,
        account=account,
        name=None,
        authorized=None,
        amount=amount,
        description="a share of the scenario",
    )


#: Every scenario by its name. Some move the clock: by five minutes, ``overdue`` by 180 days.
SCENARIOS: Mapping[str, Callable[[Any], Awaitable[Ids]]] = {
    "paid": _paid,
    "paid-and-frozen": _paid_and_frozen,
    "waiting-receivers": _waiting_receivers,
    "three-receivers": _three_receivers,
    "one-closed": _one_closed,
    "half-released": _half_released,
    "refunded": _refunded,
    "overdue": _overdue,
}
