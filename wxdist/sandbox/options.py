"""What a sandbox can be told when it is made, and by whom it is refused."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from fractions import Fraction

from wxdist.errors import InvalidInput
from wxdist.models.limits import check
from wxdist.waiting.clock import FAKE_START, FakeClock

from .clock import RunningClock
from .state import Terms

#: The sandbox's merchant: of the form of the documentation's examples.
MCHID = "1900000001"
MODES = ("common", "institutional", "service_provider")


def terms(
    *,
    mode: str,
    sub_mchids: Sequence[str],
    fee_rate: str,
    max_ratio: str,
    audit: str,
    closed_money: str,
) -> Terms:
    """Return the contract with the merchant; raise `InvalidInput` for one that cannot be."""
    fee, ratio = decimal("fee_rate", fee_rate), decimal("max_ratio", max_ratio)
    if fee >= Fraction(1, 2):
        raise InvalidInput("fee_rate", "must be below 0.5")
    if not 0 < ratio <= 1:
        raise InvalidInput("max_ratio", "must be above 0 and at most 1")
    return Terms(
        mchid=MCHID,
        mode=one_of("mode", mode, *MODES),
        sub_mchids=children(mode, sub_mchids),
        fee_rate=fee,
        max_ratio=ratio,
        audit=one_of("audit", audit, "manual", "auto"),
        closed_money=one_of("closed_money", closed_money, "frozen", "sponsor"),
    )


def one_of(name: str, value: str, *allowed: str) -> str:
    """Return *value* if it is allowed, else raise `InvalidInput`."""
    if value not in allowed:
        raise InvalidInput(name, f"must be {' or '.join(allowed)}")
    return value


def decimal(name: str, text: str) -> Fraction:
    """Return a decimal number exactly; raise `InvalidInput` for anything else, floats too."""
    if not isinstance(text, str) or not re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text, re.ASCII):
        raise InvalidInput(name, 'must be a decimal number as text, such as "0.30"')
    return Fraction(text)


def children(mode: str, sub_mchids: Sequence[str]) -> tuple[str, ...]:
    """Return the sub-merchants: none in common mode, else at least one, not the caller itself."""
    if isinstance(sub_mchids, str):
        raise InvalidInput("sub_mchids", "must be a list of merchant ids, not one text")
    for sub_mchid in sub_mchids:
        check("sub_mchid", sub_mchid)
    if MCHID in sub_mchids or bool(sub_mchids) == (mode == "common"):
        raise InvalidInput("sub_mchids", "are needed in every mode but common, where none is")
    return tuple(sub_mchids)


def clock_of(kind: str | float, start: float | dt.datetime | None) -> FakeClock | RunningClock:
    """Return the clock that *kind* names, standing at *start*."""
    begin = unix(start)
    if kind in {"auto", "manual"}:
        return FakeClock(begin, auto=kind == "auto")
    if isinstance(kind, bool) or not isinstance(kind, int | float) or kind <= 0:
        raise InvalidInput("clock", "must be auto, manual, or a speed above zero")
    return RunningClock(kind, start=begin)


def unix(start: float | dt.datetime | None) -> float:
    """Return a start as Unix time; ``None`` is 2026-01-05 09:00 in Beijing."""
    if start is None:
        return FAKE_START
    if not isinstance(start, dt.datetime):
        return float(start)
    if start.utcoffset() is None:
        raise InvalidInput("start", "must have a time zone, or be Unix seconds")
    return start.timestamp()
