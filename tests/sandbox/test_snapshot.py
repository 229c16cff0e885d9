import datetime as dt
import hashlib
import json

import pytest

from wxdist.sandbox import snapshot
from wxdist.sandbox.records import Terms
from wxdist.sandbox.rules.calendar import LATEST, NEVER

TERMS = Terms(mchid="1900000001")


@pytest.fixture
def taken(play):
    """Return a snapshot of a world in the middle of things."""
    p = play()
    payment = p.ready(10_000)
    p.receiver(name="Shop", scene="分账")
    p.add("86693853", type="PERSONAL_OPENID", appid="wx1", name="A", authorized=True)
    p.create(payment, p.ask(amount=100))
    p.world.orders.arm("D2", "86693852", "NO_AUTH")
    p.world.receivers.upload()
    p.go(10)
    p.world.refunds.refund(payment.transaction_id, 10)
    p.go(days=2)
    p.world.bills.link(dt.date(2026, 1, 5), "")
    p.unfreeze(payment)
    return snapshot.dump(p.world.state)


def sealed(body):
    """Return *body* as a snapshot with a right digest."""
    return snapshot.HEAD + hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def changed(taken, change):
    """Return a snapshot whose facts were changed behind its back."""
    facts = json.loads(taken.partition(b"\n")[2].partition(b"\n")[2])
    pairs = dict(facts["dict"])
    change(pairs)
    return sealed(json.dumps({"dict": list(pairs.items())}).encode())


def at(taken, now):
    """Return a snapshot of another time."""
    return changed(taken, lambda facts: facts.update(now=now))


def falling_due(taken, due):
    """Return a snapshot whose first event is due at another time."""

    def move(facts):
        facts["queue"][0]["Event"][0] = due

    return changed(taken, move)


def test_there_and_back(taken):
    """A snapshot gives the state that it was taken of."""
    assert taken == snapshot.dump(snapshot.load(taken, TERMS))


def test_the_last_times_are_good(taken):
    """A snapshot can be of the last moment, with something that never happens."""
    loaded = snapshot.load(falling_due(at(taken, float(LATEST)), NEVER), TERMS)

    assert (LATEST, NEVER) == (loaded.now, loaded.queue[0].due)


def test_is_plain_text(taken):
    """A snapshot is text: JSON after a head and a digest."""
    head, _, rest = taken.partition(b"\n")
    digest, _, body = rest.partition(b"\n")

    assert b"wxdist sandbox, form 3" == head
    assert hashlib.sha256(body).hexdigest() == digest.decode()
    assert "分账" in str(json.loads(body))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda taken: b"",
        lambda taken: b"\x80\x04\x95",
        lambda taken: taken.replace(b"form 3", b"form 4"),
        lambda taken: taken[:-1],
        lambda taken: taken.replace(b"86693852", b"86693850"),
        lambda taken: sealed(b"[" * 100_000),
        lambda taken: sealed(b"not JSON"),
        lambda taken: sealed(b"[]"),
        lambda taken: sealed(b'{"os.system":["true"]}'),
        lambda taken: sealed(b'{"dict":[],"tuple":[]}'),
        lambda taken: sealed(b'{"Payment":[1]}'),
        lambda taken: sealed(b'{"date":"yesterday"}'),
        lambda taken: changed(taken, lambda facts: facts.pop("payments")),
        lambda taken: changed(taken, lambda facts: facts.update(other=1)),
        lambda taken: changed(taken, lambda facts: facts.update(payments=[])),
        lambda taken: changed(taken, lambda facts: facts.update(orders=5)),
        lambda taken: changed(taken, lambda facts: facts.update(payments={"dict": []})),
        lambda taken: changed(taken, lambda facts: facts.update(dice={"tuple": [3, [1], None]})),
        lambda taken: changed(taken, lambda facts: facts.update(ledger=[])),
        lambda taken: changed(taken, lambda facts: facts.update(terms=None)),
        *(lambda taken, now=now: at(taken, now) for now in (-1.0, 1e12, float("nan"))),
        *(lambda taken, due=due: falling_due(taken, due) for due in (-1, 1e12, float("nan"), "1")),
    ],
)
def test_what_is_no_snapshot_is_refused(taken, spoil):
    """Bytes that are no snapshot of this form, damaged, or at odds with themselves are refused."""
    with pytest.raises(ValueError, match=r"."):
        snapshot.load(spoil(taken), TERMS)


def test_terms_must_be_the_same(taken):
    """A snapshot belongs to its terms."""
    with pytest.raises(ValueError, match="other terms"):
        snapshot.load(taken, Terms(mchid="1900000001", audit="auto"))
