"""Distributing and releasing: what is sent, what is refused before, what comes back."""

import datetime as dt

import pytest

from wxdist import (
    Distribution,
    InvalidInput,
    NoAnswer,
    NotFound,
    OrderRef,
    OrderState,
    RequestRefused,
    Share,
    WrongAnswer,
    order_no,
)
from wxdist.sandbox import Sandbox

T = "4200000001202601050000000001"
PATH = "/v3/global/profit-sharing/orders"


def share(**changes):
    known = {"type": "MERCHANT_ID", "account": "86693852", "amount": 100, "description": "a share"}
    return Share(**known | changes)


@pytest.fixture
async def talk(serve, service, connect):
    """Make a session in some mode with a true service."""
    wire = await serve(service)
    return lambda mode="common": (wire, connect(wire, mode))


async def test_create(talk):
    """An order is sent with what was given and nothing else, and comes back as a value."""
    wire, session = talk()

    order = await session.orders.create(T, "D-1", [share()], unfreeze_unsplit=False)

    (sent,) = wire.sent
    part = {"type": "MERCHANT_ID", "account": "86693852", "amount": 100, "description": "a share"}
    assert ("POST", PATH) == (sent.method, sent.target)
    assert {
        "transaction_id": T,
        "out_order_no": "D-1",
        "receivers": [{"currency": "CNY", **part}],
        "unfreeze_unsplit": False,
    } == sent.json
    assert "wechatpay-serial" not in sent.headers
    assert (OrderRef("D-1", T), OrderState.PROCESSING) == (order.ref, order.state)
    assert 100 == order.outcome.pending


async def test_create_in_full(talk, keys):
    """Every parameter is sent under its name; names of persons are encrypted, each by itself."""
    wire, session = talk("service_provider")
    people = [
        share(type=kind, account=f"o{number}", name=f"名字{number}", authorized=True, amount=number)
        for number, kind in enumerate(("PERSONAL_OPENID", "PERSONAL_SUB_OPENID"), start=1)
    ]

    order = await session.orders.create(
        T, "D-1", people, unfreeze_unsplit=True, appid="wxa", sub_appid="wxb", sub_mchid="19"
    )

    (sent,) = wire.sent
    names = [each.pop("name") for each in sent.json["receivers"]]
    body = sent.json
    assert ["名字1", "名字2"] == [keys.open(name) for name in names]
    assert ("wxa", "wxb", "19", True) == tuple(
        body[name] for name in ("appid", "sub_appid", "sub_mchid", "unfreeze_unsplit")
    )
    assert [("o1", 1, True), ("o2", 2, True)] == [
        (each["account"], each["amount"], each["authorized"]) for each in body["receivers"]
    ]
    assert keys.public_key_id == sent.headers["wechatpay-serial"]
    assert OrderRef("D-1", T, "19") == order.ref


async def test_fifty_at_most(talk):
    """An order takes 1 to 50 receivers, each once; without one only if the rest is released."""
    wire, session = talk()
    many = [share(account=str(number)) for number in range(51)]

    await session.orders.create(T, "D-1", many[:50], unfreeze_unsplit=False)
    await session.orders.create(T, "D-2", [], unfreeze_unsplit=True)
    refused = [(many, True), ([], False), ([share(), share(amount=1)], False), (["x"], False)]
    for shares, unfreeze in refused:
        with pytest.raises(InvalidInput, match=r"^shares"):
            await session.orders.create(T, "D-3", shares, unfreeze_unsplit=unfreeze)

    assert [50, 0] == [len(sent.json.get("receivers", ())) for sent in wire.sent]


WRONG = [
    ({"transaction_id": ""}, "transaction_id"),
    ({"transaction_id": "4" * 33}, "transaction_id"),
    ({"out_order_no": "D 1"}, "out_order_no"),
    ({"out_order_no": "D" * 65}, "out_order_no"),
    ({"out_order_no": "分"}, "out_order_no"),
    ({"unfreeze_unsplit": 1}, "unfreeze_unsplit"),
    ({"unfreeze_unsplit": None}, "unfreeze_unsplit"),
    ({"appid": "w" * 33}, "appid"),
    ({"sub_appid": "wxb"}, "sub_appid"),
    ({"shares": [share(type="PERSONAL_OPENID", account="o1")]}, "appid"),
]


