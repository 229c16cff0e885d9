"""Fields that operations share, in the form of the table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from .fields import Field


def array(name: str, meaning: str) -> Field:
    """Return a field that is a list."""
    return Field(name=name, kind="array", meaning=meaning)


def maybe(name: str, kind: str | Sequence[str], meaning: str, **limits: Any) -> Field:
    """Return a field that may be left out."""
    return Field(name=name, kind=kind, meaning=meaning, must=False, **limits)


def told(name: str, kind: str | Sequence[str], meaning: str) -> Field:
    """Return a field that is always there."""
    return Field(name=name, kind=kind, meaning=meaning)


SUB = Field(
    name="sub_mchid",
    kind="string",
    meaning="The sub-merchant; in modes with sub-merchants.",
    must=False,
    longest=32,
)
TRADE = Field(
    name="out_trade_no",
    kind="string",
    meaning="The merchant's number of the payment.",
    longest=64,
)
AMOUNT = Field(name="amount", kind="integer", meaning="Fen.", least=1, most=10**12)
PRICE = attrs.evolve(AMOUNT, meaning="Fen, or the minor unit of another currency.")
OWING = Field(
    name="owing",
    kind="boolean",
    meaning="The platform refunds it: what is not there now, later settlements pay.",
    must=False,
    default=False,
)
ACCOUNT = Field(name="account", kind="string", meaning="The receiver's account.", longest=64)
REASON = Field(name="reason", kind="string", meaning="Why it fails.", must=False, longest=64)
TRANSACTION = Field(
    name="transaction_id", kind="string", meaning="WeChat Pay's number of the payment."
)
REFUND = (
    told("refund_id", "string", "WeChat Pay's number of the refund."),
    TRANSACTION,
    PRICE,
    told("currency", "string", "Of the order."),
    told("payer_amount", "integer", "What the payer gets, in fen: the sum of the next five."),
    told("fee", "integer", "Its share of the fee."),
    told("frozen", "integer", "Out of what was frozen of the payment."),
    told("released", "integer", "Out of what its sponsor had released today."),
    told("pool", "integer", "Out of today's ordinary payments."),
    told("owed", "integer", "Out of later settlements."),
    told("create_time", "string", "Beijing time, ISO 8601."),
)
TOLD = (
    maybe("out_trade_no", "string", "Of a payment; or", longest=64),
    maybe("refund_id", "string", "of a refund; or", longest=64),
    maybe("out_refund_no", "string", "the merchant's number of it.", longest=64),
    SUB,
    maybe("forged", "string", "What is wrong: other_key, probe, rewritten, stale.", longest=16),
)
SINCE = Field(
    name="since",
    kind="integer",
    meaning="Give what came after this number, the oldest first; else the last ones.",
    must=False,
    least=0,
)
LIMIT = Field(
    name="limit",
    kind="integer",
    meaning="How many at most.",
    must=False,
    least=1,
    most=10_000,
    default=100,
)
CLOCK = (
    Field(name="now", kind="string", meaning="Beijing time of the business, ISO 8601."),
    Field(name="unix", kind="number", meaning="The same in Unix seconds."),
    Field(
        name="runs",
        kind=("string", "number"),
        meaning="auto, manual, or the multiple of real time.",
    ),
)
SNAPSHOT = Field(
    name="snapshot",
    kind="string",
    meaning="The whole business in base64; names of persons are in it, keys are not.",
)


RULE = (
    maybe("kind", "string", "The name of a fault, one of kinds in GET faults; or a script."),
    maybe("script", "array", "Names of faults, one for each call in turn; null spares it."),
    maybe("endpoint", "string", "Which calls, as orders.create or GET /v3/*; else all."),
    maybe("probability", "number", "How likely each of them is struck.", least=0, most=1),
    maybe("count", "integer", "How many calls at most.", least=1),
    maybe("nth", "integer", "Only the n-th of these calls.", least=1),
    maybe("until", "number", "Unix time, by the service's clock, at which it ends."),
    maybe("seed", "integer", "Of its own dice."),
    maybe("options", "object", "What the fault is told, as retry_after of throttled."),
)
EXPLANATION = (
    told("call", "integer", "Its number."),
    told("method", "string", "As it came."),
    told("target", "string", "Path and query as they came, all made visible."),
    told("status", "integer", "What was answered; 0: nothing."),
    told("ok", "boolean", "Whether the signature held."),
    told("field", "string", "What of the Authorization header is wrong."),
    told("issue", "string", "What is wrong with it."),
    told("summary", "string", "All of it in one sentence."),
    told("advice", "string", "What to do."),
    told("length", "integer", "Bytes of the text that had to be signed."),
    array("lines", "The five lines: expected, signed, and whether they are the same."),
    told("text", "string", "The same, to read."),
)
STATE = (
    told("terms", "object", "The contract with the merchant."),
    told("clock", "object", "The time of the business, and how it goes."),
    *(
        array(name, meaning)
        for name, meaning in (
            ("payments", "With their money, their orders and the details of these."),
            ("marks", "Orders that were marked before they were paid."),
            ("receivers", "Relations, without names."),
            ("armed", "Details that will fail."),
            ("refunds", "Money that went back to payers."),
            ("batches", "Settlements."),
            ("due", "What happens next by itself."),
        )
    ),
    told("events", "integer", "How many there were."),
    told("digest", "string", "SHA-256 over all events."),
    told("fault", ("string", "null"), "What is wrong with the books; null: nothing."),
)
