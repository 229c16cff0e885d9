import datetime as dt
import json

import pytest
from cryptography import x509

from wxdist.sandbox import Sandbox
from wxdist.sandbox.bills import COLUMNS, SUMMARY

TRADE = "P20150806125346"
SHARING = "/v3/global/profit-sharing"


def share(account="86693852", amount=100, **more):
    facts = {"currency": "CNY", "type": "MERCHANT_ID", "description": "a share"} | more
    return {"account": account, "amount": amount} | facts


async def ready(sandbox, client, amount=1000):
    """A receiver that may receive, and a payment that can be distributed."""
    await client.add()
    await sandbox.approve("86693852")
    await client.mark()
    paid = await sandbox.pay(TRADE, amount=amount)
    await sandbox.advance(minutes=5)
    return paid.transaction_id


async def test_whole_story(sandbox, client):
    """Marked, paid, frozen, distributed, released and billed, the money adds up to the fen."""
    tx = await ready(sandbox, client)
    created = await client.create(tx, share())
    await sandbox.advance(10)
    order = await client.ask("GET", f"{SHARING}/orders/D1?transaction_id={tx}")
    unfreeze = {"transaction_id": tx, "out_order_no": "U1", "description": "the rest"}
    await client.ask("POST", f"{SHARING}/orders/unfreeze", unfreeze)
    await sandbox.advance(10)
    left = await client.ask("GET", f"{SHARING}/transactions/{tx}/amounts")
    await sandbox.advance(days=1, hours=2)
    link = await client.ask("GET", f"{SHARING}/bill-download-url?bill_date=2026-01-05")
    target = link.json["download_url"].removeprefix(sandbox.base_url)
    bill = await client.ask("GET", target)

    assert ("PROCESSING", "PENDING") == (
        created.json["state"],
        created.json["receivers"][0]["result"],
    )
    assert ("FINISHED", "SUCCESS") == (order.json["state"], order.json["receivers"][0]["result"])
    assert {"transaction_id": tx, "unsplit_amount": 0, "currency": "CNY"} == left.json
    assert "%2F" in target
    assert target.endswith("==")
    assert "Wechatpay-Signature" not in bill.headers
    lines = bill.body.decode().split("\r\n")
    assert [",".join(COLUMNS), ",".join(SUMMARY), "`2,`10.00,`1,`9.00", ""] == [
        lines[0],
        *lines[3:],
    ]
    assert ["`1.00", "`9.00"] == [line.split(",")[9] for line in lines[1:3]]
    sandbox.check()


async def test_says_that_it_is_a_sandbox(client):
    """Every answer carries the sandbox's header, a Request-ID and its language."""
    reply = await client.ask("GET", "/v3/global/certificates")

    assert ("1", "en") == (reply.headers["Wxdist-Sandbox"], reply.headers["Content-Language"])
    assert reply.headers["Request-ID"].endswith("-0")


async def test_mark_is_an_empty_signed_answer(client):
    """A mark is answered by 204 without a body, signed all the same."""
    reply = await client.mark()

    assert (204, b"") == (reply.status, reply.body)


async def test_order_object_as_documented(sandbox, client):
    """The order object has the documented fields, the sponsor's with its exchange."""
    tx = await ready(sandbox, client)
    made = (await client.create(tx, share(amount=5), unfreeze=True)).json

    sponsor, other = made["receivers"]
    assert "7100SANDBOX" == made["order_id"][:11]
    assert 31 == len(made["order_id"])
    assert tx.startswith("42")
    assert 28 == len(tx)
    assert (995, "HKD", 1189, 83640300) == (
        sponsor["amount"],
        sponsor["settlement_currency"],
        sponsor["settlement_amount"],
        sponsor["rate_value"],
    )
    assert "72" == sponsor["detail_id"][:2]
    assert ("1900000001", "UNFREEZE_TO_SPONSOR") == (sponsor["account"], sponsor["detail_type"])
    assert {
        *("currency", "amount", "description", "type", "account", "result", "create_time"),
        *("detail_id", "detail_type"),
    } == set(other)
    assert "2026-01-05T09:05:00+08:00" == other["create_time"]