@pytest.mark.parametrize(("change", "field"), WRONG, ids=lambda value: ascii(value)[:40])
async def test_what_is_refused_before(talk, change, field):
    """An argument that breaks its limit is refused with its name, and nothing is sent."""
    wire, session = talk()
    known = {"transaction_id": T, "out_order_no": "D-1", "shares": [share()]}
    known |= {"unfreeze_unsplit": False} | change

    with pytest.raises(InvalidInput) as caught:
        await session.orders.create(**known)

    assert field == caught.value.field
    assert [] == wire.sent


async def test_get(talk):
    """A query names the order in its path and the payment in its query."""
    wire, session = talk()

    order = await session.orders.get("D-1", transaction_id=T)

    assert ("GET", f"{PATH}/D-1?transaction_id={T}") == (wire.sent[0].method, wire.sent[0].target)
    assert ("D-1", T) == (order.out_order_no, order.transaction_id)


async def test_unfreeze(talk):
    """A release is sent with what was given and nothing else."""
    wire, session = talk()

    order = await session.orders.unfreeze(T, "U-1", description="the rest")

    (sent,) = wire.sent
    assert ("POST", f"{PATH}/unfreeze") == (sent.method, sent.target)
    assert {"transaction_id": T, "out_order_no": "U-1", "description": "the rest"} == sent.json
    assert "U-1" == order.out_order_no


@pytest.mark.parametrize("description", ["", "x" * 81, "line\nbreak", "\U0001f600", None, 7])
async def test_descriptions_that_are_refused(talk, description):
    """A description has 1 to 80 characters that the service takes."""
    wire, session = talk()

    with pytest.raises(InvalidInput, match=r"^description: "):
        await session.orders.unfreeze(T, "U-1", description=description)

    assert [] == wire.sent


async def test_an_answer_of_the_future(serve, service, connect):
    """Fields and states that came later are kept, and do not stop anything."""
    wire = await serve(lambda sent: service.genuine(sent, state="PAUSED", news={"a": [1]}))

    order = await connect(wire).orders.get("D-1", transaction_id=T)

    assert ("PAUSED", False) == (order.state, order.state.known)
    assert {"news": {"a": [1]}} == order.extra


DETAIL = {
    "currency": "CNY",
    "amount": 100,
    "description": "x",
    "type": "MERCHANT_ID",
    "account": "1",
    "result": "SUCCESS",
    "create_time": "2026-01-05T09:00:00.123+08:00",
    "detail_type": "UNFREEZE_TO_SPONSOR",
    "settlement_currency": "HKD",
    "settlement_amount": 110,
}


@pytest.mark.parametrize("rate", ["rate", "rate_value"])
async def test_a_detail(serve, service, connect, rate):
    """A detail is read in full, its rate under both names."""
    wire = await serve(lambda sent: service.genuine(sent, receivers=[{**DETAIL, rate: 91230000}]))

    order = await connect(wire).orders.get("D-1", transaction_id=T)

    (detail,) = order.receivers
    zone = dt.timezone(dt.timedelta(hours=8))
    assert (91230000, 110, "HKD") == (
        detail.rate,
        detail.settlement_amount,
        detail.settlement_currency,
    )
    assert dt.datetime(2026, 1, 5, 9, 0, 0, 123000, zone) == detail.create_time
    assert (100, 100) == (order.outcome.paid, order.outcome.released)


@pytest.mark.parametrize("name", ["out_order_no", "transaction_id", "order_id", "state"])
async def test_an_answer_with_a_gap(serve, service, connect, name):
    """An answer without a field that is promised is `NoAnswer`, and says which."""
    wire = await serve(lambda sent: service.genuine(sent, **{name: None}))

    with pytest.raises(NoAnswer, match=name):
        await connect(wire).orders.get("D-1", transaction_id=T)


