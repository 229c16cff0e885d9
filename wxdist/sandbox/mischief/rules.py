"""Orders for faults: which calls are to be struck by what; values, checked when they are made."""

from __future__ import annotations

import fnmatch
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Self

import attrs

from wxdist.errors import InvalidInput

from .kinds import KINDS, Kind
from .options import is_number, is_whole
from .places import ENDPOINTS


def _script(value: object) -> tuple[str | None, ...]:
    if not isinstance(value, list | tuple):
        raise InvalidInput("script", "must be a list of names of faults and nulls")
    return tuple(value)


def _options(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidInput("options", "must be an object")
    return dict(value)


@attrs.frozen(kw_only=True)
class Rule:
    """An order for faults.

    Args:
        kind: the name of a fault, one of `KINDS`; ``None`` where a *script* is given.
        script: names of faults, one for each call in turn, ``None`` for a call that is spared.
        endpoint: which calls: the name of an API, such as ``orders.create``, or a path with
            ``*`` for anything, perhaps after a method: ``/v3/*/orders``, ``GET /v3/*``. ``None``
            takes all.
        probability: how likely each of these calls is struck, 0 to 1.
        count: how many calls it strikes at most; ``None``: no limit.
        nth: strike only the n-th of these calls, from 1; ``None``: any.
        until: Unix time, by the service's clock, from which it strikes no more; ``None``: never.
        seed: of its own dice; ``None`` takes them from the sandbox's seed.
        options: what the fault is told, such as ``{"retry_after": 5}``; of a script each fault
            takes what it knows.

    Raises:
        InvalidInput: names the field, or the option, that cannot be.
    """

    kind: str | None = None
    script: Sequence[str | None] = attrs.field(default=(), converter=_script)
    endpoint: str | None = None
    probability: float = 1
    count: int | None = None
    nth: int | None = None
    until: float | None = None
    seed: int | None = None
    options: Mapping[str, Any] = attrs.field(factory=dict, converter=_options)

    def __attrs_post_init__(self) -> None:
        self._check_names()
        self._check_endpoint()
        self._check_numbers()
        for name, value in self.options.items():
            self._check_option(name, value)

    def kinds(self) -> Sequence[Kind]:
        """Return the faults that it may strike with."""
        return [KINDS[name] for name in (self.kind, *self.script) if name is not None]

    def fits(self, method: str, path: str, endpoint: str) -> bool:
        """Tell whether a call is one of those that it is for."""
        if not any(kind.can_strike(endpoint) for kind in self.kinds()):
            return False
        if self.endpoint is None or self.endpoint in ENDPOINTS:
            return self.endpoint in {None, endpoint}
        wanted, _, pattern = self.endpoint.rpartition(" ")
        return wanted in {"", method} and fnmatch.fnmatchcase(path, pattern)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON has it; what has its default is left out."""
        default = attrs.asdict(_PLAIN)
        said = {
            name: value
            for name, value in attrs.asdict(self).items()
            if value is not None and value != default[name]
        }
        return said | ({"script": list(self.script)} if self.script else {"kind": self.kind})

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Return the rule that a JSON object describes; raise `InvalidInput` for any other."""
        if not isinstance(value, Mapping):
            raise InvalidInput("rule", "must be an object")
        known = [field.name for field in attrs.fields(Rule)]
        for name in value:
            if name not in known:
                raise InvalidInput(str(name), f"is nothing of a rule: {', '.join(known)}")
        return cls(**value)

    def _check_names(self) -> None:
        if (self.kind is None) == (not self.script):
            raise InvalidInput("kind", "give either a kind or a script")
        field, names = ("kind", [self.kind]) if self.kind is not None else ("script", self.script)
        for name in names:
            if name is not None and not (isinstance(name, str) and name in KINDS):
                raise InvalidInput(field, f"must be of {', '.join(KINDS)}")

    def _check_endpoint(self) -> None:
        place = self.endpoint
        if place is None:
            return
        if not isinstance(place, str) or not (
            place in ENDPOINTS or re.fullmatch(r"([A-Z]+ )?/\S*", place)
        ):
            raise InvalidInput("endpoint", f"must be a path, or one of {', '.join(ENDPOINTS)}")
        for kind in self.kinds():
            if place in ENDPOINTS and not kind.can_strike(place):
                raise InvalidInput("endpoint", f"cannot be struck by {kind.name}")

    def _check_numbers(self) -> None:
        if not (is_number(self.probability, 0) and self.probability <= 1):
            raise InvalidInput("probability", "must be a number from 0 to 1")
        for field, least in (("count", 1), ("nth", 1), ("seed", -math.inf)):
            value = getattr(self, field)
            if value is not None and not is_whole(value, least):
                raise InvalidInput(field, "must be a whole number" + " from 1" * (least == 1))
        if self.until is not None and not is_number(self.until):
            raise InvalidInput("until", "must be a Unix time in seconds")

    def _check_option(self, name: str, value: object) -> None:
        known = {key: option for kind in self.kinds() for key, option in kind.options.items()}
        if name not in known:
            raise InvalidInput(str(name), f"is no option here: {', '.join(known) or 'none'} is")
        if not known[name].fits(value):
            raise InvalidInput(name, known[name].must)


_PLAIN = Rule(kind="refused")
