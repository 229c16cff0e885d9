"""Receivers: added, asked for, deleted, under their type and account."""

import pytest

from wxdist import (
    InvalidInput,
    NotFound,
    Receiver,
    ReceiverRefused,
    RelationState,
    RequestRefused,
)
from wxdist.sandbox import Sandbox

PATH = "/v3/global/profit-sharing/receivers"
SHOP = {"type": "MERCHANT_ID", "account": "86693852"}
PERSON = {"type": "PERSONAL_SUB_OPENID", "account": "oAbc", "sub_appid": "wxb"}


@pytest.fixture
async def talk(serve, service, connect):
    """Make a session with a true service."""
    wire = await serve(service)
    return wire, connect(wire)


async def test_add(talk, keys):
    """Every field is sent under its name, and only the name is encrypted."""
    wire, session = talk
    facts = {
        "custom_relation": "a friend",
        "scene": "a scene",
        "major_service": "a service",
        "expected_ratio": 2000,
        "application_file_id": "A" * 16,
        "partnership_file_id": "B" * 64,
        "relation_type": "CUSTOM",
        **SHOP,
    }

    relation = await session.receivers.add(Receiver(name="Shop 有限公司", **facts))

    (sent,) = wire.sent
    body = sent.json
    assert ("POST", PATH) == (sent.method, sent.target)
    assert "Shop 有限公司" == keys.open(body.pop("name"))
    assert facts == body
    assert RelationState.INIT == relation.state
    assert ("86693852", "MERCHANT_ID") == (relation.account, relation.type)


async def test_add_without_a_name(talk):
    """A person may be added without a name; then nothing is encrypted."""
    wire, session = talk

    await session.receivers.add(Receiver(relation_type="DISTRIBUTOR", **PERSON))

    (sent,) = wire.sent
    assert {**PERSON, "relation_type": "DISTRIBUTOR"} == sent.json
    assert "wechatpay-serial" not in sent.headers


@pytest.mark.parametrize("name", ["x" * 215, "名" * 72])
async def test_a_name_that_is_too_long(talk, name):
    """A name that does not fit into one block is refused, without repeating it."""
    wire, session = talk

    with pytest.raises(InvalidInput, match=r"^name: ") as caught:
        await session.receivers.add(Receiver(name=name, relation_type="SUPPLIER", **SHOP))

    assert name not in str(caught.value)
    assert [] == wire.sent


async def test_the_longest_name(talk, keys):
    """A name of 214 bytes still fits."""
    wire, session = talk

    await session.receivers.add(Receiver(name="x" * 214, relation_type="SUPPLIER", **SHOP))

    assert "x" * 214 == keys.open(wire.sent[0].json["name"])


@pytest.mark.parametrize("wrong", [None, "86693852", {"account": "1"}])
async def test_what_is_no_receiver(talk, wrong):
    """Only a `Receiver` can be added: its fields are checked when it is made."""
    wire, session = talk

    with pytest.raises(InvalidInput, match=r"^receiver: "):
        await session.receivers.add(wrong)

    assert [] == wire.sent


async def test_get(talk):
    """The account stands in the path, all else in the query."""
    wire, session = talk

    relation = await session.receivers.get("oAbc", type="PERSONAL_SUB_OPENID", sub_appid="wxb")

    assert f"{PATH}/oAbc?type=PERSONAL_SUB_OPENID&sub_appid=wxb" == wire.sent[0].target
    assert "oAbc" == relation.account


async def test_delete(talk):
    """The receiver is named in the body; an empty answer is success."""
    wire, session = talk

    result = await session.receivers.delete("oAbc", type="PERSONAL_SUB_OPENID", sub_appid="wxb")

    (sent,) = wire.sent
    assert ("DELETE", PATH, PERSON) == (sent.method, sent.target, sent.json)
    assert result is None


WRONG = [
    ({"type": "PERSONAL_OPENID"}, "appid"),
    ({"type": "PERSONAL_SUB_OPENID"}, "sub_appid"),
    ({"type": "SOMEBODY"}, "type"),
    ({"type": None}, "type"),
    ({"account": ""}, "account"),
    ({"account": "x" * 65}, "account"),
    ({"appid": ""}, "appid"),
]


@pytest.mark.parametrize(("change", "field"), WRONG, ids=ascii)
@pytest.mark.parametrize("method", ["get", "delete", "wait"])
async def test_keys_that_are_refused(talk, method, change, field):
    """A receiver that cannot be named is refused, and nothing is sent."""
    wire, session = talk

    with pytest.raises(InvalidInput) as caught:
        await getattr(session.receivers, method)(**{**SHOP, **change})

    assert field == caught.value.field
    assert [] == wire.sent


async def test_a_name_in_an_answer_stays_closed(serve, service, connect):
    """A name that comes back is kept as it came; its repr hides it."""
    wire = await serve(lambda sent: service.genuine(sent, name="c2VhbGVk"))

    relation = await connect(wire).receivers.get(**SHOP)

    assert "c2VhbGVk" == relation.name
    assert "c2VhbGVk" not in repr(relation)


async def test_a_receiver_on_the_sandbox():
    """A receiver is audited, effective, deleted, and then unknown; its name opens with our key."""
    async with Sandbox() as sandbox, sandbox.session() as session:
        paper = await session.files.upload(b"%PDF", filename="a.pdf")
        papers = {"application_file_id": paper, "partnership_file_id": paper}
        receiver = Receiver(name="供应商", relation_type="SUPPLIER", **SHOP, **papers)
        added = await session.receivers.add(receiver)
        name = await session.decrypt(added.name)
        with pytest.raises(RequestRefused):
            await session.receivers.add(receiver)
        await sandbox.approve("86693852")
        effective = await session.receivers.wait(**SHOP)
        await session.receivers.delete(**SHOP)
        with pytest.raises(NotFound):
            await session.receivers.get(**SHOP)
        again = await session.receivers.add(receiver)
        await sandbox.refuse("86693852", "PAPERS")
        with pytest.raises(ReceiverRefused, match="PAPERS"):
            await session.receivers.wait(**SHOP)

    assert (RelationState.INIT, RelationState.EFFECTIVE) == (added.state, effective.state)
    assert RelationState.INIT == again.state
    assert "供应商" == name
