import argparse
import asyncio
import datetime as dt
import io
import sys

import attrs
import pytest

from wxdist.cli.commands import reconcile
from wxdist.cli.commands.settlements import data
from wxdist.cli.gathering import gather, held, journal
from wxdist.cli.main import main
from wxdist.cli.output import Screen, as_json
from wxdist.models import BillKind
from wxdist.reconcile import Journal, KnownPayment
from wxdist.sandbox import Sandbox

from ...reconcile.books import FIRST, SPONSOR, SUBS, usual_books
from ..conftest import environment
from ..kept import arguments, keep, told

BEIJING = dt.timezone(dt.timedelta(hours=8))


def parsed(*words):
    parser = argparse.ArgumentParser()
    reconcile.register(parser.add_subparsers())
    return parser.parse_args(["reconcile", *map(str, words)])


def printed(capsys, folder, *more):
    """Return the exit status and the report."""
    status = main(arguments(folder, *more))
    return status, capsys.readouterr().out


@pytest.fixture
def wrong(tmp_path):
    """Books in a folder; one distributed fen more is in the bill of the first day."""
    books = usual_books()
    rows = books.drows[FIRST]
    rows[0] = attrs.evolve(rows[0], amount=rows[0].amount + 1)
    keep(tmp_path, books)
    return tmp_path


def test_all_is_well(tmp_path, capsys):
    """Books that agree end with 0: a sentence, and sums that close to the fen."""
    keep(tmp_path)

    status, report = printed(capsys, tmp_path)

    assert 0 == status
    assert report.startswith(
        "2026-01-05 to 2026-01-08: nothing differs, and the money adds up to the fen.\n"
    )
    assert "left over                               0.00\n" in report
    assert "Not checked" not in report


def test_a_difference_is_4(wrong, capsys):
    """What differs is told with kind, day, field, both values and ids, and the status is 4."""
    status, report = printed(capsys, wrong)

    assert 4 == status
    assert "1 difference was found" in report
    (line,) = [line.split() for line in report.splitlines() if line.startswith("differs ")]
    assert ["differs", "2026-01-05", "amount", "1000", "1001"] == line
    assert "distribution bills: transaction_id=42" in report


def test_gives_all_of_it_as_data(wrong, capsys):
    """With --json it is one object: the result, and what could not be looked at."""
    status, text = printed(capsys, wrong, "--json")

    found = told(text)
    assert 4 == status
    assert (False, True, {"differs": 1}) == (found["ok"], found["reconciled"], found["counts"])
    assert 1001 == found["differences"][0]["there"]
    assert ([], [], []) == (found["not_yet"], found["failed"], found["skipped_lines"])


def test_writes_a_page_and_a_table(wrong):
    """The same is written as a page, and its list as a table."""
    parquet = pytest.importorskip("pyarrow.parquet")

    assert 4 == main(
        arguments(wrong, "--html", wrong / "r.html", "--parquet", wrong / "r.parquet", "--json")
    )

    assert (wrong / "r.html").read_text("utf-8")
    rows = parquet.read_table(wrong / "r.parquet").to_pylist()
    assert ["1001"] == [row["there"] for row in rows if row["what"] == "difference"]


def test_a_bill_that_is_cut_is_a_finding(tmp_path, capsys):
    """Half a bill stops nothing: it is told as damaged, with all that was not checked for it."""
    keep(tmp_path)
    bill = tmp_path / "bills" / "statement-2026-01-06.csv"
    bill.write_bytes(bill.read_bytes()[:-50])

    status, report = printed(capsys, tmp_path)

    assert 4 == status
    assert "\ndamaged        2026-01-06  file" in report
    assert "The statement of 2026-01-06 cannot be used:" in report
    assert "8 things that we know were not checked" in report


def test_checks_the_kinds_that_lie_there(tmp_path, capsys):
    """A kind of which no bill lies in the folder is not checked, and that is said."""
    keep(tmp_path)
    for bill in (tmp_path / "bills").glob("refunds-*.csv"):
        bill.unlink()

    status, report = printed(capsys, tmp_path)

    assert 0 == status
    assert "\nNot checked, since not given: refund bills.\n" in report