async def test_an_order_on_the_sandbox():
    """An order is the same instruction under its number, and another content is refused."""
    async with Sandbox() as sandbox, sandbox.session() as session:
        await session.transactions.mark("P20150806125346")
        paid = await sandbox.pay("P20150806125346", amount=1000)
        left = await session.transactions.wait_until_distributable(
            paid.transaction_id, paid_at=paid.paid_at
        )
        number = order_no(paid.transaction_id, "release")
        first = await session.orders.unfreeze(paid.transaction_id, number, description="all")
        again = await session.orders.unfreeze(paid.transaction_id, number, description="all")
        with pytest.raises(RequestRefused):
            await session.orders.unfreeze(paid.transaction_id, number, description="other")
        ended = await session.orders.wait(first.ref)
        at_once = await session.orders.wait(ended)
        with pytest.raises(NotFound):
            await session.orders.get("D-9", transaction_id=paid.transaction_id)
        rest = await session.transactions.remaining(paid.transaction_id)

    assert (1000, 0) == (left.unsplit_amount, rest.unsplit_amount)
    assert first.order_id == again.order_id
    assert isinstance(ended, Distribution)
    assert at_once is ended
    assert (1000, True) == (ended.outcome.released, ended.outcome.all_paid)


async def test_waits_of_many_on_the_sandbox():
    """Orders are watched one by one or together, by what was created or by its token."""
    async with Sandbox() as sandbox, sandbox.session() as session:
        await session.transactions.mark("P20150806125346")
        paid = await sandbox.pay("P20150806125346", amount=1000)
        await session.transactions.wait_until_distributable(paid.transaction_id)
        order = await session.orders.unfreeze(paid.transaction_id, "U-1", description="all")
        seen = [each.state async for each in session.orders.watch(order)]
        found = [
            (ref, ended.state)
            async for ref, ended in session.orders.wait_many([order.ref, order], deadline=60)
        ]
        for wrong in ("U-1", None):
            with pytest.raises(InvalidInput, match=r"^order: "):
                await session.orders.wait(wrong)
        for wrong in (0, True, 1.5):
            with pytest.raises(InvalidInput, match=r"^concurrency: "):
                session.orders.wait_many([], concurrency=wrong)

    assert OrderState.FINISHED == seen[-1]
    assert [(order.ref, OrderState.FINISHED)] * 2 == found


MERCHANT_CALLS = {
    "create": lambda orders: orders.create(T, "D-1", [share()], unfreeze_unsplit=False),
    "unfreeze": lambda orders: orders.unfreeze(T, "D-1", description="the rest"),
    "get": lambda orders: orders.get("D-1", transaction_id=T),
}


@pytest.mark.parametrize("name", MERCHANT_CALLS)
async def test_an_answer_that_leaves_the_merchant_out(serve, service, connect, name):
    """It is about the merchant that was asked for, so its ref can be waited for."""

    def silent(sent):
        word = {**service.word(sent), "state": "FINISHED"}
        word.pop("sub_mchid")
        return service.signed(word)

    wire = await serve(silent)
    session = connect(wire, "institutional").for_merchant("1900000109")

    order = await MERCHANT_CALLS[name](session.orders)
    found = await connect(wire, "institutional").orders.wait(order.ref, allow_closed=True)

    assert OrderRef("D-1", T, "1900000109") == order.ref == found.ref
    assert ("08A1-0", 200) == (order.meta.request_id, order.meta.status)
    assert "1900000109" == wire.sent[-1].query["sub_mchid"]


async def test_another_merchant_is_refused(serve, service, connect):
    """Only silence is filled in: an answer about another merchant is none to this question."""
    wire = await serve(lambda sent: service.genuine(sent, sub_mchid="1900000110"))
    session = connect(wire, "institutional").for_merchant("1900000109")

    with pytest.raises(WrongAnswer, match="sub_mchid"):
        await MERCHANT_CALLS["get"](session.orders)


async def test_a_merchant_that_nobody_asked_for(serve, service, connect):
    """In common mode an answer may name one: it is kept, and not sent by the wait."""
    wire = await serve(lambda sent: service.genuine(sent, sub_mchid="1900000001"))
    service.state = "PROCESSING"
    session = connect(wire)
    order = await MERCHANT_CALLS["create"](session.orders)
    service.state = "FINISHED"

    done = await session.orders.wait(order)
    ended = [each async for _, each in session.orders.wait_many([order.ref])]

    assert "1900000001" == order.ref.sub_mchid == done.sub_mchid
    assert [done] == ended
    assert ["", "", ""] == [sent.query.get("sub_mchid", "") for sent in wire.sent]
