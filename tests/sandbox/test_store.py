import asyncio
import sqlite3
import stat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wxdist.errors import InvalidInput
from wxdist.sandbox import auth
from wxdist.sandbox.asking import Request
from wxdist.sandbox.clock import SandboxClock
from wxdist.sandbox.core import Core
from wxdist.sandbox.options import terms
from wxdist.sandbox.papers import Papers
from wxdist.sandbox.rules.refusal import Refused
from wxdist.sandbox.scenarios import SCENARIOS
from wxdist.sandbox.store import LEAST_INPUTS, Store
from wxdist.waiting.clock import FAKE_START

DAY = 86_400
#: What an input holds that turns the clock.
TURN = '[[0],{"dict":[]},null]'


class Kept:
    """A sandbox on a file, which can crash and start again."""

    def __init__(self, path, **more):
        facts = {"mode": "common", "sub_mchids": (), "fee_rate": "0.006", "max_ratio": "0.30"}
        facts |= {"audit": "auto", "closed_money": "frozen"} | more
        self.path, self.terms = path, terms(**facts)
        self.start()

    def start(self):
        self.store = Store(self.path)
        self.clock = SandboxClock(self.store.now or FAKE_START)
        try:
            self.core = Core(self.terms, self.clock, seed=5, store=self.store)
        except InvalidInput:
            self.store.close()
            raise

    def crash(self):
        """Let go of the file without a word, as a process that is killed."""
        self.store._file.close()
        self.start()

    @property
    def state(self):
        return self.core.control.snapshot()

    def stop(self):
        self.store.close()

    def inputs(self):
        return self.store._file.execute("SELECT count(*) FROM inputs").fetchone()[0]


@pytest.fixture
def kept(tmp_path):
    made = Kept(tmp_path / "state.db")
    yield made
    made.stop()


@pytest.mark.parametrize("name", SCENARIOS)
async def test_a_crash_loses_nothing(kept, name):
    """After a crash the business is as it was: money, dice, log, what is due, and the time."""
    await kept.core.control.scenario(name)
    await kept.core.control.advance(1)
    before = kept.state
    kept.crash()

    assert before == kept.state
    assert kept.clock.now() == kept.core.world.state.now
    kept.core.control.check()