def test_needs_no_papers(tmp_path, capsys):
    """Without bills and settlements the sums of what we know are checked alone."""
    keep(tmp_path)

    status = main(["reconcile", str(tmp_path / "journal.jsonl"), "--to", "2026-01-08"])

    assert 0 == status
    assert "distribution bills, refund bills," in capsys.readouterr().out


def test_reads_the_journal_from_stdin(tmp_path, monkeypatch):
    """As ``-`` the journal is what comes from stdin; nothing of it stays behind."""
    keep(tmp_path)
    with (tmp_path / "journal.jsonl").open("rb") as file:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(file))
        with journal("-") as known:
            found = list(known)

    assert list(Journal(tmp_path / "journal.jsonl")) == found
    assert not known.path.exists()


def test_tells_a_journal_that_was_cut(tmp_path, capsys):
    """A line that a crash has cut is left out, and named."""
    keep(tmp_path)
    with (tmp_path / "journal.jsonl").open("a") as file:
        file.write('{"kind":"pay')

    status, report = printed(capsys, tmp_path)

    assert 0 == status
    assert "\nLines of the journal that are cut, and were left out: 61.\n" in report


def test_takes_one_sub_merchant_alone(tmp_path, capsys):
    """With --sub-mchid its bills are held against what is known of it, or of nobody."""
    books = usual_books()
    for days in (books.drows, books.srows):
        for day, rows in days.items():
            days[day] = [row for row in rows if row.sub_mchid == SUBS[0]]
    theirs = {each.transaction_id for each in books.payments if each.sub_mchid == SUBS[1]}
    for day, rows in books.rrows.items():
        books.rrows[day] = [row for row in rows if row.transaction_id not in theirs]
    books.batches.clear()
    keep(tmp_path, books.settle(), sub_mchid=SUBS[0])

    status, text = printed(capsys, tmp_path, "--sub-mchid", SUBS[0], "--json")

    found = told(text)
    assert (0, [SUBS[0]]) == (status, [each["sub_mchid"] for each in found["sums"]])
    assert {SUBS[0]} == {owner for owner, _ in found["settlements"]}


def test_our_merchants_can_be_named(tmp_path, capsys):
    """--own, once for each, takes the place of the merchants that the journal tells."""
    keep(tmp_path)

    _, text = printed(capsys, tmp_path, "--own", SUBS[1], "--own", SPONSOR, "--json")

    assert [SPONSOR, SUBS[1]] == told(text)["merchants"]


def test_the_flow_tells_days_of_payouts(tmp_path, capsys):
    """With a rate a payout below 800 USD is on a day on which it could not be."""
    keep(tmp_path)

    status, text = printed(capsys, tmp_path, "--usd-rate", "7.80", "--json")

    assert 4 == status
    assert {"settlement_date"} == {each["field"] for each in told(text)["differences"]}


def test_draws_progress(tmp_path, terminal):
    """Long work shows what it is at, and wipes that away in the end."""
    keep(tmp_path)
    given = parsed(*arguments(tmp_path)[1:])
    drawing = Screen(terminal, environ={})

    held(given, Journal(given.journal), asyncio.run(gather(given, {})), drawing)

    assert "\rstatement: 32\r" in terminal.getvalue()
    assert terminal.getvalue().endswith(" \r")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--fetch"], "--fetch: needs --bills FOLDER"),
        (["--bills", "."], "--bills: . has no bill named as KIND-DAY.csv"),
        (["--html", "none/r.html"], "--html: none is no folder"),
        (["--parquet", "none/r.parquet"], "--parquet: none is no folder"),
        (["--html", "."], "--html: . is there, and is no file"),
        (["--country", "HK"], "--usd-rate: is needed for HKD, as 7.80"),
        (["--usd-rate", "x"], "--usd-rate: "),
        (["--currency", "USD", "--country", "QQ"], "--country: "),
        (["--from", "2026-01-09"], "--to: is before --from"),
    ],
)
def test_wrong_usage_is_2(words, said, tmp_path, monkeypatch, capsys):
    """Options that do not fit are named, before any work, and the status is 2."""
    pytest.importorskip("holidays")
    pytest.importorskip("pyarrow")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "j.jsonl").touch()

    assert 2 == main(["reconcile", "j.jsonl", "--to", "2026-01-08", *words])

    assert f"wxdist: InvalidInput: {said}" in capsys.readouterr().err


