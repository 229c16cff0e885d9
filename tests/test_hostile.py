"""Hostile input through a whole session: none is accepted, and each is refused by name."""

import datetime as dt
import itertools

import pytest

from wxdist import (
    InvalidInput,
    NotFresh,
    OutcomeUnknown,
    ProbeRefused,
    Receiver,
    Replayed,
    RequestRefused,
    Share,
    SignatureInvalid,
    SignatureMissing,
    UnknownKey,
    VerificationFailed,
    WrongAnswer,
)

TRANSACTION = "4200000001202601050000000001"
ACCOUNT = "86693852"
HEADERS = ("Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Signature", "Wechatpay-Serial")
SHARES = [Share(type="MERCHANT_ID", account=ACCOUNT, amount=1, description="a share")]
RECEIVER = Receiver(type="MERCHANT_ID", account=ACCOUNT, name="Shop", relation_type="SUPPLIER")


def remaining(session):
    return session.transactions.remaining(TRANSACTION)


def create(session):
    return session.orders.create(TRANSACTION, "D-1", SHARES, unfreeze_unsplit=False)


HOSTILE_IDS = [
    "..",
    ".",
    "%2e%2e",
    "%252e.",
    "a/../b",
    "..\\..",
    "a\r\nX-Evil: 1",
    "a\0b",
    "",
    "\ud800",
    "\U0001f600",
    "a" * 65,
    None,
    7,
]


@pytest.mark.parametrize("hostile", HOSTILE_IDS, ids=ascii)
async def test_hostile_ids_never_leave(serve, service, connect, hostile):
    """An id that could become another path or another header is refused as `InvalidInput`."""
    wire = await serve(service)
    session = connect(wire)
    calls = [
        lambda: session.transactions.remaining(hostile),
        lambda: session.transactions.mark(hostile),
        lambda: session.orders.get(hostile, transaction_id=TRANSACTION),
        lambda: session.orders.get("D-1", transaction_id=hostile),
        lambda: session.orders.create(hostile, "D-1", SHARES, unfreeze_unsplit=False),
        lambda: session.orders.unfreeze(TRANSACTION, hostile, description="the rest"),
        lambda: session.receivers.get(hostile, type="MERCHANT_ID"),
        lambda: session.receivers.delete(hostile, type="MERCHANT_ID"),
    ]

    for call in calls:
        with pytest.raises(InvalidInput):
            await call()

    assert [] == wire.sent


@pytest.mark.parametrize(
    "odd", ["a?b", "a#b", "a;b", "a//b", "%00", "a&sub_mchid=1", "://", "@x", "a%2Fb", "%"]
)
async def test_odd_ids_stay_ids(serve, service, connect, odd):
    """An id that means something in an address is sent as one segment, and means nothing there."""
    wire = await serve(service)

    seen = await connect(wire).transactions.remaining(odd)

    (sent,) = wire.sent
    before, segment, after = sent.target.rsplit("/", 2)
    assert odd == seen.transaction_id
    assert ("/v3/global/profit-sharing/transactions", "amounts") == (before, after)
    assert not set(segment) & set("?#;/@:&")


HOSTILE_URLS = [
    "https://{host}/v3/bill/downloadurl?token=t",
    "http://evil.example/v3/bill/downloadurl?token=t",
    "http://{host}.evil.example/v3/bill/downloadurl?token=t",
    "http://{host}@evil.example/v3/bill/downloadurl?token=t",
    "http://user:pass@{host}/v3/bill/downloadurl?token=t",
    "http://{host}1/v3/bill/downloadurl?token=t",
    "http://localhost:1/v3/bill/downloadurl?token=t",
    "http://{host}/v3/bill/downloadurl",
    "http://{host}/v3/bill/downloadurl?",
    "http://{host}/v3/bill/downloadurl/?token=t",
    "http://{host}/v3/bill/x/../downloadurl?token=t",
    "http://{host}/v3/bill/%64ownloadurl?token=t",
    "http://{host}/v3/global/profit-sharing/orders?token=t",
    "http://{host}/v3/bill/downloadurl?token=t#top",
    "http://{host}\\@evil.example/v3/bill/downloadurl?token=t",
    "http://{host}/v3/bill/downloadurl?token=t\r\nX-Evil: 1",
    "http://{host}/v3/bill/downloadurl?token=t t",
    "http://{host}/v3/bill/downloadurl?token=分",
    " http://{host}/v3/bill/downloadurl?token=t",
    "//{host}/v3/bill/downloadurl?token=t",
    "file:///etc/passwd?",
    "https://apihk.mch.weixin.qq.com/v3/bill/downloadurl?token=t",
]


