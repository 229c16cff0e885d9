"""A bill on disk: whole, plain and checked, or not there at all."""

import asyncio
import datetime as dt
import functools
import gzip
import itertools
import subprocess
import sys

import pytest

from wxdist import BillRefused, InvalidInput, NoAnswer, NotSent

from ..bill_texts import (
    DISTRIBUTION,
    DISTRIBUTION_HEADER,
    DISTRIBUTION_ROW,
    REFUND_HEADER,
    REFUNDS,
    STATEMENT,
    STATEMENT_HEADER,
)

DAY = dt.date(2026, 1, 1)
LINK, FILE = "/v3/global/profit-sharing/bill-download-url", "/v3/bill/downloadurl"
STATEMENTS = "/v3/global/statements"
TEXTS = {"distribution": DISTRIBUTION, "refunds": REFUNDS, "statement": STATEMENT}
PLACES = {"distribution": FILE, "refunds": FILE, "statement": STATEMENTS}


def paths(wire):
    return [sent.path for sent in wire.sent]


def handle(session, kind):
    return getattr(session.bills, kind)(DAY)


def file_answer(service, kind, data, **more):
    """Return an answer with a whole or a cut file of *kind*."""
    answer = service.stated if kind == "statement" else lambda data, **more: answered(data, more)
    return answer(data, **more)


def answered(data, more):
    length = more.get("length")
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(data) if length is None else length}\r\n\r\n"
    return head.encode() + data


@pytest.mark.parametrize("kind", TEXTS)
async def test_an_existing_file_is_replaced(answering, tmp_path, kind):
    """A bill takes the place of the file that was there, at once."""
    target = tmp_path / "bill.csv"
    target.write_text("older and longer" * 1000)
    _, session = await answering()

    await handle(session, kind).download(target)

    assert TEXTS[kind] == target.read_bytes()


@pytest.mark.parametrize("kind", TEXTS)
async def test_gzip_becomes_plain(answering, service, tmp_path, kind):
    """A bill that comes as gzip, asked for or not, is plain text on disk."""
    packed = gzip.compress(TEXTS[kind])
    _, session = await answering(file_answer(service, kind, packed), at=PLACES[kind])

    file = await handle(session, kind).download(tmp_path / "bill.csv")

    assert TEXTS[kind] == file.path.read_bytes()
    assert 2 == len(list(file.rows()))
    assert ["bill.csv"] == [path.name for path in tmp_path.iterdir()]


async def test_chunks_are_read(answering, tmp_path):
    """A bill in chunks is the same bill."""
    _, session = await answering(chunked(DISTRIBUTION) + b"0\r\n\r\n")

    file = await session.bills.distribution(DAY).download(tmp_path / "bill.csv")

    assert DISTRIBUTION == file.path.read_bytes()


@pytest.mark.parametrize("kind", TEXTS)
async def test_a_stream_that_breaks(answering, service, tmp_path, kind):
    """After a cut the bill is asked for anew and fetched from its start: no older byte stays."""
    cut = service.last(file_answer(service, kind, TEXTS[kind] * 2, length=10**6))
    wire, session = await answering(cut, None, at=PLACES[kind])
    told = []

    file = await handle(session, kind).download(
        tmp_path / "bill.csv", progress=lambda *figures: told.append(figures)
    )

    asked = 1 if kind == "statement" else 2  # an address, and the file
    assert paths(wire)[:asked] * 2 == paths(wire)
    assert TEXTS[kind] == file.path.read_bytes()
    size = len(TEXTS[kind])
    assert [(2 * size, 10**6), (size, size)] == [told[-2], told[-1]]


async def test_a_stream_that_breaks_and_breaks(answering, service, tmp_path):
    """As many attempts as the settings say, each at an address of its own, then the cause."""
    wire, session = await answering(service.last(service.http(200, DISTRIBUTION, length=10**6)))

    with pytest.raises(NoAnswer):
        await session.bills.distribution(DAY).download(tmp_path / "bill.csv")

    assert [LINK, FILE] * 4 == paths(wire)
    assert [] == list(tmp_path.iterdir())


def chunked(data, size=50):
    """Return *data* in chunks, without the last, empty one."""
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)


