"""One call under judgement."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from .causes import INVALID_REQUEST, NO_AUTH, PARAM_ERROR, STATUS, Cause, allowed
from .limits import flaws
from .memory import Memory
from .reading import Asked


class Case:
    """A call whose parameters are well formed or not, and the answers that it may have.

    Subclasses name the business's own reasons to refuse (`judge`), and hold an acceptance against
    what is known (`accepted`), learning from it.

    Args:
        memory: what is known so far.
        asked: the call.
        now: Unix time of the business.
        clock: Unix time by which bill addresses go.
    """

    done = 200  #: the status of success

    def __init__(
        self,
        memory: Memory,
        asked: Asked,
        now: float,
        clock: float,
    ) -> None:
        self.memory, self.now, self.clock, self.params = memory, now, clock, asked.params
        malformed = [*asked.flaws, *flaws(asked.endpoint, asked.params)]
        self.causes = [*malformed, *self.strangers()]
        if not malformed:
            self.sub_mchid: str = asked.params.get("sub_mchid", "")
            self.causes += self.judge()

    def strangers(self) -> Iterator[Cause]:
        """Yield what is wrong with the sub-merchant, and with names: texts under seal."""
        yield from ()

    def judge(self) -> Iterator[Cause]:
        """Yield the business's reasons to refuse."""
        yield from ()

    def accepted(self, said: Any) -> Iterator[str]:
        """Yield what is wrong with an acceptance that may be, and learn from it."""
        yield from () if said is None else ("there is a body",)

    def refused(self) -> None:
        """Learn from a refusal that may be."""

    def verdict(self, status: int, said: Any) -> Iterator[tuple[str, str]]:
        """Yield what was allowed instead of this answer, and why."""
        if status == self.done:
            sure = [cause.why for cause in self.causes if cause.sure]
            found = [(self._allowed, why) for why in sure[:1]] or self._faults(said)
            yield from found
        elif (status, _code(said)) in {(STATUS[each.code], each.code) for each in self.causes}:
            self.refused()
        else:
            reasons = "; ".join(cause.why for cause in self.causes)
            yield self._allowed, reasons or "nothing is known against it"

    @property
    def _allowed(self) -> str:
        return allowed(self.causes, self.done)

    def _faults(self, said: Any) -> list[tuple[str, str]]:
        with contextlib.suppress(KeyError, TypeError, AttributeError, ValueError):
            return [("another answer", why) for why in self.accepted(said)]
        return [("an answer as documented", "this one lacks or misspells what it must have")]


class OfMerchant(Case):
    """A call for one of the sub-merchants, or for the caller itself."""

    def strangers(self) -> Iterator[Cause]:
        """Only known sub-merchants, and only where there are any."""
        yield from child(self.memory, self.params)


def child(memory: Memory, params: Mapping[str, Any], *, must: bool = True) -> Iterator[Cause]:
    """Yield what is wrong with the sub-merchant: needed, or out of place, or a stranger.

    Source: https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter4_1_1.shtml
    """
    sub_mchid = params.get("sub_mchid")
    if memory.terms.mode == "common":
        if sub_mchid is not None:
            yield Cause(INVALID_REQUEST, "common mode has no sub-merchants")
    elif sub_mchid is None:
        if must:
            yield Cause(PARAM_ERROR, "sub_mchid is needed")
    elif sub_mchid not in memory.terms.sub_mchids:
        yield Cause(NO_AUTH, "sub_mchid is a stranger")


def sealed(name: object) -> Iterator[Cause]:
    """A name that is sent may not open: that cannot be seen from outside."""
    if name is not None:
        yield Cause(INVALID_REQUEST, "the name may not open", sure=False)
        yield Cause(PARAM_ERROR, "the key of the name may not be named", sure=False)


def differs(said: Mapping[str, Any], expected: Mapping[str, Any]) -> Iterator[str]:
    """Yield which fields are not as expected; ``None``: the field must not be there."""
    for name, value in expected.items():
        if said.get(name) != value or type(said.get(name)) is not type(value):
            yield f"{name} is not {value!r}"


def _code(said: object) -> object:
    return said.get("code") if isinstance(said, dict) else None
