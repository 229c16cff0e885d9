"""What was done, told to a watcher: orders from outside, and calls made past the service."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from . import answers
from .asking import Request
from .observation import Observation, Ordered
from .records import Relation
from .state import State

Facts = Mapping[str, Any]
#: What an input was asked with, and what came of it.
Done = tuple[tuple[Any, ...], Any]

_SHARING = "/v3/global/profit-sharing"
_HEADERS = {"user-agent": "sandbox", "accept": "*/*", "content-type": "application/json"}


def tell(state: State, name: str, done: Done) -> None:
    """Tell the observer, if there is one, what input *name* has done."""
    if state.observer is None:
        return
    if state.slow is not None:
        kind, factor = state.slow
        late = {"process": "late_processing", "audit": "late_audit", "arrive": "late_refund"}[kind]
        state.observer(Ordered(state.now, late, {"factor": factor}))
    if name in _ORDERS:
        kind, facts = _ORDERS[name]
        state.observer(Ordered(state.now, kind, facts(*done)))
    elif name in _CALLS and not state.answering:
        state.observer(_CALLS[name](state, *done))


def _named(*names: str) -> Callable[[tuple[Any, ...], Any], Facts]:
    return lambda arguments, _: dict(zip(names, arguments, strict=True))


def _paid(arguments: tuple[Any, ...], payment: Any) -> Facts:
    names = ("sub_mchid", "out_trade_no", "currency", "amount")
    facts = dict(zip(names, arguments, strict=True))
    found = {"transaction_id": payment.transaction_id, "payer_amount": payment.payer_amount}
    return {**facts, **found}


def _marked(state: State, arguments: tuple[Any, ...], _: object) -> Observation:
    body = dict(zip(("sub_mchid", "out_trade_no", "currency"), arguments, strict=True))
    return _call(state.now, "transactions/mark", body, None)


def _created(state: State, arguments: tuple[Any, ...], order: Any) -> Observation:
    said = answers.order(order, state.terms)
    return _call(state.now, "orders", attrs.asdict(arguments[0]), said)


def _added(state: State, _: object, relation: Relation) -> Observation:
    """The name is never told; that there is one can be seen."""
    name = relation.name and "sealed"
    body = {**attrs.asdict(relation), "name": name}
    return _call(state.now, "receivers", body, answers.relation(relation, name))


def _call(now: float, path: str, body: Facts, said: Facts | None) -> Observation:
    stated = {key: value for key, value in body.items() if value not in ("", None, (), [])}
    return Observation(
        now=now,
        clock=now,
        request=Request("POST", f"{_SHARING}/{path}", _HEADERS, json.dumps(stated).encode()),
        genuine=True,
        status=204 if said is None else 200,
        body=b"" if said is None else json.dumps(said).encode(),
    )


#: Inputs that are no calls of the service: what they are told as, and which facts.
_ORDERS: Mapping[str, tuple[str, Callable[[tuple[Any, ...], Any], Facts]]] = {
    "Payments.pay": ("pay", _paid),
    "Refunds.recharge": ("recharge", _named("sub_mchid", "amount")),
    "Refunds.refund": ("refund", _named("transaction_id", "amount")),
    "Refunds.force": ("force", _named("transaction_id", "amount")),
    "Refunds.revoke": ("revoke", _named("transaction_id")),
    "Receivers.approve": ("approve", _named("account", "sub_mchid")),
    "Receivers.refuse": ("refuse", _named("account", "reason", "sub_mchid")),
    "Orders.arm": ("close", _named("out_order_no", "account", "reason")),
}
#: Calls that scenarios make past the service, which has not shown them.
_CALLS: Mapping[str, Callable[[State, tuple[Any, ...], Any], Observation]] = {
    "Payments.mark": _marked,
    "Orders.create": _created,
    "Receivers.add": _added,
}