async def test_closed_detail_says_why(sandbox, client):
    """A detail that was closed carries its reason and the time of its end."""
    tx = await ready(sandbox, client)
    await sandbox.close("D1", "86693852", "RECEIVER_HIGH_RISK")
    await client.create(tx, share())
    await sandbox.advance(10)
    (detail,) = (await client.ask("GET", f"{SHARING}/orders/D1?transaction_id={tx}")).json[
        "receivers"
    ]

    assert ("CLOSED", "RECEIVER_HIGH_RISK") == (detail["result"], detail["fail_reason"])
    assert "finish_time" in detail


async def test_relation_keeps_its_words_and_seals_its_name(client, sandbox):
    """A relation is answered as it was added; its name encrypted for the merchant."""
    files = [(await client.upload()).json["file_id"] for _ in range(2)]
    added = await client.add(
        relation_type="CUSTOM",
        custom_relation="代理商",
        scene="s",
        major_service="m",
        expected_ratio=2000,
        application_file_id=files[0],
        partnership_file_id=files[1],
        name=client.seal("某公司"),
    )
    await sandbox.refuse("86693852", "PAPERS")
    got = (await client.ask("GET", f"{SHARING}/receivers/86693852?type=MERCHANT_ID")).json

    assert "INIT" == added.json["state"]
    assert "某公司" == client.open(got.pop("name"))
    assert {
        "type": "MERCHANT_ID",
        "account": "86693852",
        "relation_type": "CUSTOM",
        "custom_relation": "代理商",
        "scene": "s",
        "major_service": "m",
        "expected_ratio": 2000,
        "application_file_id": files[0],
        "partnership_file_id": files[1],
        "state": "SANDBOX_REFUSED",
        "fail_reason": "PAPERS",
        "fail_description": "[sandbox] The audit refused this receiver: PAPERS",
    } == got


async def test_person_is_found_by_a_quoted_account(client):
    """An OpenID with odd characters is found under its percent-encoded path."""
    account = "o/ä %1"
    await client.add(
        account, type="PERSONAL_OPENID", appid="wx8", name=client.seal("张三"), authorized=True
    )
    path = f"{SHARING}/receivers/o%2F%C3%A4%20%251"
    got = await client.ask("GET", f"{path}?type=PERSONAL_OPENID&appid=wx8")

    assert account == got.json["account"]


async def test_delete_has_a_signed_body(client):
    """A receiver named in the body of a DELETE is gone afterwards."""
    await client.add()
    body = {"type": "MERCHANT_ID", "account": "86693852"}
    gone = await client.ask("DELETE", f"{SHARING}/receivers", body)
    got = await client.ask("GET", f"{SHARING}/receivers/86693852?type=MERCHANT_ID")

    assert (204, 404) == (gone.status, got.status)
    assert "RESOURCE_NOT_EXISTS" == got.json["code"]


async def test_certificate_list_opens_with_the_key(client):
    """The certificate list holds the platform's certificate under the APIv3 key."""
    (entry,) = (await client.ask("GET", "/v3/global/certificates")).json["data"]
    certificate = x509.load_pem_x509_certificate(client.certificate_in(entry))

    assert f"{certificate.serial_number:040X}" == entry["serial_no"]
    assert "SANDBOX" in certificate.subject.rfc4514_string()
    assert "2026-01-04T09:00:00+08:00" == entry["effective_time"]
    assert entry["expire_time"].startswith("2031-01-03")


async def test_answers_signed_by_the_public_key(client_of):
    """In public-key mode answers name the public key's id, and its key verifies them."""
    async with Sandbox(answers="public_key") as sandbox:
        reply = await client_of(sandbox).ask("GET", "/v3/global/certificates")

    assert reply.headers["Wechatpay-Serial"].startswith("PUB_KEY_ID_")


async def test_name_may_be_sealed_with_the_public_key(client):
    """A name encrypted with the public key is opened by its id."""
    serial = client.facts["platform_public_key_id"]
    body = {"type": "MERCHANT_ID", "account": "1", "relation_type": "SUPPLIER"}
    body["name"] = client.seal("Shop", serial)
    reply = await client.ask(
        "POST", f"{SHARING}/receivers", body, headers={"Wechatpay-Serial": serial}
    )

    assert "Shop" == client.open(reply.json["name"])


@pytest.mark.parametrize(("serial", "name"), [("0" * 40, "x"), (None, "!!"), (None, "AAAA")])
async def test_name_that_cannot_be_opened(client, serial, name):
    """A name that the named key cannot open is refused."""
    headers = {"Wechatpay-Serial": serial or client.facts["platform_serial_no"]}
    body = {"type": "MERCHANT_ID", "account": "1", "relation_type": "SUPPLIER", "name": name}
    reply = await client.ask("POST", f"{SHARING}/receivers", body, headers=headers)

    assert (400, "INVALID_REQUEST") == (reply.status, reply.json["code"])
    assert "cannot be decrypted" in reply.json["message"]


