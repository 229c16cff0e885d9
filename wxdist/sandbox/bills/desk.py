"""Where papers are asked for: a short-lived address and then the file, or the file at once."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping

from wxdist.models import BillKind

from ..inputs import an_input
from ..rules import bills as rules
from ..rules.refusal import ours
from ..state import Link, State
from . import distribution, refunds, statement

_TEXTS: Mapping[BillKind, Callable[[State, dt.date, str], str]] = {
    BillKind.DISTRIBUTION: distribution.text,
    BillKind.REFUNDS: refunds.text,
    BillKind.STATEMENT: statement.text,
}
_ROWS: Mapping[BillKind, Callable[[State, dt.date, str], object]] = {
    BillKind.DISTRIBUTION: lambda *asked: any(True for _ in distribution.successes(*asked)),
    BillKind.REFUNDS: lambda *asked: any(found.marked for found, _ in refunds.accepted(*asked)),
    BillKind.STATEMENT: lambda *asked: any(True for _ in statement.rows(*asked)),
}


class Bills:
    """The papers, made from what had happened by the time at which they are made."""

    def __init__(self, state: State) -> None:
        self._state = state

    @an_input
    def link(
        self,
        day: dt.date,
        sub_mchid: str,
        made: float | None = None,
        kind: BillKind = BillKind.DISTRIBUTION,
    ) -> str:
        """Return a token that opens the bill of *day* for 30 s from *made* on, or refuse.

        ``None`` takes the time of the business.
        """
        rules.bill_there(day, self._state.now)
        self._something(day, sub_mchid, kind)
        token = _token(f"{self._state.dice.getrandbits(128)}")
        made = self._state.now if made is None else made
        self._state.links[token] = Link(day, sub_mchid, made, kind)
        self._state.note("bill", of=kind.value, day=day.isoformat(), sub_mchid=sub_mchid or None)
        return token

    def file(self, token: str, now: float | None = None) -> str:
        """Return the bill that *token*, exactly as it was handed out, stands for; or refuse.

        *now* is on the same clock as when it was `link`ed.
        """
        if (link := self._state.links.get(token)) is None:
            raise ours("this address is not one that was handed out")
        rules.link_alive(link.made, self._state.now if now is None else now)
        return self.text(link.day, link.sub_mchid, link.kind)

    def statement(self, day: dt.date, sub_mchid: str) -> str:
        """Return the statement of *day*, or refuse."""
        rules.statement_there(day, self._state.now)
        self._something(day, sub_mchid, BillKind.STATEMENT)
        return self.text(day, sub_mchid, BillKind.STATEMENT)

    def text(self, day: dt.date, sub_mchid: str, kind: BillKind = BillKind.DISTRIBUTION) -> str:
        """Return the paper of *day*, whether it is asked for in time or not."""
        return _TEXTS[kind](self._state, day, sub_mchid)

    def _something(self, day: dt.date, sub_mchid: str, kind: BillKind) -> None:
        rules.something_there(day, _ROWS[kind](self._state, day, sub_mchid))


def _token(secret: str) -> str:
    """Return a token with what real ones hold and clients like to rewrite: escapes and ``==``."""
    digest = hashlib.sha256(secret.encode()).hexdigest()
    return f"{digest[:20]}%2F{digest[20:40]}%2B{digest[40:]}=="
