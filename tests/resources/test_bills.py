"""Asking for a bill: by the calendar, and at an address that soon expires."""

import datetime as dt

import pytest

from wxdist import (
    BillKind,
    BillNotReady,
    BillRefused,
    BillTooOld,
    InvalidInput,
    NotFound,
    ServiceBroken,
    ServiceError,
    Session,
    SignatureRefused,
    TooManyRequests,
    VerificationFailed,
)
from wxdist.sandbox import Sandbox

from ..bill_texts import DISTRIBUTION, REFUNDS, STATEMENT

DAY = dt.date(2026, 1, 1)
KINDS = {"distribution": DISTRIBUTION, "refunds": REFUNDS, "statement": STATEMENT}
LINKED = ["distribution", "refunds"]
FILE = "/v3/bill/downloadurl"
PATHS = {
    "distribution": "/v3/global/profit-sharing/bill-download-url",
    "refunds": "/v3/global/profit-sharing/refunds/bill-download-url",
    "statement": "/v3/global/statements",
}
BEIJING = dt.timezone(dt.timedelta(hours=8))


def paths(wire):
    return [sent.path for sent in wire.sent]


def handle(session, kind, day=DAY, **given):
    return getattr(session.bills, kind)(day, **given)


@pytest.mark.parametrize("kind", LINKED)
async def test_a_bill_at_an_address(answering, keys, tmp_path, kind):
    """A bill is asked for by its day, fetched with a signature, and lies where it was wished."""
    wire, session = await answering()

    file = await handle(session, kind).download(str(tmp_path / "bill.csv"))

    link, fetch = wire.sent
    assert ({"bill_date": "2026-01-01"}, PATHS[kind]) == (link.query, link.path)
    assert FILE == fetch.path
    keys.check(link)
    keys.check(fetch)
    assert (tmp_path / "bill.csv", BillKind(kind), DAY, None) == (
        file.path,
        file.kind,
        file.day,
        file.sub_mchid,
    )
    assert KINDS[kind] == file.path.read_bytes()
    assert 2 == len(list(file.rows()))
    assert ["bill.csv"] == [path.name for path in tmp_path.iterdir()]


OWN = {"common": "mchid", "institutional": "sp_mchid", "service_provider": "sp_mchid"}


@pytest.mark.parametrize("mode", OWN)
async def test_a_statement(answering, keys, tmp_path, mode):
    """A statement is asked for by its day and our own id; the answer is the file."""
    wire, session = await answering(mode=mode)

    file = await session.bills.statement(DAY).download(tmp_path / "bill.csv")

    (sent,) = wire.sent
    assert {"date": "20260101", OWN[mode]: keys.mchid} == sent.query
    keys.check(sent)
    assert (STATEMENT, BillKind.STATEMENT) == (file.path.read_bytes(), file.kind)
    assert [False, True] == [row.is_refund for row in file.rows()]


@pytest.mark.parametrize("kind", KINDS)
async def test_whose_bill(answering, tmp_path, kind):
    """The sub-merchant is asked for, and known of the handle and of the file."""
    wire, session = await answering(mode="institutional")

    bill = handle(session.for_merchant("1900000109"), kind)
    file = await bill.download(tmp_path / "bill.csv")

    assert "1900000109" == wire.sent[0].query["sub_mchid"] == bill.sub_mchid == file.sub_mchid


KEPT = {"distribution": 90, "refunds": 90, "statement": 180}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hours", [-1, 0])
async def test_before_it_is_made(answering, clock, tmp_path, kind, hours):
    """Before 10:00 of the next day in Beijing nothing is asked; from then on it is fetched."""
    wire, session = await answering()
    day = dt.date(2026, 1, 5)  # the clock stands at 9:00 of it
    await clock.advance(hours=25 + hours)

    if hours:
        with pytest.raises(BillNotReady) as caught:
            await handle(session, kind, day).download(tmp_path / "bill.csv")
        assert dt.datetime(2026, 1, 6, 10, tzinfo=BEIJING) == caught.value.ready_at
    else:
        await handle(session, kind, day).download(tmp_path / "bill.csv")

    assert (not hours) == bool(wire.sent)


@pytest.mark.parametrize("kind", KINDS)
async def test_after_it_was_kept(answering, tmp_path, kind):
    """A bill that is no longer kept is not asked for; that of the day after is."""
    wire, session = await answering()
    oldest = dt.date(2026, 1, 5) - dt.timedelta(days=KEPT[kind])

    with pytest.raises(BillTooOld) as caught:
        await handle(session, kind, oldest - dt.timedelta(days=1)).download(tmp_path / "a.csv")
    before = len(wire.sent)
    await handle(session, kind, oldest).download(tmp_path / "bill.csv")

    assert oldest == caught.value.oldest
    assert 0 == before < len(wire.sent)
    assert ["bill.csv"] == [path.name for path in tmp_path.iterdir()]


NO_DAYS = ["2026-01-05", dt.datetime(2026, 1, 5, tzinfo=dt.UTC), None, 20260105]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("day", NO_DAYS, ids=ascii)
async def test_what_is_no_day(keys, kind, day):
    """A day is a ``datetime.date``; a moment is none, since it has no zone of its own."""
    async with Session(keys.credentials()) as session:
        with pytest.raises(InvalidInput, match=r"^day: "):
            handle(session, kind, day)


