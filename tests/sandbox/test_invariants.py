"""Whatever contradicts itself is found: at once where it changed, and by the full check anyway."""

import json
from fractions import Fraction

import attrs
import pytest

from wxdist.models import DetailResult, OrderState, RelationState
from wxdist.sandbox import snapshot
from wxdist.sandbox.auditor import Auditor
from wxdist.sandbox.clock import SandboxClock
from wxdist.sandbox.core import Core
from wxdist.sandbox.ledger import Ledger, LedgerBroken
from wxdist.sandbox.records import Terms
from wxdist.sandbox.scenarios import SCENARIOS


@pytest.fixture
def p(play):
    """A payment of 1000 fen, 100 of them on their way to a receiver."""
    made = play(max_ratio="1")
    made.payment = made.ready()
    made.receiver()
    made.order = made.create(made.payment, made.ask())
    made.world.invariants.step()
    return made


def fault(act):
    """Return what *act* finds wrong."""
    with pytest.raises(LedgerBroken) as broken:
        act()
    return str(broken.value)


def test_steps_go_well(p):
    """What goes its way contradicts nothing, step by step, nor as a whole."""
    for _ in range(3):
        p.go(3)
        p.world.invariants.step()
    p.unfreeze(p.payment)
    p.go(10)
    p.world.invariants.step()
    p.world.check()

    assert OrderState.FINISHED == p.order.state


def test_a_result_without_its_money(p):
    """A SUCCESS without a posting, or of another amount than the books have, is found."""
    (detail,) = p.order.details
    detail.result = DetailResult.SUCCESS
    p.world.state.touched.add(p.order.order_id)
    early = fault(p.world.invariants.step)
    detail.result, detail.amount = DetailResult.PENDING, 101

    assert f"{detail.detail_id} is SUCCESS, its money: None" in early
    assert f"{detail.detail_id} is PENDING, its money: None" in fault(p.world.check)


def test_what_is_final_stays(p):
    """A detail that ended at one time cannot have ended at another."""
    (detail,) = p.order.details
    p.go(10)
    p.world.check()
    detail.finish_time += 1

    assert f"{detail.detail_id} was final and changed" in fault(p.world.check)


def test_one_number_one_order(p):
    """A number leads to the one order that has it."""
    number = p.order.out_order_no
    p.world.state.numbers[number] = "another"
    p.world.state.touched.add(p.order.order_id)

    assert fault(p.world.invariants.step) == f"{number} is the number of more than one order"
    assert fault(p.world.check).startswith("a number does not lead to its one order")


def test_only_what_changed_is_held(p):
    """A step looks at the orders that changed since the step before, however many are open."""
    before = set(p.world.state.touched)
    p.create(p.payment, p.ask(amount=1), number="D2")
    made = set(p.world.state.touched)
    p.world.invariants.step()
    p.go(10)

    assert (set(), 1, set(p.world.state.orders)) == (before, len(made), p.world.state.touched)


def test_what_is_broken_stays_so(p):
    """Once a contradiction was seen, every step and check tells it, until a good state is taken."""
    good = snapshot.dump(p.world.state)
    frozen, stolen = ("frozen", p.payment.transaction_id), ("receiver", "86693852")
    p.world.state.ledger.move(frozen, stolen, 1, p.payment.transaction_id)
    said = fault(lambda: held(p))
    p.world.state.ledger.move(stolen, frozen, 1, p.payment.transaction_id)
    later = [fault(lambda: held(p)), fault(p.world.check)]
    p.world.adopt(snapshot.load(good, p.world.terms))
    held(p)
    p.world.check()

    assert f"{p.payment.transaction_id}: details and books differ" == said
    assert [said, said] == later


def test_what_breaks_by_itself_stays_broken(p):
    """What is due and cannot happen marks the state as broken, too."""
    (detail,) = p.order.details
    p.world.state.ledger.void(detail.detail_id, p.now)
    said = fault(lambda: p.world.run_until(p.now + 10))

    assert f"nothing is in flight under {detail.detail_id}" == said == fault(p.world.check)


def held(p):
    with p.world.acting():
        pass


