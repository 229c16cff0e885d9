"""Every error that wxdist raises.

::

    WxdistError
    ├── InvalidInput            refused before anything was sent
    ├── ConfigurationError      every missing or contradicting setting, at once
    ├── MissingExtra            an optional package is not installed
    ├── NotSent                 nothing left this machine: safe to repeat
    ├── NoAnswer                a read left, and no usable answer came: safe to repeat
    ├── OutcomeUnknown          a write left, and nothing trustworthy says what became of it
    ├── VerificationFailed      an answer or notice that cannot be trusted
    │   └── SignatureInvalid · SignatureMissing · UnknownKey · NotFresh
    │       Replayed · WrongAnswer · ProbeRefused
    ├── ServiceError            the service's own word
    │   └── ParameterRefused · RequestRefused · SignatureRefused · NoPermission
    │       NotFound · TooManyRequests · ServiceBroken
    ├── WaitEnded               a wait that did not end well: carries the last thing seen
    │   └── StillRunning · DetailsClosed · ReceiverRefused · NotDistributable
    └── BillRefused             a bill that fails its checks
        └── BillNotReady · BillTooOld · NoBill

A class exists only where a caller can act differently. Facts are attributes; the text is
computed from them and never shows a key, a token, a personal name or an openid. Errors can be
pickled.
"""

from ._base import (
    ConfigurationError,
    InvalidInput,
    MissingExtra,
    WxdistError,
)
from ._bills import (
    BillNotReady,
    BillRefused,
    BillTooOld,
    NoBill,
)
from ._calls import (
    NoAnswer,
    NotSent,
    OutcomeUnknown,
)
from ._service import (
    NoPermission,
    NotFound,
    ParameterRefused,
    RequestRefused,
    ServiceBroken,
    ServiceError,
    SignatureRefused,
    TooManyRequests,
)
from ._trust import (
    NotFresh,
    ProbeRefused,
    Replayed,
    SignatureInvalid,
    SignatureMissing,
    UnknownKey,
    VerificationFailed,
    WrongAnswer,
)
from ._waits import (
    DetailsClosed,
    NotDistributable,
    ReceiverRefused,
    StillRunning,
    WaitEnded,
)

__all__ = [
    "BillNotReady",
    "BillRefused",
    "BillTooOld",
    "ConfigurationError",
    "DetailsClosed",
    "InvalidInput",
    "MissingExtra",
    "NoAnswer",
    "NoBill",
    "NoPermission",
    "NotDistributable",
    "NotFound",
    "NotFresh",
    "NotSent",
    "OutcomeUnknown",
    "ParameterRefused",
    "ProbeRefused",
    "ReceiverRefused",
    "Replayed",
    "RequestRefused",
    "ServiceBroken",
    "ServiceError",
    "SignatureInvalid",
    "SignatureMissing",
    "SignatureRefused",
    "StillRunning",
    "TooManyRequests",
    "UnknownKey",
    "VerificationFailed",
    "WaitEnded",
    "WrongAnswer",
    "WxdistError",
]
