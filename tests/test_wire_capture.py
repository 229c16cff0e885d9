"""Held at the socket: what is signed is what is sent, and nothing is sent but by us."""

import datetime as dt
import hashlib
import re
from urllib.parse import unquote

import pytest

from wxdist import NoAnswer, NotFound, OutcomeUnknown, Receiver, Share

TEXTS = [
    "分给商户A",
    "a b",
    "100%",
    "%41",
    "1+1=2",
    "a/b",
    '"quoted"',
    "it's",
    "a?b#c&d=e",
    "~(*)@:,;!",
]
TRANSACTION = "4200000001202601050000000001"


def share(**changes):
    known = {"type": "MERCHANT_ID", "account": "86693852", "amount": 100, "description": "a share"}
    return Share(**known | changes)


@pytest.fixture
async def talk(serve, service, connect):
    """Make a true service and a session with it."""
    wire = await serve(service)
    return wire, connect(wire)


@pytest.mark.parametrize("text", TEXTS)
async def test_ids_in_a_path_are_signed_as_sent(talk, keys, text):
    """An id of any characters is one segment of the path, and the signature covers it so."""
    wire, session = talk

    remaining = await session.transactions.remaining(text)
    relation = await session.receivers.get(text, type="MERCHANT_ID")
    order = await session.orders.get("D-1", transaction_id=text)

    for sent in wire.sent:
        keys.check(sent)
    amounts, receiver, query = wire.sent
    assert (text, text, text) == (remaining.transaction_id, relation.account, order.transaction_id)
    assert text == unquote(amounts.path.split("/")[-2])
    assert text == unquote(receiver.path.split("/")[-1])
    assert text == query.query["transaction_id"]


@pytest.mark.parametrize("text", TEXTS)
async def test_bodies_are_signed_as_sent(talk, keys, text):
    """A description or an id in a body is signed in the very bytes that leave."""
    wire, session = talk

    await session.transactions.mark(f"P20150806{text}")
    await session.orders.create(
        TRANSACTION, "D-1", [share(description=text)], unfreeze_unsplit=False
    )
    await session.orders.unfreeze(TRANSACTION, "D-2", description=text)
    await session.receivers.delete(text, type="MERCHANT_ID")

    for sent in wire.sent:
        keys.check(sent)
    mark, create, unfreeze, delete = (sent.json for sent in wire.sent)
    assert f"P20150806{text}" == mark["out_trade_no"]
    assert text == create["receivers"][0]["description"]
    assert text == unfreeze["description"]
    assert text == delete["account"]


async def test_delete_has_a_signed_body(talk, keys):
    """DELETE carries its receiver in the body, and the signature covers it."""
    wire, session = talk

    await session.receivers.delete("86693852", type="MERCHANT_ID")

    (sent,) = wire.sent
    keys.check(sent)
    assert b'{"type":"MERCHANT_ID","account":"86693852"}' == sent.body
    assert "DELETE" == sent.method


async def test_a_bill_token_is_sent_as_given(serve, service, connect, keys, tmp_path):
    """The path and query of a bill's address leave as the service wrote them, and are signed so."""
    target = "/v3/bill/downloadurl?token=a%2Fb%2Bc%3D&x=y=="

    def answer(sent):
        if sent.path.startswith("/v3/bill"):
            return service.http(404)
        return service.genuine(sent, download_url=service.url + target)

    wire = await serve(answer)
    service.url = wire.url
    session = connect(wire)

    with pytest.raises(NotFound):
        await session.bills.distribution(dt.date(2026, 1, 1)).download(tmp_path / "bill.csv")

    fetched = [sent for sent in wire.sent if sent.path.startswith("/v3/bill")]
    assert [target, target] == [sent.target for sent in fetched]
    for sent in fetched:
        keys.check(sent)


@pytest.mark.parametrize("filename", ["a.pdf", "授权书 1.pdf", "100% +.PNG", 'a"b.jpg'])
async def test_of_an_upload_the_meta_is_signed(talk, keys, filename):
    """The signature of an upload covers the meta part, byte for byte as it stands in the body."""
    wire, session = talk
    content = bytes(range(256)) * 9

    await session.files.upload(content, filename=filename)

    (sent,) = wire.sent
    boundary = re.fullmatch(r"multipart/form-data; boundary=(\S+)", sent.headers["content-type"])[1]
    _, meta, file, end = sent.body.split(b"--" + boundary.encode())
    head, text = meta.split(b"\r\n\r\n")
    digest = hashlib.sha256(content).hexdigest()
    keys.check(sent, covered=text.removesuffix(b"\r\n"))
    assert f'{{"filename":"{filename}","digest":"{digest}"}}'.replace('a"b', 'a\\"b').encode() == (
        text.removesuffix(b"\r\n")
    )
    assert b'name="meta"' in head
    assert content == file.split(b"\r\n\r\n", 1)[1].removesuffix(b"\r\n")
    assert b"--\r\n" == end


