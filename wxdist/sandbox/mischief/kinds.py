"""The table of all faults: what each does, where it can strike, what it can be told."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import attrs

from . import options
from .options import Option
from .places import (
    AUDITED,
    BODILESS,
    CREATE,
    FILES,
    ORDERS,
    READS,
    REFUND,
    STATEMENT,
    UNSIGNED,
)


class Stage(enum.Enum):
    """Where on its way a call is struck."""

    NETWORK = "network"  #: before the service: it never sees the call
    SERVICE = "service"  #: the service refuses a genuine call, and does nothing
    BUSINESS = "business"  #: it is carried out in another way
    ANSWER = "answer"  #: it was carried out; what comes back is wrong


@attrs.frozen(kw_only=True)
class Kind:
    """One fault that can be ordered."""

    name: str
    words: str  #: what it does, in one line
    stage: Stage
    options: Mapping[str, Option]
    only: frozenset[str]  #: APIs that it can strike; empty: all, unknown addresses too
    never: frozenset[str]  #: APIs that it cannot

    def can_strike(self, endpoint: str) -> bool:
        """Tell whether it means anything for a call of *endpoint*."""
        return endpoint not in self.never and (not self.only or endpoint in self.only)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON has it, its options with their defaults."""
        return {
            "name": self.name,
            "words": self.words,
            "stage": self.stage.value,
            "options": {name: option.default for name, option in self.options.items()},
            "only": sorted(self.only),
            "never": sorted(self.never),
        }


def _kind(
    stage: Stage,
    name: str,
    words: str,
    *told: Mapping[str, Option],
    only: frozenset[str] = frozenset(),
    never: frozenset[str] = frozenset(),
) -> Kind:
    merged = {key: option for each in told for key, option in each.items()}
    return Kind(stage=stage, name=name, words=words, options=merged, only=only, never=never)


_NETWORK = (
    # A closed port cannot be had for one call: which call it is, only its first line tells.
    _kind(
        Stage.NETWORK,
        "refused",
        "The connection is reset at once: no body is read, the service sees no call",
    ),
    _kind(Stage.NETWORK, "reset_before", "The call is read, not carried out, and reset"),
    _kind(Stage.NETWORK, "hang_before", "The call is not carried out, and never answered"),
    _kind(
        Stage.NETWORK,
        "gateway_before",
        "A gateway answers with HTML; the service sees no call",
        options.GATEWAY,
    ),
)

_SERVICE = (
    _kind(
        Stage.SERVICE,
        "throttled",
        "429, not accepted. retry_after: seconds, any text, or null for no such header; "
        "as_date turns the seconds into an HTTP date",
        options.RETRY_AFTER,
    ),
    _kind(Stage.SERVICE, "broken_before", "500 SYSTEM_ERROR, and the call had no effect"),
    _kind(
        Stage.SERVICE,
        "not_found",
        "404 without a signature, for what may well be there",
        only=READS,
    ),
    _kind(
        Stage.SERVICE,
        "expired_link",
        "The address of a bill opens nothing any more, though it is not 30 s old",
        only=UNSIGNED,
    ),
    _kind(
        Stage.SERVICE,
        "unwilling",
        "Refuses what is valid, by the dice: 429 or 500, for a read an unsigned 404 too",
    ),
)

