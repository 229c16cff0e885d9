"""Who may receive: parents and children, apps, names, audits.

Sources not given in full are pages of
https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/, 2025 editions.
"""

from __future__ import annotations

from wxdist.models import ReceiverType, RelationState, RelationType

from ..records import Relation, Terms
from .refusal import bad_field, no_auth, ours, refused, unknown


def child_of_caller(terms: Terms, sub_mchid: str | None, place: str, *, must: bool = True) -> str:
    """Return the sub-merchant, empty for none, or refuse a stranger.

    With sub-merchants it is required (chapter4_1_1 in its Chinese edition; *must* lifts that), in
    common mode it has no place (text ours); no parent-child relation is 403 (chapter4_1_1).
    """
    if terms.mode == "common":
        if sub_mchid is not None:
            raise ours("sub_mchid is not for common mode: leave it out")
        return ""
    if sub_mchid is None:
        if must:
            field = "/sub_mchid" if place == "body" else "sub_mchid"
            raise bad_field(field, "is required with sub-merchants", place)
        return ""
    if sub_mchid not in terms.sub_mchids:
        raise no_auth("No parent-child relationship between the calling merchant and sub_mchid")
    return sub_mchid


def app_named(kind: ReceiverType, appid: str | None, sub_appid: str | None) -> None:
    """An OpenID needs the app it belongs to (chapter4_1_8, chapter4_1_2: errors)."""
    if kind == ReceiverType.PERSONAL_OPENID and appid is None:
        raise refused("appid is not set for a receiver of type PERSONAL_OPENID")
    if kind == ReceiverType.PERSONAL_SUB_OPENID and sub_appid is None:
        raise refused("sub_appid is not set for a receiver of type PERSONAL_SUB_OPENID")


def app_fits(relation: Relation, appid: str | None, sub_appid: str | None) -> None:
    """The OpenID belongs to the app sent: the one it was added with (chapter4_1_2: errors)."""
    known, sent = {
        ReceiverType.PERSONAL_OPENID: (relation.appid, appid),
        ReceiverType.PERSONAL_SUB_OPENID: (relation.sub_appid, sub_appid),
    }.get(relation.type, (None, None))
    if known != sent:
        raise refused("The user's OpenID does not belong to the app id")


def consent_given(kind: ReceiverType, name: str | None, authorized: bool | None) -> None:  # noqa: FBT001 - a field of the service, three-valued
    """The name of a person needs authorized=true (chapter4_1_2: errors)."""
    if kind != ReceiverType.MERCHANT_ID and name is not None and authorized is not True:
        raise refused("name is sent for an individual without authorized=true")


def name_fits(relation: Relation, name: str | None) -> None:
    """A name that is sent is the real one (chapter4_1_2: errors).

    The real one is the one it was added with: ours.
    """
    if None not in {name, relation.name} and name != relation.name:
        raise refused("The real name does not match")


def merchant_named(kind: ReceiverType, name: str | None) -> None:
    """A merchant is added with its full name (chapter4_1_6); text ours."""
    if kind == ReceiverType.MERCHANT_ID and name is None:
        raise ours("a receiver of type MERCHANT_ID needs name, its full name")


def relation_described(kind: RelationType, custom: str | None) -> None:
    """CUSTOM needs custom_relation (ours: the documentation presumes it)."""
    if kind == RelationType.CUSTOM and custom is None:
        raise ours("relation_type CUSTOM needs custom_relation")


def files_known(files: set[str], *file_ids: str | None) -> None:
    """File ids are those of uploaded files (ours; the two documents: chapter4_1_6)."""
    if any(file_id is not None and file_id not in files for file_id in file_ids):
        raise ours("a file id is not of an uploaded file")


def not_added(relation: Relation | None) -> None:
    """Adding again is refused in INIT and EFFECTIVE (chapter4_1_6); text ours."""
    if relation and relation.state in {RelationState.INIT, RelationState.EFFECTIVE}:
        raise ours(f"the receiver was added before and is {relation.state}")


def effective(relation: Relation | None) -> Relation:
    """Only an EFFECTIVE relation receives (chapter4_1_6); refusing at once, and text: ours."""
    if relation is None or relation.state != RelationState.EFFECTIVE:
        state = "was not added" if relation is None else f"is {relation.state}"
        raise ours(f"a receiver {state}: only an EFFECTIVE one may receive")
    return relation


def known(relation: Relation | None) -> Relation:
    """A receiver that was not added, or was deleted, is 404 (ours)."""
    if relation is None:
        raise unknown("no such receiver")
    return relation