async def test_name_needs_the_serial_header(client):
    """A name without Wechatpay-Serial is a wrong parameter."""
    body = {"type": "MERCHANT_ID", "account": "1", "relation_type": "SUPPLIER", "name": "x"}
    reply = await client.ask("POST", f"{SHARING}/receivers", body)

    assert {
        "field": "Wechatpay-Serial",
        "issue": "is required when a name is sent",
        "location": "header",
    } == reply.json["detail"]


async def test_param_error_as_documented(sandbox, client):
    """A wrong field is named by a JSON pointer with its value, the issue and its place."""
    reply = await client.create("42", share(), share(amount=True), share(type="X"))

    assert (400, "PARAM_ERROR", "Parameter error") == (
        reply.status,
        reply.json["code"],
        reply.json["message"],
    )
    assert {"field": "/receivers/1/amount", "value": True, "location": "body"} == {
        name: value for name, value in reply.json["detail"].items() if name != "issue"
    }


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("offset=0", "limit"),
        ("limit=31&offset=0&settle_state=UNSETTLE", "limit"),
        ("limit=x&offset=0&settle_state=UNSETTLE", "limit"),
        ("limit=1&offset=0", "settle_state"),
        ("limit=1&offset=0&settle_state=SETTLE", "settle_state"),
        ("limit=1&offset=0&settle_state=SETTLED", "settle_start_date"),
        ("limit=1&offset=0&settle_state=SETTLED&settle_start_date=20260132", "settle_start_date"),
        ("limit=1&offset=0&settle_state=SETTLED&settle_start_date=2026-1-1", "settle_start_date"),
        (
            (
                "limit=1&offset=0&settle_state=SETTLED&settle_start_date=20260102"
                "&settle_end_date=20260101"
            ),
            "settle_end_date",
        ),
    ],
)
async def test_settlement_parameters(client, query, field):
    """A wrong parameter of the settlement query is named plainly."""
    reply = await client.ask("GET", f"/v3/global/settle/settlements?{query}")

    assert (400, field, "query") == (
        reply.status,
        reply.json["detail"]["field"],
        reply.json["detail"]["location"],
    )


async def test_settlements_by_page(sandbox, client):
    """Settlements come a page at a time; the total stands on the first page and an empty one."""
    for day in range(3):
        trade = f"{TRADE}-{day}"
        await sandbox.pay(trade, amount=1000)
        await sandbox.advance(days=1)

    async def page(offset):
        query = f"limit=2&offset={offset}&settle_state=UNSETTLE"
        return (await client.ask("GET", f"/v3/global/settle/settlements?{query}")).json

    first, second, third = [await page(offset) for offset in (0, 2, 4)]
    settled = await client.ask(
        "GET",
        "/v3/global/settle/settlements?limit=2&offset=0&settle_state=SETTLED"
        "&settle_start_date=20260105&settle_end_date=20260110",
    )
    assert (3, 2, 2) == (first["total_count"], first["limit"], len(first["data"]))
    assert (False, 1) == ("total_count" in second, second["limit"])
    assert (3, 0, []) == (third["total_count"], third["limit"], third["data"])
    assert {"data": [], "total_count": 0, "offset": 0, "limit": 0} == settled.json
    assert {
        "batch_id": "20260105001",
        "settlement_date": "20260106",
        "trade_start_date": "20260105",
        "trade_end_date": "20260105",
        "amount": {
            "settled": 0,
            "unsettle": 1195,
            "currency": "HKD",
            "pay": 1195,
            "refund": 0,
            "net": 1195,
            "fee": 0,
        },
        "wallet_region": "CHINA_MAINLAND",
        "split_amount": {
            "settled": 0,
            "unsettle": 0,
            "currency": "HKD",
            "pay": 0,
            "refund": 0,
        },
    } == first["data"][0]


async def test_refundable_balance(client):
    """The quota names the merchant, and is nothing on a day without a release."""
    reply = await client.ask("GET", f"{SHARING}/refunds/refundable-balance")

    assert {"sponsor_mchid": "1900000001", "balance": 0, "currency": "CNY"} == reply.json