@pytest.mark.parametrize("code", ["HK", "H$D", "ＨＫＤ"])
def test_a_currency_has_three_letters(code, capsys):
    """What is no code of a currency is told by the parser, with status 2."""
    with pytest.raises(SystemExit) as ended:
        parsed("j.jsonl", "--currency", code)

    assert 2 == ended.value.code
    assert "is no currency as HKD" in capsys.readouterr().err


def test_codes_may_be_typed_small():
    """A currency and a country are what they are in small letters, too."""
    given = parsed("j.jsonl", "--currency", "hkd", "--country", "hk")

    assert ("HKD", "HK") == (given.currency, given.country)


@pytest.mark.parametrize("content", ["", "{}", '[{"batch_id": 1}]', "[]]"])
def test_a_file_that_is_no_settlements_is_1(content, tmp_path, capsys):
    """A file of settlements that cannot be read is told, and nothing is held together."""
    keep(tmp_path)
    path = tmp_path / "settlements.json"
    path.write_text(content)

    assert 1 == main(arguments(tmp_path))

    told = capsys.readouterr()
    assert "" == told.out
    assert "settlements.json is not what `wxdist settlements --json` prints: " in told.err


def test_a_journal_that_is_not_there_is_1(tmp_path, capsys):
    """A missing file is one line with its name, and status 1."""
    assert 1 == main(["reconcile", str(tmp_path / "none")])

    assert f"wxdist: {tmp_path / 'none'}: No such file or directory\n" == capsys.readouterr().err


@pytest.fixture
async def shop(tmp_path):
    """A payment that was released on Monday, in a journal; it is Tuesday 12:00 in Beijing."""
    async with Sandbox() as sandbox, sandbox.session() as session:
        await session.transactions.mark("P00001")
        paid = await sandbox.pay("P00001", amount=100_000)
        await session.transactions.wait_until_distributable(paid.transaction_id)
        order = await session.orders.unfreeze(paid.transaction_id, "U00001", description="all")
        order = await session.orders.wait(order)
        Journal(tmp_path / "journal.jsonl").add(
            KnownPayment.of(
                await session.transactions.get(paid.transaction_id),
                marked=True,
                remaining=await session.transactions.remaining(paid.transaction_id),
            ),
            order,
        )
        await until(sandbox, dt.datetime(2026, 1, 6, 12, tzinfo=BEIJING))
        sandbox.write_credentials(tmp_path / "keys")
        yield sandbox, tmp_path


async def until(sandbox, moment):
    """Let the sandbox's clock run to *moment*."""
    await sandbox.advance(moment.timestamp() - sandbox.clock.now())


async def fetched(shop, *more):
    """Return what `gather` fetched, and the arguments."""
    sandbox, folder = shop
    words = [folder / "journal.jsonl", "--from", "2026-01-05", "--to", "2026-01-05"]
    given = parsed(*words, "--bills", folder / "bills", "--fetch", *more)
    return given, await gather(given, environment(folder / "keys"), clock=sandbox.clock)


async def test_fetches_what_is_missing(shop):
    """What the service says of a day agrees with what we saw of it."""
    given, gathered = await fetched(shop)

    result = held(given, Journal(given.journal), gathered, Screen(io.StringIO()))

    assert ((), True, 4) == (result.differences, result.closes, len(result.checked))
    names = {path.name for path in given.bills.iterdir()}
    assert {"distribution-2026-01-05.csv", "statement-2026-01-05.csv"} == names
    assert 100_000 == result.total.released


def test_a_batch_of_two_files_is_there_once(tmp_path, capsys):
    """Where files of settlements overlap no batch is doubled; one that is settled is settled."""
    books = keep(tmp_path)
    record = books.batches[0]
    amount = attrs.evolve(record.amount, settled=0, unsettle=record.amount.net)
    earlier = tmp_path / "earlier.json"
    earlier.write_text(as_json([data(attrs.evolve(record, amount=amount))]), "utf-8")
    again = ["--settlements", tmp_path / "settlements.json"]

    status, report = printed(capsys, tmp_path, *map(str, ["--settlements", earlier, *again]))

    assert 0 == status
    assert "4 records" in report


