"""The platform's certificates: one signs, its successor is announced a day before it does.

Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/wechatpay/wechatpay5_1.shtml
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence

import attrs

from .paper import VALID_FOR, Paper, paper_of
from .rules.calendar import DAY

#: Seconds in the list before it signs; then seconds for which the one before it still lives.
AHEAD = DAY
AFTERLIFE = DAY
#: Seconds before its end at which a certificate is replaced by itself (ours).
EARLY = 30 * DAY


@attrs.frozen(slots=False)
class Turn:
    """One certificate's time."""

    paper: Paper
    listed: float  #: Unix time from which it is in the list

    @property
    def signs(self) -> float:
        """Unix time from which it signs."""
        return self.listed + AHEAD

    @functools.cached_property
    def ends(self) -> float:
        """Unix time at which it expires."""
        return self.paper.certificate.not_valid_after_utc.timestamp()


class Rotation:
    """The platform's certificates in their order.

    Args:
        turns: those that there are, the oldest first; the last one may be waiting.
        now: Unix time by which they go.
    """

    def __init__(self, turns: Sequence[Turn], now: Callable[[], float]) -> None:
        self._turns = list(turns)
        self._now = now
        self.count = 0  #: of changes: new ones, and turns that were brought forward

    def rotate(self) -> Paper:
        """Put a new certificate into the list; raise ``ValueError`` while one is waiting there."""
        self._keep_up()
        now = self._now()
        if now < self._turns[-1].signs:
            raise ValueError("the last new certificate does not sign yet")
        return self._add(now)

    def swap(self) -> Paper:
        """Let a certificate join the list and sign at once; the waiting one, where one is."""
        self._keep_up()
        last, listed = self._turns[-1], self._now() - AHEAD
        if last.listed <= listed:
            return self._add(listed)
        self._turns[-1] = attrs.evolve(last, listed=listed)
        self.count += 1
        return last.paper

    @property
    def turns(self) -> Sequence[Turn]:
        """Those that still matter, the oldest first."""
        self._keep_up()
        return tuple(self._turns)

    @property
    def signing(self) -> Paper:
        """The one that signs now."""
        now = self._now()
        alive = [each for each in self.turns if each.signs <= now < each.ends]
        return (alive or self._turns)[-1].paper

    def listed(self) -> Sequence[Paper]:
        """Return those that the list shows now, the oldest first."""
        return [each.paper for each in self.turns if each.listed <= self._now()] or [self.signing]

    def _keep_up(self) -> None:
        """Drop the dead, and replace in time what comes to its end."""
        now = self._now()
        while (due := self._turns[-1].ends - EARLY) <= now:
            whole = max(0, (now - due) // (VALID_FOR.total_seconds() - EARLY))
            self._add(due + whole * (VALID_FOR.total_seconds() - EARLY))
        for old, new in list(itertools.pairwise(self._turns)):
            if new.signs + AFTERLIFE <= now:
                self._turns.remove(old)

    def _add(self, listed: float) -> Paper:
        used = {each.paper.serial_no for each in self._turns}
        papers = (paper_of(f"platform {number}", listed) for number in itertools.count(1))
        paper = next(each for each in papers if each.serial_no not in used)
        self._turns.append(Turn(paper, listed))
        self.count += 1
        return paper
