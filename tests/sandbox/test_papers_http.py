"""Papers over the wire: addresses, digests, signatures, compression, and faults in them."""

import base64
import csv
import gzip
import hashlib

import aiohttp
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from wxdist.sandbox import Sandbox

from .conftest import SHARING, TRADE, Client

STATEMENTS = "/v3/global/statements"
REFUND_BILL = f"{SHARING}/refunds/bill-download-url"
DIGEST = "Wechatpay-Statement-Sha1"
DAY = "20260105"


class Papers(Client):
    """A client that reads what comes as it comes, and knows what the signature covers."""

    def signed(self, reply):
        """Check a signature; of a statement it covers the digest."""
        covered = reply.headers.get(DIGEST, "").encode() or reply.body
        head = {name.lower(): value for name, value in reply.headers.items()}
        text = f"{head['wechatpay-timestamp']}\n{head['wechatpay-nonce']}\n".encode()
        try:
            self.platform[head["wechatpay-serial"]].verify(
                base64.b64decode(head["wechatpay-signature"]),
                text + covered + b"\n",
                padding.PKCS1v15(),
                hashes.SHA256(),
            )
        except InvalidSignature:
            return False
        return True

    async def statement(self, *, encoding="identity", **query):
        own = {"date": DAY, "mchid": self.facts["mchid"]} | query
        asked = "&".join(f"{name}={value}" for name, value in own.items() if value)
        headers = {"Accept-Encoding": encoding}
        return await self.get(f"{STATEMENTS}?{asked}", headers)

    async def get(self, target, headers=None):
        sent = {"Accept": "*/*", "Authorization": self.header("GET", target)}
        return await self.raw("GET", target, headers=sent | (headers or {}))

    async def refund_bill(self, query="bill_date=2026-01-05"):
        """Return the answer with the address, and the bill behind it."""
        link = await self.get(f"{REFUND_BILL}?{query}")
        return link, await self.get(link.json["download_url"].removeprefix(self.facts["base_url"]))


def sha1(body):
    return base64.b64encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()


def lines(body):
    return list(csv.reader(body.decode().splitlines()))


@pytest.fixture
async def plain_http():
    """What is compressed stays so."""
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        yield session


@pytest.fixture
def papers_of(tmp_path, plain_http):
    return lambda sandbox: Papers(sandbox, tmp_path, plain_http)


async def lived(sandbox, **sub):
    """A payment and its refund, and the next morning at 11."""
    sandbox.control.world.payments.mark(sub.get("sub_mchid", ""), TRADE, "CNY")
    await sandbox.pay(TRADE, amount=1000, **sub)
    await sandbox.advance(minutes=6)
    sandbox.control.refund(TRADE, amount=300, **sub)
    await sandbox.advance(days=1, hours=2)


@pytest.fixture
async def papers(sandbox, papers_of):
    await lived(sandbox)
    return papers_of(sandbox)


async def test_a_statement(papers):
    """The body is the file; its digest is signed in its place, and fits what came."""
    reply = await papers.statement()

    assert (200, "text/csv; charset=utf-8") == (reply.status, reply.headers["Content-Type"])
    assert sha1(reply.body) == reply.headers[DIGEST]
    assert papers.signed(reply)
    assert "Content-Encoding" not in reply.headers
    assert [38, 38, 38] == [len(line) for line in lines(reply.body)]


@pytest.mark.parametrize(
    ("encoding", "compressed"),
    [
        ("gzip", True),
        ("deflate, GZIP ;q=0.5", True),
        ("gzip;q=1.000", True),
        ("gzip;q=0", False),
        ("gzip;q=0.0, identity", False),
        ("br", False),
    ],
)
async def test_compression(papers, encoding, compressed):
    """Whoever takes gzip gets it, and the digest of the bytes that go out."""
    plain, reply = await papers.statement(), await papers.statement(encoding=encoding)

    assert compressed == (reply.headers.get("Content-Encoding") == "gzip")
    assert plain.body == (gzip.decompress(reply.body) if compressed else reply.body)
    assert sha1(reply.body) == reply.headers[DIGEST]
    assert papers.signed(reply)


