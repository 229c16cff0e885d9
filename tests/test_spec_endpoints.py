"""What each endpoint takes, and where, held against what our calls send."""

import datetime as dt
import os
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

from wxdist import Receiver, Session, Settings, Share
from wxdist.resources import bills, certificates, files, orders, receivers, refunds, settlements
from wxdist.resources import transactions as payments
from wxdist.resources._call import Endpoint, ForMerchant

yaml = pytest.importorskip("yaml")

SHARED = Path(__file__).parents[2] / "shared" / "spec"
FILE = Path(os.environ.get("WXDIST_SPEC", SHARED)) / "endpoints.yaml"
ABSENT = "no endpoints.yaml: ../shared/spec is absent and WXDIST_SPEC names no other folder"
SPEC = (
    {each["name"]: each for each in yaml.safe_load(FILE.read_text("utf-8"))["endpoints"]}
    if FILE.is_file()
    else {}
)
DAY, TRADE, PAID = dt.date(2026, 1, 5), "P20150806125346", "4208450740201411110007820472"
FILE_ID = "de851a06-5a38-9d31-a102-275a17c477de"
APPS = {"appid": "wx8888888888888888", "sub_appid": "wx8888888888888889"}
SHARE = Share(
    type="MERCHANT_ID", account="19", name="Shop", authorized=True, amount=1, description="x"
)
RECEIVER = {"type": "MERCHANT_ID", "account": "19", "name": "Shop", "relation_type": "CUSTOM"}
MORE = {"custom_relation": "agent", "scene": "fees", "major_service": "tax"} | {
    "authorized": True,
    "expected_ratio": 2000,
    "application_file_id": FILE_ID,
    "partnership_file_id": FILE_ID,
}
REFUND = {"transaction_id": PAID, "out_refund_no": "R-1", "refund": 1, "total": 2}
MORE_OF_A_REFUND = {
    "reason": "returned",
    "source": "REFUND_SOURCE_UNSETTLED_FUNDS",
    "notify_url": "https://shop.example/notices",
}
MERCHANT = {"type": "MERCHANT_ID"}

pytestmark = pytest.mark.skipif(not SPEC, reason=ABSENT)


@attrs.frozen
class Case:
    """One endpoint: our description of it, and calls with as little and as much as it takes."""

    endpoint: Endpoint
    least: Callable[[Session], Awaitable[Any]]
    full: Callable[[Session], Awaitable[Any]]


async def every(iterator):
    return [each async for each in iterator]


async def fetched(bill):
    """Fetch a bill of whichever day, and throw it away."""
    await bill._fetch(lambda _: [].append)


def one_call(endpoint, call):
    return Case(endpoint, call, call)


CASES = {
    "mark": one_call(payments.MARK, lambda s: s.transactions.mark(TRADE)),
    "request_order": Case(
        orders.CREATE,
        lambda s: s.orders.create(PAID, "P1", [], unfreeze_unsplit=True),
        lambda s: s.orders.create(PAID, "P1", [SHARE], unfreeze_unsplit=False, **APPS),
    ),
    "unfreeze": one_call(
        orders.UNFREEZE,
        lambda s: s.orders.unfreeze(PAID, "P1", description="x"),
    ),
    "query_order": one_call(orders.GET, lambda s: s.orders.get("P1", transaction_id=PAID)),
    "remaining_amount": one_call(payments.REMAINING, lambda s: s.transactions.remaining(PAID)),
    "add_receiver": Case(
        receivers.ADD,
        lambda s: s.receivers.add(Receiver(**RECEIVER)),
        lambda s: s.receivers.add(Receiver(**RECEIVER, **MORE, **APPS)),
    ),
    "query_receiver": Case(
        receivers.GET,
        lambda s: s.receivers.get("19", **MERCHANT),
        lambda s: s.receivers.get("19", **MERCHANT, **APPS),
    ),
    "delete_receiver": Case(
        receivers.DELETE,
        lambda s: s.receivers.delete("19", **MERCHANT),
        lambda s: s.receivers.delete("19", **MERCHANT, **APPS),
    ),
    "bill_download_url": one_call(bills.LINK, lambda s: fetched(s.bills.distribution(DAY))),
    "refund_bill_download_url": one_call(
        bills.REFUND_LINK, lambda s: fetched(s.bills.refunds(DAY))
    ),
    "statements": Case(
        bills.STATEMENT,
        lambda s: fetched(s.bills.statement(DAY)),
        lambda s: fetched(s.bills.statement(DAY, compressed=True)),
    ),
    "settlements": Case(
        settlements.LIST,
        lambda s: every(s.settlements.list("UNSETTLE")),
        lambda s: every(s.settlements.list("SETTLED", start=DAY, end=DAY)),
    ),
    "upload_file": one_call(
        files.UPLOAD,
        lambda s: s.files.upload(b"x", filename="a.pdf"),
    ),
    "certificates": one_call(certificates.LIST, lambda s: s.certificates.list()),
    "refundable_balance": one_call(
        refunds.REFUNDABLE_BALANCE,
        lambda s: s.refunds.refundable_balance(),
    ),
    "refundable_amounts": one_call(payments.REFUNDABLE, lambda s: s.transactions.refundable(PAID)),
    "query_transaction_by_id": one_call(payments.GET, lambda s: s.transactions.get(PAID)),
    "query_transaction_by_out_trade_no": one_call(
        payments.GET_BY_OUT_TRADE_NO, lambda s: s.transactions.get_by_out_trade_no(TRADE)
    ),
    "refund": Case(
        refunds.CREATE,
        lambda s: s.refunds.create(**REFUND, appid="wx1"),
        lambda s: s.refunds.create(**REFUND, sp_appid="wx1", sub_appid="wx2", **MORE_OF_A_REFUND),
    ),
    "query_refund_by_id": one_call(refunds.GET, lambda s: s.refunds.get(refund_id="50")),
    "query_refund_by_out_refund_no": one_call(
        refunds.GET_BY_OUT_REFUND_NO, lambda s: s.refunds.get(out_refund_no="R-1")
    ),
    "query_refunds": one_call(refunds.LIST, lambda s: every(s.refunds.list(transaction_id=PAID))),
    "recharge_balance": one_call(refunds.RECHARGE_BALANCE, lambda s: s.refunds.recharge_balance()),
    "recharge_balance_sub_merchant": one_call(
        refunds.RECHARGE_BALANCE_SUB_MERCHANT, lambda s: s.refunds.recharge_balance()
    ),
}
#: Calls of one mode alone.
MODES = {"recharge_balance": "common", "recharge_balance_sub_merchant": "institutional"}
#: Where a payment has one of two names, the one that the calls above do not use.
OTHER_NAME = {"refund": "out_trade_no", "query_refunds": "out_trade_no"}


