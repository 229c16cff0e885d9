"""The package wechatpayv3, which shares no line with us, against the standing sandbox."""

import contextlib
import csv
import inspect
import json

import pytest

from ..standing_process import order, standing

pytest.importorskip("wechatpayv3", reason="wechatpayv3 is not installed: see `nox -s foreign`")

from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.async_ import AsyncWeChatPay
from wechatpayv3.async_.type import RequestType as AsyncRequestType
from wechatpayv3.type import RequestType

SHARING = "/v3/global/profit-sharing"
TRADE, ACCOUNT, DAY = "P20150806125346", "86693852", "2026-01-05"
#: Their two clients, each with its names of methods.
CLIENTS = [(WeChatPay, RequestType), (AsyncWeChatPay, AsyncRequestType)]


class Peer:
    """A client of theirs in public-key mode; it signs each call, and verifies each 2xx."""

    def __init__(self, cls, methods, folder):
        facts = json.loads((folder / "credentials.json").read_text())
        self.theirs = cls(
            wechatpay_type=WeChatPayType.NATIVE,
            mchid=facts["mchid"],
            private_key=(folder / "merchant_key.pem").read_text(),
            cert_serial_no=facts["serial_no"],
            appid="wx0000000000000000",
            apiv3_key=facts["api_v3_key"],
            public_key=(folder / "platform_public_key.pem").read_text(),
            public_key_id=facts["platform_public_key_id"],
        )
        self.theirs._core._gate_way = facts["base_url"]  # it has no setting for it
        self._methods = methods

    async def ask(self, method, path, body=None, **more):
        made = self.theirs._core.request(path, method=self._methods(method), data=body, **more)
        return await made if inspect.isawaitable(made) else made

    async def get(self, path):
        status, text = await self.ask("GET", SHARING + path)
        assert 200 == status, text
        return json.loads(text)

    async def post(self, path, body):
        status, text = await self.ask("POST", SHARING + path, body)
        assert 200 == status, text
        return json.loads(text)

    async def add_receiver(self):
        """Add one; its name leaves encrypted by them for the sandbox's key."""
        body = {
            "type": "MERCHANT_ID",
            "account": ACCOUNT,
            "name": self.theirs._core.encrypt("深圳某某公司"),
            "relation_type": "SUPPLIER",
        }
        return await self.post("/receivers", body)


@pytest.fixture
def base_url(tmp_path):
    start = f"{DAY}T09:00+08:00"
    with standing(tmp_path, "--control", "--answers", "public_key", "--start", start) as address:
        yield address


@pytest.fixture(params=CLIENTS, ids=["sync", "async"])
async def peer(request, base_url, tmp_path):
    made = Peer(*request.param, tmp_path)
    async with contextlib.AsyncExitStack() as stack:
        if hasattr(made.theirs, "__aenter__"):
            await stack.enter_async_context(made.theirs)
        yield made


async def frozen(peer, base_url):
    """Mark, pay, and wait until the money can be distributed; return the payment's number."""
    body = {"out_trade_no": TRADE, "currency": "CNY"}
    assert (204, b"") == await peer.ask("POST", f"{SHARING}/transactions/mark", body)
    paid = order(base_url, "pay", {"out_trade_no": TRADE, "amount": 1000})
    order(base_url, "clock/advance", {"seconds": 300})
    return paid["transaction_id"]


async def finished(peer, base_url, path, body):
    """Send an order, and return its details once it is FINISHED."""
    await peer.post(path, body)
    order(base_url, "clock/advance", {"seconds": 60})
    query = f"?transaction_id={body['transaction_id']}"
    done = await peer.get(f"/orders/{body['out_order_no']}{query}")
    assert "FINISHED" == done["state"]
    return [(each["account"], each["amount"], each["result"]) for each in done["receivers"]]


async def bill(peer, base_url):
    """Return the bill's table, without its summary."""
    link = await peer.get(f"/bill-download-url?bill_date={DAY}")
    target = link["download_url"].removeprefix(base_url)
    status, content = await peer.ask("GET", target, skip_verify=True)  # a file is not signed
    assert 200 == status
    lines = content.decode().splitlines()
    return list(csv.DictReader(lines[:-2]))


async def test_from_mark_to_bill(peer, base_url):
    """It marks, distributes, queries, unfreezes and reads the bill; every amount is right."""
    assert "INIT" == (await peer.add_receiver())["state"]
    order(base_url, "receivers/approve", {"account": ACCOUNT})
    paid = await frozen(peer, base_url)
    assert 1000 == (await peer.get(f"/transactions/{paid}/amounts"))["unsplit_amount"]

    share = {"type": "MERCHANT_ID", "account": ACCOUNT, "amount": 300, "currency": "CNY"}
    body = {
        "transaction_id": paid,
        "out_order_no": "A1",
        "unfreeze_unsplit": False,
        "receivers": [{**share, "description": "30 %"}],
    }
    assert [(ACCOUNT, 300, "SUCCESS")] == await finished(peer, base_url, "/orders", body)

    body = {"transaction_id": paid, "out_order_no": "U1", "description": "the rest"}
    released = await finished(peer, base_url, "/orders/unfreeze", body)
    assert [("1900000001", 700, "SUCCESS")] == released

    order(base_url, "clock/advance", {"seconds": 26 * 3600})
    assert [("`A1", "`3.00"), ("`U1", "`7.00")] == [
        (row["out_order_no"], row["amount"]) for row in await bill(peer, base_url)
    ]
    assert {"sound": True, "problem": None} == order(base_url, "check", {})
    auditor = order(base_url, "auditor")
    assert ("green", 0) == (auditor["state"], auditor["found"])


@pytest.mark.parametrize("kind", ["forged", "garbled"])
async def test_it_verifies(peer, base_url, kind):
    """It takes no answer that the sandbox was told to spoil: so it did check all the others."""
    paid = await frozen(peer, base_url)
    path = f"/transactions/{paid}/amounts"
    assert 1000 == (await peer.get(path))["unsplit_amount"]
    order(base_url, "faults", {"kind": kind, "count": 1})

    with pytest.raises(Exception, match="failed to verify the signature"):
        await peer.get(path)
    assert 1000 == (await peer.get(path))["unsplit_amount"]


async def test_its_signature_is_checked(peer, base_url):
    """What it signs in another name is refused, and the control API says why."""
    peer.theirs._core._cert_serial_no = "00" * 20

    status, text = await peer.ask("GET", f"{SHARING}/refunds/refundable-balance")

    assert (401, "SIGN_ERROR") == (status, json.loads(text)["code"])
    (call,) = order(base_url, "calls")["calls"]
    assert "serial_no" == order(base_url, f"calls/{call['number']}/explain")["field"]
