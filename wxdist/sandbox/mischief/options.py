"""What faults can be told: values as JSON has them, and which are allowed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from wxdist.models import FailReason


@attrs.frozen
class Option:
    """Something that a kind of fault can be told."""

    default: Any
    must: str  #: what a value has to be, for the error
    fits: Callable[[Any], bool] = attrs.field(repr=False)


def is_number(value: object, least: float = -math.inf) -> bool:
    """Tell whether *value* is a finite number from *least*; ``True`` is none."""
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
        and value >= least
    )


def is_whole(value: object, least: float = 1) -> bool:
    """Tell whether *value* is a whole number from *least*."""
    return isinstance(value, int) and is_number(value, least)


def _is_retry_after(value: object) -> bool:
    if isinstance(value, str):
        return value.isascii() and value.isprintable()
    return value is None or is_number(value, 0)


#: Names of the four signature headers, without what they share.
SIGNATURE_PARTS = ("Timestamp", "Nonce", "Signature", "Serial")

PIECE: Mapping[str, Option] = {
    "piece": Option(1, "must be a whole number of bytes from 1", is_whole)
}
FRACTION: Mapping[str, Option] = {
    "fraction": Option(
        0.5, "must be a number from 0 to below 1", lambda it: is_number(it, 0) and it < 1
    )
}
BYTES: Mapping[str, Option] = {"bytes": Option(1, "must be a whole number from 1", is_whole)}
GATEWAY: Mapping[str, Option] = {
    "status": Option(
        502, "must be 502, 503 or 504", lambda it: is_whole(it) and it in {502, 503, 504}
    )
}
RETRY_AFTER: Mapping[str, Option] = {
    "retry_after": Option(
        None, "must be seconds from 0, a text that can stand in a header, or null", _is_retry_after
    ),
    "as_date": Option(
        default=False, must="must be true or false", fits=lambda it: isinstance(it, bool)
    ),
}
HEADER: Mapping[str, Option] = {
    "header": Option(
        "all",
        f"must be all or {', '.join(SIGNATURE_PARTS)}",
        lambda it: it in ("all", *SIGNATURE_PARTS),
    )
}
DIGEST_FORMS = ("wrong", "missing", "odd", "hex")
DIGEST_FORM: Mapping[str, Option] = {
    "form": Option("wrong", f"must be {', '.join(DIGEST_FORMS)}", lambda it: it in DIGEST_FORMS)
}
NTH: Mapping[str, Option] = {"n": Option(1, "must be a whole number from 1", is_whole)}
FACTOR: Mapping[str, Option] = {
    "factor": Option(10, "must be a number from 1", lambda it: is_number(it, 1))
}
REASON: Mapping[str, Option] = {
    "reason": Option(
        str(FailReason.DEFAULT_ERROR),
        "must be a text",
        lambda it: isinstance(it, str) and it != "",
    )
}


def seconds(default: float, least: float = -math.inf) -> Mapping[str, Option]:
    """Return the option ``seconds``, from *least* on."""
    must = "must be a number of seconds" + ("" if math.isinf(least) else f" from {least:g}")
    return {"seconds": Option(default, must, lambda it: is_number(it, least))}