#: What has come of a bill when its stream ends too early.
FRAMES = {
    "by its length": lambda service, data, whole: service.http(200, data, length=len(whole)),
    "in chunks": lambda service, data, whole: chunked(data),
    "amid a chunk": lambda service, data, whole: chunked(data)[:-1],
}
BODIES = {"plain": DISTRIBUTION, "gzip": gzip.compress(DISTRIBUTION)}


@pytest.mark.parametrize("framing", FRAMES)
@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("existing", [[], ["an earlier bill"]])
async def test_no_half_file(answering, service, tmp_path, *, framing, body, existing):
    """Wherever the stream is cut or reset, no half bill appears, and an earlier one stays."""
    target, whole = tmp_path / "bill.csv", BODIES[body]
    for text in existing:
        target.write_text(text)
    cuts = list(range(0, len(whole), 31))
    for cut, reset in itertools.product(cuts, (False, True)):
        half = service.last(FRAMES[framing](service, whole[:cut], whole), reset=reset)
        wire, session = await answering(half, attempts=1)

        with pytest.raises(NoAnswer):
            await session.bills.distribution(DAY).download(target)

        assert [LINK, FILE] == paths(wire)
        assert existing == [path.read_text() for path in tmp_path.iterdir()]

    assert len(cuts) >= 10


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("packed", [False, True])
async def test_nothing_tells_the_end(serve, service, connect, tmp_path, *, kind, packed):
    """A stream that just ends is found out too: by gzip, by the summary, or by the digest."""
    whole, left = gzip.compress(TEXTS[kind]) if packed else TEXTS[kind], [0]

    def answer(sent):
        if sent.path != PLACES[kind]:
            return service(sent)
        length = b"Content-Length: %d\r\n" % len(whole)
        unframed = file_answer(service, kind, whole).replace(length, b"")
        return service.last(unframed[: len(unframed) - left[0]])

    wire = await serve(answer)
    service.url = wire.url
    bill = handle(connect(wire, attempts=1), kind)
    cuts = [3, *range(4, len(whole), 29), len(whole)]  # two bytes less are but a line's end
    for left[0] in cuts:
        with pytest.raises(BillRefused):
            await bill.download(tmp_path / "bill.csv")
        assert [] == list(tmp_path.iterdir())
    left[0] = 0
    await bill.download(tmp_path / "bill.csv")

    assert len(cuts) >= 10


NO_BILLS = {
    "nothing": b"",
    "a page": b"<html><body>log in</body></html>",
    "an error": b'{"code":"NO_STATEMENT_EXIST","message":"none"}',
    "another bill": b"transaction time,mchid\r\n`2026-01-05,`1\r\n",
    "damaged gzip": b"\x1f\x8b\x08\x00" + b"\xff" * 50,
    "gzip in gzip": gzip.compress(gzip.compress(DISTRIBUTION)),
    "a cut line": DISTRIBUTION[: len(DISTRIBUTION_HEADER) + 60],
    "an amount that is none": DISTRIBUTION.replace(b"`2.00", b"`2,00"),
    "no header": DISTRIBUTION_ROW.encode(),
    "no summary": (DISTRIBUTION_HEADER + DISTRIBUTION_ROW).encode(),
    "the header of a summary": (DISTRIBUTION_HEADER + "count,amount\r\n").encode(),
    "another sum": DISTRIBUTION.replace(b"`2.05", b"`2.06"),
    "a bill of refunds": REFUNDS,
    "a statement": STATEMENT,
}


@pytest.mark.parametrize("name", NO_BILLS)
async def test_what_is_no_bill(answering, service, tmp_path, name):
    """A file that is no whole distribution bill is `BillRefused`, not kept, and not asked again."""
    wire, session = await answering(service.http(200, NO_BILLS[name]))

    with pytest.raises(BillRefused):
        await session.bills.distribution(DAY).download(tmp_path / "bill.csv")

    assert [LINK, FILE] == paths(wire)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", TEXTS)
