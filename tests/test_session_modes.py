"""Whether a call takes ``sub_mchid``: every endpoint, every mode, every way to give it."""

import datetime as dt
import inspect
import tempfile
import warnings
from pathlib import Path

import pytest

from wxdist import InvalidInput, Receiver, Share, resources
from wxdist.resources._call import Endpoint

SHOP = "1900000109"
DAY = dt.date(2026, 1, 1)
SHARES = [Share(type="MERCHANT_ID", account="8", amount=1, description="a share")]
RECEIVER = Receiver(type="MERCHANT_ID", account="8", name="Shop Co", relation_type="SUPPLIER")


def fetched(kind):
    """Return a call that fetches a bill of *kind*, and throws it away."""

    async def call(session, **given):
        with tempfile.TemporaryDirectory() as folder:
            await getattr(session.bills, kind)(DAY, **given).download(Path(folder, "bill.csv"))

    return call


async def settled(session, **given):
    return [record async for record in session.settlements.list("UNSETTLE", **given)]


async def refunded(session, **given):
    return [refund async for refund in session.refunds.list(transaction_id="4", **given)]


def app(session):
    """Return the app id that a refund needs."""
    return {"appid" if session.credentials.mode == "common" else "sp_appid": "wx1"}


REQUIRED = {
    "transactions.mark": lambda session, **given: session.transactions.mark("P12345", **given),
    "transactions.remaining": lambda session, **given: session.transactions.remaining("4", **given),
    "transactions.refundable": lambda session, **given: session.transactions.refundable(
        "4", **given
    ),
    "transactions.get": lambda session, **given: session.transactions.get("4", **given),
    "transactions.get_by_out_trade_no": (
        lambda session, **given: session.transactions.get_by_out_trade_no("P1", **given)
    ),
    "refunds.create": lambda session, **given: session.refunds.create(
        transaction_id="4", out_refund_no="R", refund=1, total=2, **app(session), **given
    ),
    "refunds.get": lambda session, **given: session.refunds.get(refund_id="5", **given),
    "refunds.list": refunded,
    "refunds.recharge_balance": lambda session, **given: session.refunds.recharge_balance(**given),
    "orders.create": lambda session, **given: session.orders.create(
        "4", "D-1", SHARES, unfreeze_unsplit=True, **given
    ),
    "orders.get": lambda session, **given: session.orders.get("D-1", transaction_id="4", **given),
    "orders.unfreeze": lambda session, **given: session.orders.unfreeze(
        "4", "D-1", description="rest", **given
    ),
    "receivers.add": lambda session, **given: session.receivers.add(RECEIVER, **given),
    "receivers.get": lambda session, **given: session.receivers.get(
        "8", type="MERCHANT_ID", **given
    ),
    "receivers.delete": lambda session, **given: session.receivers.delete(
        "8", type="MERCHANT_ID", **given
    ),
}
OPTIONAL = {f"bills.{kind}": fetched(kind) for kind in ("distribution", "refunds", "statement")}
BY_PROVIDER = {"settlements.list": settled}
NEVER = {
    "files.upload": lambda session: session.files.upload(b"%PDF", filename="a.pdf"),
    "refunds.refundable_balance": lambda session: session.refunds.refundable_balance(),
    "certificates.list": lambda session: session.certificates.list(),
}
TAKES = REQUIRED | OPTIONAL | BY_PROVIDER
CALLS = TAKES | NEVER
PROVIDERS = ("institutional", "service_provider")


def may_be_left_out(mode, name):
    return mode == "common" or not (
        name in REQUIRED or (name in BY_PROVIDER and mode == "service_provider")
    )


def merchant_of(sent):
    """Return the sub-merchant of a request; it stands in one place: query, body or path."""
    json_body = sent.headers.get("content-type") == "application/json" and sent.body
    found = [sent.query.get("sub_mchid"), sent.json.get("sub_mchid") if json_body else None]
    found.append(sent.path.rpartition("/sub-mchid/")[2] if "/sub-mchid/" in sent.path else None)
    assert 2 <= found.count(None)
    return next((each for each in found if each), None)