async def test_a_refund_bill(papers, sandbox):
    """Its address is signed, lives 30 s, and leads to a file that is not signed."""
    link, bill = await papers.refund_bill()
    target = link.json["download_url"].removeprefix(sandbox.base_url)
    await sandbox.advance(30)
    alive = await papers.get(target)
    await sandbox.advance(1)
    late = await papers.get(target)

    assert papers.signed(link)
    assert [200, 200, 400] == [bill.status, alive.status, late.status]
    assert "Wechatpay-Signature" not in bill.headers
    assert DIGEST not in bill.headers
    assert ["total_count", "total_amount"] == lines(bill.body)[-2]
    assert ["`1", "`3.00"] == lines(bill.body)[-1]
    assert bill.body == alive.body


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"date": None}, "PARAM_ERROR"),
        ({"date": "2026-01-05"}, "PARAM_ERROR"),
        ({"date": "20260230"}, "PARAM_ERROR"),
        ({"mchid": None}, "PARAM_ERROR"),
        ({"mchid": "1900000109"}, "INVALID_REQUEST"),
        ({"sub_mchid": "1900000109"}, "INVALID_REQUEST"),
        ({"date": "20260104"}, "NO_STATEMENT_EXIST"),
        ({"date": "20260106"}, "STATEMENT_CREATING"),
        ({"date": "20250101"}, "INVALID_REQUEST"),
    ],
)
async def test_what_is_no_statement(papers, query, code):
    """Each refusal is a 400 with its code, in JSON, and signed as any answer is."""
    reply = await papers.statement(**query)

    assert (400, code) == (reply.status, reply.json["code"])
    assert DIGEST not in reply.headers
    assert papers.signed(reply)


@pytest.mark.parametrize("mode", ["institutional", "service_provider"])
async def test_papers_of_sub_merchants(papers_of, mode):
    """The caller names itself; a sub-merchant is one of many, and a stranger is refused."""
    one, other = "1900000109", "1900000110"
    async with Sandbox(mode=mode, sub_mchids=[one, other], clock="manual") as sandbox:
        await lived(sandbox, sub_mchid=one)
        papers = papers_of(sandbox)
        own = {"sp_mchid": papers.facts["mchid"], "mchid": None}
        found = [
            await papers.statement(**own, sub_mchid=sub) for sub in (None, one, other, "1900000111")
        ]
        nameless = await papers.statement(mchid=papers.facts["mchid"])
        _, whole = await papers.refund_bill()
        _, part = await papers.refund_bill(f"bill_date=2026-01-05&sub_mchid={one}")
        none = await papers.get(f"{REFUND_BILL}?bill_date=2026-01-05&sub_mchid={other}")

    assert [200, 200, 400, 403] == [each.status for each in found]
    assert found[0].body == found[1].body
    assert whole.body == part.body
    assert ("PARAM_ERROR", "NO_STATEMENT_EXIST", "NO_STATEMENT_EXIST") == (
        nameless.json["code"],
        found[2].json["code"],
        none.json["code"],
    )


# --- faults


async def struck(sandbox, act, kind, **options):
    """Return what comes of a call that a fault strikes."""
    sandbox.control.inject(kind=kind, count=1, options=options)
    return await act()


@pytest.mark.parametrize(
    ("form", "length"), [("wrong", 28), ("odd", 172), ("hex", 40), ("missing", None)]
)
async def test_other_digests(papers, sandbox, form, length):
    """A digest that is another one is signed all the same; one that is missing leaves a file."""
    right = (await papers.statement()).body
    reply = await struck(sandbox, papers.statement, "wrong_digest", form=form)
    told = reply.headers.get(DIGEST)

    assert right == reply.body
    assert (told is None, form != "missing") == (length is None, papers.signed(reply))
    assert length == (told and len(told))
    assert (form == "hex") == (told == hashlib.sha1(right, usedforsecurity=False).hexdigest())
    assert told != sha1(right)


async def test_a_refusal_has_no_digest_to_be_wrong(papers, sandbox):
    """The faults of files leave a refusal as it is."""
    sandbox.control.inject(script=["wrong_digest", "short_file"])
    found = [await papers.statement(date="20260104") for _ in range(2)]
    sandbox.control.inject(script=["wrong_summary", "short_file"])
    found += [await papers.get("/v3/bill/downloadurl?token=none") for _ in range(2)]

    assert ["NO_STATEMENT_EXIST"] * 2 + ["INVALID_REQUEST"] * 2 == [
        each.json["code"] for each in found
    ]
    assert all(papers.signed(each) for each in found)
    assert {"wrong_digest": 1, "short_file": 2, "wrong_summary": 1} == sandbox.control.faults.counts


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
async def test_a_short_statement(papers, sandbox, encoding):
    """A statement that lacks its end has a digest that does not fit, over a good signature."""

    async def statement():
        return await papers.statement(encoding=encoding)

    whole, short = await statement(), await struck(sandbox, statement, "short_file", fraction=0.9)

    assert whole.body.startswith(short.body)
    assert f"{len(short.body)}" == short.headers["Content-Length"]
    assert len(short.body) < len(whole.body)
    assert (encoding == "identity") == short.body.endswith(b"\r\n")
    assert (whole.headers[DIGEST], True) == (short.headers[DIGEST], papers.signed(short))