async def test_the_longest_bill(answering, tmp_path, kind):
    """A file of exactly ``most_bill_bytes`` is kept; one byte less, and it is refused."""
    most = len(TEXTS[kind])
    wire, session = await answering(most_bill_bytes=most)
    smaller = session.with_options(most_bill_bytes=most - 1)

    await handle(session, kind).download(tmp_path / "bill.csv")
    asked = len(wire.sent)
    with pytest.raises(BillRefused, match=f"longer than {most - 1} bytes"):
        await handle(smaller, kind).download(tmp_path / "other.csv")

    assert 2 * asked == len(wire.sent)
    assert ["bill.csv"] == [path.name for path in tmp_path.iterdir()]


HEADERS = {
    "distribution": DISTRIBUTION_HEADER,
    "refunds": REFUND_HEADER,
    "statement": STATEMENT_HEADER,
}


@pytest.mark.parametrize("kind", TEXTS)
async def test_a_bomb(answering, service, tmp_path, kind):
    """A small file that unpacks to 50 MB is refused by what comes out of it."""
    bomb = gzip.compress(HEADERS[kind].encode() + b"\r\n" * 25_000_000)
    wire, session = await answering(
        file_answer(service, kind, bomb), at=PLACES[kind], most_bill_bytes=10 * len(bomb)
    )

    with pytest.raises(BillRefused, match=f"longer than {10 * len(bomb)} bytes"):
        await handle(session, kind).download(tmp_path / "bill.csv")

    assert PLACES[kind] == paths(wire)[-1]
    assert 1 == paths(wire).count(PLACES[kind])
    assert [] == list(tmp_path.iterdir())


PROGRESS = {
    "by its length": lambda data: answered(data, {}),
    "in chunks": lambda data: chunked(data, 1000) + b"0\r\n\r\n",
}


@pytest.mark.parametrize("framing", PROGRESS)
@pytest.mark.parametrize("packed", [False, True])
async def test_progress(answering, tmp_path, framing, packed):
    """Progress tells the bytes that have come, as sent, and how many come in all if known."""
    rows = DISTRIBUTION_ROW * 20_000
    text = f"{DISTRIBUTION_HEADER}{rows}count,amount\r\n`20000,`40000.00\r\n".encode()
    sent = gzip.compress(text, 0) if packed else text
    _, session = await answering(PROGRESS[framing](sent))
    told = []

    await session.bills.distribution(DAY).download(
        tmp_path / "bill.csv", progress=lambda *figures: told.append(figures)
    )

    done, totals = zip(*told, strict=True)
    assert {len(sent) if framing == "by its length" else None} == set(totals)
    assert (len(sent), sorted(set(done))) == (done[-1], list(done))
    assert len(done) > 10


ENDS = {
    "a wish": LookupError("enough"),
    "a disk": OSError("the listener's"),
    "a time-out": TimeoutError("the listener's"),
    "one of ours": NotSent("the listener's"),
    "one of a call of its own": NoAnswer("the listener's"),
}


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("name", ENDS)
async def test_a_listener_that_raises(answering, tmp_path, kind, name):
    """What the listener raises ends the download, as it is, and the earlier file stays."""
    target = tmp_path / "bill.csv"
    target.write_text("an earlier bill")
    wire, session = await answering()

    def progress(*_):
        raise ENDS[name]

    with pytest.raises(type(ENDS[name])) as caught:
        await handle(session, kind).download(target, progress=progress)

    assert ENDS[name] is caught.value
    assert None is caught.value.__context__
    assert 1 == paths(wire).count(PLACES[kind])
    assert ["an earlier bill"] == [path.read_text() for path in tmp_path.iterdir()]


async def listen(*_):
    """Be told, some time."""


class Listener:
    async def __call__(self, *_):
        """Be told, some time."""


@pytest.mark.parametrize("progress", [listen, functools.partial(listen, 1), Listener()])
async def test_a_listener_that_nobody_awaits(answering, tmp_path, progress):
    """A coroutine function would never run: it is refused, and nothing is asked."""
    wire, session = await answering()

    with pytest.raises(InvalidInput, match="progress: must be a plain function"):
        await session.bills.distribution(DAY).download(tmp_path / "b.csv", progress=progress)

    assert [] == wire.sent
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", TEXTS)
async def test_a_stream_that_stalls(answering, service, clock, tmp_path, kind):
    """A bill that brings nothing for ``read_timeout`` is asked for anew, within the deadline."""
    half = file_answer(service, kind, TEXTS[kind], length=10**6)
    _, session = await answering(half, None, at=PLACES[kind], read_timeout=7.0)
    came = asyncio.Event()
    download = handle(session, kind).download(tmp_path / "bill.csv", progress=lambda *_: came.set())
    task = asyncio.create_task(download)
    await came.wait()

    await clock.advance(7)

    file = await task
    assert TEXTS[kind] == file.path.read_bytes()
    assert 7 < clock.monotonic() < 60


