"""The README's programs, run as they are printed."""

import ast
import asyncio
import contextlib
import datetime as dt
import inspect
import json
import logging
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

import wxdist
from wxdist.sandbox import Sandbox

README = Path(__file__).parents[1] / "README.md"
SECTIONS = re.split(r"^## ", README.read_text("utf-8"), flags=re.MULTILINE)
BLOCKS = {
    section.partition("\n")[0]: re.findall(
        r"^```python\n(.*?)^```", section, re.DOTALL | re.MULTILINE
    )
    for section in SECTIONS
}
FIRST = BLOCKS["A first program"][0]
REAL, OWN = BLOCKS["The real service"]
TRADE = "P20150806125346"


async def execute(program, names):
    """Run *program*, which may await at its top level, with *names* and the public names."""
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    space = {name: getattr(wxdist, name) for name in wxdist.__all__} | names
    running = eval(compile(program, "README.md", "exec", flags), space)
    if inspect.iscoroutine(running):
        await running
    return space


@contextlib.asynccontextmanager
async def serving(handler):
    """Serve *handler* at /notify; give a client of it."""
    app = web.Application()
    app.router.add_post("/notify", handler)
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        yield client


def receiver():
    return wxdist.Receiver(
        type="MERCHANT_ID", account="86693852", name="Shop", relation_type="SUPPLIER"
    )


def share():
    return wxdist.Share(type="MERCHANT_ID", account="86693852", amount=300, description="30 %")


@pytest.fixture
async def ready():
    """A sandbox with a receiver and a payment that can be distributed; gives names to programs."""
    async with Sandbox() as sandbox, sandbox.session() as session:
        await session.receivers.add(receiver())
        await sandbox.approve("86693852")
        await session.transactions.mark(TRADE)
        paid = await sandbox.pay(TRADE, amount=1000)
        await session.transactions.wait_until_distributable(paid.transaction_id)
        yield {
            "sandbox": sandbox,
            "session": session,
            "transaction_id": paid.transaction_id,
            "number": wxdist.order_no(paid.transaction_id, "share", 1),
            "shares": [share()],
        }


