import datetime as dt
import io
import json
from pathlib import PurePosixPath

import pytest

from wxdist.cli.output import Screen, as_json, columns, cut, one_line, pad, table, wrap, yuan


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("abc", 3),
        ("深圳", 4),
        ("ｆｕｌｌ", 8),
        ("é", 1),
        ("e\u0301", 1),
        ("a分b", 4),
        ("\x1b[1m分\x1b[0m", 2),
    ],
)
def test_columns_are_those_of_a_terminal(text, expected):
    """A CJK character takes two columns, an accent on its own or a style none."""
    assert expected == columns(text)


def test_pad_fills_up_by_columns():
    """A text is filled up to its width at either side."""
    assert "分  |" == pad("分", 4) + "|"
    assert "  分|" == pad("分", 4, right=True) + "|"


def test_a_table_stands_in_columns():
    """Cells stand below each other, amounts flush right, and a row of none is a rule."""
    rows = [["who", "yuan", ""], [], ["深圳", "1.00", "paid"], ["Ltd", "10.00", ""]]

    expected = [
        "who    yuan",
        "----  -----  ----",
        "深圳   1.00  paid",
        "Ltd   10.00",
    ]
    assert expected == table(rows, right=[1])


def test_wrap_breaks_at_spaces():
    """A text longer than 80 columns goes on below, behind what stands before each line."""
    found = wrap("word " * 20, first="first ", rest="      ")

    assert ["first " + "word " * 14 + "word", "      " + "word " * 4 + "word"] == found[:2]
    assert 2 == len(found)


def test_wrap_cuts_what_has_no_spaces():
    """A text without spaces, such as Chinese, is cut where the line ends."""
    found = wrap("分" * 50, rest="  ")

    assert ["分" * 39, "  " + "分" * 11] == found
    assert 78 == max(map(columns, found))


def test_wrap_makes_line_breaks_spaces():
    """A text of more than one line becomes one."""
    assert ["a b"] == wrap("a\n  b")
    assert "a b" == one_line(" a\n  b\n")


def test_a_strangers_text_controls_nothing():
    """An escape sequence in a text from outside loses what makes it one."""
    assert "?[2J?]0;title? 分" == one_line("\x1b[2J\x9b]0;title\x07 分")
    assert ["?[2J"] == wrap("\x1b[2J")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("abcde", "abcde"),
        ("abcdef", "abcd…"),
        ("分分分", "分分…"),
        ("a\nb\x1bc", "a b?c"),
    ],
)
def test_cut_tells_what_had_to_go(text, expected):
    """A text that is too wide ends with an ellipsis, within its columns and in one line."""
    assert expected == cut(text, 5)


@pytest.mark.parametrize(
    ("fen", "expected"),
    [
        (0, "0.00"),
        (7, "0.07"),
        (128_027, "1,280.27"),
        (-105, "-1.05"),
        (10**18 + 1, "10,000,000,000,000,000.01"),
    ],
)
def test_fen_become_yuan_exactly(fen, expected):
    """An amount is shown in yuan to the fen, whatever its size or sign."""
    assert expected == yuan(fen)


def test_json_keeps_names_readable():
    """A Chinese name stands as it is, and is read back."""
    assert '"分"' in as_json({"name": "分"})
    assert {"name": "分"} == json.loads(as_json({"name": "分"}))


def test_json_has_text_for_days_and_paths():
    """Days and paths become text; what is no data is refused."""
    told = json.loads(as_json({"day": dt.date(2026, 1, 5), "path": PurePosixPath("a/b.csv")}))

    assert {"day": "2026-01-05", "path": "a/b.csv"} == told
    with pytest.raises(TypeError, match="object has no JSON"):
        as_json(object())


def test_a_pipe_gets_no_control_characters():
    """What is not a terminal sees neither colours nor progress."""
    pipe = io.StringIO()
    screen = Screen(pipe, environ={})

    screen.progress("09:00:01")
    screen.heading("1  Title")
    screen.say(screen.paint("SUCCESS", "green"))

    assert "\n1  Title\nSUCCESS\n" == pipe.getvalue()


def test_a_terminal_gets_colours(terminal):
    """On a terminal a style is switched on and off again."""
    Screen(terminal, environ={}).heading("Title")

    assert "\n\x1b[1mTitle\x1b[0m\n" == terminal.getvalue()


@pytest.mark.parametrize(
    ("environ", "colours", "live"),
    [
        ({}, True, True),
        ({"NO_COLOR": ""}, True, True),
        ({"NO_COLOR": "1"}, False, True),
        ({"TERM": "dumb"}, False, False),
        ({"TERM": "xterm"}, True, True),
    ],
)
def test_the_environment_decides(terminal, environ, colours, live):
    """NO_COLOR, when not empty, takes the colours; a dumb terminal gets no progress either."""
    screen = Screen(terminal, environ=environ)

    assert colours == ("\x1b" in screen.paint("text", "bold"))
    assert live == screen.live


def test_progress_is_drawn_over_itself(terminal):
    """A progress line is wiped away, all its columns, before anything else is printed."""
    screen = Screen(terminal, environ={"NO_COLOR": "1"})

    screen.progress("分 1")
    screen.progress("2")
    screen.say("done")
    screen.clear()

    assert "分 1\r    \r2\r \rdone\n" == terminal.getvalue()


def test_a_quiet_screen_says_nothing(terminal):
    """Where a program reads the data, a person's text is left out."""
    screen = Screen(terminal, quiet=True, environ={})

    screen.heading("Title")
    screen.progress("...")

    assert "" == terminal.getvalue()
    assert not screen.live
