"""What goes back, and how its bytes go out."""

from __future__ import annotations

import enum
from collections.abc import Mapping

import attrs


class How(enum.Enum):
    """Ways for an answer to leave, or not to."""

    WHOLE = "whole"
    RESET = "reset"  #: the connection is reset, no byte is sent
    HANG = "hang"  #: nothing is sent until the client goes away or the sandbox closes
    DRIP = "drip"  #: piece by piece, with pauses
    CUT = "cut"  #: it ends before the length that its head has promised


@attrs.frozen(kw_only=True)
class Delivery:
    """How the bytes go out: data, which the HTTP side alone acts on."""

    how: How = How.WHOLE
    keep: int = 0  #: CUT: bytes of the body that go out
    piece: int = 1  #: DRIP: bytes in a piece
    pause: float = 0.0  #: DRIP: seconds before each piece, the first too


DELIVER = Delivery()
#: The header of a statement that holds its digest.
DIGEST = "Wechatpay-Statement-Sha1"
#: The headers that tell of a body, and go where it goes.
OF_BODY = ("Content-Type", "Content-Encoding", DIGEST)


@attrs.frozen
class Answer:
    """What goes back."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    delivery: Delivery = DELIVER
