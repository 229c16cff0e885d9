"""One thing to order or to ask, as a row of the table."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import attrs

from ..control import Control
from .fields import Field

#: What all addresses begin with.
PREFIX = "/_sandbox/"

Json = dict[str, Any]
Act = Callable[[Control, Mapping[str, Any]], Json | Awaitable[Json]]


@attrs.frozen(kw_only=True)
class Operation:
    """One thing to order or to ask."""

    method: str
    path: str  #: behind the prefix; ``{name}`` is a number or a name of *inside*
    words: str  #: what it does, in one line
    act: Act
    fields: Sequence[Field] = ()  #: of a POST in its JSON body, else in the query
    inside: Sequence[Field] = ()  #: in the path
    answer: Sequence[Field] = ()
    errors: Mapping[int, str] = attrs.field(factory=dict)  #: beyond those that all have
    most: int = 64 * 1024  #: bytes of its body

    @property
    def name(self) -> str:
        """A name of its own, for programs that are made from the description."""
        words = re.findall(r"\w+", self.path) or ["index"]
        verb = {"GET": "get", "POST": "do", "DELETE": "delete"}[self.method]
        return "_".join([verb, *words])

    @property
    def writes(self) -> bool:
        """Whether it changes anything."""
        return self.method != "GET"

    def match(self, path: str) -> Mapping[str, str] | None:
        """Return what stands in the place of ``{names}``; ``None`` for another address."""
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(self.path))
        found = re.fullmatch(pattern, path)
        return None if found is None else found.groupdict()
