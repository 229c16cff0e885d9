"""What a sandbox can be told when it is made, and by whom it is refused."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from fractions import Fraction

from wxdist.errors import InvalidInput
from wxdist.models.limits import check
from wxdist.waiting.clock import FAKE_START

from .clock import SandboxClock
from .records import Terms
from .rules.calendar import LATEST
from .rules.rates import RATES

#: The sandbox's merchant: of the form of the documentation's examples.
MCHID = "1900000001"
#: Seconds of a clock per real second, at most.
FASTEST = 1_000_000
MODES = ("common", "institutional", "service_provider")


def terms(
    *,
    mode: str,
    sub_mchids: Sequence[str],
    fee_rate: str,
    max_ratio: str,
    audit: str,
    closed_money: str,
    settlement_currency: str = "HKD",
    holidays: Sequence[dt.date] = (),
    rates: str = "fixed",
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
        settlement_currency=one_of("settlement_currency", settlement_currency, *RATES),
        holidays=days("holidays", holidays),
        rates=one_of("rates", rates, "fixed", "daily"),
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
        raise InvalidInput("sub_mchids", "must be given in every mode but common, and only there")
    return tuple(sub_mchids)


def days(name: str, given: Sequence[dt.date]) -> tuple[dt.date, ...]:
    """Return dates in their order; anything else is refused as argument *name*."""
    if isinstance(given, str) or not all(type(day) is dt.date for day in given):
        raise InvalidInput(name, "must be a list of dates")
    return tuple(sorted(set(given)))


def clock_of(kind: str | float, start: float | dt.datetime | None) -> SandboxClock:
    """Return the clock that *kind* names, standing at *start*."""
    begin = unix("start", start)
    if kind in {"auto", "manual"}:
        return SandboxClock(begin, auto=kind == "auto")
    return SandboxClock(begin, speed=speed_of("clock", kind))


def speed_of(name: str, value: object, *, least: float = 1 / FASTEST) -> float:
    """Return a multiple of real time; anything else is refused as argument *name*."""
    if isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= FASTEST:
        return float(value)
    raise InvalidInput(name, f"must be a number of seconds per real second, up to {FASTEST}")


def unix(name: str, when: float | dt.datetime | None) -> float:
    """Return the argument *name* as Unix time; ``None`` is 2026-01-05 09:00 in Beijing."""
    if when is None:
        return FAKE_START
    if isinstance(when, dt.datetime) and when.utcoffset() is not None:
        when = when.timestamp()
    if isinstance(when, bool) or not isinstance(when, int | float):
        raise InvalidInput(name, "must be Unix seconds, or a datetime with a time zone")
    if not 0 <= when <= LATEST:
        raise InvalidInput(name, "must be a time from 1970 to the start of the year 9000 (UTC)")
    return float(when)
