"""Receivers, and what the service knows of them."""

import pytest

from wxdist import InvalidInput, Receiver, RelationType
from wxdist.models import FileMeta, ReceiverKey, RelationState
from wxdist.models.files import CONTENT_TYPES
from wxdist.models.limits import LIMITS
from wxdist.models.receivers import RELATION_MOVES

MERCHANT = {"type": "MERCHANT_ID", "account": "19", "name": "Shop", "relation_type": "SUPPLIER"}
PERSON = {
    "type": "PERSONAL_OPENID",
    "account": "oX5",
    "relation_type": "DISTRIBUTOR",
    "appid": "wx8",
}


def refused(cls, facts):
    with pytest.raises(InvalidInput) as error:
        cls(**facts)
    return error.value.field


@pytest.mark.parametrize(
    "facts",
    [
        MERCHANT,
        PERSON,
        {**PERSON, "name": "Li", "authorized": True},
        {**PERSON, "type": "PERSONAL_SUB_OPENID", "sub_appid": "wx9"},
        {**MERCHANT, "relation_type": "SERVICE_PROVIDER"},
        {**MERCHANT, "relation_type": "CUSTOM", "custom_relation": "agent", "scene": "fees"},
        {**MERCHANT, "expected_ratio": 2000, "major_service": "tax"},
        {**MERCHANT, "application_file_id": "f" * 16, "partnership_file_id": "f" * 64},
    ],
)
def test_receivers(facts):
    """A receiver that the service would take is made, its values as given."""
    receiver = Receiver(**facts)

    assert facts == {name: getattr(receiver, name) for name in facts}
    assert isinstance(receiver.relation_type, RelationType)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({**MERCHANT, "type": "MERCHANT"}, "type"),
        ({**MERCHANT, "type": None}, "type"),
        ({**MERCHANT, "account": "\n"}, "account"),
        ({**MERCHANT, "name": None}, "name"),
        ({**MERCHANT, "name": ""}, "name"),
        ({**MERCHANT, "relation_type": ""}, "relation_type"),
        ({**MERCHANT, "relation_type": None}, "relation_type"),
        ({**MERCHANT, "relation_type": 5}, "relation_type"),
        ({**MERCHANT, "custom_relation": ""}, "custom_relation"),
        ({**MERCHANT, "expected_ratio": 0.3}, "expected_ratio"),
        ({**MERCHANT, "application_file_id": "short"}, "application_file_id"),
        ({**MERCHANT, "partnership_file_id": 5}, "partnership_file_id"),
        ({**MERCHANT, "scene": "😀"}, "scene"),
        ({**PERSON, "appid": None}, "appid"),
        ({**PERSON, "type": "PERSONAL_SUB_OPENID"}, "sub_appid"),
        ({**PERSON, "name": "Li"}, "authorized"),
        ({**PERSON, "name": "Li", "authorized": False}, "authorized"),
        ({**PERSON, "name": "Li", "authorized": "yes"}, "authorized"),
    ],
)
def test_refuses_receivers(facts, field):
    """What the service would refuse is refused at once, and the field is named."""
    assert field == refused(Receiver, facts)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"type": "X", "account": "19"}, "type"),
        ({"type": "MERCHANT_ID", "account": ""}, "account"),
        ({"type": "PERSONAL_OPENID", "account": "oX5"}, "appid"),
        ({"type": "PERSONAL_SUB_OPENID", "account": "oX5", "appid": "wx8"}, "sub_appid"),
        ({"type": "MERCHANT_ID", "account": "19", "appid": ""}, "appid"),
    ],
)
def test_refuses_keys(facts, field):
    """So is the question for one."""
    assert field == refused(ReceiverKey, facts)


def test_states():
    """INIT becomes EFFECTIVE, which stays."""
    assert {"INIT": {"EFFECTIVE"}, "EFFECTIVE": set()} == RELATION_MOVES
    assert set(RelationState) == set(RELATION_MOVES)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"filename": "a.gif", "digest": "0" * 64}, "filename"),
        ({"filename": "a.pdf", "digest": "0"}, "digest"),
    ],
)
def test_refuses_files(facts, field):
    """A file of another kind, or a digest that is none, is refused."""
    assert field == refused(FileMeta, facts)


@pytest.mark.parametrize("ending", CONTENT_TYPES)
def test_files(ending):
    """Each kind of file that has a content type may be named."""
    assert LIMITS["filename"].complain(f"a.{ending}") is None
