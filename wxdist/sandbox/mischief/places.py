"""Which API a call asks: the names that rules go by."""

from __future__ import annotations

from ..asking import Route
from ..endpoints import ROUTES

#: What the APIs are called here and in the client, by who answers them.
_NAMES = {
    "mark": "transactions.mark",
    "create": "orders.create",
    "unfreeze": "orders.unfreeze",
    "get_order": "orders.get",
    "remaining": "transactions.remaining",
    "add_receiver": "receivers.add",
    "get_receiver": "receivers.get",
    "delete_receiver": "receivers.delete",
    "bill_link": "bills.distribution",
    "refund_bill_link": "bills.refunds",
    "bill": "bills.download",
    "statement": "bills.statement",
    "settlements": "settlements.list",
    "refundable_balance": "refunds.refundable_balance",
    "refundable": "transactions.refundable",
    "get_transaction": "transactions.get",
    "get_transaction_by_trade": "transactions.get_by_out_trade_no",
    "create_refund": "refunds.create",
    "list_refunds": "refunds.list",
    "get_refund": "refunds.get",
    "get_refund_by_number": "refunds.get",
    "recharge_balance": "refunds.recharge_balance",
    "certificates": "certificates.list",
    "upload": "files.upload",
}

#: These answer success without a body,
BODILESS = frozenset({"transactions.mark", "receivers.delete"})
#: and this one without a signature.
UNSIGNED = frozenset({"bills.download"})
CREATE = frozenset({"orders.create"})
ORDERS = CREATE | {"orders.unfreeze"}
FILES = UNSIGNED | {"bills.statement"}
STATEMENT = frozenset({"bills.statement"})
REFUND = frozenset({"refunds.create"})
AUDITED = frozenset({"receivers.add"})
#: Reads of something that may be missing.
READS = frozenset(
    {"orders.get", "transactions.remaining", "receivers.get", "settlements.list"}
    | {"refunds.refundable_balance", "bills.distribution", "transactions.refundable"}
    | {"transactions.get", "transactions.get_by_out_trade_no", "refunds.get", "refunds.list"}
    | {"refunds.recharge_balance", "bills.refunds", "bills.statement"}
)


def _name(route: Route) -> str:
    handler = route[2].__name__
    return _NAMES.get(handler, handler)


#: The names of all APIs.
ENDPOINTS = tuple(dict.fromkeys(_name(route) for route in ROUTES))


def endpoint_of(method: str, path: str) -> str:
    """Return the name of the API that is asked; empty for no API."""
    for route in ROUTES:
        if method == route[0] and route[1].fullmatch(path):
            return _name(route)
    return ""
