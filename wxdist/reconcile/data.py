"""A reconciliation as plain values, and as a table."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from wxdist.extras import imported

if TYPE_CHECKING:
    from .result import Reconciliation

#: Columns of the table, and their types.
COLUMNS: Mapping[str, str] = {
    "what": "string",  # ``difference`` or ``open``
    "kind": "string",  # of a difference; of an open thing its reason
    "source": "string",
    "day": "date32",
    "transaction_id": "string",
    "key": "string",  # all ids: name=value, separated by a space
    "field": "string",
    "here": "string",
    "there": "string",
    "amount": "int64",  # of an open thing, in minor units of ``currency``
    "currency": "string",
    "text": "string",
}


def plain(value: Any) -> Any:
    """Return a result as values that JSON knows: days as yyyy-MM-dd, sums with what is left over.

    What an answer of the service carried beside its fields is left out.
    """
    if attrs.has(type(value)):
        fields = [each.name for each in attrs.fields(type(value))]
        shown = {name: plain(getattr(value, name)) for name in fields if name not in _BESIDE}
        computed = [name for name in _COMPUTED if hasattr(type(value), name)]
        return shown | {name: getattr(value, name) for name in computed}
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    if isinstance(value, enum.Enum):
        return value.value
    return value.isoformat() if isinstance(value, dt.date) else value


_BESIDE = {"extra", "meta"}
_COMPUTED = ("ok", "closes", "difference")


def table(result: Reconciliation) -> Any:
    """Return differences and open things as one `pyarrow.Table`."""
    pa = imported("pyarrow", "arrow")
    schema = pa.schema([(name, getattr(pa, kind)()) for name, kind in COLUMNS.items()])
    return pa.Table.from_pylist(list(_lines(result)), schema=schema)


def _lines(result: Reconciliation) -> Iterator[Mapping[str, Any]]:
    for each in result.differences:
        yield {
            "what": "difference",
            "kind": each.kind.value,
            "source": each.source.value,
            "day": each.day,
            "transaction_id": each.key.get("transaction_id"),
            "key": _joined(each.key),
            "field": each.field,
            "here": None if each.here is None else str(each.here),
            "there": None if each.there is None else str(each.there),
            "text": each.text,
        }
    for item in result.open:
        yield {
            "what": "open",
            "kind": item.reason.value,
            "day": item.day,
            "transaction_id": item.key.get("transaction_id"),
            "key": _joined(item.key),
            "amount": item.amount,
            "currency": item.currency,
            "text": item.text,
        }


def _joined(key: Mapping[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in key.items())
