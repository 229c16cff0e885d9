"""The auditor: everything it is told passes here."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from ..observation import Observation, Ordered
from ..records import Terms
from .cases import CASES
from .causes import Cause, Finding
from .giving import revoke, take
from .memory import Memory
from .objects import arm
from .reading import Asked, read

#: Findings that are kept in words; later ones are only counted.
KEPT = 1000


class Auditor:
    """Predicts the answers that are allowed, and collects those that were not.

    Args:
        terms: the contract with the merchant.
        start: Unix time of the business at which it begins to watch.
    """

    def __init__(self, terms: Terms, start: float) -> None:
        self._memory = Memory(terms)
        self._now = start
        self._calls = 0
        self._found = 0
        self._resting = ""
        self.findings: list[Finding] = []  #: the first thousand
        self._orders: Mapping[str, Callable[..., list[str]]] = {
            "pay": self._pay,
            "refund": self._refund,
            "force": self._force,
            "revoke": self._revoke,
            "recharge": self._recharge,
            "approve": self._approve,
            "refuse": self._refuse,
            "close": self._close,
            "late_processing": self._late_processing,
            "late_audit": self._late_audit,
            "late_refund": self._late_refund,
            "restore": self._restored,
        }

    def observe(self, seen: Observation | Ordered) -> None:
        """Take note of a call or an order; what was wrong with it joins `findings`."""
        if self._resting:
            return
        if isinstance(seen, Ordered):
            self.control(seen.kind, seen.now, **seen.facts)
        elif seen.genuine:
            asked = read(seen.request)
            said = _said(seen.body)
            self.call(
                *(seen.now, asked.endpoint, asked.params, seen.status, said),
                flaws=asked.flaws,
                clock=seen.clock,
            )
        else:
            self._turned_away(seen)

    def control(self, kind: str, now: float, **facts: Any) -> list[Finding]:
        """Take note of what was ordered from outside, and was done; other kinds change nothing.

        Args:
            kind: ``pay`` (transaction_id, out_trade_no, sub_mchid, amount, currency), ``refund``
                (transaction_id, amount), ``approve`` (account, sub_mchid), ``refuse`` (account,
                reason, sub_mchid), ``close`` (out_order_no, account, reason), ``late_processing``,
                ``late_audit`` and ``late_refund`` (factor, of the next call).
            now: Unix time of the business.
            facts: what was ordered.
        """
        wrong = [*self._clock(now)]
        if kind in self._orders:
            wrong += self._orders[kind](**facts)
        return self._find(0, kind, "done", [("not to be done", why) for why in wrong])

    def call(
        self,
        now: float,
        endpoint: str,
        params: Mapping[str, Any],
        status: int,
        body: Any,
        *,
        flaws: Sequence[Cause] = (),
        clock: float | None = None,
    ) -> list[Finding]:
        """Hold the answer to a genuine call against what is known; return what is wrong with it.

        Args:
            now: Unix time of the business.
            endpoint: one of `CASES`; empty: no address.
            params: what was asked, nulls left out.
            status: of the answer, as HTTP has it.
            body: JSON as read, text of a file, ``None`` for no body.
            flaws: what is wrong with the form of the request.
            clock: Unix time by which bill addresses go; ``None`` takes *now*.
        """
        self._calls += 1
        wrong = [("a later time", why) for why in self._clock(now)]
        asked = Asked(endpoint, params, tuple(flaws))
        case = CASES[endpoint](self._memory, asked, now, now if clock is None else clock)
        wrong += case.verdict(status, body)
        memory = self._memory
        memory.slow_processing = memory.slow_audit = memory.slow_refund = 1.0
        code = body.get("code", "") if isinstance(body, dict) else ""
        return self._find(self._calls, endpoint, f"{status} {code}".strip(), wrong)

    def rest(self, why: str) -> None:
        """Watch no more: from here on it cannot know what the business knows."""
        self._resting = why

    def summary(self) -> dict[str, Any]:
        """Return the state of affairs, ready for JSON.

        ``state`` is ``red`` after a finding, else ``grey`` while it rests, else ``green``.
        """
        well = "grey" if self._resting else "green"
        return {
            "state": "red" if self._found else well,
            "resting": self._resting,
            "calls": self._calls,
            "found": self._found,
            "findings": [attrs.asdict(each) for each in self.findings[-20:]],
        }

    def _turned_away(self, seen: Observation) -> None:
        self._calls += 1
        body = _said(seen.body)
        code = body.get("code") if isinstance(body, dict) else None
        if (seen.status, code) != (401, "SIGN_ERROR"):
            why = "its signature did not hold"
            self._find(self._calls, "", f"{seen.status} {code}", [("401 SIGN_ERROR", why)])

    def _find(
        self, call: int, endpoint: str, answered: str, wrong: Sequence[tuple[str, str]]
    ) -> list[Finding]:
        found = [Finding(call, endpoint, answered, allowed, why) for allowed, why in wrong]
        self._found += len(found)
        self.findings += found[: KEPT - len(self.findings)]
        return found

    def _clock(self, now: float) -> list[str]:
        before, self._now = self._now, max(self._now, now)
        return ["the clock of the business went back"] if now < before else []

    def _pay(
        self,
        *,
        transaction_id: str,
        out_trade_no: str,
        amount: int,
        currency: str = "CNY",
        sub_mchid: str | None = None,
        payer_amount: int | None = None,
    ) -> list[str]:
        sub_mchid = sub_mchid or ""
        least, most = self._memory.rates.payer_pays(amount, currency)
        paid = least if payer_amount is None else payer_amount
        known = (sub_mchid, out_trade_no) in self._memory.by_trade
        self._memory.pay(
            self._now,
            transaction_id=transaction_id,
            sub_mchid=sub_mchid,
            out_trade_no=out_trade_no,
            amount=amount,
            currency=currency,
            paid=paid,
        )
        wrong = [] if least <= paid <= most else [f"{paid} fen are not {least} to {most}"]
        return [*wrong, *(["the order was paid before"] if known else [])]

    def _refund(self, transaction_id: str, amount: int) -> list[str]:
        payment = self._memory.payments[transaction_id]
        return list(take(self._memory, payment, amount, self._now))

    def _force(self, transaction_id: str, amount: int) -> list[str]:
        payment = self._memory.payments[transaction_id]
        return list(take(self._memory, payment, amount, self._now, owing=True))

    def _revoke(self, transaction_id: str) -> list[str]:
        payment = self._memory.payments[transaction_id]
        return list(revoke(self._memory, payment, self._now))

    def _recharge(self, sub_mchid: str, amount: int) -> list[str]:
        self._memory.recharged[sub_mchid] = amount
        return []

    def _approve(self, account: str, sub_mchid: str | None = None) -> list[str]:
        for key in self._waiting(account, sub_mchid):
            self._memory.passed(key, self._now, self._now)
            return []
        return ["no receiver of that account waits"]

    def _refuse(self, account: str, reason: str, sub_mchid: str | None = None) -> list[str]:
        for key in self._waiting(account, sub_mchid):
            self._memory.refused(key, reason)
            return []
        return ["no receiver of that account waits"]

    def _waiting(self, account: str, sub_mchid: str | None) -> list[tuple[str, str, str]]:
        return [
            key
            for key, relation in self._memory.relations.items()
            if key[2] == account
            and sub_mchid in {None, key[0]}
            and "INIT" in relation.states(self._now)
        ]

    def _close(self, out_order_no: str, account: str, reason: str) -> list[str]:
        self._memory.arms[out_order_no, account] = reason
        order = self._memory.orders.get(out_order_no)
        if order is not None:
            arm(self._memory, order, self._now)
        return []

    def _late_processing(self, factor: float) -> list[str]:
        self._memory.slow_processing = factor
        return []

    def _restored(self) -> list[str]:
        self.rest("the business went back to a snapshot")
        return []

    def _late_refund(self, factor: float) -> list[str]:
        self._memory.slow_refund = factor
        return []

    def _late_audit(self, factor: float) -> list[str]:
        self._memory.slow_audit = factor
        return []


def _said(body: bytes) -> Any:
    """Read an answer's body: JSON, ``None`` where there is none, else text."""
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body.decode(errors="replace")
