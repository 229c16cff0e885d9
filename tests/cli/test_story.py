import io
import re

import pytest

from wxdist.cli.output import Screen, columns
from wxdist.cli.story import play


async def told(stream, **more):
    """Play the story before *stream*; return how it ended and the lines that were printed."""
    ending = await play(Screen(stream, environ={"NO_COLOR": "1"}), **more)
    return ending, stream.getvalue().splitlines()


async def test_the_money_adds_up():
    """Two of three receivers are paid, the rest is released, and the fee is 0.6 percent."""
    ending, _ = await told(io.StringIO())

    assert [19_320, 12_880, 0] == [each.paid for each in ending.receivers]
    assert (128_800, 773, 95_827, 0) == (
        *(ending.payer, ending.fee),
        *(ending.released, ending.remaining),
    )
    assert 3 == ending.bill.rows
    assert ending.closes


async def test_a_closed_share_is_explained():
    """The share that was not paid carries its reason and what to do about it."""
    ending, lines = await told(io.StringIO())

    closed = ending.receivers[-1]
    assert ("CLOSED", "RECEIVER_HIGH_RISK") == (closed.result, closed.fail_reason)
    assert "pay another way" in closed.advice
    assert f"   {closed.advice}" in lines


async def test_each_change_is_told_once():
    """Each share is seen PENDING, then ended; the orders are seen to finish, in order of time."""
    ending, _ = await told(io.StringIO())

    shares = [each for each in ending.changes if each.account in {"1900000101", "1900000103"}]
    assert [
        ("1900000101", "PENDING"),
        ("1900000103", "PENDING"),
        ("1900000101", "SUCCESS"),
        ("1900000103", "CLOSED"),
    ] == [(each.account, each.state) for each in shares]
    assert ["PROCESSING", "FINISHED", "FINISHED"] == [
        each.state for each in ending.changes if each.account is None
    ]
    assert sorted(each.at for each in ending.changes) == [each.at for each in ending.changes]


async def test_a_pipe_gets_plain_lines():
    """Nothing is longer than 80 columns, and no control character is among it."""
    _, lines = await told(io.StringIO())

    assert [] == [line for line in lines if columns(line) > 80 or re.search(r"[\x00-\x1f]", line)]
    assert [f"{number} " for number in range(1, 8)] == [
        line[:2] for line in lines if re.match(r"\d  ", line)
    ]


async def test_a_terminal_sees_the_clock_move(terminal):
    """Each second of the freezing is drawn, and wiped away before the next line."""
    await told(terminal, hurry=1e9)

    drawn = re.findall(r"(09:0\d:\d\d)  freezing", terminal.getvalue())
    assert ["09:00:01", "09:00:02", "09:00:03"] == drawn[:3]
    assert len(drawn) >= 180
    assert "...\n" not in terminal.getvalue()


@pytest.mark.parametrize("again", [1, 2])
async def test_is_the_same_each_time(again, terminal):
    """Who watches makes no difference: same numbers, same times."""
    plain, _ = await told(io.StringIO())
    watched, _ = await told(terminal, hurry=1e9)

    assert plain == watched