@pytest.fixture
async def talk(serve, service, connect, keys):
    """Make a session in some mode with a true service."""
    wire = await serve(service)
    service.serial = keys.certificate[0]

    def make(mode):
        return wire, connect(wire, credentials=keys.credentials(mode, platform_keys=()))

    return make


def asked(wire, name):
    """Return the requests but those for certificates of the session's own, and for files."""
    return [
        sent
        for sent in wire.sent
        if (name == "certificates.list" or not sent.path.endswith("/certificates"))
        and sent.path != "/v3/bill/downloadurl"
    ]


@pytest.mark.parametrize("mode", ["common", *PROVIDERS])
@pytest.mark.parametrize("name", CALLS)
async def test_without_a_merchant(talk, mode, name):
    """Without ``sub_mchid`` a call that needs one is refused before anything is sent."""
    wire, session = talk(mode)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if may_be_left_out(mode, name):
            await CALLS[name](session)
        else:
            with pytest.raises(InvalidInput, match=rf"^sub_mchid: is needed by {name} in {mode}"):
                await CALLS[name](session)

    assert may_be_left_out(mode, name) == bool(wire.sent)
    assert {None} >= {merchant_of(sent) for sent in asked(wire, name)}
    told = [str(warning.message) for warning in caught if warning.category is UserWarning]
    warned = ["a distribution bill without sub_mchid: the service may refuse it"]
    assert (warned if name == "bills.distribution" and mode != "common" else []) == told


@pytest.mark.parametrize("mode", PROVIDERS)
@pytest.mark.parametrize("name", CALLS)
async def test_the_merchant_of_the_session(talk, mode, name):
    """``for_merchant`` is sent by each call that takes it, once, and by no other."""
    wire, session = talk(mode)

    await CALLS[name](session.for_merchant(SHOP))

    assert {SHOP if name in TAKES else None} == {merchant_of(sent) for sent in asked(wire, name)}


@pytest.mark.parametrize("mode", PROVIDERS)
@pytest.mark.parametrize("name", TAKES)
async def test_the_merchant_of_the_call(talk, mode, name):
    """``sub_mchid`` given to a call counts before that of the session."""
    wire, session = talk(mode)

    await TAKES[name](session, sub_mchid="1900000110")
    await TAKES[name](session.for_merchant(SHOP), sub_mchid="1900000110")

    assert ["1900000110"] * 2 == [merchant_of(sent) for sent in asked(wire, name)]


@pytest.mark.parametrize("name", TAKES)
async def test_a_merchant_in_common_mode(talk, name):
    """In common mode ``sub_mchid`` is refused by every call that has it elsewhere."""
    wire, session = talk("common")

    with pytest.raises(InvalidInput, match=r"^sub_mchid: is not taken in common mode"):
        await TAKES[name](session, sub_mchid=SHOP)

    assert [] == wire.sent


@pytest.mark.parametrize("wrong", ["", "1" * 33, "分", "a b"])
@pytest.mark.parametrize("name", TAKES)
async def test_a_merchant_that_cannot_be(talk, name, wrong):
    """A ``sub_mchid`` that breaks its limit is refused before anything is sent."""
    wire, session = talk("institutional")

    with pytest.raises(InvalidInput, match=r"^sub_mchid: "):
        await TAKES[name](session, sub_mchid=wrong)

    assert [] == wire.sent


def test_the_table_is_whole():
    """Every endpoint of the resources stands in the tables above, under its rule."""
    modules = [value for value in vars(resources).values() if inspect.ismodule(value)]
    endpoints = {
        value.name: value.sub_mchid.name
        for module in modules
        for value in vars(module).values()
        if isinstance(value, Endpoint)
    }
    tables = {
        "REQUIRED": REQUIRED,
        "OPTIONAL": OPTIONAL,
        "BY_PROVIDER": BY_PROVIDER,
        "NEVER": NEVER,
    }

    assert {name: rule for rule, table in tables.items() for name in table} == endpoints