STEPS = st.lists(
    st.one_of(
        st.sampled_from(["snapshot", "crash", "stop", "refuse"]),
        st.tuples(st.just("scenario"), st.sampled_from(list(SCENARIOS)[:-1])),
        st.tuples(st.just("advance"), st.sampled_from([1, 60, DAY, 200 * DAY])),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None)
@given(steps=STEPS)
def test_any_story_survives(tmp_path_factory, steps):
    """Whatever was ordered, refused orders too, starting again changes nothing."""
    kept = Kept(tmp_path_factory.mktemp("store") / "state.db")
    asyncio.run(_story(kept, steps))
    before = kept.state
    kept.crash()

    assert before == kept.state
    kept.stop()


async def _story(kept, steps):
    taken = kept.state
    for step in steps:
        control = kept.core.control
        match step:
            case "snapshot":
                control.restore(taken)
                taken = kept.state
            case "crash":
                kept.crash()
            case "stop":
                kept.stop()
                kept.start()
            case "refuse":
                with pytest.raises(InvalidInput):
                    control.approve("no such receiver")
            case ("scenario", name):
                await control.scenario(name)
            case ("advance", seconds):
                await control.advance(seconds)


async def test_the_future_is_the_same(tmp_path):
    """A sandbox that crashed goes on exactly as one that did not."""
    one, two = Kept(tmp_path / "one.db"), Kept(tmp_path / "two.db")
    for kept in (one, two):
        await kept.core.control.scenario("three-receivers")
        if kept is two:
            kept.crash()
        await kept.core.control.scenario("one-closed")
        await kept.core.control.advance(days=3)

    assert one.state == two.state
    one.stop()
    two.stop()


def test_keys_are_kept(kept):
    """Keys are the same after a crash, a certificate that was announced too."""
    kept.core.control.rotate_certificate()
    before = kept.core.papers.dump()
    kept.crash()

    assert before == kept.core.papers.dump()


async def test_a_rotation_by_itself_is_kept(kept):
    """A certificate that was replaced by itself is the same after a crash."""
    await kept.core.control.advance(days=5 * 365 - 30)
    serial = kept.core.papers.certificate_list()["data"][-1]["serial_no"]
    kept.store.save()
    kept.crash()

    assert serial == kept.core.papers.certificate_list()["data"][-1]["serial_no"]


def test_answers_are_kept_before_they_leave(kept):
    """Once a call is answered, the time of that answer is kept: nothing can go back behind it."""
    target = "/v3/global/profit-sharing/refunds/refundable-balance"
    kept.clock.turn_to(FAKE_START + 200)
    text = auth.message("GET", target, f"{FAKE_START + 200:.0f}", "nonce", "")
    merchant = kept.core.papers.merchant
    pairs = f'mchid="1900000001",nonce_str="nonce",timestamp="{FAKE_START + 200:.0f}",'
    pairs += f'serial_no="{merchant.serial_no}",'
    pairs += f'signature="{auth.sign(merchant.key, text.encode())}"'
    headers = {"authorization": f"{auth.SCHEME} {pairs}", "accept": "*/*", "user-agent": "test"}
    answer = kept.core.service.answer(Request("GET", target, headers))
    kept.crash()

    assert (200, FAKE_START + 200) == (answer.status, kept.clock.now())


def test_orders_that_were_refused_count_too(kept):
    """What was refused is in the log after a crash, as it was before."""
    with pytest.raises(Refused):
        kept.core.world.payments.mark("", "P20150806125346", "USD")
    kept.store.save()
    before = kept.state
    kept.crash()

    assert before == kept.state
    assert "mark" == kept.core.control.events()[0]["kind"]


def test_what_was_slowed_stays_slow(kept, play):
    """An audit that a fault delays is as late after a crash."""
    control = kept.core.control
    with kept.core.world.state.slowed("audit", 3.0):
        control.world.receivers.add(play().relation(), authorized=None)
    kept.store.save()
    (event,) = kept.core.world.state.upcoming()
    kept.crash()

    assert [event] == kept.core.world.state.upcoming()
    assert FAKE_START + 9 * DAY == event.due


def test_inputs_are_folded_into_a_snapshot(kept):
    """The file does not grow for ever: after many inputs it holds a snapshot instead."""
    counts = []
    for number in range(LEAST_INPUTS + 1):
        kept.core.world.payments.mark("", f"P{number}", "CNY")
        kept.store.save()
        counts.append(kept.inputs())
    before = kept.state
    kept.crash()

    assert (LEAST_INPUTS, 0) == (max(counts), counts[-1])
    assert before == kept.state


def test_nothing_new_writes_nothing(kept):
    """Saving twice writes once."""
    kept.store.save()
    before = kept.store._file.total_changes
    kept.store.save()

    assert before == kept.store._file.total_changes


def fill(kept):
    for number in range(LEAST_INPUTS):
        kept.core.world.payments.mark("", f"P{number}", "CNY")
        kept.store.save()


def test_a_full_disk_loses_nothing(kept):
    """What cannot be written raises, stays in hand, and is kept once there is room again."""
    file = kept.store._file
    full = file.execute("PRAGMA page_count").fetchone()[0]
    file.execute(f"PRAGMA max_page_count = {full}")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        fill(kept)
    file.execute(f"PRAGMA max_page_count = {full + 1000}")
    kept.store.save()
    before = kept.state
    kept.crash()

    assert before == kept.state


def test_for_the_owner_only(kept):
    """The file, in which keys lie, is the owner's alone, and so is what SQLite puts beside it."""
    modes = {stat.S_IMODE(path.stat().st_mode) for path in kept.path.parent.iterdir()}

    assert {0o600} == modes


def test_one_sandbox_at_a_time(kept):
    """A second sandbox on the same file is refused while the first one runs."""
    with pytest.raises(InvalidInput, match="in use by another"):
        Store(kept.path)


def test_other_terms_are_refused(kept):
    """A file belongs to the terms that it was made with, and stays as it is."""
    before = kept.state
    kept.stop()
    with pytest.raises(InvalidInput, match="other terms"):
        Kept(kept.path, fee_rate="0")
    kept.start()

    assert before == kept.state


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE facts SET value = 'wxdist sandbox 0' WHERE name = 'form'",
        "UPDATE facts SET value = x'00' WHERE name = 'base'",
        "INSERT INTO inputs (at, name, content) VALUES (0, 'os.system', '[]')",
        "INSERT INTO inputs (at, name, content) VALUES (0, 'Payments.pay', x'5b5d')",
        "DROP TABLE inputs",
        "UPDATE facts SET value = '{' WHERE name = 'papers'",
        "UPDATE facts SET value = '{}' WHERE name = 'papers'",
        "UPDATE facts SET value = '[]' WHERE name = 'papers'",
        "UPDATE facts SET value = 1e12 WHERE name = 'now'",
        "UPDATE facts SET value = NULL WHERE name = 'now'",
        f"INSERT INTO inputs (at, name, content) VALUES (222e9, 'Turns.turn', '{TURN}')",
    ],
)
def test_a_damaged_file_is_refused(tmp_path, statement):
    """A file of another form, or whose content makes no sense, is refused."""
    path = tmp_path / "state.db"
    Kept(path).stop()
    file = sqlite3.connect(path, isolation_level=None)
    file.execute(statement)
    file.close()

    with pytest.raises(InvalidInput, match="store: "):
        Kept(path)


def test_other_files_are_refused_and_untouched(tmp_path):
    """A text, another program's database, or a folder is no store, and stays as it was."""
    text, other = tmp_path / "notes.txt", tmp_path / "other.db"
    text.write_text("to do: nothing. " * 100)
    file = sqlite3.connect(other)
    file.execute("CREATE TABLE notes (text)")
    file.close()
    before = other.read_bytes()

    for path in (text, other, tmp_path):
        with pytest.raises(InvalidInput, match="store: "):
            Store(path)
    assert (before, "to do: nothing. " * 100) == (other.read_bytes(), text.read_text())


def test_a_store_needs_a_world(tmp_path):
    """A store that was not attached keeps nothing, and can be closed."""
    store = Store(tmp_path / "state.db")

    assert (None, None) == (store.now, store.kept("papers", dict))
    for act in (store.save, store.rebase):
        with pytest.raises(RuntimeError, match="not attached"):
            act()
    store.close()
    assert Papers(0).rotations == 0


@pytest.mark.parametrize("announced", [True, False])
def test_a_swap_is_kept(kept, announced):
    """A certificate that signs before its time, by a fault, does so after a crash too."""
    if announced:
        kept.core.control.rotate_certificate()
    old = kept.core.papers.platform.serial_no
    kept.core.papers.swap()
    kept.store.save()
    new = kept.core.papers.platform.serial_no
    kept.crash()

    assert old != new
    assert new == kept.core.papers.platform.serial_no