@pytest.mark.parametrize("key", ["digest", "sha256"])
async def test_upload(client, key):
    """A document is taken in under either spelling of its digest, only its meta signed."""
    reply = await client.upload(b"\r\n--edg\x00\xff", key=key)

    assert 200 == reply.status
    assert client.signed(reply)
    assert 36 == len(reply.json["file_id"])


async def test_upload_refusals(client):
    """Documents with a wrong digest, name or size, or without their parts, are refused."""
    replies = [
        await client.upload(digest="0" * 64),
        await client.upload(filename="a.txt"),
        await client.upload(b""),
        await client.upload(b"x" * (5 * 1024 * 1024 + 1)),
        await client.send_parts(b"{}", b"x", names=("meta", "other")),
        await client.send_parts(b"[]", b"x"),
    ]

    assert [400] * 6 == [reply.status for reply in replies]
    assert ["/digest", "/filename", "file", "file", None, ""] == [
        reply.json.get("detail", {}).get("field") for reply in replies
    ]


async def test_upload_without_meta_is_no_signed_upload(client):
    """An upload whose signed part is missing fails its signature."""
    reply = await client.send_parts(b"{}", b"x", names=("other", "file"))

    assert 401 == reply.status


async def test_too_large_is_refused_unread(client):
    """A body beyond the caps is refused before its signature is looked at."""
    target = f"{SHARING}/orders"
    json_body = await client.raw("POST", target, b"x" * (1024 * 1024 + 1))
    upload = await client.raw(
        "POST", "/v3/global/merchant-storage/file/upload", b"x" * (6 * 1024 * 1024 + 1)
    )

    assert [413, 413] == [json_body.status, upload.status]
    assert json_body.json == upload.json


async def test_headers_that_are_required(client):
    """Without User-Agent, or an Accept that takes JSON, a call is refused."""
    target = "/v3/global/certificates"
    replies = [
        await client.ask("GET", target, headers={"User-Agent": ""}),
        await client.ask("GET", target, headers={"Accept": "image/png"}),
    ]

    assert [400, 400] == [reply.status for reply in replies]
    assert ["User-Agent", "Accept"] == [reply.json["message"].split()[3] for reply in replies]


async def test_bodies_that_are_no_json_object(client):
    """A body of another type, or that is no JSON object, is refused."""
    target = f"{SHARING}/orders"
    wrong_type = await client.ask("POST", target, {}, headers={"Content-Type": "text/plain"})
    no_object = await client.ask("POST", target, [])

    assert "[sandbox] Content-Type must be application/json" == wrong_type.json["message"]
    assert {"field": "", "issue": "must be a JSON object", "location": "body"} == (
        no_object.json["detail"]
    )


@pytest.mark.parametrize(
    ("method", "target"),
    [("GET", "/v3/certificates"), ("PUT", f"{SHARING}/orders"), ("GET", f"{SHARING}/orders/a/b")],
)
async def test_unknown_addresses(client, method, target):
    """An address or method that does not exist is 404, signed."""
    assert 404 == (await client.ask(method, target)).status


@pytest.mark.parametrize(
    "target",
    [
        f"{SHARING}/orders/D1?transaction_id=%FF",
        f"{SHARING}/orders/D1?transaction_id=1&transaction_id=2",
        f"{SHARING}/orders/%FF?transaction_id=1",
        f"{SHARING}/orders/D1?" + "&".join(f"a{i}=1" for i in range(51)),
    ],
)
async def test_addresses_that_cannot_be_read(client, target):
    """A path or query that is no UTF-8, or names a parameter twice, is refused."""
    reply = await client.ask("GET", target)

    assert (400, "INVALID_REQUEST") == (reply.status, reply.json["code"])


async def test_unsigned_is_401_and_unsigned(client):
    """A call without a signature is answered 401, without one too, and does nothing."""
    reply = await client.raw("GET", "/v3/global/certificates")

    assert 401 == reply.status
    assert "Wechatpay-Signature" not in reply.headers


async def test_wrong_signature_shows_what_was_expected(client, sandbox):
    """A 401 carries the text that the service expected to be signed, and its length."""
    target = f"{SHARING}/orders/D1?transaction_id=%2F"
    nonce, time = "n1", str(int(sandbox.clock.now()))
    reply = await client.ask(
        "GET", target, nonce_str=nonce, timestamp=time, signature=client.sign(b"other")
    )

    expected = f"GET\n{target}\n{time}\n{nonce}\n\n"
    assert {
        "code": "SIGN_ERROR",
        "message": "Signature error: signature sign not match",
        "detail": {
            "detail": {"issue": "sign not match"},
            "field": "signature",
            "location": "authorization",
            "sign_information": {
                "method": "GET",
                "url": target,
                "truncated_sign_message": expected,
                "sign_message_length": len(expected),
            },
        },
    } == reply.json


