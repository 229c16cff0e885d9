"""The whole business as bytes and back: plain JSON, so that reading it can run nothing."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

import attrs

from wxdist.models import (
    BillKind,
    DetailResult,
    DetailType,
    ReceiverType,
    RelationState,
    RelationType,
)

from . import orders, records, state
from .bills import Bills
from .invariants import Invariants
from .ledger import End, Entry, Ledger, LedgerBroken
from .log import Log
from .records import Terms
from .rules.calendar import LATEST, NEVER
from .state import State

#: Raised when the form of what is written changes: other forms are refused.
FORM = 3
#: What begins every snapshot.
HEAD = f"wxdist sandbox, form {FORM}\n".encode()

#: How facts fail that do not fit each other.
CONTRADICTIONS = (ArithmeticError, AttributeError, LedgerBroken, LookupError, TypeError, ValueError)

_RECORDS = (
    *(records.Payment, records.Detail, records.Content, records.Order, records.Relation),
    *(records.Batch, records.Refund, records.RefundAsk, records.Terms),
    *(state.Link, state.Event),
    *(orders.Ask, orders.Instruction),
    *(Entry, End),
)
_ENUMS = (BillKind, DetailResult, DetailType, ReceiverType, RelationState, RelationType)
#: How what is no plain JSON is read, by the name it is marked with.
_READERS: Mapping[str, Callable[[Any], Any]] = {
    "tuple": tuple,
    "set": lambda items: {*items},
    "dict": dict,
    "date": dt.date.fromisoformat,
    "fraction": Fraction,
    **{kind.__name__: kind for kind in _ENUMS},
}
_READABLE = {kind.__name__: kind for kind in _RECORDS}
#: What a state consists of, besides its terms, books, log and dice.
_FACTS = (
    *(
        "now",
        "seed",
        "payments",
        "trades",
        "orders",
        "numbers",
        "armed",
        "relations",
        "files",
        "marks",
    ),
    *("batches", "refunds", "refund_numbers", "recharged", "links", "queue", "count"),
)


def dump(known: State) -> bytes:
    """Return *known* as bytes: the same state gives the same bytes."""
    facts = {name: getattr(known, name) for name in _FACTS}
    facts |= {"terms": known.terms, "ledger": known.ledger.dump(), "log": known.log.dump()}
    facts["dice"] = known.dice.getstate()
    body = spell(facts)
    return HEAD + hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def load(snapshot: bytes, terms: Terms) -> State:
    """Return the state that `dump` took.

    Raises:
        ValueError: these bytes are no snapshot of this form, are damaged, were taken under other
            *terms*, or their books do not add up.
    """
    head, seal, body = snapshot[: len(HEAD)], *snapshot[len(HEAD) :].partition(b"\n")[::2]
    if head != HEAD or seal != hashlib.sha256(body).hexdigest().encode():
        raise ValueError("these bytes are no snapshot of this version, or are damaged")
    try:
        known = _state(read(body), terms)
        check_times(known)
        Invariants(known, Bills(known)).check()
    except ValueError:
        raise
    except CONTRADICTIONS as error:
        raise ValueError(f"the snapshot contradicts itself: {type(error).__name__}") from None
    return known


def check_times(known: State) -> None:
    """Raise ``ValueError`` where it is later than a clock gets, or something is due then."""
    if not 0 <= known.now <= LATEST or not all(0 <= each.due <= NEVER for each in known.queue):
        raise ValueError("its times are out of range")


def spell(value: Any) -> bytes:
    """Return *value* as JSON, with marks for what JSON has not."""
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":")).encode()


def read(text: bytes) -> Any:
    """Return the value that `spell` spelled; raise ``ValueError`` or ``LookupError`` for others."""
    try:
        return _value(json.loads(text))
    except RecursionError:
        raise ValueError("too deep") from None


def _state(facts: dict[str, Any], terms: Terms) -> State:
    if facts.pop("terms") != terms:
        raise ValueError("the snapshot was taken under other terms")
    known = State(terms, seed=0, start=0.0)
    known.dice.setstate(facts.pop("dice"))
    known.ledger = Ledger.load(*facts.pop("ledger"))
    known.log = Log()
    known.log.load(*facts.pop("log"))
    if {name: type(vars(known)[name]) for name in _FACTS} != {n: type(f) for n, f in facts.items()}:
        raise ValueError("the snapshot is not whole")
    vars(known).update(facts)
    if any(_missing(known)):
        raise ValueError("the snapshot is not whole")
    return known


def _missing(known: State) -> Iterator[str]:
    """Yield the ids that are spoken of and stand for nothing."""
    for ids, there in (
        (known.trades.values(), known.payments),
        (known.numbers.values(), known.orders),
        ((each.content.transaction_id for each in known.orders.values()), known.payments),
        ((key for each in known.payments.values() for key in each.order_ids), known.orders),
        ((key for each in known.payments.values() for key in each.refund_ids), known.refunds),
        (known.refund_numbers.values(), known.refunds),
    ):
        yield from (key for key in ids if key not in there)


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind in {str, int, float, bool, type(None)}:
        return value
    if kind is list:
        return [_plain(item) for item in value]
    if kind is dict:
        return {"dict": [[_plain(key), _plain(item)] for key, item in value.items()]}
    return {_name(kind): _inside(value)}


def _name(kind: type) -> str:
    return {dt.date: "date", Fraction: "fraction"}.get(kind, kind.__name__)


def _inside(value: Any) -> Any:
    match value:
        case tuple():
            return [_plain(item) for item in value]
        case set():
            return [_plain(item) for item in sorted(value)]
        case str() | dt.date() | Fraction():
            return str(value)
    return [_plain(getattr(value, each.name)) for each in attrs.fields(type(value))]


def _value(plain: Any) -> Any:
    if isinstance(plain, list):
        return [_value(item) for item in plain]
    if isinstance(plain, dict):
        ((name, inside),) = plain.items()
        value = _value(inside)
        return _record(_READABLE[name], value) if name in _READABLE else _READERS[name](value)
    return plain


def _record(kind: type, values: list[Any]) -> Any:
    names = [each.name for each in attrs.fields(kind)]
    return kind(**dict(zip(names, values, strict=True)))
