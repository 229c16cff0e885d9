"""JSON to models and back: all choices of the format are made here.

Read strictly, yet open: types are exact (no ``True`` for 1, no ``888.9`` for 888), an object never
names a key twice, depth and digits are bounded; unknown fields are kept aside in ``extra`` and
unknown enum values stay as they came. A ``null``, and an empty text in an optional field, is a
field left out.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
import math
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, get_type_hints

import attrs
import cattrs
from cattrs.gen import make_dict_structure_fn, override

from wxdist.errors import InvalidInput, NoAnswer
from wxdist.models import (
    CertificateEntry,
    Detail,
    Meta,
    OpenEnum,
    Refund,
    RefundNotice,
    RefundPage,
    Transaction,
)

T = TypeVar("T")

MOST_DEPTH = 32  #: our bound; the deepest documented answer has 4
_LARGEST = 2**63 - 1  #: more digits than any amount in fen needs

#: Spellings of the wire that stand for another field, the one to prefer.
ALIASES: Mapping[type, Mapping[str, str]] = {
    Detail: {"rate_value": "rate"},
    Transaction: {"transaction_id": "id"},
    RefundPage: {"transaction_id": "id"},
    Refund: {"refund_detail": "detail"},
    RefundNotice: {
        "refund_id": "id",
        "refund_status": "status",
        "user_received_account": "recv_account",
    },
}
#: The official sample prints the keys of a certificate with a trailing space.
PADDED = frozenset({CertificateEntry})

# How we hand these two to the generated code, beside the fields; refused as keys of the wire.
_EXTRA, _META = "<extra>", "<meta>"


def parse(body: bytes) -> Any:
    """Return the JSON value in *body*; raise `NoAnswer` when it is none we accept."""
    try:
        _hold_depth(body)
        return _DECODER.decode(body.decode())
    except (ValueError, RecursionError) as error:
        raise NoAnswer(f"the body is no acceptable JSON ({_why(error)})") from None


def load(cls: type[T], body: bytes, *, meta: Meta | None = None) -> T:
    """Return the model of type *cls* in the JSON text *body*.

    Raises:
        NoAnswer: no JSON, a field missing, or a value of another type; says where.
    """
    data = parse(body)
    if type(data) is dict:
        data[_META] = meta
    try:
        return _fast.structure(data, cls)
    except Exception:  # noqa: BLE001 - the second pass finds out what and where
        raise NoAnswer(_explain(data, cls)) from None


def dump(value: Any) -> dict[str, Any]:
    """Return the JSON object of a request model; fields that are ``None`` are left out."""
    return _without_none(_fast.unstructure(value))  # type: ignore[no-any-return]  # a model gives a dict


def to_bytes(data: Mapping[str, Any]) -> bytes:
    """Return *data* as the JSON text that is both signed and sent.

    Raises:
        InvalidInput: it holds a value that JSON does not know, such as NaN, or a lone surrogate.
    """
    try:
        text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode()
    except (TypeError, ValueError, RecursionError):
        raise InvalidInput("body", "holds a value that JSON does not know") from None


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_without_none(item) for item in value]
    return value


def _why(error: Exception) -> str:
    return "too deep" if isinstance(error, RecursionError) else str(error).split(":", maxsplit=1)[0]


def _hold_depth(body: bytes) -> None:
    if body.count(b"{") + body.count(b"[") <= MOST_DEPTH:
        return
    depth = 0
    for token in re.finditer(rb'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', body, re.DOTALL):
        mark = token[0][:1]
        depth += (mark in b"[{") - (mark in b"]}")
        if depth > MOST_DEPTH:
            raise ValueError("too deep")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs) or _EXTRA in found or _META in found:
        raise ValueError("a key stands twice, or is one of ours")
    return found


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _finite(text: str) -> float:
    if not math.isfinite(value := float(text)):
        raise ValueError("a number is too large")
    return value


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_finite
)


def _exact(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise TypeError(f"must be {kind.__name__}, not {type(value).__name__}")
    return value


def _whole(value: Any, _: Any) -> int:
    number: int = _exact(value, int)
    if not -_LARGEST <= number <= _LARGEST:
        raise ValueError("has too many digits")
    return number


def _moment(value: Any, _: Any) -> dt.datetime:
    """Read RFC 3339, with or without a fraction; a time without its zone is refused."""
    moment = dt.datetime.fromisoformat(_exact(value, str))
    if moment.tzinfo is None:
        raise ValueError("has no time zone")
    return moment


def _day(value: Any, _: Any) -> dt.date:
    return dt.date.fromisoformat(_exact(value, str))  # takes yyyyMMdd too


def _member(value: Any, cls: type[OpenEnum]) -> OpenEnum:
    return cls(_exact(value, str))


def _as_is(value: Any, _: Any) -> Any:
    return value


def _tuple_hook(cls: Any, converter: cattrs.Converter) -> Callable[[Any, Any], Any]:
    """Return a hook for ``tuple[X, ...]`` that takes a JSON array and nothing else."""
    items = list[cls.__args__[0]]
    inner = converter.get_structure_hook(items)

    def structure(value: Any, _: Any) -> Any:
        return tuple(inner(_exact(value, list), items))

    return structure


def _optional_hook(cls: Any, converter: cattrs.Converter) -> Callable[[Any, Any], Any]:
    """Return a hook for ``X | None``; looked up once, where cattrs would at each value."""
    (kind,) = (each for each in cls.__args__ if each is not type(None))
    inner = converter.get_structure_hook(kind)

    def structure(value: Any, _: Any) -> Any:
        return inner(value, kind)

    return structure


def _model_hook(cls: Any, converter: cattrs.Converter) -> Callable[[Any, Any], Any]:
    """Return the hook of one model: its generated part, behind what the wire may do to keys."""
    fields = [field for field in attrs.fields(cls) if field.name not in {"extra", "meta"}]
    hints = get_type_hints(cls)
    aliases = ALIASES.get(cls, {})
    known = {field.name for field in fields} | {*aliases, _EXTRA, _META}
    optional = {name for name in known if type(None) in getattr(hints.get(name), "__args__", ())}
    keeps_extra = any(field.name == "extra" for field in attrs.fields(cls))
    renamed = {
        name: override(rename=key)
        for name, key in (("extra", _EXTRA), ("meta", _META))
        if any(field.name == name for field in attrs.fields(cls))
    }
    generated = make_dict_structure_fn(cls, converter, **renamed)  # type: ignore[arg-type]  # overrides by name

    def structure(value: Any, _: Any) -> Any:
        _exact(value, dict)
        if cls in PADDED:
            value = _object([(key.strip(), item) for key, item in value.items()])
        if None in value.values() or "" in value.values():
            value = {
                key: item
                for key, item in value.items()
                if not (item is None or (item == "" and key in optional))
            }
        for spelling, name in aliases.items():
            if spelling in value:
                value = {**value, name: value[spelling]}
        if keeps_extra and not known.issuperset(value):
            value = {**value, _EXTRA: {key: value[key] for key in value.keys() - known}}
        return generated(value, cls)

    return structure


def _converter(*, detailed: bool) -> cattrs.Converter:
    converter = cattrs.Converter(detailed_validation=detailed)
    for kind, hook in _PLAIN.items():
        converter.register_structure_hook(kind, hook)
    for annotation in (Mapping[str, Any], Mapping[str, object]):
        converter.register_structure_hook_func(functools.partial(operator.eq, annotation), _as_is)
    converter.register_structure_hook_factory(_is_model, lambda cls: _model_hook(cls, converter))
    converter.register_structure_hook_factory(
        _is_optional, lambda cls: _optional_hook(cls, converter)
    )
    converter.register_structure_hook_factory(_is_tuple, lambda cls: _tuple_hook(cls, converter))
    return converter


#: The most specific class counts: an open enum is a str, a datetime is a date.
_PLAIN: Mapping[type, Callable[[Any, Any], Any]] = {
    str: _exact,
    bool: _exact,
    int: _whole,
    OpenEnum: _member,
    dt.datetime: _moment,
    dt.date: _day,
    Meta: _as_is,
}


def _is_model(cls: Any) -> bool:
    return isinstance(cls, type) and attrs.has(cls) and cls is not Meta


def _is_tuple(cls: Any) -> bool:
    return getattr(cls, "__origin__", None) is tuple


def _is_optional(cls: Any) -> bool:
    return type(None) in getattr(cls, "__args__", ())


def _explain(data: Any, cls: type[Any]) -> str:
    """Return where *data* is not a *cls*, without its values."""
    places: list[str] = []
    try:
        _detailed.structure(data, cls)
    except Exception as error:  # noqa: BLE001 - any failure of the first pass comes here
        places = cattrs.transform_error(error, "$", _in_words)
    return "; ".join(places[:3])


def _in_words(error: BaseException, _: type | None) -> str:
    if isinstance(error, KeyError):
        return "a required field is missing"
    if isinstance(error, TypeError):
        return str(error)
    return "is no such value"


_fast = _converter(detailed=False)
_detailed = _converter(detailed=True)
