"""Fetching a bill: by the calendar, from its short-lived address, whole or not at all."""

import datetime as dt
import itertools

import pytest

from wxdist import (
    BillRefused,
    InvalidInput,
    NoAnswer,
    NotFound,
    ServiceBroken,
    ServiceError,
    Session,
    SignatureRefused,
)
from wxdist.sandbox import Sandbox

HEADER = (
    "create_time,initiator,sponsor,sub_mchid,transaction_id,order_id,out_order_no,detail_id,"
    "receiver_account,amount,currency,settlement_amount,settlement_currency,exchange_rate,"
    "business_type,status,description\r\n"
)
ROW = (
    "`2026-01-05 09:05:00,`1900000001,`1900000001,`,`4200000001202601050000000001,`3008,`D-1,`3009,"
    "`86693852,`2.00,`CNY,`,`,`,`DISTRIBUTE,`SUCCESS,`分给商户A\r\n"
)
BILL = (HEADER + ROW + ROW.replace("`2.00", "`0.05") + "count,amount\r\n`2,`2.05\r\n").encode()
DAY = dt.date(2026, 1, 1)
LINK = "/v3/global/profit-sharing/bill-download-url"
FILE = "/v3/bill/downloadurl"


def paths(wire):
    return [sent.path for sent in wire.sent]


@pytest.fixture
def answering(service, serve, connect):
    """Make a session whose bills are answered as told, the last answer for ever."""

    async def make(*answers, **settings):
        answers = answers or (service.http(200, BILL),)
        left = iter(answers)

        def answer(sent):
            return next(left, answers[-1]) if sent.path == FILE else service.genuine(sent)

        wire = await serve(answer)
        service.url = wire.url
        return wire, connect(wire, **settings)

    return make


async def test_a_bill(answering, service, keys, tmp_path):
    """A bill is asked for by its day, fetched with a signature, and lies where it was wished."""
    wire, session = await answering(service.http(200, BILL))

    file = await session.bills.distribution(DAY).download(str(tmp_path / "bill.csv"))

    link, fetch = wire.sent
    assert ({"bill_date": "2026-01-01"}, LINK) == (link.query, link.path)
    assert f"{FILE}?token=t" == fetch.target
    keys.check(fetch)
    assert tmp_path / "bill.csv" == file.path
    assert BILL == file.path.read_bytes()
    assert ([200, 5], 205) == ([row.amount for row in file.rows()], file.total)
    assert {"count": "2", "amount": "2.05"} == file.summary
    assert ["bill.csv"] == [path.name for path in tmp_path.iterdir()]


async def test_an_existing_file_is_replaced(answering, service, tmp_path):
    """A bill takes the place of the file that was there, at once."""
    target = tmp_path / "bill.csv"
    target.write_text("older and longer" * 100)
    _, session = await answering(service.http(200, BILL))

    await session.bills.distribution(DAY).download(target)

    assert BILL == target.read_bytes()


CALENDAR = [  # Beijing time, the day, whether its bill can be there
    ("2026-01-06T09:59:59", dt.date(2026, 1, 5), "not made yet"),
    ("2026-01-06T10:00:00", dt.date(2026, 1, 5), None),
    ("2026-01-05T23:00:00", dt.date(2026, 1, 5), "not made yet"),
    ("2026-01-05T23:00:00", dt.date(2027, 1, 5), "not made yet"),
    ("2026-04-05T00:00:00", dt.date(2026, 1, 5), None),
    ("2026-04-05T23:59:59", dt.date(2026, 1, 5), None),
    ("2026-04-06T00:00:00", dt.date(2026, 1, 5), "too old"),
]


@pytest.mark.parametrize(("now", "day", "refusal"), CALENDAR)
async def test_the_calendar(answering, tmp_path, now, day, refusal):
    """A bill is there from 10:00 of the next day in Beijing, for 90 days; else nothing is asked."""
    wire, session = await answering()
    moment = dt.datetime.fromisoformat(f"{now}+08:00").timestamp()
    await session.clock.advance(moment - session.clock.now())

    bill = session.bills.distribution(day)
    if refusal is None:
        await bill.download(tmp_path / "bill.csv")
    else:
        with pytest.raises(BillRefused, match=refusal):
            await bill.download(tmp_path / "bill.csv")

    assert (2 if refusal is None else 0) == len(wire.sent)


NO_DAYS = ["2026-01-05", dt.datetime(2026, 1, 5, tzinfo=dt.UTC), None, 20260105]


@pytest.mark.parametrize("day", NO_DAYS, ids=ascii)
async def test_what_is_no_day(keys, day):
    """A day is a ``datetime.date``; a moment is none, since it has no zone of its own."""
    async with Session(keys.credentials()) as session:
        with pytest.raises(InvalidInput, match=r"^day: "):
            session.bills.distribution(day)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
async def test_an_address_that_died(answering, service, tmp_path, status):
    """When the address is refused, a new one is asked for, once."""
    wire, session = await answering(service.http(status), service.http(200, BILL))

    await session.bills.distribution(DAY).download(tmp_path / "bill.csv")

    assert [LINK, FILE, LINK, FILE] == paths(wire)


