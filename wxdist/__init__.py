"""wxdist: the asyncio client for WeChat Pay cross-border funds distribution.

Start with `Session` and `Credentials`; without an account, with `wxdist.sandbox.Sandbox`. Names
are loaded when they are first used: the HTTP library alone takes a quarter of a second.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import bills as bills
    from . import errors as errors
    from . import fundflow as fundflow
    from . import reconcile as reconcile
    from . import sandbox as sandbox
    from .bills import BillFile as BillFile
    from .credentials import Credentials as Credentials
    from .errors import BillNotReady as BillNotReady
    from .errors import BillRefused as BillRefused
    from .errors import BillTooOld as BillTooOld
    from .errors import ConfigurationError as ConfigurationError
    from .errors import DetailsClosed as DetailsClosed
    from .errors import InvalidInput as InvalidInput
    from .errors import MissingExtra as MissingExtra
    from .errors import NoAnswer as NoAnswer
    from .errors import NoBill as NoBill
    from .errors import NoPermission as NoPermission
    from .errors import NotDistributable as NotDistributable
    from .errors import NotFound as NotFound
    from .errors import NotFresh as NotFresh
    from .errors import NotSent as NotSent
    from .errors import OutcomeUnknown as OutcomeUnknown
    from .errors import ParameterRefused as ParameterRefused
    from .errors import ProbeRefused as ProbeRefused
    from .errors import ReceiverRefused as ReceiverRefused
    from .errors import Replayed as Replayed
    from .errors import RequestRefused as RequestRefused
    from .errors import ServiceBroken as ServiceBroken
    from .errors import ServiceError as ServiceError
    from .errors import SignatureInvalid as SignatureInvalid
    from .errors import SignatureMissing as SignatureMissing
    from .errors import SignatureRefused as SignatureRefused
    from .errors import StillRunning as StillRunning
    from .errors import TooManyRequests as TooManyRequests
    from .errors import UnknownKey as UnknownKey
    from .errors import VerificationFailed as VerificationFailed
    from .errors import WaitEnded as WaitEnded
    from .errors import WrongAnswer as WrongAnswer
    from .errors import WxdistError as WxdistError
    from .fundflow import FundFlow as FundFlow
    from .models import BillKind as BillKind
    from .models import BillRow as BillRow
    from .models import Detail as Detail
    from .models import DetailResult as DetailResult
    from .models import DetailType as DetailType
    from .models import Distribution as Distribution
    from .models import DistributionRow as DistributionRow
    from .models import EventType as EventType
    from .models import ExchangeRate as ExchangeRate
    from .models import FailReason as FailReason
    from .models import FileId as FileId
    from .models import Meta as Meta
    from .models import Notice as Notice
    from .models import NoticeAnswer as NoticeAnswer
    from .models import NoticeMeta as NoticeMeta
    from .models import OpenEnum as OpenEnum
    from .models import OrderRef as OrderRef
    from .models import OrderState as OrderState
    from .models import Outcome as Outcome
    from .models import Payer as Payer
    from .models import PlatformCertificate as PlatformCertificate
    from .models import Promotion as Promotion
    from .models import RateType as RateType
    from .models import Receiver as Receiver
    from .models import ReceiverType as ReceiverType
    from .models import RechargeBalance as RechargeBalance
    from .models import Refund as Refund
    from .models import Refundable as Refundable
    from .models import RefundableBalance as RefundableBalance
    from .models import RefundAmount as RefundAmount
    from .models import RefundChannel as RefundChannel
    from .models import RefundCoupon as RefundCoupon
    from .models import RefundNotice as RefundNotice
    from .models import RefundNoticeAmount as RefundNoticeAmount
    from .models import RefundRow as RefundRow
    from .models import RefundSource as RefundSource
    from .models import RefundStatus as RefundStatus
    from .models import Relation as Relation
    from .models import RelationState as RelationState
    from .models import RelationType as RelationType
    from .models import Remaining as Remaining
    from .models import Settlement as Settlement
    from .models import SettlementAmount as SettlementAmount
    from .models import SettleState as SettleState
    from .models import Share as Share
    from .models import SplitAmount as SplitAmount
    from .models import StatementRow as StatementRow
    from .models import TradeState as TradeState
    from .models import TradeType as TradeType
    from .models import Transaction as Transaction
    from .models import TransactionAmount as TransactionAmount
    from .models import WalletRegion as WalletRegion
    from .models import order_no as order_no
    from .resources import Bill as Bill
    from .resources import NoticeClaim as NoticeClaim
    from .resources import NoticeStore as NoticeStore
    from .resources import SeenNotices as SeenNotices
    from .session import Session as Session
    from .settings import Settings as Settings
    from .waiting import Clock as Clock
    from .waiting import FakeClock as FakeClock
    from .waiting import ScaledClock as ScaledClock
    from .wire import Answer as Answer
    from .wire import Decrypter as Decrypter
    from .wire import Signer as Signer

#: Where each name lives.
_HOME: dict[str, str] = {
    "Answer": ".wire",
    "Bill": ".resources",
    "BillFile": ".bills",
    "BillKind": ".models",
    "BillNotReady": ".errors",
    "BillRefused": ".errors",
    "BillRow": ".models",
    "BillTooOld": ".errors",
    "Clock": ".waiting",
    "ConfigurationError": ".errors",
    "Credentials": ".credentials",
    "Decrypter": ".wire",
    "Detail": ".models",
    "DetailResult": ".models",
    "DetailType": ".models",
    "DetailsClosed": ".errors",
    "Distribution": ".models",
    "DistributionRow": ".models",
    "EventType": ".models",
    "ExchangeRate": ".models",
    "FailReason": ".models",
    "FakeClock": ".waiting",
    "FileId": ".models",
    "FundFlow": ".fundflow",
    "InvalidInput": ".errors",
    "Meta": ".models",
    "MissingExtra": ".errors",
    "NoAnswer": ".errors",
    "NoBill": ".errors",
    "NoPermission": ".errors",
    "NotDistributable": ".errors",
    "NotFound": ".errors",
    "NotFresh": ".errors",
    "NotSent": ".errors",
    "Notice": ".models",
    "NoticeAnswer": ".models",
    "NoticeClaim": ".resources",
    "NoticeMeta": ".models",
    "NoticeStore": ".resources",
    "OpenEnum": ".models",
    "OrderRef": ".models",
    "OrderState": ".models",
    "Outcome": ".models",
    "OutcomeUnknown": ".errors",
    "ParameterRefused": ".errors",
    "Payer": ".models",
    "PlatformCertificate": ".models",
    "ProbeRefused": ".errors",
    "Promotion": ".models",
    "RateType": ".models",
    "Receiver": ".models",
    "ReceiverRefused": ".errors",
    "ReceiverType": ".models",
    "RechargeBalance": ".models",
    "Refund": ".models",
    "RefundAmount": ".models",
    "RefundChannel": ".models",
    "RefundCoupon": ".models",
    "RefundNotice": ".models",
    "RefundNoticeAmount": ".models",
    "RefundRow": ".models",
    "RefundSource": ".models",
    "RefundStatus": ".models",
    "Refundable": ".models",
    "RefundableBalance": ".models",
    "Relation": ".models",
    "RelationState": ".models",
    "RelationType": ".models",
    "Remaining": ".models",
    "Replayed": ".errors",
    "RequestRefused": ".errors",
    "ScaledClock": ".waiting",
    "SeenNotices": ".resources",
    "ServiceBroken": ".errors",
    "ServiceError": ".errors",
    "Session": ".session",
    "Settings": ".settings",
    "SettleState": ".models",
    "Settlement": ".models",
    "SettlementAmount": ".models",
    "Share": ".models",
    "SignatureInvalid": ".errors",
    "SignatureMissing": ".errors",
    "SignatureRefused": ".errors",
    "Signer": ".wire",
    "SplitAmount": ".models",
    "StatementRow": ".models",
    "StillRunning": ".errors",
    "TooManyRequests": ".errors",
    "TradeState": ".models",
    "TradeType": ".models",
    "Transaction": ".models",
    "TransactionAmount": ".models",
    "UnknownKey": ".errors",
    "VerificationFailed": ".errors",
    "WaitEnded": ".errors",
    "WalletRegion": ".models",
    "WrongAnswer": ".errors",
    "WxdistError": ".errors",
    "order_no": ".models",
}
_ROOMS = frozenset({"bills", "errors", "fundflow", "reconcile", "sandbox"})

__all__ = [
    "Answer",
    "Bill",
    "BillFile",
    "BillKind",
    "BillNotReady",
    "BillRefused",
    "BillRow",
    "BillTooOld",
    "Clock",
    "ConfigurationError",
    "Credentials",
    "Decrypter",
    "Detail",
    "DetailResult",
    "DetailType",
    "DetailsClosed",
    "Distribution",
    "DistributionRow",
    "EventType",
    "ExchangeRate",
    "FailReason",
    "FakeClock",
    "FileId",
    "FundFlow",
    "InvalidInput",
    "Meta",
    "MissingExtra",
    "NoAnswer",
    "NoBill",
    "NoPermission",
    "NotDistributable",
    "NotFound",
    "NotFresh",
    "NotSent",
    "Notice",
    "NoticeAnswer",
    "NoticeClaim",
    "NoticeMeta",
    "NoticeStore",
    "OpenEnum",
    "OrderRef",
    "OrderState",
    "Outcome",
    "OutcomeUnknown",
    "ParameterRefused",
    "Payer",
    "PlatformCertificate",
    "ProbeRefused",
    "Promotion",
    "RateType",
    "Receiver",
    "ReceiverRefused",
    "ReceiverType",
    "RechargeBalance",
    "Refund",
    "RefundAmount",
    "RefundChannel",
    "RefundCoupon",
    "RefundNotice",
    "RefundNoticeAmount",
    "RefundRow",
    "RefundSource",
    "RefundStatus",
    "Refundable",
    "RefundableBalance",
    "Relation",
    "RelationState",
    "RelationType",
    "Remaining",
    "Replayed",
    "RequestRefused",
    "ScaledClock",
    "SeenNotices",
    "ServiceBroken",
    "ServiceError",
    "Session",
    "Settings",
    "SettleState",
    "Settlement",
    "SettlementAmount",
    "Share",
    "SignatureInvalid",
    "SignatureMissing",
    "SignatureRefused",
    "Signer",
    "SplitAmount",
    "StatementRow",
    "StillRunning",
    "TooManyRequests",
    "TradeState",
    "TradeType",
    "Transaction",
    "TransactionAmount",
    "UnknownKey",
    "VerificationFailed",
    "WaitEnded",
    "WalletRegion",
    "WrongAnswer",
    "WxdistError",
    "bills",
    "errors",
    "fundflow",
    "order_no",
    "reconcile",
    "sandbox",
]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return importlib.import_module(f".{name}", __name__)
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name], __name__), name)
    globals()[name] = value  # found without us from now on
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
