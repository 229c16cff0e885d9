"""Settlement records: page by page, by state and by days."""

import datetime as dt

import pytest

from wxdist import InvalidInput, ServiceBroken, SettleState
from wxdist.sandbox import Sandbox

PATH = "/v3/global/settle/settlements"
DAY = dt.date(2026, 1, 5)
SETTLED = {"state": "SETTLED", "start": DAY, "end": DAY}


@pytest.fixture
async def talk(serve, service, connect):
    """Make a session with a service that has some records."""

    async def make(count, **settings):
        service.settled = count
        wire = await serve(service)
        return wire, connect(wire, **settings)

    return make


async def listed(session, **given):
    return [record.batch_id async for record in session.settlements.list(**given)]


def asked(wire):
    return [(int(sent.query["offset"]), int(sent.query["limit"])) for sent in wire.sent]


@pytest.mark.parametrize(
    ("count", "pages"), [(0, 1), (1, 1), (9, 1), (10, 1), (11, 2), (20, 2), (25, 3)]
)
async def test_paging(talk, count, pages):
    """All records come, each once, in as few pages as there are."""
    wire, session = await talk(count)

    records = await listed(session, **SETTLED)

    assert [f"B{number}" for number in range(count)] == records
    assert [(10 * page, 10) for page in range(pages)] == asked(wire)


async def test_the_size_of_a_page(talk):
    """A page has as many records as the settings say."""
    wire, session = await talk(7, page_size=3)

    records = await listed(session, **SETTLED)

    assert 7 == len(records)
    assert [(0, 3), (3, 3), (6, 3)] == asked(wire)


async def test_the_query(talk):
    """Days are sent as the service writes them, and only with SETTLED."""
    wire, session = await talk(1)

    await listed(session, state=SettleState.SETTLED, start=DAY, end=dt.date(2026, 2, 1))
    await listed(session, state="UNSETTLE")

    first, second = wire.sent
    assert PATH == first.path
    assert {
        "settle_state": "SETTLED",
        "settle_start_date": "20260105",
        "settle_end_date": "20260201",
        "limit": "10",
        "offset": "0",
    } == first.query
    assert {"settle_state": "UNSETTLE", "limit": "10", "offset": "0"} == second.query


async def test_without_a_total(serve, service, connect):
    """Where the total is missing, pages are asked for until one is empty."""
    service.settled = 20
    wire = await serve(lambda sent: service.genuine(sent, total_count=None))

    records = await listed(connect(wire), **SETTLED)

    assert 20 == len(records)
    assert [(0, 10), (10, 10), (20, 10)] == asked(wire)


async def test_the_first_total_counts(serve, service, connect):
    """The total is only reliable on the first page: later ones are not believed."""
    service.settled = 25
    wire = await serve(
        lambda sent: service.genuine(
            sent, **({} if sent.query["offset"] == "0" else {"total_count": 0})
        )
    )

    assert 25 == len(await listed(connect(wire), **SETTLED))


async def test_pages_that_are_shorter(serve, service, connect):
    """The next page begins behind the last record that came."""
    service.settled = 9

    def answer(sent):
        page = service.page(int(sent.query["offset"]), 4)
        return service.signed(page)

    wire = await serve(answer)

    assert [f"B{number}" for number in range(9)] == await listed(connect(wire), **SETTLED)
    assert [0, 4, 8] == [offset for offset, _ in asked(wire)]


async def test_a_year(talk):
    """A range of a year comes whole, page by page, each record once."""
    wire, session = await talk(365)

    days = {"start": dt.date(2025, 1, 1), "end": dt.date(2025, 12, 31)}
    records = await listed(session, state="SETTLED", **days)

    assert [f"B{number}" for number in range(365)] == records
    assert [(10 * page, 10) for page in range(37)] == asked(wire)


@pytest.mark.parametrize("state", ["SETTLED", "UNSETTLE"])
async def test_records_that_shift(serve, service, connect, state):
    """When a record is put in front meanwhile, none comes twice and none behind it is missed."""
    service.settled = 20

    def answer(sent):
        offset = int(sent.query["offset"])
        shift = 1 if offset else 0  # the new one stands before all others
        return service.signed(service.page(offset - shift, 10))

    wire = await serve(answer)
    days = {} if state == "UNSETTLE" else {"start": DAY, "end": DAY}

    records = await listed(connect(wire), state=state, **days)

    assert [f"B{number}" for number in range(20)] == records


