"""The official examples: each is sent or read by us, value for value, or listed with the reason."""

import base64
import datetime as dt
import json
import os
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import attrs
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from wxdist import Receiver, Session, Share, errors
from wxdist.models import (
    BillLink,
    CertificateList,
    Distribution,
    RefundableBalance,
    Remaining,
    SettlementPage,
    Transaction,
    UploadedFile,
)
from wxdist.wire import codec
from wxdist.wire.failures import failure
from wxdist.wire.message import Response

SHARED = Path(__file__).parents[2] / "shared" / "spec"
FOLDER = Path(os.environ.get("WXDIST_SPEC", SHARED)) / "examples"
ABSENT = "no examples: ../shared/spec is absent and WXDIST_SPEC names no other folder"
TRANSACTION = "4208450740201411110007820472"
DAY = dt.date(2009, 12, 25)
NEW_YEAR, STATED = dt.date(2020, 1, 1), dt.date(2018, 1, 30)


def some(said, *names):
    return {name: said[name] for name in names if name in said}


async def unfreeze(session, said):
    ids = (said["transaction_id"], said["out_order_no"])
    await session.orders.unfreeze(*ids, description=said["description"])


async def create(session, said):
    ids = (said["transaction_id"], said["out_order_no"])
    shares = [Share(**each) for each in said["receivers"]]
    facts = some(said, "appid", "sub_appid", "unfreeze_unsplit")
    await session.orders.create(*ids, shares, **facts)


async def add(session, said):
    facts = {name: value for name, value in said.items() if name != "sub_mchid"}
    await session.receivers.add(Receiver(**facts))


async def delete(session, said):
    await session.receivers.delete(said["account"], **some(said, "type", "appid", "sub_appid"))


async def mark(session, said):
    await session.transactions.mark(said["out_trade_no"], currency=said["currency"])


REQUESTS = {
    "mark.request.common.json": mark,
    "mark.request.institutional.json": mark,
    "unfreeze.request.json": unfreeze,
    "request_order.request.assembled.json": create,
    "add_receiver.request.assembled.json": add,
    "delete_receiver.request.merchant.json": delete,
    "delete_receiver.request.personal.json": delete,
    "delete_receiver.request.2022-edition.json": delete,
}
ANSWERS = {
    "unfreeze.response.json": Distribution,
    "query_order.response.json": Distribution,
    "remaining_amount.response.json": Remaining,
    "bill_download_url.response.json": BillLink,
    "bill_download_url.response.2022-edition.json": BillLink,
    "refund_bill_download_url.response.json": BillLink,
    "upload_file.response.json": UploadedFile,
    "refundable_balance.response.json": RefundableBalance,
    "certificates.response.json": CertificateList,
    "settlements.response.assembled.json": SettlementPage,
    "notification.payment.plaintext.json": Transaction,
}
ERRORS = {
    "error.param_error.json": (400, errors.ParameterRefused),
    "error.sign_error.observed.json": (401, errors.SignatureRefused),
    "mark.error.json": (500, errors.ServiceBroken),
    "query_order.error.json": (500, errors.ServiceBroken),
    "statements.error.json": (400, errors.RequestRefused),
}
#: What cannot be sent or read value for value, and why.
NEITHER = {
    "notification.envelope.json": "its ciphertext is none: test_takes_a_notice puts one in",
    "query_order.request.misplaced-body.json": "the page prints it by mistake: never sent",
    "upload_file.meta.sign-sample.json": "its digest is none: keys and file name are compared",
    "request_urls.json": "no body: its URLs are compared with our targets",
}
#: The URLs of the examples, as calls; the sub-merchant is taken from the URL.
URLS = {
    "query_order": lambda session: session.orders.get(
        "P20150806125346", transaction_id=TRANSACTION
    ),
    "remaining_amount": lambda session: session.transactions.remaining(TRANSACTION),
    "query_receiver.personal": lambda session: session.receivers.get(
        "of8YZ6LPmjDmYAqdobIvwTdQQjR8", type="PERSONAL_OPENID", appid="wx8888888888888888"
    ),
    "query_receiver.2022-edition": lambda session: session.receivers.get(
        "86693852",
        type="MERCHANT_ID",
        appid="wx8888888888888888",
        sub_appid="wx8888888888888889",
    ),
    "bill_download_url": lambda session: fetched(session.bills.distribution(NEW_YEAR)),
    "refund_bill_download_url": lambda session: fetched(session.bills.refunds(NEW_YEAR)),
    "statements.common": lambda session: fetched(session.bills.statement(STATED)),
    "statements.institutional": lambda session: fetched(session.bills.statement(STATED)),
    "statements.sub_merchant": lambda session: fetched(session.bills.statement(STATED)),
    "refundable_balance": lambda session: session.refunds.refundable_balance(),
    "refundable_amounts": lambda session: session.transactions.refundable(TRANSACTION),
    "query_transaction.by_id": lambda session: session.transactions.get(
        "4200000000002104083200000488"
    ),
    "query_transaction.by_out_trade_no": lambda session: session.transactions.get_by_out_trade_no(
        "1217752501201407033233368018"
    ),
    "query_refund.by_id": lambda session: session.refunds.get(
        refund_id="50201308462021060109285031309"
    ),
    "settlements": lambda session: every(
        session.settlements.list("SETTLED", start=DAY, end=DAY + dt.timedelta(days=1))
    ),
}

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=ABSENT)


