import attrs
import pytest

from wxdist.cli.ending import Bill


def test_adds_up(ending):
    """Receivers, sponsor and fee together are what was paid, and the bill has all but the fee."""
    assert 300 == ending.distributed
    assert 1000 == ending.total
    assert ending.closes


@pytest.mark.parametrize(
    "wrong",
    [
        {"payer": 1001},
        {"fee": 7},
        {"released": 693},
        {"remaining": 1},
        {"receivers": ()},
        {"bill": Bill(day="2026-01-05", rows=2, total=993)},
    ],
)
def test_one_fen_off_does_not_close(ending, wrong):
    """A single fen too much or too little anywhere is seen."""
    assert not attrs.evolve(ending, **wrong).closes