async def test_the_same_page_for_ever(serve, service, connect):
    """A service that answers the same page to every offset is not asked for ever."""
    service.settled = 10
    wire = await serve(lambda _: service.signed(service.page(0, 10) | {"total_count": 30}))

    assert 10 == len(await listed(connect(wire), **SETTLED))
    assert 2 == len(wire.sent)


async def test_a_record_twice_in_a_page(serve, service, connect):
    """A record that stands twice in a page comes once."""
    service.settled = 2
    page = service.page(0, 2)
    wire = await serve(lambda _: service.signed(page | {"data": page["data"] * 2}))

    assert ["B0", "B1"] == await listed(connect(wire), **SETTLED)


async def test_two_wallet_regions(serve, service, connect):
    """Records that differ in their wallet region alone are two: payers of each have their own."""
    service.settled = 1
    (record,) = service.page(0, 1)["data"]
    regions = ["CHINA_MAINLAND", "CHINA_HONGKONG"]
    page = {
        "data": [record | {"wallet_region": region} for region in regions],
        "total_count": 2,
        "offset": 0,
        "limit": 2,
    }
    wire = await serve(lambda _: service.signed(page))

    seen = [each async for each in connect(wire).settlements.list("UNSETTLE")]

    assert regions == [each.wallet_region for each in seen]


async def test_an_empty_answer(serve, service, connect):
    """An answer without records ends the list."""
    wire = await serve(lambda _: service.signed({"offset": 0, "limit": 0}))

    assert [] == await listed(connect(wire), **SETTLED)


async def test_trouble_on_a_later_page(serve, service, connect):
    """What came before the trouble is given; the trouble is told where it happens."""
    service.settled = 25
    wire = await serve(
        lambda sent: service.genuine(sent) if sent.query["offset"] == "0" else service.http(503)
    )
    records = connect(wire).settlements.list(**SETTLED)
    seen = [(await anext(records)).batch_id for _ in range(10)]

    with pytest.raises(ServiceBroken):
        await anext(records)

    assert [f"B{number}" for number in range(10)] == seen


WRONG = [
    ({"state": "SETTLE"}, "state"),
    ({"state": None}, "state"),
    ({"start": None}, "start"),
    ({"end": None}, "end"),
    ({"start": "2026-01-05"}, "start"),
    ({"end": dt.datetime(2026, 1, 5, tzinfo=dt.UTC)}, "end"),
    ({"end": dt.date(2026, 1, 4)}, "end"),
    ({"state": "UNSETTLE"}, "start"),
    ({"state": "UNSETTLE", "start": None}, "start"),
]


@pytest.mark.parametrize(("change", "field"), WRONG, ids=ascii)
async def test_ranges_that_are_refused(talk, change, field):
    """A state or range that the service would refuse is refused before anything is sent."""
    wire, session = await talk(1)

    with pytest.raises(InvalidInput) as caught:
        await listed(session, **SETTLED | change)

    assert field == caught.value.field
    assert [] == wire.sent


async def test_a_record(serve, service, connect):
    """A record is read in full, both ways to write a day included."""
    service.settled = 1
    (record,) = service.page(0, 1)["data"]
    split = {"settled": 1, "unsettle": 2, "currency": "HKD", "pay": 3, "refund": 4}
    more = {"split_amount": split, "wallet_region": "CHINA_MARS", "trade_end_date": "20260106"}
    page = {"data": [record | more], "total_count": 1, "offset": 0, "limit": 1}
    wire = await serve(lambda _: service.signed(page))

    (seen,) = [each async for each in connect(wire).settlements.list("UNSETTLE")]

    assert (DAY, dt.date(2026, 1, 6)) == (seen.trade_start_date, seen.trade_end_date)
    assert (4, "HKD") == (seen.split_amount.refund, seen.split_amount.currency)
    assert ("CHINA_MARS", False) == (seen.wallet_region, seen.wallet_region.known)


async def test_settlements_of_the_sandbox():
    """What was released on the sandbox is settled within a week."""
    async with Sandbox() as sandbox, sandbox.session() as session:
        await session.transactions.mark("P20150806125346")
        paid = await sandbox.pay("P20150806125346", amount=100_000_000)
        await session.transactions.wait_until_distributable(paid.transaction_id)
        order = await session.orders.unfreeze(paid.transaction_id, "U-1", description="all")
        await session.orders.wait(order)
        await sandbox.advance(days=7)
        days = {"start": DAY, "end": DAY + dt.timedelta(days=7)}

        settled = [each async for each in session.settlements.list("SETTLED", **days)]

    assert 1 == len(settled)