async def sent_by(call, serve, service, connect, mode="institutional"):
    """Return the places and names of all that a call sends, and its body's JSON."""
    wire = await serve(service)
    session = connect(
        wire, mode, credentials=service.keys.credentials(mode, fetch_certificates=True)
    )
    session = session if mode == "common" else session.for_merchant("1900000109")
    await call(session)
    sent = next(sent for sent in reversed(wire.sent) if sent.path != Settings().bill_paths[0])
    return sent, [*(("query", name) for name in sent.query), *in_body(sent)]


def in_body(sent):
    if not sent.body:
        return []
    if sent.headers["content-type"] == "application/json":
        return [("body", name) for name in sent.json]
    return [("multipart", name.decode()) for name in re.findall(rb'; name="(\w+)"', sent.body)]


def in_path(case):
    return [("path", name) for name in re.findall(r"{(\w+)}", case.endpoint.path)]


@pytest.mark.parametrize("name", CASES)
def test_method_and_path(name):
    """An endpoint has the method and the path of the service, and an answer where it has one."""
    said, endpoint = SPEC[name], CASES[name].endpoint

    assert (said["method"], said["path"]) == (endpoint.method, endpoint.path)
    assert (204 in said["success_status"]) == (endpoint.answer is type(None))


@pytest.mark.parametrize("name", CASES)
async def test_places(name, serve, service, connect):
    """All that an endpoint takes can be sent, in its place, and nothing else is."""
    case = CASES[name]
    rows = SPEC[name]["parameters"]

    mode = MODES.get(name, "institutional")
    sent, found = await sent_by(case.full, serve, service, connect, mode)

    expected = {
        (row["in"], row["name"])
        for row in rows
        if not row.get("notes", "").startswith("common mode only")
        and row["name"] != OTHER_NAME.get(name)
    }
    takes = "sub_mchid" in {name for _, name in expected}
    assert takes == (mode != "common" and case.endpoint.sub_mchid is not ForMerchant.NEVER)
    assert expected == {*found, *in_path(case)}
    assert case.endpoint.method == sent.method


@pytest.mark.parametrize("name", CASES)
async def test_required(name, serve, service, connect):
    """As little as can be sent holds all that is required; in common mode, no sub-merchant."""
    case, rows = CASES[name], SPEC[name]["parameters"]

    mode = MODES.get(name, "common")
    _, found = await sent_by(case.least, serve, service, connect, mode)

    names = {row["name"]: row["required"] for row in rows}
    sent = {name for _, name in [*found, *in_path(case)]}
    assert {name for name, required in names.items() if required == "always"} <= sent
    assert {"always", "conditional"} >= {names[name] for name in sent}
    assert ("sub_mchid" in sent) == (mode != "common")


@pytest.mark.parametrize("name", OTHER_NAME)
async def test_the_other_name(name, serve, service, connect):
    """A payment may also be named by our own number, in the same place."""
    calls = {
        "refund": lambda s: s.refunds.create(
            **{**REFUND, "transaction_id": None, "out_trade_no": TRADE}, sp_appid="wx1"
        ),
        "query_refunds": lambda s: every(s.refunds.list(out_trade_no=TRADE)),
    }

    _, found = await sent_by(calls[name], serve, service, connect)

    places = {row["name"]: row["in"] for row in SPEC[name]["parameters"]}
    assert (places["out_trade_no"], "out_trade_no") in found
    assert "transaction_id" not in {each for _, each in found}


async def test_every_part_of_a_share_is_sent(serve, service, connect):
    """What a share can say is what the service takes of one."""
    rows = {row["name"]: row for row in SPEC["request_order"]["parameters"]}["receivers"]["fields"]

    sent, _ = await sent_by(CASES["request_order"].full, serve, service, connect)

    assert {row["name"] for row in rows} == sent.json["receivers"][0].keys()


async def test_the_headers_of_a_statement(serve, service, connect):
    """A compressed statement is asked for by the documented header; else nothing compressed is."""
    plain, packed = [
        (await sent_by(call, serve, service, connect))[0].headers["accept-encoding"]
        for call in (CASES["statements"].least, CASES["statements"].full)
    ]

    assert {"accept-encoding"} == {name.lower() for name in SPEC["statements"]["headers"]}
    assert ("identity", "gzip") == (plain, packed)


def test_the_path_of_bills():
    """A bill's own path is the one that may be fetched; it takes and gives no JSON."""
    said = SPEC["download_bill"]

    assert (said["path"].partition("?")[0],) == Settings().bill_paths
    assert [] == said["parameters"] == said["response_fields"]


def test_every_endpoint_is_here():
    """Each endpoint of the service is held here."""
    assert SPEC.keys() == {*CASES, "download_bill"}
