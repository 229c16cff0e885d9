"""What goes in and comes out, as a table: from it both the checks and the description are made."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from wxdist.errors import InvalidInput


class Missing(Exception):
    """The address names something that is not there."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(field, problem)
        self.field = field
        self.problem = problem


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return _is_whole(value) or (isinstance(value, float) and math.isfinite(value))


#: What JSON calls its types, and what is one of them here.
TYPES: Mapping[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": _is_whole,
    "number": _is_number,
    "boolean": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "null": lambda value: value is None,
}


@attrs.frozen(kw_only=True)
class Field:
    """One named value of a request or an answer."""

    name: str
    kind: str | Sequence[str]  #: JSON types; one or more of `TYPES`
    meaning: str
    must: bool = True
    least: float | None = None
    most: float | None = None
    longest: int | None = None  #: characters of a text
    default: Any = None  #: taken when it is left out

    @property
    def kinds(self) -> Sequence[str]:
        """Its JSON types; what may be left out may be null as well."""
        kinds = [self.kind] if isinstance(self.kind, str) else list(self.kind)
        return kinds if self.must else [*kinds, "null"]

    def check(self, value: Any) -> None:
        """Raise `InvalidInput` when *value* is of another type, or beyond a limit."""
        if not any(TYPES[kind](value) for kind in self.kinds):
            raise InvalidInput(self.name, f"must be of type {' or '.join(self.kinds)}")
        if _is_number(value) and not self._in_range(value):
            raise InvalidInput(self.name, f"must be {self._range()}")
        if isinstance(value, str) and self.longest is not None and len(value) > self.longest:
            raise InvalidInput(self.name, f"must have at most {self.longest} characters")

    def read(self, text: str) -> Any:
        """Return the value that stands as *text* in an address."""
        if self.kind == "string":
            return text
        if not (text.isascii() and text.isdigit() and len(text) <= 15):
            raise InvalidInput(self.name, "must be a whole number")
        return int(text)

    def schema(self) -> dict[str, Any]:
        """Return its JSON Schema."""
        kinds = list(self.kinds)
        limits = {
            "minimum": self.least,
            "maximum": self.most,
            "maxLength": self.longest,
            "default": self.default,
        }
        said = {name: limit for name, limit in limits.items() if limit is not None}
        kind = kinds[0] if len(kinds) == 1 else kinds
        return {"type": kind, "description": self.meaning, **said}

    def _in_range(self, value: float) -> bool:
        return (self.least is None or self.least <= value) and (
            self.most is None or value <= self.most
        )

    def _range(self) -> str:
        ends = (("at least", self.least), ("at most", self.most))
        return " and ".join(f"{words} {end}" for words, end in ends if end is not None)


def checked(fields: Sequence[Field], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was *given*, defaults added and nulls left out.

    Raises:
        InvalidInput: something is missing, wrong, or of no meaning here.
    """
    known = {field.name for field in fields}
    for name in given:
        if name not in known:
            said = f"has {', '.join(sorted(known))}" if known else "has no fields"
            raise InvalidInput(str(name), f"means nothing here: this operation {said}")
    found: dict[str, Any] = {}
    for field in fields:
        if field.must and given.get(field.name) is None:
            raise InvalidInput(field.name, "is required")
        value = given.get(field.name)
        field.check(value)
        value = field.default if value is None else value
        if value is not None:
            found[field.name] = value
    return found


def object_schema(fields: Sequence[Field], *, closed: bool) -> dict[str, Any]:
    """Return the JSON Schema of an object of *fields*; *closed* admits no others."""
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {field.name: field.schema() for field in fields},
    }
    if must := [field.name for field in fields if field.must]:
        schema["required"] = must
    return {**schema, "additionalProperties": False} if closed else schema