@pytest.mark.parametrize("url", HOSTILE_URLS)
async def test_hostile_bill_addresses_are_not_fetched(serve, service, connect, tmp_path, url):
    """A genuine answer with an address that is not the service's: `VerificationFailed`."""
    wire = await serve(
        lambda sent: service.genuine(sent, download_url=url.format(host=wire.url[7:]))
    )
    bill = connect(wire).bills.distribution(dt.date(2026, 1, 1))

    with pytest.raises(VerificationFailed, match=r"^download_url: ") as caught:
        await bill.download(tmp_path / "bill.csv")

    assert VerificationFailed is type(caught.value)
    assert "token" not in str(caught.value)
    assert {"/v3/global/profit-sharing/bill-download-url"} == {sent.path for sent in wire.sent}
    assert [] == list(tmp_path.iterdir())


SUBSETS = [
    subset for size in range(4) for subset in itertools.combinations(HEADERS, size)
]  # without the complete one


@pytest.mark.parametrize("names", SUBSETS, ids=lambda names: f"{len(names)}-{'-'.join(names)}")
@pytest.mark.parametrize("instead", [None, ""])
async def test_incomplete_signatures(serve, service, connect, names, instead):
    """One signature header missing or empty: a success is refused, an error is not verified."""

    def answer(sent):
        body = b'{"code":"INVALID_REQUEST","message":"no"}' if status == 400 else b"{}"
        seal = service.seal(body)
        left_out = {} if instead is None else dict.fromkeys(set(HEADERS) - set(names), instead)
        seal = {**{name: seal[name] for name in names}, **left_out}
        return service.signed(body, status, seal=seal)

    wire = await serve(answer)
    session = connect(wire)

    status = 200
    with pytest.raises(SignatureMissing) as on_read:
        await remaining(session)
    with pytest.raises(OutcomeUnknown) as on_write:
        await create(session)
    status = 400
    with pytest.raises(RequestRefused) as refused:
        await remaining(session)

    assert next(name for name in HEADERS if name not in names) == on_read.value.part
    assert SignatureMissing is type(on_write.value.cause)
    assert refused.value.verified is False
    assert ("INVALID_REQUEST", "no") == (refused.value.code, refused.value.message)
    assert SignatureMissing is type(refused.value.__cause__)


PARTS = {
    "Wechatpay-Timestamp": SignatureInvalid,
    "Wechatpay-Nonce": SignatureInvalid,
    "Wechatpay-Signature": SignatureInvalid,
    "Wechatpay-Serial": UnknownKey,
    "body": SignatureInvalid,
}


def flipped(parts, part, place):
    """Return *parts* with one bit changed, at the beginning, in the middle or at the end."""
    letters = bytearray(parts[part].encode())
    letters[round(place * (len(letters) - 1))] ^= 1
    return {**parts, part: letters.decode()}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("status", [200, 400])
async def test_a_flipped_bit(serve, service, connect, part, status):
    """One bit changed in a part of an answer: the signature does not hold, or names no key.

    Of the time stamp, a bit at its beginning or in its middle makes another day of it.
    """
    places = iter([0, 0.5, 1])

    def answer(_):
        body = b'{"transaction_id":"4200000001202601050000000001","unsplit_amount":1000}'
        parts = flipped({**service.seal(body), "body": body.decode()}, part, next(places))
        return service.signed(parts.pop("body").encode(), status, seal=parts)

    session = connect(await serve(answer), attempts=1)
    faults = []
    for _ in range(3):
        with pytest.raises(VerificationFailed if status == 200 else RequestRefused) as caught:
            await remaining(session)
        faults.append(caught.value if status == 200 else caught.value.__cause__)
        assert status == 200 or caught.value.verified is False

    expected = [PARTS[part]] * 3
    if part == "Wechatpay-Timestamp":
        expected[:2] = [NotFresh] * 2
    assert expected == [type(fault) for fault in faults]