_BUSINESS = (
    _kind(
        Stage.BUSINESS,
        "skew",
        "The service's clock is seconds off, for what it checks and what it signs",
        options.seconds(400),
    ),
    _kind(
        Stage.BUSINESS,
        "duplicate",
        "The call is carried out twice, as if a network had doubled it; the first answer counts",
    ),
    _kind(
        Stage.BUSINESS,
        "certificate_swap",
        "A certificate joins the list, and at once signs this and all later answers",
    ),
    _kind(
        Stage.BUSINESS,
        "closed_detail",
        "The n-th detail of the distribution will be CLOSED, for a reason",
        options.NTH,
        options.REASON,
        only=CREATE,
    ),
    _kind(
        Stage.BUSINESS,
        "half_failed",
        "Every second detail of the distribution will be CLOSED, for a reason",
        options.REASON,
        only=CREATE,
    ),
    _kind(
        Stage.BUSINESS,
        "late_processing",
        "The order's first detail is carried out factor times as late",
        options.FACTOR,
        only=ORDERS,
    ),
    _kind(
        Stage.BUSINESS,
        "late_audit",
        "The receiver's audit, where it ends by itself, takes factor times as long",
        options.FACTOR,
        only=AUDITED,
    ),
    _kind(
        Stage.BUSINESS,
        "late_refund",
        "The refund takes factor times as long to arrive; bills made meanwhile say PROCESSING",
        options.FACTOR,
        only=REFUND,
    ),
)

_DELIVERY = (
    _kind(Stage.ANSWER, "reset_after", "The call is carried out; a reset instead of an answer"),
    _kind(Stage.ANSWER, "hang_after", "The call is carried out, and never answered"),
    _kind(
        Stage.ANSWER,
        "drip",
        "The answer comes piece by piece, with seconds of pause before each",
        options.seconds(1, least=0),
        options.PIECE,
        never=BODILESS,
    ),
    _kind(
        Stage.ANSWER,
        "cut",
        "The answer ends after a fraction of the Content-Length that it has promised",
        options.FRACTION,
        never=BODILESS,
    ),
    _kind(
        Stage.ANSWER,
        "short_file",
        "A bill or statement ends after a fraction, behind a whole line; its length fits that",
        options.FRACTION,
        only=FILES,
    ),
    _kind(
        Stage.ANSWER,
        "wrong_summary",
        "The summary of a bill counts one row more than there is",
        only=UNSIGNED,
    ),
    _kind(
        Stage.ANSWER,
        "garbled",
        "Some bytes of the body are changed after it was signed",
        options.BYTES,
        never=BODILESS,
    ),
    _kind(
        Stage.ANSWER,
        "gateway_after",
        "The call is carried out; a gateway answers with HTML instead",
        options.GATEWAY,
    ),
    _kind(
        Stage.ANSWER,
        "broken_after",
        "500 SYSTEM_ERROR, though the call was carried out",
        never=UNSIGNED,
    ),
)

_SIGNATURE = (
    _kind(
        Stage.ANSWER,
        "wrong_digest",
        "A statement's digest is another file's; or missing, or odd as in the sample: 128 bytes, "
        "or right, but in hex. It is signed as it is",
        options.DIGEST_FORM,
        only=STATEMENT,
    ),
    _kind(
        Stage.ANSWER,
        "unsigned",
        "The answer lacks its signature headers: all, or the one that is named",
        options.HEADER,
        never=UNSIGNED,
    ),
    _kind(
        Stage.ANSWER,
        "forged",
        "The signature has the right form, but no key made it",
        never=UNSIGNED,
    ),
    _kind(
        Stage.ANSWER,
        "unknown_serial",
        "The answer names a platform certificate that is in no list",
        never=UNSIGNED,
    ),
    _kind(
        Stage.ANSWER,
        "expired",
        "The answer is genuine, its time stamp seconds off: below zero old, above in the future",
        options.seconds(-600),
        never=UNSIGNED,
    ),
    _kind(
        Stage.ANSWER,
        "probe",
        "The signature is wrong on purpose, and says so: WECHATPAY/SIGNTEST/",
        never=UNSIGNED,
    ),
    _kind(
        Stage.ANSWER,
        "foreign",
        "The answer to an earlier, other call, signed for this moment; of the same API if possible",
        never=BODILESS | UNSIGNED,
    ),
    _kind(
        Stage.ANSWER,
        "replayed",
        "An earlier answer byte for byte, nonce and all; of the same address if possible",
        never=UNSIGNED,
    ),
)

#: All faults by name.
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.name: kind
        for kinds in (_NETWORK, _SERVICE, _BUSINESS, _DELIVERY, _SIGNATURE)
        for kind in kinds
    }
)
