"""The calls by what repeating them would mean, and how they fail."""

import pytest

from wxdist import NoAnswer, NotSent, OutcomeUnknown, Receiver, ServiceError, Share

TRANSACTION = "4200000001202601050000000001"
SHARES = [Share(type="MERCHANT_ID", account="86693852", amount=1, description="a share")]
RECEIVER = Receiver(
    type="MERCHANT_ID", account="86693852", name="Shop Co", relation_type="SUPPLIER"
)
REFUND = {"transaction_id": TRANSACTION, "out_refund_no": "R-1"} | {
    "refund": 1,
    "total": 2,
    "appid": "wx1",
}

READS = {
    "transactions.remaining": lambda session: session.transactions.remaining(TRANSACTION),
    "transactions.get": lambda session: session.transactions.get(TRANSACTION),
    "refunds.get": lambda session: session.refunds.get(out_refund_no="R-1"),
    "refunds.refundable_balance": lambda session: session.refunds.refundable_balance(),
}
REPEATABLE = {
    "transactions.mark": lambda session: session.transactions.mark("P20150806125346"),
    "orders.create": lambda session: session.orders.create(
        TRANSACTION, "D-1", SHARES, unfreeze_unsplit=False
    ),
    "orders.unfreeze": lambda session: session.orders.unfreeze(
        TRANSACTION, "D-1", description="the rest"
    ),
    "refunds.create": lambda session: session.refunds.create(**REFUND),
    "files.upload": lambda session: session.files.upload(b"%PDF", filename="a.pdf"),
}
ONCE = {
    "receivers.add": lambda session: session.receivers.add(RECEIVER),
    "receivers.delete": lambda session: session.receivers.delete("86693852", type="MERCHANT_ID"),
}
CALLS = READS | REPEATABLE | ONCE
WRITES = REPEATABLE | ONCE
IDS = {
    "transactions.mark": {"out_trade_no": "P20150806125346"},
    "orders.create": {"transaction_id": TRANSACTION, "out_order_no": "D-1"},
    "orders.unfreeze": {"transaction_id": TRANSACTION, "out_order_no": "D-1"},
    "refunds.create": {"transaction_id": TRANSACTION, "out_refund_no": "R-1"},
    "files.upload": {},
    "receivers.add": {"type": "MERCHANT_ID", "account": "86693852"},
    "receivers.delete": {"type": "MERCHANT_ID", "account": "86693852"},
}


async def failed(call):
    """Return the error that a call ends with."""
    with pytest.raises((NotSent, NoAnswer, OutcomeUnknown, ServiceError)) as caught:
        await call
    return caught.value


def outcome(name, error):
    """Return the class that a failed call ended with; of an unknown outcome, why it is unknown."""
    if name in READS or not isinstance(error, OutcomeUnknown):
        return type(error)
    assert (name, IDS[name]) == (error.call, error.ids)
    return OutcomeUnknown, type(error.cause)


def unknown(name, cause):
    """Return what `outcome` says of a call of which nobody knows whether it was carried out."""
    return cause if name in READS else (OutcomeUnknown, cause)


def held(wire, keys):
    """Hold that all requests are one instruction, each signed anew."""
    nonces = [sent.claim["nonce_str"] for sent in wire.sent]
    assert 1 == len({(sent.method, sent.target, sent.body) for sent in wire.sent})
    assert len(nonces) == len(set(nonces))
    for sent in wire.sent:
        if not sent.path.endswith("/upload"):  # there, the meta alone is signed
            keys.check(sent)
    return len(wire.sent)
