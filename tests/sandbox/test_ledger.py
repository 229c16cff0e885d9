import pytest

from wxdist.sandbox.ledger import Entry, Ledger, LedgerBroken

PAYER, FROZEN, SHOP = ("payer", "T"), ("frozen", "T"), ("receiver", "S")


@pytest.fixture
def ledger():
    """100 fen paid and frozen."""
    made = Ledger()
    made.move(PAYER, FROZEN, 100, "T")
    return made


def test_posted_money_arrives(ledger):
    """What is pended is in flight, and posted it is its target's."""
    ledger.pend("d", FROZEN, SHOP, 30, "T")
    flying = ledger.parts("T")["in flight"]
    ledger.post("d")

    assert (30, 70, 30, "post") == (
        flying,
        ledger.balance(FROZEN),
        ledger.balance(SHOP),
        ledger.ended("d"),
    )
    ledger.check()


def test_voided_money_returns(ledger):
    """What is pended and voided is back where it was."""
    ledger.pend("d", FROZEN, SHOP, 30, "T")
    ledger.check()
    ledger.void("d")

    assert (100, 0, "void") == (ledger.balance(FROZEN), ledger.balance(SHOP), ledger.ended("d"))
    ledger.check()


def test_parts_of_a_payment(ledger):
    """The parts of a payment add up to what was paid."""
    ledger.move(PAYER, ("fee", "T"), 5, "T")
    ledger.pend("d", FROZEN, ("sponsor", "M"), 40, "T")
    ledger.post("d")

    assert {
        "frozen": 60,
        "in flight": 0,
        "receiver": 0,
        "sponsor": 40,
        "refund": 0,
        "fee": 5,
    } == ledger.parts("T")
    assert -105 == ledger.balance(PAYER)


def test_parts_of_nothing():
    """A payment that is not in the books has nothing in any part."""
    assert {0} == set(Ledger().parts("T").values())


@pytest.mark.parametrize("amount", [0, -1, True, 1.0])
def test_refuses_what_is_no_amount(ledger, amount):
    """Only whole amounts above zero are moved."""
    with pytest.raises(LedgerBroken, match="is no amount"):
        ledger.move(FROZEN, SHOP, amount)


def test_refuses_an_overdraft(ledger):
    """No account but the outside's gives more than it holds."""
    with pytest.raises(LedgerBroken, match="holds less than 101"):
        ledger.move(FROZEN, SHOP, 101, "T")


def test_refuses_a_second_end(ledger):
    """What has ended can neither end nor begin again."""
    ledger.pend("d", FROZEN, SHOP, 30, "T")
    with pytest.raises(LedgerBroken, match="pended before"):
        ledger.pend("d", FROZEN, SHOP, 30, "T")
    ledger.post("d")

    with pytest.raises(LedgerBroken, match="pended before"):
        ledger.pend("d", FROZEN, SHOP, 30, "T")
    for end in (ledger.post, ledger.void):
        with pytest.raises(LedgerBroken, match="nothing is in flight"):
            end("d")


def test_check_sees_a_forged_balance(ledger):
    """A balance that its entries do not give is found, and that the sums differ."""
    ledger._balances[FROZEN] += 1

    with pytest.raises(LedgerBroken) as broken:
        ledger.check()
    assert "('frozen', 'T') is off its entries; debits differ from credits" == str(broken.value)


def test_check_sees_an_overdraft(ledger):
    """An account below zero is found, and that the payment does not add up."""
    ledger._enter(Entry(FROZEN, SHOP, 101, "T"))

    with pytest.raises(LedgerBroken) as broken:
        ledger.check()
    assert "('frozen', 'T') is below zero; T: what was paid is not what it became" == str(
        broken.value
    )


def test_check_sees_money_elsewhere(ledger):
    """Money of a payment in an account of no known part is found."""
    ledger._enter(Entry(FROZEN, ("pocket", "x"), 1, "T"))

    with pytest.raises(LedgerBroken, match="T: what was paid is not what it became"):
        ledger.check()


def test_check_sees_a_lost_flight(ledger):
    """A pended amount that is not in flight any more is found."""
    ledger.pend("d", FROZEN, SHOP, 30, "T")
    ledger._enter(Entry(("in flight", "d"), FROZEN, 30, "T"))

    with pytest.raises(LedgerBroken, match="d is not in flight"):
        ledger.check()
