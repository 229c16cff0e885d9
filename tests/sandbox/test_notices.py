"""What the sandbox posts: genuine by the client's own arithmetic, and forged as told."""

import base64
import json
from types import SimpleNamespace

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from wxdist import InvalidInput
from wxdist.sandbox import Sandbox

TRADE, SHOP = "P20150806125346", "1900000109"


def signed(client, headers, body):
    """Check the signature; raise when it does not hold."""
    return client.signed(SimpleNamespace(headers=headers, body=body))


def opened(client, body):
    """Return the JSON that is encrypted in a body."""
    sealed = json.loads(body)["resource"]
    text = AESGCM(client.facts["api_v3_key"].encode()).decrypt(
        sealed["nonce"].encode(),
        base64.b64decode(sealed["ciphertext"]),
        sealed["associated_data"].encode(),
    )
    return json.loads(text)


async def refunded(client, paid, number="R-1"):
    """Ask for a refund of 10 fen, which is then under way."""
    body = {"mchid": client.facts["mchid"], "appid": "wx1", "out_refund_no": number}
    body |= {"transaction_id": paid.transaction_id}
    body["amount"] = {"refund": 10, "total": 1000, "currency": "CNY"}
    return (await client.ask("POST", "/v3/global/refunds", body)).json["id"]


async def test_a_payment(sandbox, client):
    """The notice of a payment is signed and encrypted, and says what the query says."""
    paid = await sandbox.pay(TRADE, amount=1000)

    headers, body = await sandbox.notice(out_trade_no=TRADE)
    told, facts = json.loads(body), opened(client, body)

    assert signed(client, headers, body)
    assert ("TRANSACTION.SUCCESS", "encrypt-resource", "transaction") == (
        told["event_type"],
        told["resource_type"],
        told["resource"]["original_type"],
    )
    assert "2026-01-05T09:00:00+08:00" == told["create_time"] == facts["success_time"]
    assert (paid.transaction_id, TRADE, "SUCCESS", 1000) == (
        facts["transaction_id"],
        facts["out_trade_no"],
        facts["trade_state"],
        facts["amount"]["total"],
    )
    assert facts["payer"]["openid"].startswith("oSANDBOX")
    assert "id" not in facts
    assert headers["Request-ID"].endswith("-0")


async def test_a_refunded_payment_was_made(sandbox, client):
    """The notice of a payment says that it was made, whatever became of it."""
    await sandbox.pay(TRADE, amount=1000)
    sandbox.control.refund(TRADE, amount=10)

    _, body = await sandbox.notice(out_trade_no=TRADE)

    assert "SUCCESS" == opened(client, body)["trade_state"]


@pytest.mark.parametrize("key", ["refund_id", "out_refund_no"])
async def test_a_refund(sandbox, client, key):
    """A refund is told of by either number once it arrived, and not before."""
    paid = await sandbox.pay(TRADE, amount=1000)
    refund_id = await refunded(client, paid)
    number = {"refund_id": refund_id, "out_refund_no": "R-1"}[key]
    with pytest.raises(InvalidInput, match="has not arrived"):
        await sandbox.notice(**{key: number})
    await sandbox.advance(minutes=20)

    headers, body = await sandbox.notice(**{key: number})
    facts = opened(client, body)

    assert signed(client, headers, body)
    assert "REFUND.SUCCESS" == json.loads(body)["event_type"]
    assert (client.facts["mchid"], paid.transaction_id, TRADE, refund_id, "R-1") == tuple(
        facts[name]
        for name in ("mchid", "transaction_id", "out_trade_no", "refund_id", "out_refund_no")
    )
    assert ("SUCCESS", 10, 1000) == (
        facts["refund_status"],
        facts["amount"]["refund"],
        facts["amount"]["total"],
    )


async def test_a_repeat(sandbox, client):
    """The same fact has the same id and text, under another nonce, signature and encryption."""
    await sandbox.pay(TRADE, amount=1000)

    first, one = await sandbox.notice(out_trade_no=TRADE)
    await sandbox.advance(seconds=15)
    second, two = await sandbox.notice(out_trade_no=TRADE)

    assert json.loads(one)["id"] == json.loads(two)["id"]
    assert opened(client, one) == opened(client, two)
    assert one != two
    assert 15 == int(second["Wechatpay-Timestamp"]) - int(first["Wechatpay-Timestamp"])
    assert first["Wechatpay-Nonce"] != second["Wechatpay-Nonce"]