async def every(iterator):
    return [each async for each in iterator]


async def fetched(bill):
    """Fetch a bill of a day that is long past, which `download` would refuse."""
    await bill._fetch(lambda _: [].append)


def example(name):
    return json.loads((FOLDER / name).read_text("utf-8"))


async def sender(said, serve, service, connect, **settings):
    """Return a wire and a session in the mode that fits the example."""
    wire = await serve(service)
    own = said.get("sp_mchid") or said.get("mchid") or service.keys.mchid
    mode = "institutional" if {"sp_mchid", "sub_mchid"} & said.keys() else "common"
    session = connect(wire, credentials=service.keys.credentials(mode, mchid=own), **settings)
    return wire, session.for_merchant(said["sub_mchid"]) if "sub_mchid" in said else session


def opened(value, keys):
    """Return JSON with each encrypted name decrypted."""
    if isinstance(value, list):
        return [opened(each, keys) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: keys.open(each) if name == "name" else opened(each, keys)
        for name, each in value.items()
    }


def meant(value, name=""):
    """Return JSON as the values that it stands for: times, days, one name for rate and payment."""
    if isinstance(value, list):
        return [meant(each) for each in value]
    if isinstance(value, dict):
        named = {name.strip(): each for name, each in value.items()}
        one = {"rate_value": "rate"} | ({"transaction_id": "id"} if "payer" in named else {})
        return {one.get(name, name): meant(each, name) for name, each in named.items()}
    if name.endswith("_time"):
        return dt.datetime.fromisoformat(value)
    return dt.date.fromisoformat(value) if name.endswith("_date") else value


def held(value):
    """Return what a model holds, but for what is not set."""
    if isinstance(value, tuple):
        return [held(each) for each in value]
    if not attrs.has(type(value)):
        return value
    assert not getattr(value, "extra", {})
    return {
        field.name: held(each)
        for field in attrs.fields(type(value))
        if field.name not in {"extra", "meta"}
        if (each := getattr(value, field.name)) is not None and each != ()
    }


@pytest.mark.parametrize("name", REQUESTS)
async def test_sends(name, serve, service, connect, keys):
    """What the resource sends is the example, names compared after decryption."""
    said = example(name)
    wire, session = await sender(said, serve, service, connect)

    await REQUESTS[name](session, said)

    assert said == opened(wire.sent[-1].json, keys)


