"""A receiver of money, its relation to the merchant, and the states of its audit."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from wxdist.errors import InvalidInput
from wxdist.models._base import Answered, OpenEnum, hidden, masked, model
from wxdist.models.identifiers import AccountId, AppId, FileId, Mchid
from wxdist.models.limits import documented, instruction


class ReceiverType(OpenEnum):
    """What the account of a receiver is."""

    MERCHANT_ID = "MERCHANT_ID"  #: a merchant id
    PERSONAL_OPENID = "PERSONAL_OPENID"  #: an OpenID under the caller's ``appid``
    PERSONAL_SUB_OPENID = "PERSONAL_SUB_OPENID"  #: an OpenID under ``sub_appid``


class RelationType(OpenEnum):
    """What the receiver is to the merchant; the service's own example is not among these."""

    SUPPLIER = "SUPPLIER"
    DISTRIBUTOR = "DISTRIBUTOR"
    TAX_SERVICE_PROVIDER = "TAX_SERVICE_PROVIDER"
    IT_SERVICE_PROVIDER = "IT_SERVICE_PROVIDER"
    CUSTOM = "CUSTOM"  #: described by ``custom_relation``


class RelationState(OpenEnum):
    """How far the audit is; the spelling of a failure is not documented."""

    INIT = "INIT"  #: added, under audit (3 to 5 working days)
    EFFECTIVE = "EFFECTIVE"  #: may receive money


def app_needed(kind: str, appid: str | None, sub_appid: str | None) -> None:
    """Refuse an OpenID without the app it belongs to.

    Source: https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter4_1_8.shtml, errors.
    """
    if kind == ReceiverType.PERSONAL_OPENID and appid is None:
        raise InvalidInput("appid", "is needed for a PERSONAL_OPENID: the app of that OpenID")
    if kind == ReceiverType.PERSONAL_SUB_OPENID and sub_appid is None:
        raise InvalidInput("sub_appid", "is needed for a PERSONAL_SUB_OPENID: the app of it")


def consent_needed(kind: str, name: str | None, authorized: bool | None) -> None:  # noqa: FBT001 - a field of the service, three-valued
    """Refuse the name of a person who did not agree.

    Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_2.shtml, errors.
    """
    if kind != ReceiverType.MERCHANT_ID and name is not None and authorized is not True:
        raise InvalidInput("authorized", "must be True when the name of a person is sent")


def _open_relation(value: str) -> str:
    return RelationType(value) if isinstance(value, str) else value  # its limit refuses the rest


@instruction
class Receiver:
    """Whom to add as a receiver. Raises `InvalidInput` for what the service would refuse.

    Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_6.shtml
    """

    type: str = attrs.field(converter=documented(ReceiverType))  #: a `ReceiverType`
    account: str = attrs.field(repr=masked)  #: merchant id or OpenID, 1 to 64 characters
    name: str | None = attrs.field(default=None, repr=hidden, metadata={"sealed": True})
    """Full name of a merchant (required) or real name of a person (optional, and checked).
    Plain text here; it leaves this machine encrypted."""
    authorized: bool | None = None  #: the person agreed to the check of the name
    relation_type: str = attrs.field(converter=_open_relation)  #: a `RelationType`
    custom_relation: str | None = None  #: in words, for ``CUSTOM``
    scene: str | None = None  #: what the money is for
    major_service: str | None = None  #: the receiver's main business
    expected_ratio: int | None = None
    """Expected share; the unit is not documented (the mainland API: 2000 is 20 %)."""
    application_file_id: str | None = None  #: ``file_id`` of the application letter
    partnership_file_id: str | None = None  #: ``file_id`` of the contract or proof
    appid: str | None = None  #: for ``PERSONAL_OPENID``
    sub_appid: str | None = None  #: for ``PERSONAL_SUB_OPENID``

    def __attrs_post_init__(self) -> None:
        app_needed(self.type, self.appid, self.sub_appid)
        consent_needed(self.type, self.name, self.authorized)
        if self.type == ReceiverType.MERCHANT_ID and self.name is None:
            raise InvalidInput("name", "is needed for a MERCHANT_ID: the merchant's full name")


@instruction
class ReceiverKey:
    """Which receiver is meant: the body of ``delete``, the query of ``get``."""

    type: str = attrs.field(converter=documented(ReceiverType))
    account: str = attrs.field(repr=masked)
    appid: str | None = None
    sub_appid: str | None = None

    def __attrs_post_init__(self) -> None:
        app_needed(self.type, self.appid, self.sub_appid)


@model
class Relation(Answered):
    """How the service knows a receiver.

    Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_7.shtml
    """

    sub_mchid: Mchid | None = None
    type: ReceiverType
    account: AccountId = attrs.field(repr=masked)
    name: str | None = attrs.field(default=None, repr=hidden)
    """As the service sent it, probably encrypted for us: see `Session.decrypt`."""
    relation_type: RelationType
    custom_relation: str | None = None
    scene: str | None = None
    major_service: str | None = None
    expected_ratio: int | None = None
    file_id: FileId | None = None  #: the older single field
    application_file_id: FileId | None = None
    partnership_file_id: FileId | None = None
    state: RelationState | None = None
    fail_reason: str | None = None  #: set when the audit failed; values not documented
    fail_description: str | None = None  #: in words, since 2024-02
    appid: AppId | None = None  #: not documented in answers; kept when it comes
    sub_appid: AppId | None = None  #: likewise


RELATION_MOVES: Mapping[RelationState, frozenset[RelationState]] = {
    RelationState.INIT: frozenset({RelationState.EFFECTIVE}),  # or a failure without a name
    RelationState.EFFECTIVE: frozenset(),
}