async def test_ids_differ(sandbox):
    """A thousand payments of one second have a thousand ids."""
    ids = set()
    for number in range(1000):
        await sandbox.pay(f"P2015080612{number:05}", amount=1)
        _, body = await sandbox.notice(out_trade_no=f"P2015080612{number:05}")
        ids.add(json.loads(body)["id"])

    assert 1000 == len(ids)


@pytest.mark.parametrize("answers", ["certificate", "public_key"])
async def test_for_a_sub_merchant(client_of, answers):
    """With sub-merchants the notice names both, and both apps' payer; any key signs it."""
    options = {"mode": "institutional", "sub_mchids": [SHOP], "answers": answers}
    async with Sandbox(**options) as sandbox:
        client = client_of(sandbox)
        await sandbox.pay(TRADE, amount=1000, sub_mchid=SHOP)
        made = sandbox.control.refund(TRADE, amount=10, sub_mchid=SHOP)

        headers, body = await sandbox.notice(out_trade_no=TRADE, sub_mchid=SHOP)
        _, refund = await sandbox.notice(refund_id=made["refund_id"])
        with pytest.raises(InvalidInput, match="sub_mchid"):
            await sandbox.notice(out_trade_no=TRADE)

    paid, back = opened(client, body), opened(client, refund)
    assert signed(client, headers, body)
    assert (client.facts["mchid"], SHOP) == (paid["sp_mchid"], paid["sub_mchid"])
    assert (client.facts["mchid"], SHOP) == (back["sp_mchid"], back["sub_mchid"])
    assert {"sp_openid", "sub_openid"} == paid["payer"].keys()


@pytest.mark.parametrize(
    ("numbers", "field"),
    [
        ({}, "out_trade_no"),
        ({"out_trade_no": TRADE, "refund_id": "5"}, "out_trade_no"),
        ({"out_trade_no": "P20150806125347"}, "out_trade_no"),
        ({"refund_id": "5"}, "refund_id"),
        ({"out_refund_no": "R-1"}, "out_refund_no"),
        ({"out_trade_no": TRADE, "sub_mchid": SHOP}, "sub_mchid"),
        ({"out_trade_no": TRADE, "forged": "badly"}, "forged"),
    ],
    ids=str,
)
async def test_nothing_to_tell(sandbox, numbers, field):
    """What there is none of, is named."""
    await sandbox.pay(TRADE, amount=1000)
    sandbox.control.refund(TRADE, amount=1)

    with pytest.raises(InvalidInput) as raised:
        await sandbox.notice(**numbers)

    assert field == raised.value.field


@pytest.mark.parametrize("forged", ["other_key", "probe", "rewritten"])
async def test_forged(sandbox, client, forged):
    """A notice that is forged holds no signature; all else of it is as always."""
    await sandbox.pay(TRADE, amount=1000)

    headers, body = await sandbox.notice(out_trade_no=TRADE, forged=forged)

    with pytest.raises((InvalidSignature, ValueError)):
        signed(client, headers, body)
    assert TRADE == opened(client, body)["out_trade_no"]
    probe = headers["Wechatpay-Signature"].startswith("WECHATPAY/SIGNTEST/")
    assert (forged == "probe") is probe


async def test_stale(sandbox, client):
    """A stale notice is genuine, and was signed a second too long ago."""
    await sandbox.pay(TRADE, amount=1000)

    headers, body = await sandbox.notice(out_trade_no=TRADE, forged="stale")

    assert signed(client, headers, body)
    assert 301 == sandbox.clock.now() - int(headers["Wechatpay-Timestamp"])


async def test_over_http(client_of, http):
    """The control API gives what a program in any language has to post, byte for byte."""
    async with Sandbox(clock="manual", control=True) as sandbox:
        client = client_of(sandbox)
        await sandbox.pay(TRADE, amount=1000)
        address = f"{sandbox.base_url}/_sandbox/notice"

        async with http.post(address, json={"out_trade_no": TRADE}) as answer:
            told = await answer.json()
        async with http.post(address, json={"out_trade_no": TRADE, "forged": "x"}) as refused:
            problem = (await refused.json())["error"]

    assert signed(client, told["headers"], told["body"].encode())
    assert TRADE == opened(client, told["body"])["out_trade_no"]
    assert (400, "forged") == (refused.status, problem["field"])