@pytest.mark.parametrize("kind", LINKED)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
async def test_an_address_that_died(answering, service, tmp_path, kind, status):
    """When the address is refused, a new one is asked for at once."""
    wire, session = await answering(service.http(status), None)

    await handle(session, kind).download(tmp_path / "bill.csv")

    assert [PATHS[kind], FILE, PATHS[kind], FILE] == paths(wire)
    assert {0} == {sent.at for sent in wire.sent}


@pytest.mark.parametrize("kind", LINKED)
@pytest.mark.parametrize("signed", [False, True])
async def test_an_address_that_stays_dead(answering, service, tmp_path, kind, signed):
    """When the second address is refused too, its refusal is told: it says nothing of the day."""
    gone = service.signed({"code": "NOT_FOUND", "message": "gone"}, 404)
    wire, session = await answering(service.http(401), gone if signed else service.http(404))

    with pytest.raises(NotFound) as caught:
        await handle(session, kind).download(tmp_path / "bill.csv")

    assert [PATHS[kind], FILE, PATHS[kind], FILE] == paths(wire)
    assert signed is caught.value.verified
    assert not isinstance(caught.value, SignatureRefused)
    assert [] == list(tmp_path.iterdir())


async def test_a_file_server_that_is_throttled(answering, service, clock, tmp_path):
    """A 429 is no dead address: its pause is waited out, then a new address is asked for."""
    wire, session = await answering(service.http(429, b"", {"Retry-After": "40"}), None)

    await session.bills.distribution(DAY).download(tmp_path / "bill.csv")

    assert [PATHS["distribution"], FILE] * 2 == paths(wire)
    assert 40 <= wire.sent[2].at < 41


async def test_a_file_server_that_stays_throttled(answering, service, tmp_path):
    """A 429 that asks for a pause past the deadline is told at once."""
    wire, session = await answering(service.http(429, b"", {"Retry-After": "61"}))

    with pytest.raises(TooManyRequests):
        await session.bills.distribution(DAY).download(tmp_path / "bill.csv")

    assert 2 == len(wire.sent)


@pytest.mark.parametrize("status", [302, 500, 503])
async def test_a_broken_file_server(answering, service, tmp_path, status):
    """Any other failure is told after its repeats, each at an address of its own."""
    headers = {"Location": "http://127.0.0.1:1/v3/bill/downloadurl?token=t"}
    wire, session = await answering(service.http(status, b"", headers))

    with pytest.raises(ServiceError) as caught:
        await session.bills.distribution(DAY).download(tmp_path / "bill.csv")

    assert (ServiceBroken if status >= 500 else ServiceError) is type(caught.value)
    assert [PATHS["distribution"], FILE] * (4 if status >= 500 else 1) == paths(wire)
    assert [] == list(tmp_path.iterdir())


async def test_one_deadline_bounds_it_all(answering, service, clock, tmp_path):
    """Addresses, files and pauses in between end with one deadline."""
    wire, session = await answering(service.http(503, b"", {"Retry-After": "25"}))

    with pytest.raises(ServiceBroken):
        await session.bills.distribution(DAY).download(tmp_path / "bill.csv")

    assert [0, 0, 25, 25, 50, 50] == [int(sent.at) for sent in wire.sent]
    assert clock.monotonic() < 60


async def test_an_address_is_signed_before_it_is_taken(answering, service, keys, tmp_path):
    """An answer with an address whose signature is wrong is not followed."""
    forged = service.signed({"download_url": "http://x"}, key=keys.stranger)
    wire, session = await answering(forged, at=PATHS["distribution"])

    with pytest.raises(VerificationFailed):
        await session.bills.distribution(DAY).download(tmp_path / "bill.csv")

    assert {PATHS["distribution"]} == set(paths(wire))


async def test_a_bill_says_nothing_it_hides(keys):
    """A handle shows its kind, its day and whose it is; it holds the session, but hides it."""
    async with Session(keys.credentials()) as session:
        shown = repr(session.bills.refunds(DAY))

    assert "day=datetime.date(2026, 1, 1)" in shown
    assert "api_v3_key" not in shown
    assert "_fetch" not in shown


async def test_another_kind_of_bill(answering, service, tmp_path):
    """A whole bill of another kind is refused."""
    service.bill = REFUNDS
    _, session = await answering()

    with pytest.raises(BillRefused):
        await session.bills.distribution(DAY).download(tmp_path / "bill.csv")

    assert [] == list(tmp_path.iterdir())


async def test_the_sandbox_has_bills(tmp_path):
    """The bill of a day on the sandbox holds that day's details, and adds up."""
    async with Sandbox() as sandbox, sandbox.session() as session:
        await session.transactions.mark("P20150806125346")
        paid = await sandbox.pay("P20150806125346", amount=1000)
        await session.transactions.wait_until_distributable(paid.transaction_id)
        order = await session.orders.unfreeze(paid.transaction_id, "U-1", description="a, b")
        await session.orders.wait(order)
        await sandbox.advance(days=2)

        file = await session.bills.distribution(paid.paid_at.date()).download(tmp_path / "b.csv")

    (row,) = file.rows()
    assert ("U-1", 1000, "a, b") == (row.out_order_no, row.amount, row.description)
    assert 1000 == file.total