def test_payments_go_forwards(p):
    """What was ready, released or overdue stays so."""
    p.world.check()
    p.payment.ready = False

    assert f"{p.payment.transaction_id} went backwards" == fault(p.world.check)


@pytest.mark.parametrize("name", ["amount", "payer_amount"])
def test_what_was_paid_is_in_the_books(p, name):
    """The books hold as much as was paid."""
    setattr(p.payment, name, 999)

    assert "999 was paid, the books say 1000" in fault(p.world.check)


def test_audits_go_forwards(p):
    """A receiver that is effective does not go back to its audit."""
    (relation,) = p.world.state.relations.values()
    p.world.check()
    relation.state = RelationState.INIT

    assert "a receiver went from EFFECTIVE to INIT" == fault(p.world.check)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b'{"code":"X"}',
        lambda p: {"transaction_id": p.payment.transaction_id, "unsplit_amount": 900},
        lambda p: {"receivers": [part(p)]},
    ],
)
def test_answers_that_are_true(p, body):
    """Amounts as the books have them now, or none at all."""
    said = body if isinstance(body, bytes) else json.dumps(body(p)).encode()

    assert p.world.invariants.answered(said) is None


@pytest.mark.parametrize(
    "body",
    [
        lambda p: {"transaction_id": p.payment.transaction_id, "unsplit_amount": 901},
        lambda p: {"receivers": [part(p) | {"amount": 101}]},
        lambda p: {"receivers": [part(p) | {"result": "SUCCESS"}]},
        lambda p: {"receivers": [part(p) | {"detail_id": "another"}]},
    ],
)
def test_answers_that_are_not(p, body):
    """Amounts and results that the books do not have now are found."""
    said = json.dumps(body(p)).encode()

    assert fault(lambda: p.world.invariants.answered(said))


def part(p):
    (detail,) = p.order.details
    return {"detail_id": detail.detail_id, "amount": 100, "result": "PENDING"}


def test_the_bill_is_the_day_of_the_books(p):
    """What the books posted on a day, the bill of that day has, and no other."""
    (detail,) = p.order.details
    p.go(10)
    p.world.check()
    final = attrs.evolve(detail)
    detail.finish_time += 86_400
    p.world.invariants._final.clear()

    assert "the bill of 2026-01-05 is not that day of the books" == fault(p.world.check)
    assert final.finish_time + 86_400 == detail.finish_time


def test_a_flight_that_ends_elsewhere():
    """What is posted must arrive where it was meant to go; new entries are seen at once."""
    ledger, frozen = Ledger(), ("frozen", "T")
    ledger.move(("payer", "T"), frozen, 100, "T")
    ledger.pend("d", frozen, ("receiver", "A"), 30, "T")
    assert {"T"} == ledger.check_new()
    assert set() == ledger.check_new()
    ledger.post("d", 5.0)
    ledger._entries[-1] = attrs.evolve(ledger._entries[-1], target=("receiver", "B"))

    assert "d did not end as a post" in fault(ledger.check)
    assert "d did not end as a post" in fault(ledger.check_new)
    assert [("d", 5.0)] == [(key, end.when) for key, end in ledger.posted()]


@pytest.mark.parametrize("mode", ["common", "institutional"])
async def test_scenarios_are_watched(mode):
    """What scenarios do past the service, the auditor is told of, and finds right."""
    children = () if mode == "common" else ("1900000109",)
    terms = Terms(mchid="1900000001", mode=mode, sub_mchids=children, max_ratio=Fraction(1))
    made = Core(terms, SandboxClock())
    auditor = Auditor(terms, made.world.state.now)
    made.world.state.observer = auditor.observe
    for name in SCENARIOS:
        await made.control.scenario(name)

    assert [] == auditor.findings
    assert auditor.summary()["calls"] > 10


async def test_a_restored_business_is_not_watched():
    """After a snapshot was restored the auditor rests: it cannot know what is known then."""
    terms = Terms(mchid="1900000001")
    made = Core(terms, SandboxClock())
    auditor = Auditor(terms, made.world.state.now)
    made.world.state.observer = auditor.observe
    made.control.restore(made.control.snapshot())

    assert "grey" == auditor.summary()["state"]