WRONG = {
    "distribution": DISTRIBUTION.replace(b"`2,`2.05", b"`3,`2.06"),
    "refunds": REFUNDS.replace(b"`2,`3.25", b"`3,`3.25"),
}


@pytest.mark.parametrize("kind", WRONG)
async def test_a_summary_that_may_mean_something_else(answering, service, tmp_path, kind):
    """Without ``strict_summary`` a total that is not the rows' warns, and the bill is kept."""
    _, session = await answering(service.http(200, WRONG[kind]), strict_summary=False)

    with pytest.warns(UserWarning, match=r"the summary says count is '3'.*strict_summary") as said:
        file = await handle(session, kind).download(tmp_path / "bill.csv")

    assert [__file__] == [each.filename for each in said]
    assert WRONG[kind] == file.path.read_bytes()


@pytest.mark.parametrize("kind", WRONG)
@pytest.mark.parametrize("strict", [True, False])
async def test_a_summary_that_is_not_there(answering, service, tmp_path, *, kind, strict):
    """A bill without its summary is refused either way."""
    cut, _, _ = TEXTS[kind].rpartition(b"count,")
    _, session = await answering(service.http(200, cut), strict_summary=strict)

    with pytest.raises(BillRefused, match="no summary"):
        await handle(session, kind).download(tmp_path / "bill.csv")

    assert [] == list(tmp_path.iterdir())


async def test_a_folder_that_is_not_there(answering, tmp_path):
    """Without a place for the file nothing is asked."""
    wire, session = await answering()

    with pytest.raises(FileNotFoundError):
        await session.bills.distribution(DAY).download(tmp_path / "none" / "bill.csv")

    assert [] == wire.sent


async def test_a_folder_that_goes_away(answering, tmp_path):
    """When the folder vanishes meanwhile the disk's error is told, and nothing is left of it."""
    folder = tmp_path / "folder"
    folder.mkdir()
    _, session = await answering()

    def vanish(*_):
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()

    with pytest.raises(FileNotFoundError):
        await session.bills.distribution(DAY).download(folder / "b.csv", progress=vanish)

    assert [] == list(tmp_path.iterdir())


async def test_a_target_that_cannot_be_replaced(answering, tmp_path):
    """Where a folder stands in its place the bill cannot lie: nothing is asked, and no rest."""
    target = tmp_path / "bill.csv"
    target.mkdir()
    wire, session = await answering()

    with pytest.raises(FileExistsError, match=r"bill\.csv"):
        await session.bills.distribution(DAY).download(target)

    assert [] == wire.sent
    assert [target] == list(tmp_path.iterdir())
    assert [] == list(target.iterdir())


#: In a process of its own: the limit would meet what the tests print, too.
FULL_DISK = """
import asyncio, datetime, pathlib, resource, sys
from wxdist.sandbox import Sandbox

async def main(folder):
    async with Sandbox() as sandbox, sandbox.session() as session:
        await session.transactions.mark("P20150806125346")
        paid = await sandbox.pay("P20150806125346", amount=1000)
        await session.transactions.wait_until_distributable(paid.transaction_id)
        await session.orders.unfreeze(paid.transaction_id, "U-1", description="rest")
        await sandbox.advance(days=2)
        bill = session.bills.distribution(datetime.date(2026, 1, 5))
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
        try:
            await bill.download(pathlib.Path(folder, "bill.csv"))
        except OSError as error:
            print(error.strerror)

asyncio.run(main(sys.argv[1]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a Unix limits the size of files")
def test_a_disk_that_is_full(tmp_path):
    """A file that cannot grow is an error of the disk, and nothing of it stays."""
    said = subprocess.run(
        [sys.executable, "-c", FULL_DISK, tmp_path], capture_output=True, check=True, text=True
    )

    assert "File too large\n" == said.stdout
    assert [] == list(tmp_path.iterdir())