def run(program, folder, **environ):
    """Run *program* as a script in *folder* and return what it printed."""
    script = folder / "program.py"
    script.write_text(program, "utf-8")
    known = {name: value for name, value in os.environ.items() if not name.startswith("WXDIST_")}
    done = subprocess.run(
        [sys.executable, script],
        cwd=folder,
        env={**known, **environ},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "" == done.stderr
    return done.stdout


def test_the_first_program_is_short():
    """The first program has at most 15 lines."""
    assert 15 >= len(FIRST.splitlines())


def test_the_first_program_runs(tmp_path):
    """It prints what the README says it prints."""
    said = run(FIRST, tmp_path)

    assert "Outcome(paid=1000, closed=0, pending=0, released=700)\n" == said
    assert f"`{said.strip()}`" in README.read_text("utf-8")


async def test_the_program_for_the_real_service_runs(tmp_path):
    """It reads the environment; here that of a sandbox."""
    async with Sandbox(clock=1, start=time.time()) as sandbox:
        sandbox.write_credentials(tmp_path)
        facts = json.loads((tmp_path / "credentials.json").read_text("utf-8"))
        said = await asyncio.to_thread(
            run,
            REAL,
            tmp_path,
            WXDIST_MCHID=facts["mchid"],
            WXDIST_SERIAL_NO=facts["serial_no"],
            WXDIST_PRIVATE_KEY_FILE="merchant_key.pem",
            WXDIST_API_V3_KEY=facts["api_v3_key"],
            WXDIST_BASE_URL=facts["base_url"],
        )

    assert "0 CNY\n" == said


async def test_credentials_of_ones_own(ready, tmp_path, monkeypatch):
    """Credentials can be given by the program, here in pure public-key mode."""
    ready["sandbox"].write_credentials(tmp_path)
    facts = json.loads((tmp_path / "credentials.json").read_text("utf-8"))
    (tmp_path / "merchant_key.pem").rename(tmp_path / "apiclient_key.pem")
    monkeypatch.chdir(tmp_path)

    space = await execute(
        OWN,
        {
            "serial_no": facts["serial_no"],
            "api_v3_key": facts["api_v3_key"],
            "public_key_id": facts["platform_public_key_id"],
        },
    )

    assert not space["credentials"].fetch_certificates
    assert 30 == space["session"].settings.deadline


async def test_a_view_for_a_sub_merchant():
    """The calls of a view carry its sub-merchant."""
    (program,) = BLOCKS["Institutions and service providers"]
    institution = Sandbox(mode="institutional", sub_mchids=["1900000109"])
    async with institution as sandbox, sandbox.session() as session:
        space = await execute(program, {"session": session})

    assert "1900000109" == space["shop"].sub_mchid
    assert 204 == sandbox.calls[-1].status


async def test_waiting_goes_on_elsewhere(ready, capsys):
    """An order is created, and waited for by its reference alone."""
    create, go_on = BLOCKS["Waiting, and going on after a restart"]

    space = await execute(create, ready)
    await execute(go_on, {**ready, "token": space["token"]})

    said = capsys.readouterr().out
    assert "FINISHED Outcome(paid=300, closed=0, pending=0, released=0)" in said
    assert f"{space['number']} Distribution(" in said


@pytest.mark.parametrize(
    ("closed", "said"),
    [(False, ""), (True, "86693852 RECEIVER_HIGH_RISK The receiver is high risk")],
)
async def test_errors_are_caught(ready, closed, said, capsys):
    """The example catches what an order may end with, and prints what to do."""
    (program,) = BLOCKS["Errors"]
    if closed:
        await ready["sandbox"].close(ready["number"], "86693852", "RECEIVER_HIGH_RISK")

    await execute(program, ready)

    assert said == capsys.readouterr().out[: len(said) or None]


async def test_a_refusal_is_printed(ready, capsys):
    """The example prints the service's own word."""
    (program,) = BLOCKS["Errors"]
    shares = [wxdist.Share(type="MERCHANT_ID", account="1", amount=1, description="a stranger")]

    await execute(program, {**ready, "shares": shares})

    assert "refused: INVALID_REQUEST [sandbox]" in capsys.readouterr().out


async def test_notices_are_taken_once(ready):
    """The handler keeps a notice once, lets the service come again when the work fails."""
    (program,) = BLOCKS["Notices"]
    kept, full = [], iter([True, False])

    async def keep(notice):
        if next(full):
            raise OSError("the disk is full")
        kept.append(notice.transaction.id)

    space = await execute(
        program,
        {**ready, "web": web, "keep": keep, "log": logging.getLogger("test_readme")},
    )
    statuses = []
    async with serving(space["notify"]) as client:
        for _ in range(3):
            headers, body = await ready["sandbox"].notice(out_trade_no=TRADE)
            async with client.post("/notify", headers=headers, data=body) as answer:
                statuses.append(answer.status)

    assert [500, 200, 200] == statuses
    assert [ready["transaction_id"]] == kept


async def test_a_bill_is_read(ready, tmp_path, monkeypatch, capsys):
    """The example prints the total of the day and its rows' amounts."""
    (program,) = BLOCKS["Bills, settlements, reconciliation"]
    monkeypatch.chdir(tmp_path)
    session = ready["session"]
    order = await session.orders.unfreeze(ready["transaction_id"], "U1", description="all")
    await session.orders.wait(order)
    await ready["sandbox"].advance(days=1, hours=2)

    await execute(program, {**ready, "day": dt.date(2026, 1, 5)})

    assert "1000 [1000]\n" == capsys.readouterr().out


async def test_the_example_of_a_test_passes():
    """A user's test as printed runs against the sandbox."""
    _, program = BLOCKS["Testing your own code"]

    space = await execute(program, {"shop": receiver(), "shares": [share()]})

    await space["test_a_closed_share_is_noticed"]()


def test_every_program_is_run_here():
    """No section has a program that this file does not know."""
    assert {
        "A first program": 1,
        "The real service": 2,
        "Institutions and service providers": 1,
        "Waiting, and going on after a restart": 2,
        "Notices": 1,
        "Bills, settlements, reconciliation": 1,
        "Errors": 1,
        "Testing your own code": 2,
    } == {name: len(programs) for name, programs in BLOCKS.items() if programs}


@pytest.mark.parametrize("program", [each for found in BLOCKS.values() for each in found])
def test_lines_fit_the_page(program):
    """A line of a program is not so long that a reader has to scroll."""
    assert 105 >= max(map(len, program.splitlines()))


def test_the_tests_are_run_as_ci_runs_them():
    """The command for the tests is, letter for letter, the one that .ci/run runs."""
    command = "python -m pip install nox && python -m nox -s tests"

    assert f"\n{command}\n" in README.read_text("utf-8")
    assert f"\n{command} " in (README.parent / ".ci/run").read_text("utf-8")


def test_the_variables_are_those_that_are_read():
    """Each variable of the table is read, and each that is read stands in the README."""
    package = Path(wxdist.__file__).parent
    sources = [path.read_text("utf-8") for path in package.rglob("*.py")]
    told = set(re.findall(r"WXDIST_[A-Z0-9_]+", README.read_text("utf-8")))

    assert set(re.findall(r"WXDIST_[A-Z0-9_]+[A-Z0-9]", "".join(sources))) == told
