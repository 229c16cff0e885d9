"""The table of all operations: checks, description and list are made from it."""

from __future__ import annotations

import attrs

from ..rules.calendar import LATEST
from . import acts
from . import shapes as shape
from .fields import Field
from .operation import Operation

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        method="POST",
        path="pay",
        words="Play the payer of the merchant's order",
        act=acts.pay,
        fields=(
            shape.TRADE,
            shape.PRICE,
            shape.maybe(
                "currency", "string", "Only CNY can be distributed.", default="CNY", longest=3
            ),
            shape.SUB,
        ),
        answer=(
            shape.TRANSACTION,
            shape.told("paid_at", "string", "Beijing time, ISO 8601."),
            shape.TRADE,
            shape.PRICE,
        ),
    ),
    Operation(
        method="POST",
        path="refund",
        words="Give money of a payment back to its payer",
        act=acts.refund,
        fields=(shape.TRADE, shape.PRICE, shape.SUB, shape.OWING),
        answer=shape.REFUND,
    ),
    Operation(
        method="POST",
        path="revoke",
        words="Undo a payment of today that was neither distributed nor refunded",
        act=acts.revoke,
        fields=(shape.TRADE, shape.SUB),
    ),
    Operation(
        method="POST",
        path="recharge",
        words="Let the account for refunds by recharge hold an amount",
        act=acts.recharge,
        fields=(
            attrs.evolve(shape.AMOUNT, meaning="In the settlement currency.", least=0),
            shape.SUB,
        ),
    ),
    Operation(
        method="POST",
        path="notice",
        words="Make the notice of a payment, or of a refund that arrived, to be posted by you",
        act=acts.notice,
        fields=shape.TOLD,
        answer=(
            shape.told("headers", "object", "Of the POST to your handler, signature and all."),
            shape.told("body", "string", "To be posted as it is, in UTF-8."),
        ),
    ),
    Operation(
        method="GET",
        path="clock",
        words="Tell the time of the business, and how it goes",
        act=acts.clock,
        answer=shape.CLOCK,
    ),
    Operation(
        method="POST",
        path="clock/advance",
        words="Move the clock on; what falls due happens in its order",
        act=acts.advance,
        fields=(Field(name="seconds", kind="number", meaning="How far.", least=0, most=10**10),),
        answer=shape.CLOCK,
    ),
    Operation(
        method="POST",
        path="clock/set",
        words="Move the clock on to a moment; it never goes back",
        act=acts.set_clock,
        fields=(
            Field(
                name="when",
                kind=("string", "number"),
                meaning="Unix seconds, or ISO 8601 with a time zone.",
                least=0,
                most=LATEST,
                longest=40,
            ),
        ),
        answer=shape.CLOCK,
    ),
    Operation(
        method="POST",
        path="clock/run",
        words="Let the clock run at a multiple of real time",
        act=acts.run,
        fields=(
            shape.maybe("speed", "number", "Its seconds per real second.", least=0, default=1),
        ),
        answer=shape.CLOCK,
    ),
    Operation(
        method="POST",
        path="clock/stop",
        words="Let the clock stand still",
        act=acts.stop,
        answer=shape.CLOCK,
    ),
    Operation(
        method="POST",
        path="receivers/approve",
        words="Let the audit of a receiver pass",
        act=acts.approve,
        fields=(shape.ACCOUNT, shape.SUB),
    ),
    Operation(
        method="POST",
        path="receivers/refuse",
        words="Let the audit of a receiver fail",
        act=acts.refuse,
        fields=(shape.ACCOUNT, shape.REASON, shape.SUB),
    ),
    Operation(
        method="POST",
        path="details/close",
        words="Let one receiver's part of a distribution fail: before it is created, or pending",
        act=acts.close,
        fields=(
            Field(
                name="out_order_no",
                kind="string",
                meaning="The merchant's number of the distribution.",
                longest=64,
            ),
            shape.ACCOUNT,
            attrs.evolve(shape.REASON, meaning="The service's word for it, as RECEIVER_HIGH_RISK."),
        ),
    ),
    Operation(
        method="GET",
        path="state",
        words="Tell all that the service knows; amounts in fen, no names of persons",
        act=acts.state,
        answer=shape.STATE,
    ),
    Operation(
        method="GET",
        path="calls",
        words="Tell the last calls, and what came of their signatures",
        act=acts.calls,
        fields=(shape.SINCE, shape.LIMIT),
        answer=(shape.array("calls", "The oldest first."),),
    ),
    Operation(
        method="GET",
        path="calls/{number}/explain",
        words="Explain line by line why a call's signature failed, and what to do",
        act=acts.explain,
        inside=(Field(name="number", kind="integer", meaning="Of the call.", least=1),),
        answer=shape.EXPLANATION,
        errors={404: "There is no such call, or it is forgotten."},
    ),
    Operation(
        method="GET",
        path="events",
        words="Tell the last events of the business",
        act=acts.events,
        fields=(shape.SINCE, shape.LIMIT),
        answer=(shape.array("events", "The oldest first."),),
    ),
    Operation(
        method="POST",
        path="faults",
        words="Order a fault: give a kind or a script",
        act=acts.inject,
        fields=shape.RULE,
        answer=(shape.told("id", "integer", "Its number."),),
    ),
    Operation(
        method="GET",
        path="faults",
        words="Tell the faults in force, how often each struck, and which there are",
        act=acts.faults,
        answer=(
            shape.array("faults", "Those in force, with their id."),
            shape.told("counts", "object", "How often each kind struck."),
            shape.array("kinds", "All that can be ordered, with their options."),
        ),
    ),
    Operation(
        method="DELETE",
        path="faults/{id}",
        words="Take one fault back",
        act=acts.heal_one,
        inside=(Field(name="id", kind="integer", meaning="Of the fault.", least=1),),
        errors={404: "No fault in force has that number."},
    ),
    Operation(method="DELETE", path="faults", words="Take all faults back", act=acts.heal),
    Operation(
        method="POST",
        path="snapshot",
        words="Take the whole business as text",
        act=acts.snapshot,
        answer=(shape.SNAPSHOT,),
    ),
    Operation(
        method="POST",
        path="restore",
        words="Go back to a snapshot, in time too",
        act=acts.restore,
        fields=(shape.SNAPSHOT,),
        answer=shape.CLOCK,
        most=256 * 1024 * 1024,
    ),
    Operation(
        method="GET",
        path="scenarios",
        words="Name the scenarios",
        act=acts.scenarios,
        answer=(shape.array("scenarios", "Their names."),),
    ),
    Operation(
        method="POST",
        path="scenarios/{name}",
        words="Bring about a scenario; some move the clock",
        act=acts.scenario,
        inside=(Field(name="name", kind="string", meaning="Of the scenario.", longest=64),),
        answer=(
            shape.maybe("out_trade_no", "string", "The payment's."),
            shape.maybe("transaction_id", "string", "The payment's."),
            shape.maybe("sub_mchid", "string", "Whose payment it is."),
            shape.maybe("out_order_no", "string", "The distribution's."),
            shape.maybe("order_id", "string", "The distribution's."),
            shape.maybe("refund_id", "string", "The refund's."),
            shape.maybe("receivers", "array", "Accounts."),
        ),
        errors={404: "There is no such scenario."},
    ),
    Operation(
        method="GET",
        path="auditor",
        words="Tell whether the auditor, which predicts every answer, agrees",
        act=acts.auditor,
        answer=(
            shape.told("state", "string", "green, red after a finding, or grey while it rests."),
            shape.told("resting", "string", "Why it rests; empty: it does not."),
            shape.told("calls", "integer", "How many it judged."),
            shape.told("found", "integer", "How many answers it did not allow."),
            shape.array("findings", "The last of them."),
        ),
    ),
    Operation(
        method="POST",
        path="check",
        words="Hold the books against each other and the orders",
        act=acts.check,
        answer=(
            shape.told("sound", "boolean", "Whether they add up."),
            shape.told("problem", ("string", "null"), "What does not."),
        ),
    ),
    Operation(
        method="POST",
        path="certificates/rotate",
        words="Announce a new platform certificate, which signs a day later",
        act=acts.rotate,
        answer=(shape.told("serial_no", "string", "Of the new one."),),
    ),
)