def test_a_batch_twice_in_one_file_is_doubled(tmp_path, capsys):
    """A file that has a batch twice says what the service said."""
    books = usual_books()
    books.batches.append(books.batches[0])
    keep(tmp_path, books)

    status, report = printed(capsys, tmp_path)

    assert 4 == status
    assert "doubled 1" in report


async def test_fetches_the_bill_of_all_beside_that_of_one(shop):
    """The bill of one sub-merchant alone does not stand for that of all."""
    bills = shop[1] / "bills"
    bills.mkdir()
    (bills / "distribution-2026-01-05-1900000201.csv").touch()

    _, gathered = await fetched(shop)

    (bill,) = gathered.bills[BillKind.DISTRIBUTION]
    assert bills / "distribution-2026-01-05.csv" == bill.path


async def test_asks_for_no_bill_that_is_here(shop):
    """A bill that lies in the folder is not asked for again."""
    sandbox, folder = shop
    await fetched(shop)
    before = len(sandbox.calls)

    _, gathered = await fetched(shop, "--settlements", none(folder))

    asked = [each.target.partition("?")[0] for each in sandbox.calls[before:]]
    assert ["/v3/global/profit-sharing/refunds/bill-download-url"] == [
        path for path in asked if path != "/v3/global/certificates"
    ]
    assert [] == gathered.settlements


def none(folder):
    """Write a file of no settlements."""
    path = folder / "none.json"
    path.write_text("[]")
    return path


async def test_main_tells_bills_that_are_not_made(shop, set_environ, capsys):
    """When no bill of the period is made yet nothing is held together, and the status is 3."""
    _, folder = shop
    set_environ(environment(folder / "keys"))
    words = ["reconcile", folder / "journal.jsonl", "--from", "2999-01-05", "--fetch"]
    words = [str(each) for each in [*words, "--bills", folder / "bills"]]

    assert 3 == await asyncio.to_thread(main, words)
    report = capsys.readouterr().out
    assert 3 == await asyncio.to_thread(main, [*words, "--json"])

    found = told(capsys.readouterr().out)
    assert report.startswith(
        "Nothing was reconciled: bills are missing.\n2999-01-05, distribution:"
    )
    assert (False, False, 3) == (found["ok"], found["reconciled"], len(found["not_yet"]))


async def test_main_tells_bills_that_fail(shop, set_environ, capsys):
    """When a bill is refused for good the status is 1."""
    _, folder = shop
    set_environ(environment(folder / "keys"))
    words = ["reconcile", folder / "journal.jsonl", "--from", "2020-01-05", "--fetch"]

    assert 1 == await asyncio.to_thread(main, [*map(str, [*words, "--bills", folder / "bills"])])

    assert "BillTooOld: the distribution bill of 2020-01-05" in capsys.readouterr().out


async def test_what_is_not_made_yet_is_3(shop, capsys):
    """What is there is well, the rest is to come: the report says so, and the status is 3."""
    given, gathered = await fetched(shop, "--to", "2026-01-06")
    result = held(given, Journal(given.journal), gathered, Screen(io.StringIO()))

    assert 3 == reconcile.finish(given, result, gathered, skipped=())

    report = capsys.readouterr().out
    assert report.startswith("2026-01-05 to 2026-01-05: nothing differs, ")
    assert "\n2026-01-06, statement: the statement bill of 2026-01-06 is not made yet" in report


async def test_ends_before_the_first_bill_that_is_not_made(shop):
    """A bill that is still to come shortens the period; what is there is held together."""
    _, gathered = await fetched(shop, "--to", "2026-01-07")

    assert dt.date(2026, 1, 5) == gathered.last
    assert ["2026-01-06"] * 3 + ["2026-01-07"] * 3 == [str(each.day) for each in gathered.not_yet]
    assert {dt.date(2026, 1, 5)} == {b.day for bills in gathered.bills.values() for b in bills}


async def test_one_bill_that_fails_ends_it(shop):
    """Without all bills nothing is held together: the first one refused for good is told."""
    _, gathered = await fetched(shop, "--from", "2025-09-01")

    (failed,) = gathered.failed
    assert ("2025-09-01", False) == (str(failed.day), gathered.whole)
    assert "BillTooOld" in failed.said