async def test_an_address_that_stays_dead(answering, service, tmp_path):
    """When the second address is refused too, its refusal is told."""
    wire, session = await answering(service.http(401), service.http(404))

    with pytest.raises(NotFound) as caught:
        await session.bills.distribution(DAY).download(tmp_path / "bill.csv")

    assert [LINK, FILE, LINK, FILE] == paths(wire)
    assert caught.value.verified is False
    assert not isinstance(caught.value, SignatureRefused)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("status", [302, 500, 503])
async def test_a_broken_file_server(answering, service, tmp_path, status):
    """Any other failure is told after its repeats; no new address would help."""
    headers = {"Location": "http://127.0.0.1:1/v3/bill/downloadurl?token=t"}
    wire, session = await answering(service.http(status, b"", headers))

    with pytest.raises(ServiceError) as caught:
        await session.bills.distribution(DAY).download(tmp_path / "bill.csv")

    assert (ServiceBroken if status >= 500 else ServiceError) is type(caught.value)
    assert [LINK] + [FILE] * (4 if status >= 500 else 1) == paths(wire)
    assert [] == list(tmp_path.iterdir())


async def test_a_stream_that_breaks_once(answering, service, tmp_path):
    """After a cut the file is fetched from its start, and nothing of the first part stays."""
    cut = service.last(service.http(200, BILL * 2, length=len(BILL) * 3))
    wire, session = await answering(cut, service.http(200, BILL))

    file = await session.bills.distribution(DAY).download(tmp_path / "bill.csv")

    assert [LINK, FILE, FILE] == paths(wire)
    assert BILL == file.path.read_bytes()


def chunked(data):
    """Return *data* in chunks of 50 bytes, without the last, empty one."""
    pieces = [data[start : start + 50] for start in range(0, len(data), 50)]
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)


HALVES = {  # what has come of a bill when its stream ends too early
    "by its length": lambda service, data: service.http(200, data, length=len(BILL)),
    "in chunks": lambda service, data: chunked(data),
}


@pytest.mark.parametrize("framing", HALVES)
@pytest.mark.parametrize("existing", [[], ["an earlier bill"]])
async def test_no_half_file(answering, service, tmp_path, framing, existing):
    """Wherever the stream is cut or reset, no half bill appears, and an earlier one stays."""
    target = tmp_path / "bill.csv"
    for text in existing:
        target.write_text(text)
    cuts = list(range(0, len(BILL), 50))
    for cut, reset in itertools.product(cuts, (False, True)):
        half = service.last(HALVES[framing](service, BILL[:cut]), reset=reset)
        wire, session = await answering(half, attempts=1)

        with pytest.raises(NoAnswer):
            await session.bills.distribution(DAY).download(target)

        assert [LINK, FILE] == paths(wire)
        assert existing == [path.read_text() for path in tmp_path.iterdir()]

    assert len(cuts) >= 10


async def test_chunks_are_read(answering, service, tmp_path):
    """A bill in chunks is the same bill."""
    _, session = await answering(chunked(BILL) + b"0\r\n\r\n")

    file = await session.bills.distribution(DAY).download(tmp_path / "bill.csv")

    assert BILL == file.path.read_bytes()


NO_BILLS = {
    "nothing": b"",
    "a page": b"<html><body>log in</body></html>",
    "an error": b'{"code":"NO_STATEMENT_EXIST","message":"none"}',
    "another bill": b"transaction time,mchid\r\n`2026-01-05,`1\r\n",
    "compressed": b"\x1f\x8b\x08\x00" + b"\xff" * 50,
    "a cut line": BILL[: len(HEADER) + 60],
    "an amount that is none": BILL.replace(b"`2.00", b"`2,00"),
    "no header": ROW.encode(),
    "no summary": (HEADER + ROW).encode(),
    "the header of a summary": (HEADER + ROW + "count,amount\r\n").encode(),
}


@pytest.mark.parametrize("name", NO_BILLS)
async def test_what_is_no_bill(answering, service, tmp_path, name):
    """A file that is no distribution bill is `BillRefused`, and not kept."""
    _, session = await answering(service.http(200, NO_BILLS[name]))

    with pytest.raises(BillRefused):
        await session.bills.distribution(DAY).download(tmp_path / "bill.csv")

    assert [] == list(tmp_path.iterdir())


async def test_a_bill_that_is_too_long(answering, service, tmp_path):
    """A file longer than ``most_bill_bytes`` is refused, not kept, and not fetched again."""
    most = len(BILL) - 1
    wire, session = await answering(service.http(200, BILL), most_bill_bytes=most)

    with pytest.raises(BillRefused, match=f"longer than {most} bytes"):
        await session.bills.distribution(DAY).download(tmp_path / "bill.csv")

    assert [LINK, FILE] == paths(wire)
    assert [] == list(tmp_path.iterdir())


async def test_the_longest_bill(answering, service, tmp_path):
    """A file of exactly ``most_bill_bytes`` is kept."""
    _, session = await answering(service.http(200, BILL), most_bill_bytes=len(BILL))

    file = await session.bills.distribution(DAY).download(tmp_path / "bill.csv")

    assert 205 == file.total


async def test_a_folder_that_is_not_there(answering, service, tmp_path):
    """Without a place for the file nothing is asked."""
    wire, session = await answering(service.http(200, BILL))

    with pytest.raises(FileNotFoundError):
        await session.bills.distribution(DAY).download(tmp_path / "none" / "bill.csv")

    assert [] == wire.sent


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