async def test_body_that_is_no_text_is_answered(client):
    """Bytes that are no UTF-8 are checked as they came, and refused as no JSON."""
    target = f"{SHARING}/orders"
    headers = {
        "Accept": "*/*",
        "Content-Type": "application/json",
        "Authorization": client.header("POST", target, b"\xff"),
    }
    signed = await client.raw("POST", target, b"\xff", headers=headers)
    other = await client.raw("POST", target, b"\xfe", headers=headers)

    assert ["PARAM_ERROR", "SIGN_ERROR"] == [signed.json["code"], other.json["code"]]


async def test_lone_surrogates_come_back_as_question_marks(client):
    """A value that is no text is refused and answered all the same."""
    target = f"{SHARING}/transactions/mark"
    text = rb'{"out_trade_no": "\ud800aaaaaa", "currency": "CNY"}'
    headers = {
        "Accept": "*/*",
        "Content-Type": "application/json",
        "Authorization": client.header("POST", target, text),
    }
    reply = await client.raw("POST", target, text, headers=headers)

    assert "?aaaaaa" == reply.json["detail"]["value"]


async def test_bill_links(client, sandbox):
    """A bill's address lives 30 s, once made; a rewritten or invented one opens nothing."""
    tx = await ready(sandbox, client)
    await client.create(tx, share())
    await sandbox.advance(days=1, hours=2)
    link = (await client.ask("GET", f"{SHARING}/bill-download-url?bill_date=2026-01-05")).json
    target = link["download_url"].removeprefix(sandbox.base_url)
    rewritten = await client.ask("GET", target.replace("%2F", "/"))
    await sandbox.advance(30)
    alive = await client.ask("GET", target)
    await sandbox.advance(1)
    late = await client.ask("GET", target)

    assert [400, 200, 400] == [rewritten.status, alive.status, late.status]
    assert "text/csv; charset=utf-8" == alive.headers["Content-Type"]
    assert "30 seconds" in late.json["message"]


async def test_with_sub_merchants(client_of):
    """With sub-merchants every call names one of them, and strangers are refused."""
    async with Sandbox(mode="institutional", sub_mchids=["1900000109"]) as sandbox:
        client = client_of(sandbox)
        marked = await client.mark(sub_mchid="1900000109")
        without, stranger = await client.mark(), await client.mark(sub_mchid="1900000110")
        paid = await sandbox.pay(TRADE, amount=100, sub_mchid="1900000109")
        await sandbox.advance(minutes=5)
        target = f"{SHARING}/transactions/{paid.transaction_id}/amounts"
        nameless = await client.ask("GET", target)
        found = await client.ask("GET", f"{target}?sub_mchid=1900000109")
        added = await client.add(sub_mchid="1900000109")
        settled = await client.ask(
            "GET", "/v3/global/settle/settlements?limit=1&offset=0&settle_state=UNSETTLE"
        )

    assert [204, 400, 403, 400, 200, 200] == [
        reply.status for reply in (marked, without, stranger, nameless, found, settled)
    ]
    assert ["/sub_mchid", "sub_mchid"] == [
        reply.json["detail"]["field"] for reply in (without, nameless)
    ]
    assert "NO_AUTH" == stranger.json["code"]
    assert "1900000109" == added.json["sub_mchid"]
    assert dt.timedelta(hours=8) == paid.paid_at.utcoffset()


async def test_calls_are_logged(client, sandbox):
    """The log keeps each call's number, method, target, status and signature check."""
    await client.mark()
    await client.raw("GET", "/x?y=%2F")

    (mark, other) = sandbox.calls
    assert (1, "POST", f"{SHARING}/transactions/mark", 204, True) == (
        mark.number,
        mark.method,
        mark.target,
        mark.status,
        mark.check.ok,
    )
    assert mark.check.expected.endswith(
        json.dumps({"out_trade_no": TRADE, "currency": "CNY"}) + "\n"
    )
    assert (2, "/x?y=%2F", 401, "is missing") == (
        other.number,
        other.target,
        other.status,
        other.check.issue,
    )