@pytest.mark.parametrize("name", ["request_order", "add_receiver"])
async def test_names_leave_encrypted(name, serve, service, connect):
    """A name is nowhere in the bytes that leave."""
    said = example(f"{name}.request.assembled.json")
    wire, session = await sender(said, serve, service, connect)

    await REQUESTS[f"{name}.request.assembled.json"](session, said)

    assert b"hu89ohu89ohu89o" not in wire.sent[-1].body
    assert service.serial == wire.sent[-1].headers["wechatpay-serial"]


@pytest.mark.parametrize("name", ANSWERS)
def test_reads(name):
    """What the model holds is the example, and nothing is left over."""
    answer = codec.load(ANSWERS[name], (FOLDER / name).read_bytes())

    assert meant(example(name)) == held(answer)


async def test_takes_a_notice(keys, service, clock):
    """The sample of a notice, the sample of a payment encrypted into it, is taken as both say."""
    said, paid = (
        example(f"notification.{name}.json") for name in ("envelope", "payment.plaintext")
    )
    credentials = keys.credentials("institutional", mchid=paid["sp_mchid"])
    secret, nonce = keys.api_v3_key.encode(), b"0123456789ab"
    sealed = AESGCM(secret).encrypt(nonce, json.dumps(paid).encode(), b"transaction")
    inside = {"ciphertext": base64.b64encode(sealed).decode(), "nonce": nonce.decode()}
    body = json.dumps(said | {"resource": said["resource"] | inside}).encode()

    notice = await Session(credentials, clock=clock).notices.parse(service.seal(body), body)

    assert {name: each for name, each in meant(said).items() if name != "resource"} == {
        "id": notice.id,
        "create_time": notice.create_time,
        "event_type": notice.event_type,
        "resource_type": notice.resource_type,
        "summary": notice.summary,
    }
    assert (meant(paid), paid["sub_mchid"]) == (held(notice.transaction), notice.sub_mchid)


@pytest.mark.parametrize("name", ERRORS)
def test_reads_errors(name):
    """What the error carries is the example, its code trimmed."""
    (status, cls), said = ERRORS[name], example(name)
    response = Response(status=status, headers={}, body=(FOLDER / name).read_bytes())

    error = failure(response, verified=False, now=0)

    assert cls is type(error)
    assert (said["code"].strip(), said["message"], said.get("detail", {})) == (
        error.code,
        error.message,
        error.detail,
    )


async def test_describes_an_upload_as_the_sample(serve, service, connect):
    """Under the sample's key, an upload says the same of a file but for its digest."""
    said = example("upload_file.meta.sign-sample.json")
    wire, session = await sender({}, serve, service, connect, upload_digest_key="sha256")

    await session.files.upload(b"x", filename=said["filename"])

    meta = json.loads(wire.sent[-1].body.split(b"\r\n\r\n")[1].split(b"\r\n")[0])
    assert said == {**meta, "sha256": said["sha256"]}
    assert 64 == len(meta["sha256"])


@pytest.mark.parametrize("name", URLS)
async def test_targets(name, serve, service, connect):
    """Path and query of what is sent are those of the example, in any order."""
    url = urlsplit(example("request_urls.json")[name])
    said = dict(parse_qsl(url.query))
    service.settled = 15  # the example is the third page
    wire, session = await sender(said, serve, service, connect, page_size=5)

    await URLS[name](session)

    asked = [sent for sent in wire.sent if sent.path != "/v3/bill/downloadurl"]
    sent = urlsplit(asked[-1].target)
    assert (url.path, sorted(parse_qsl(url.query))) == (sent.path, sorted(parse_qsl(sent.query)))


def test_every_example_is_here():
    """Each file of the folder is sent, read, or listed with its reason."""
    known = {*REQUESTS, *ANSWERS, *ERRORS, *NEITHER}

    assert {path.name for path in FOLDER.glob("*.json")} == known
    assert len(known) == sum(map(len, (REQUESTS, ANSWERS, ERRORS, NEITHER)))


def test_every_url_is_here():
    """Each URL of the examples is compared."""
    assert URLS.keys() == example("request_urls.json").keys()