async def test_an_empty_body_is_signed_as_such(serve, service, connect, keys):
    """A POST without a body says so by its length, and signs an empty last line."""
    wire = await serve(lambda _: service.signed(b"", 204))

    answer = await connect(wire).request("POST", "/v3/global/some/thing")

    (sent,) = wire.sent
    keys.check(sent, covered=b"")
    assert (b"", "0") == (sent.body, sent.headers["content-length"])
    assert (204, b"") == (answer.status, answer.body)


async def test_a_name_leaves_encrypted(talk, keys):
    """What leaves of a name is its cipher, and that is what is signed."""
    wire, session = talk

    await session.receivers.add(
        Receiver(type="MERCHANT_ID", account="1", name="供应商有限公司", relation_type="SUPPLIER")
    )

    (sent,) = wire.sent
    keys.check(sent)
    assert "供应商有限公司" == keys.open(sent.json["name"])
    assert keys.public_key_id == sent.headers["wechatpay-serial"]


CALLS = {
    "GET": lambda session: session.transactions.remaining(TRANSACTION),
    "POST": lambda session: session.orders.create(
        TRANSACTION, "D-1", [share()], unfreeze_unsplit=False
    ),
    "DELETE": lambda session: session.receivers.delete("86693852", type="MERCHANT_ID"),
}


@pytest.mark.parametrize(("method", "requests"), [("GET", 2), ("POST", 2), ("DELETE", 1)])
async def test_after_a_dropped_connection_only_we_repeat(serve, service, connect, method, requests):
    """A kept-alive connection that the server drops costs one attempt of ours and no hidden one.

    A repeat has a fresh nonce and the same body; DELETE, which might act twice, has no repeat.
    """

    def answer(sent):
        repeated = len(wire.sent) > 2
        return service(sent) if len(wire.sent) == 1 or repeated else service.last()

    wire = await serve(answer)
    session = connect(wire)
    await session.transactions.mark("P20150806125346")

    call = CALLS[method](session)
    if method == "DELETE":
        with pytest.raises(OutcomeUnknown) as caught:
            await call
        assert NoAnswer is type(caught.value.cause)
    else:
        assert requests == (await call).meta.attempts

    first, *calls = wire.sent
    assert requests == len(calls)
    assert first.connection == calls[0].connection
    assert 1 == len({sent.body for sent in calls})
    assert len(wire.sent) == len({sent.claim["nonce_str"] for sent in wire.sent})
    for sent in wire.sent:
        service.keys.check(sent)


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_a_drop_before_the_request_is_no_hidden_repeat(serve, service, connect, keys, method):
    """A connection that died while it was idle is met by our attempts alone."""
    wire = await serve(service)
    session = connect(wire)
    for _ in range(8):
        await session.transactions.mark("P20150806125346")
        for task in list(wire.tasks):
            task.cancel()  # the server closes the idle connection; the client has not noticed
    before = len(wire.sent)

    try:
        await CALLS[method](session)
    except OutcomeUnknown:
        assert "DELETE" == method

    assert len(wire.sent) == len({sent.claim["nonce_str"] for sent in wire.sent})
    assert before + 1 >= len(wire.sent)


async def test_the_required_headers_are_sent_once(talk):
    """Each header that the service requires stands once, and no other speaks of us."""
    wire, session = talk

    await session.refunds.refundable_balance()

    names = [line.partition(":")[0] for line in wire.sent[0].head.decode().split("\r\n")[1:]]
    assert [
        "Accept",
        "Accept-Encoding",
        "Accept-Language",
        "Authorization",
        "Content-Type",
        "Host",
        "User-Agent",
    ] == sorted(names)
    assert re.fullmatch(
        r'WECHATPAY2-SHA256-RSA2048 mchid="\d+",nonce_str="\w{32}",timestamp="\d{10}",'
        r'serial_no="\w+",signature="[\w+/=]{344}"',
        wire.sent[0].headers["authorization"],
    )
