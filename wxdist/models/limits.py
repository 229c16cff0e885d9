"""What may be sent: the limit of each parameter, in one table by its name on the wire.

A name has the same limits in every call that takes it, but for `PAYMENT_LIMITS`.
Sources: the parameter tables of
https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_1.shtml to
``chapter4_1_11.shtml`` and ``chapter3_4_10.shtml``; of refunds
https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter3_1_3.shtml; characters:
https://pay.weixin.qq.com/wiki/doc/api_external/en/wechatpay/wechatpay2_0.shtml.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar, dataclass_transform
from urllib.parse import unquote

import attrs

from wxdist.errors import InvalidInput
from wxdist.models._base import OpenEnum, model

T = TypeVar("T")
E = TypeVar("E", bound=OpenEnum)


class Limit(Protocol):
    """Says what is wrong with a value, or nothing."""

    def complain(self, value: object) -> str | None:
        """Return the problem in words, or ``None``."""
        ...


@model
class Text:
    """Text of the characters that the service takes: one to three bytes of UTF-8, no controls."""

    least: int = 1
    most: int | None = None  #: ``None``: not documented
    pattern: str | None = None
    form: str = ""  #: the pattern in words
    quiet: bool = False  #: an account or a name: say only its length
    in_path: bool = False  #: also stands in a URL's path

    def complain(self, value: object) -> str | None:
        """Return what is wrong with *value* as such a text."""
        if not isinstance(value, str):
            return f"must be text, not {type(value).__name__}"
        problem = self._size(value) or _characters(value)
        if problem is None and self.pattern and not re.fullmatch(self.pattern, value):
            problem = f"must be {self.form}"
        if problem is None and self.in_path and climbs(value):
            problem = "must not hold a '.' or '..' path segment"
        if problem is None:
            return None
        given = f"{len(value)} characters" if self.quiet else _shown(value)
        return f"{problem}; got {given}"

    def _size(self, value: str) -> str | None:
        if len(value) < self.least or (self.most is not None and len(value) > self.most):
            most = "" if self.most is None else f" and at most {self.most}"
            return f"must have at least {self.least}{most} characters"
        return None


@model
class Whole:
    """A whole number; ``True``, ``1.0`` and ``"1"`` are not whole numbers."""

    least: int | None = None
    most: int = 2**63 - 1  #: ours: what any decoder on the other side can hold
    unit: str = ""

    def complain(self, value: object) -> str | None:
        """Return what is wrong with *value* as such a number."""
        if type(value) is not int:
            return f"must be a whole number{self.unit} (int), not {type(value).__name__}"
        if self.least is not None and value < self.least:
            return f"must be at least {self.least}{self.unit}; got {value}"
        if not -self.most <= value <= self.most:
            return f"must be at most {self.most}{self.unit}"
        return None


@model
class Flag:
    """``True`` or ``False``, and nothing that merely looks so."""

    def complain(self, value: object) -> str | None:
        """Return what is wrong with *value* as a flag."""
        return None if type(value) is bool else f"must be True or False, not {_kind(value)}"


@model
class Only:
    """One of a few values."""

    values: tuple[str, ...]

    def complain(self, value: object) -> str | None:
        """Return what is wrong with *value* as one of them."""
        if isinstance(value, str) and value in self.values:
            return None
        return f"must be {' or '.join(self.values)}; got {_shown(value)}"


_OUTSIDE = re.compile(r"[\ud800-\udfff\U00010000-\U0010ffff]")
_STEP = re.compile(r"(?:\A|[/\\])\.\.?(?:[/\\]|\Z)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

_MERCHANT = Text(
    most=32, pattern=r"[0-9A-Za-z_-]+", form="letters and digits", quiet=True
)  # form: ours
_FEN = Whole(least=1, unit=" of fen")
_FILE = Text(least=16, most=64)

LIMITS: Mapping[str, Limit] = {
    "mchid": _MERCHANT,
    "sub_mchid": _MERCHANT,
    "appid": Text(most=32),
    "sub_appid": Text(most=32),
    "out_trade_no": Text(least=6, most=32, in_path=True),
    "transaction_id": Text(most=32, in_path=True),
    "out_order_no": Text(
        most=64, pattern=r"[0-9A-Za-z_-]{1,64}", form="letters, digits, '_' and '-'", in_path=True
    ),
    "account": Text(most=64, quiet=True, in_path=True),
    "name": Text(most=1024, quiet=True),
    "authorized": Flag(),
    "amount": _FEN,
    "currency": Only(values=("CNY",)),
    "description": Text(most=80),
    "unfreeze_unsplit": Flag(),
    "relation_type": Text(),
    "custom_relation": Text(),
    "scene": Text(),
    "major_service": Text(),
    "expected_ratio": Whole(),
    "application_file_id": _FILE,
    "partnership_file_id": _FILE,
    "filename": Text(
        most=256,
        pattern=r"(?i)[^/\\]+\.(pdf|jpg|bmp|png)",
        form="a file name without a folder, ending in .pdf, .jpg, .bmp or .png",
    ),
    "digest": Text(least=64, most=64, pattern=r"[0-9a-f]{64}", form="64 hex digits, lower case"),
    "sp_appid": Text(most=32),
    "out_refund_no": Text(
        most=64,
        pattern=r"[0-9A-Za-z_\-|*@]{1,64}",
        form="letters, digits and _ - | * @",
        in_path=True,
    ),
    "refund_id": Text(most=32, in_path=True),
    "reason": Text(most=80),
    "source": Text(most=30),
    "refund": _FEN,
    "total": _FEN,
    "notify_url": Text(
        pattern=r"https://[^\s?#]+", form="an https address without a query", quiet=True
    ),
}
#: What the payment and refund calls limit otherwise: they serve orders that are not distributed.
#: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter3_5_2.shtml
PAYMENT_LIMITS: Mapping[str, Limit] = {
    "out_trade_no": Text(most=32, in_path=True),
    "currency": Text(least=3, most=3, pattern=r"[A-Z]{3}", form="three capital letters"),  # ours
}


def check(field: str, value: object, limits: Mapping[str, Limit] | None = None) -> None:
    """Hold *value* against the limit of parameter *field*; raise `InvalidInput`.

    *limits* count before those of `LIMITS`.
    """
    limit = (limits or {}).get(field) or LIMITS[field]
    if problem := limit.complain(value):
        raise InvalidInput(field, problem)


def documented(values: type[E]) -> Callable[[object], E]:
    """Return a converter to *values* that takes documented ones only."""

    def convert(value: object) -> E:
        member = values(value) if isinstance(value, str) else None
        if member is None or not member.known:
            one_of = ", ".join(values.__members__)
            raise InvalidInput("type", f"must be one of {one_of}; got {_shown(value)}")
        return member

    return convert


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(attrs.field,))
def instruction(cls: type[T]) -> type[T]:
    """Make *cls* a model whose fields are held against their limits when it is made."""
    return _instruction(cls, {})


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(attrs.field,))
def payment_instruction(cls: type[T]) -> type[T]:
    """As `instruction`, of a payment or refund call: `PAYMENT_LIMITS` come first."""
    return _instruction(cls, PAYMENT_LIMITS)


def _instruction(cls: type[T], limits: Mapping[str, Limit]) -> type[T]:
    def hold(_: object, field: attrs.Attribute[Any], value: object) -> None:
        if value is not None or field.default is not None:
            check(field.name, value, limits)

    def limited(_: type[Any], fields: list[attrs.Attribute[Any]]) -> list[attrs.Attribute[Any]]:
        return [
            field.evolve(validator=hold)
            if field.name in LIMITS and field.validator is None
            else field
            for field in fields
        ]

    made: type[T] = attrs.define(
        cls, frozen=True, slots=True, kw_only=True, field_transformer=limited
    )
    return made


def _characters(text: str) -> str | None:
    if _OUTSIDE.search(text):
        return "must not hold characters outside the basic plane (such as emoji)"
    if _CONTROL.search(text):
        return "must not hold control characters (such as line breaks)"
    return None


def climbs(text: str) -> bool:
    """Tell whether some decoder on the way could read *text* as a step in a path."""
    seen = ""
    while seen != text:
        seen, text = text, unquote(text)
    return bool(_STEP.search(text))


def _shown(value: object) -> str:
    return repr(value[:64]) if isinstance(value, str) else _kind(value)


def _kind(value: object) -> str:
    return type(value).__name__
