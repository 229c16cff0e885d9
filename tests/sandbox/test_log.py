import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

import wxdist
from wxdist import sandbox
from wxdist.sandbox import Sandbox
from wxdist.sandbox.log import KEPT_LINES, Log
from wxdist.waiting.clock import FAKE_START

#: Plays with the pure world alone, so that any Python can run it; prints what came of it.
PROGRAM = """
import sys, types
from fractions import Fraction

room = types.ModuleType("wxdist.sandbox")  # without its front, which needs other packages
room.__path__ = [sys.argv[1]]
sys.modules["wxdist.sandbox"] = room

from wxdist.models import ReceiverType, RelationType
from wxdist.sandbox.orders import Ask, Instruction
from wxdist.sandbox.records import Relation, Terms
from wxdist.sandbox.world import World

NONE = dict.fromkeys(["appid", "sub_appid", "custom_relation", "scene", "major_service",
                      "expected_ratio", "application_file_id", "partnership_file_id"])
KIND = ReceiverType.MERCHANT_ID
terms = Terms(mchid="1900000001", fee_rate=Fraction("0.006"), max_ratio=Fraction(1), audit="auto")
now = 1_767_574_800.25
world = World(terms, seed=int(sys.argv[2]), start=now)
for account in ("1", "2", "3"):
    world.receivers.upload()
    asked = Relation(sub_mchid="", type=KIND, account=account, name="N",
                     relation_type=RelationType.SUPPLIER, **NONE)
    world.receivers.add(asked, authorized=None)
for number in range(40):
    trade = f"P{number}"
    world.payments.mark("", trade, "CNY")
    paid = world.payments.pay("", trade, "CNY", 10_000 + number)
    now += 86_400 * 7.125
    world.run_until(now)
    asks = tuple(Ask(currency="CNY", type=KIND, account=account, name=None, authorized=None,
                     amount=number + 1, description="d") for account in ("1", "2", "3"))
    if number % 3 == 0:
        world.orders.arm(f"D{number}", "2", "NO_AUTH")
    world.orders.create(Instruction(sub_mchid="", transaction_id=paid.transaction_id,
        out_order_no=f"D{number}", appid=None, sub_appid=None, receivers=asks,
        unfreeze_unsplit=number % 2 == 0))
    if number % 10 == 1:
        world.refunds.refund(paid.transaction_id, 500)
world.run_until(now + 86_400 * 200)
world.check()
print(world.state.log.count, world.state.log.digest())
"""


def played(python, seed):
    """Run the program with an interpreter; return what it printed."""
    room = Path(sandbox.__file__).parent
    paths = [room.parents[1], Path(attrs.__file__).parents[1]]
    done = subprocess.run(
        [python, "-c", PROGRAM, room, str(seed)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "" == done.stderr
    return done.stdout


def runs(python):
    """Tell whether an interpreter, which may be a mere pointer to one, runs."""
    return not subprocess.run([python, "-V"], capture_output=True, check=False).returncode


def test_a_line_is_canonical():
    """An event is one line of JSON in one spelling: sorted, without spaces and without nulls."""
    log = Log()
    log.note(FAKE_START + 0.25, "pay", transaction_id="42", amount=1000, sub_mchid=None)

    expected = (
        '{"amount":1000,"at":"2026-01-05T09:00:00.250+08:00","kind":"pay","number":1,'
        '"transaction_id":"42"}'
    )
    assert (expected,) == log.lines()
    assert [json.loads(log.lines()[0])] == log.events()


def test_digest_tells_every_line():
    """The digest depends on each line and their order, on what is no longer kept too."""
    one, two, three = Log(), Log(), Log()
    for log, first in ((one, "a"), (two, "a"), (three, "b")):
        log.note(0, first)
        for _ in range(KEPT_LINES):
            log.note(0, "again")

    assert one.digest() == two.digest() != three.digest()
    assert one.lines() == three.lines()
    assert (KEPT_LINES + 1, KEPT_LINES) == (one.count, len(one.events()))


def test_goes_on_after_a_dump():
    """A log that was loaded goes on as the one that was dumped."""
    one, two = Log(), Log()
    one.note(0, "a")
    two.load(*one.dump())
    for log in (one, two):
        log.note(1, "b")

    assert (one.digest(), one.lines()) == (two.digest(), two.lines())


async def story(seed):
    """Distribute through HTTP, one call at a time; return the log."""
    async with Sandbox(seed, fee_rate="0.01") as other, other.session() as session:
        await session.transactions.mark("P20150806125346")
        paid = await other.pay("P20150806125346", amount=1000)
        file_id = await session.files.upload(b"%PDF", filename="a.pdf")
        await session.receivers.add(
            wxdist.Receiver(
                type="MERCHANT_ID",
                account="86693852",
                name="Supplier",
                relation_type="SUPPLIER",
                application_file_id=file_id,
            )
        )
        await other.approve("86693852")
        await other.advance(minutes=5)
        share = wxdist.Share(
            type="MERCHANT_ID", account="86693852", amount=100, description="a share"
        )
        order = await session.orders.create(
            paid.transaction_id, "D1", [share], unfreeze_unsplit=True
        )
        await session.orders.wait(order)
        with pytest.raises(wxdist.RequestRefused):
            await session.orders.unfreeze(paid.transaction_id, "U1", description="again")
        await other.advance(days=2)
        await session.receivers.delete("86693852", type="MERCHANT_ID")
        return other._world.state.log


async def test_same_seed_same_bytes():
    """Two runs of one seed, call by call, give the same lines; another seed does not."""
    one, two, three = await story(1), await story(1), await story(2)

    assert one.lines() == two.lines()
    assert one.digest() == two.digest() != three.digest()


async def test_says_what_happened():
    """Each business event is there, in its order, refusals with their reason."""
    log = await story(1)
    kinds = [event["kind"] for event in log.events()]

    assert [
        *("mark", "pay", "upload", "add", "audit", "freeze", "clock"),
        *("accept", "detail", "detail", "end", "end", "unfreeze"),
        *("exchange", "clock", "delete"),
    ] == kinds
    assert "[sandbox] nothing is left to be unfrozen" == log.events()[12]["refused"]


async def test_holds_no_secrets():
    """Neither names nor keys, serials or ports are in the log."""
    text = "\n".join((await story(1)).lines())
    async with Sandbox() as other:
        secrets = [other.credentials.serial_no, other.base_url.rpartition(":")[2], "Supplier"]

    assert [] == [secret for secret in secrets if secret in text]


@pytest.mark.parametrize("other", ["python3.11", "python3.12", "python3.13"])
def test_same_on_every_python(other):
    """The digest of one seed is the same on every supported Python that is there."""
    python = shutil.which(other)
    if python is None or not runs(python):
        pytest.skip(f"{other} is not here")

    assert played(sys.executable, 7) == played(python, 7)


def test_another_process_same_digest():
    """Another process, which hashes texts otherwise, gives the same; another seed does not."""
    assert played(sys.executable, 7) == played(sys.executable, 7) != played(sys.executable, 8)