async def bill(papers):
    return (await papers.refund_bill())[1]


async def test_a_short_bill(papers, sandbox):
    """A bill that lacks its end stops behind a line, and has the length that it says."""
    whole = await bill(papers)
    short = await struck(sandbox, lambda: bill(papers), "short_file", fraction=0.6)

    assert lines(whole.body)[:1] == lines(short.body)


async def test_a_wrong_summary(papers, sandbox):
    """The summary counts one row more, and nothing else is another."""
    whole = await bill(papers)
    wrong = await struck(sandbox, lambda: bill(papers), "wrong_summary")

    assert whole.body.replace(b"\r\n`1,`3.00", b"\r\n`2,`3.00") == wrong.body
    assert whole.body != wrong.body


async def test_an_address_that_has_expired(papers, sandbox):
    """An address that was handed out just now opens nothing, once; the next one does."""
    first = await struck(sandbox, lambda: bill(papers), "expired_link")
    second = await bill(papers)

    assert (400, "INVALID_REQUEST", 200) == (first.status, first.json["code"], second.status)


@pytest.mark.parametrize("kind", ["expired", "replayed", "garbled", "forged", "unsigned"])
async def test_faults_of_signatures(papers, sandbox, kind):
    """A statement can be struck as every signed answer can."""
    before = await papers.statement()
    reply = await struck(sandbox, papers.statement, kind)

    holds = kind != "unsigned" and papers.signed(reply)
    assert (kind in {"expired", "replayed", "garbled"}) == holds
    assert (kind != "garbled") == (before.body == reply.body)
    assert (kind == "replayed") == (
        before.headers == reply.headers | {"Date": before.headers["Date"]}
    )
    assert reply.headers[DIGEST] == sha1(before.body)


async def test_a_foreign_statement(papers, sandbox):
    """Another day's statement comes with its own digest, signed for this moment."""
    sandbox.control.refund(TRADE, amount=100)
    await sandbox.advance(days=1)
    other = await papers.statement(date="20260106")
    sandbox.control.inject(kind="foreign", endpoint="bills.statement", count=1)
    reply = await papers.statement()

    assert (other.body, sha1(other.body)) == (reply.body, reply.headers[DIGEST])
    assert papers.signed(reply)
    assert other.headers["Wechatpay-Nonce"] != reply.headers["Wechatpay-Nonce"]


async def test_a_late_refund_is_under_way_in_the_bill(sandbox, papers_of):
    """A refund that takes a thousand times as long is PROCESSING in its bill for good."""
    papers = papers_of(sandbox)
    sandbox.control.world.payments.mark("", TRADE, "CNY")
    paid = await sandbox.pay(TRADE, amount=1000)
    await sandbox.advance(minutes=6)
    sandbox.control.inject(kind="late_refund", options={"factor": 1000})
    body = {
        "mchid": papers.facts["mchid"],
        "appid": "wx1",
        "transaction_id": paid.transaction_id,
        "out_refund_no": "R-1",
        "amount": {"refund": 1, "total": 1000, "currency": "CNY"},
    }
    accepted = await papers.ask("POST", "/v3/global/refunds", body)
    await sandbox.advance(days=1, hours=2)
    first = await bill(papers)
    await sandbox.advance(days=20)
    last = await bill(papers)

    assert 200 == accepted.status
    assert first.body == last.body
    assert 1 == first.body.count(b",`PROCESSING,")


async def test_the_auditor_reads_the_same_lines(papers_of):
    """A number with what some take for the end of a line is one value to the auditor too."""
    async with Sandbox(clock="manual", control=True) as sandbox:
        await sandbox.pay("P20150806\u2028", amount=1000)
        await sandbox.advance(days=1, hours=2)
        reply = await papers_of(sandbox).statement()

        assert 200 == reply.status
        assert "green" == sandbox.control.audit()["state"]


async def test_the_last_day_of_the_calendar(papers_of):
    """A day that has no next one has no paper either: that is refused like any day to come."""
    async with Sandbox(clock="manual", control=True) as sandbox:
        papers = papers_of(sandbox)
        bill = await papers.get(f"{REFUND_BILL}?bill_date=9999-12-31")
        statement = await papers.statement(date="99991231")

        assert (400, "INVALID_REQUEST") == (bill.status, bill.json["code"])
        assert (400, "STATEMENT_CREATING") == (statement.status, statement.json["code"])
        assert "green" == sandbox.control.audit()["state"]