@pytest.mark.parametrize("off", [-301, 301])
async def test_an_answer_from_another_time(serve, service, connect, off):
    """A time stamp 301 s from our clock, on either side, is `NotFresh`."""
    session = connect(await serve(lambda sent: service.signed(b"{}", at=off)))

    with pytest.raises(NotFresh):
        await remaining(session)


@pytest.mark.parametrize("off", [-300, 300])
async def test_an_answer_from_nearly_our_time(serve, service, connect, off):
    """A time stamp 300 s from our clock is still fresh."""

    def answer(sent):
        return service.signed(service.word(sent), at=off)

    seen = await remaining(connect(await serve(answer)))

    assert 1000 == seen.unsplit_amount


async def test_a_replayed_answer(serve, service, connect):
    """The same signed answer a second time is `Replayed`, for another question too."""
    recorded = service.signed(
        {"transaction_id": TRANSACTION, "unsplit_amount": 1000, "currency": "CNY"}
    )
    session = connect(await serve(lambda _: recorded))

    await remaining(session)

    for call in (remaining, lambda session: session.refunds.refundable_balance()):
        with pytest.raises(Replayed):
            await call(session)


async def test_a_signature_probe(serve, service, connect):
    """A probe is `ProbeRefused`; after it the genuine answer to the same question counts."""

    def answer(sent):
        body = service.word(sent)
        probe = {**service.seal(b""), "Wechatpay-Signature": "WECHATPAY/SIGNTEST/abcd"}
        return service.signed(body, seal=probe) if len(wire.sent) != 2 else service.signed(body)

    wire = await serve(answer)
    session = connect(wire)

    seen = await remaining(session)
    with pytest.raises(ProbeRefused):
        await remaining(session)

    assert 2 == seen.meta.attempts
    assert 4 == len(wire.sent)


async def test_a_strangers_signature(serve, service, connect, keys):
    """An answer signed by another key under the platform's id is `SignatureInvalid`."""

    def answer(sent):
        return service.signed(service.word(sent), key=keys.stranger)

    with pytest.raises(SignatureInvalid):
        await remaining(connect(await serve(answer)))


async def test_another_signature_type(serve, service, connect):
    """A signature of another type is `SignatureInvalid`, even when it would fit."""
    headers = {"Wechatpay-Signature-Type": "WECHATPAY2-SM2-WITH-SM3"}

    def answer(sent):
        return service.signed(service.word(sent), headers=headers)

    with pytest.raises(SignatureInvalid, match="Signature-Type"):
        await remaining(connect(await serve(answer)))


READS = {
    "transaction_id": remaining,
    "out_order_no": lambda session: session.orders.get("D-1", transaction_id=TRANSACTION),
    "account": lambda session: session.receivers.get(ACCOUNT, type="MERCHANT_ID"),
    "type": lambda session: session.receivers.get(ACCOUNT, type="MERCHANT_ID"),
    "sub_mchid": lambda session: session.orders.get("D-1", transaction_id=TRANSACTION),
}
WRITES = {
    "transaction_id": create,
    "out_order_no": lambda session: session.orders.unfreeze(
        TRANSACTION, "D-1", description="the rest"
    ),
    "account": lambda session: session.receivers.add(RECEIVER),
    "type": lambda session: session.receivers.add(RECEIVER),
    "sub_mchid": create,
}


@pytest.mark.parametrize("name", READS)
async def test_a_signed_answer_to_another_question(serve, service, connect, name):
    """An answer that echoes another id is `WrongAnswer`; of a write, its outcome is unknown."""
    wire = await serve(lambda sent: service.genuine(sent, **{name: "PERSONAL_OPENID"}))
    session = connect(wire, "institutional").for_merchant("1900000109")

    with pytest.raises(WrongAnswer) as on_read:
        await READS[name](session)
    with pytest.raises(OutcomeUnknown) as on_write:
        await WRITES[name](session)

    assert (name, name) == (on_read.value.part, on_write.value.cause.part)
    assert WrongAnswer is type(on_write.value.cause)
    assert 3 == len(wire.sent)  # a distrusted read is repeated once, a write is not
