"""The decision for each call: struck or spared, and by what. Nothing here carries it out."""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from wxdist.errors import InvalidInput

from ..asking import Request
from .delivery import Answer
from .kinds import KINDS, Kind
from .places import READS, endpoint_of
from .rules import Rule

#: Earlier answers that are kept for the faults that need one.
KEPT_ANSWERS = 100


@attrs.frozen(kw_only=True)
class Fault:
    """What strikes one call."""

    name: str  #: as it was ordered
    kind: Kind  #: how it acts: another one where the order leaves that to the dice
    options: Mapping[str, Any] = attrs.field(factory=dict)  #: complete, defaults included
    luck: int = 0  #: thrown for this call: whatever else the dice decide goes by it
    earlier: Sequence[Answer] = ()  #: answers to other calls, the best first, where it needs one


@attrs.define
class _InForce:
    """A rule, and how far it has come."""

    rule: Rule
    dice: random.Random
    calls: int = 0  #: that it is for
    struck: int = 0

    def wish(self) -> tuple[str | None, int]:
        """Return which fault it wants for its next call, if any, and a throw."""
        rule = self.rule
        self.calls += 1
        lucky, luck = self.dice.random() < rule.probability, self.dice.getrandbits(64)
        name = rule.kind or rule.script[self.calls - 1]
        return (name if lucky and rule.nth in {None, self.calls} else None), luck

    def is_over(self, now: float) -> bool:
        """Tell whether it can strike no more."""
        rule = self.rule
        return (
            (rule.until is not None and now >= rule.until)
            or (rule.count is not None and self.struck >= rule.count)
            or (rule.nth is not None and self.calls >= rule.nth)
            or (rule.kind is None and self.calls >= len(rule.script))
        )


class Faults:
    """The rules in force, and how often each kind struck.

    Every rule counts each call that it is for and throws its own dice for it, whether it strikes
    or not: so rules do not disturb each other. Where several want to strike, the oldest does. A
    rule that can strike no more goes by itself.

    Args:
        seed: the same seed, rules and calls give the same faults.
    """

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._number = 0
        self._rules: dict[int, _InForce] = {}
        self._counts: Counter[str] = Counter()
        self._answers: deque[tuple[Request, Answer]] = deque(maxlen=KEPT_ANSWERS)

    @property
    def rules(self) -> Mapping[int, Rule]:
        """The rules in force by their numbers, the oldest first."""
        return {number: each.rule for number, each in self._rules.items()}

    @property
    def counts(self) -> Mapping[str, int]:
        """How often each kind struck; one that never did is not in it."""
        return dict(self._counts)

    def add(self, rule: Rule) -> int:
        """Put *rule* in force and return its number."""
        self._number += 1
        seed = f"{self._seed}/{self._number}" if rule.seed is None else rule.seed
        self._rules[self._number] = _InForce(rule, random.Random(seed))
        return self._number

    def remove(self, number: int) -> None:
        """Take a rule back; raise `InvalidInput` when none in force has that number."""
        if self._rules.pop(number, None) is None:
            raise InvalidInput("rule", "is not in force")

    def clear(self) -> None:
        """Take all rules back. What struck stays counted."""
        self._rules.clear()

    def remember(self, request: Request, answer: Answer) -> None:
        """Keep an answer, as it was given, for the faults that need an earlier one."""
        asked = Request(request.method, request.target, {})  # no body: uploads are large
        self._answers.append((asked, answer))

    def strike(self, request: Request, now: float) -> Fault | None:
        """Decide whether *request* is struck, and by what; its body is not looked at."""
        if not self._rules:
            return None
        endpoint = endpoint_of(request.method, request.path)
        struck = None
        for number, each in list(self._rules.items()):
            if not each.is_over(now) and each.rule.fits(request.method, request.path, endpoint):
                name, luck = each.wish()
                if struck is None and (struck := self._fault(name, luck, each.rule, request)):
                    each.struck += 1
                    self._counts[struck.name] += 1
            if each.is_over(now):
                del self._rules[number]
        return struck

    def _fault(self, name: str | None, luck: int, rule: Rule, request: Request) -> Fault | None:
        """Return the fault that is wanted, if it can strike here and now."""
        endpoint = endpoint_of(request.method, request.path)
        if name is None or not KINDS[name].can_strike(endpoint):
            return None
        kind = KINDS[_refusal(endpoint, luck) if name == "unwilling" else name]
        options = {key: option.default for key, option in kind.options.items()}
        options |= {key: value for key, value in rule.options.items() if key in options}
        if name not in _EARLIER:
            return Fault(name=name, kind=kind, options=options, luck=luck)
        earlier = _EARLIER[name](self._answers, request)
        if not earlier:
            return None
        return Fault(name=name, kind=kind, options=options, luck=luck, earlier=earlier)


def _refusal(endpoint: str, luck: int) -> str:
    """Return how the service refuses what is valid."""
    ways = ["throttled", "broken_before", *(["not_found"] if endpoint in READS else [])]
    return ways[luck % len(ways)]


def _foreign(answers: Sequence[tuple[Request, Answer]], request: Request) -> Sequence[Answer]:
    """Return answers to other calls that have a body: of the same API first, the newest first."""
    endpoint = endpoint_of(request.method, request.path)
    found = [
        (endpoint_of(other.method, other.path) != endpoint, answer)
        for other, answer in reversed(answers)
        if answer.body and (request.method != "GET" or other.target != request.target)
    ]
    return [answer for _, answer in sorted(found, key=lambda each: each[0])]


def _replayed(answers: Sequence[tuple[Request, Answer]], request: Request) -> Sequence[Answer]:
    """Return earlier answers: of the same address first, the newest first."""
    found = [
        ((other.method, other.target) != (request.method, request.target), answer)
        for other, answer in reversed(answers)
    ]
    return [answer for _, answer in sorted(found, key=lambda each: each[0])]


_EARLIER = {"foreign": _foreign, "replayed": _replayed}
