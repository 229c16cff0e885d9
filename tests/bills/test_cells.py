"""Texts of strangers that a spreadsheet may take for formulas."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxdist.bills import safe_cell

from ..payloads import PAYLOADS

SIGNS = "=+-@＝＋－＠"
CUTS = ";\t\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029"
#: Signs, and what may stand before them, more often than other characters.
texts = st.text(
    st.sampled_from(SIGNS + CUTS + " \"'\u3000\u200b\ufeff\u3164|,1") | st.characters(), max_size=12
)


def shown(text):
    """Return *text* from the first character on that a program may show."""
    while text and (text[0].isspace() or unicodedata.category(text[0]) in {"Cc", "Cf"}):
        text = text[1:]
    return text


def is_safe(text):
    return text[:1] not in set("\t\r\n") and shown(text)[:1] not in set(SIGNS)


@given(texts)
def test_no_cell_begins_as_a_formula(text):
    """No cell begins with a sign of a formula, whatever that nobody sees stands before it."""
    assert is_safe(safe_cell(text))


@given(texts)
def test_nor_does_a_part_of_it(text):
    """Nor does what a program of another dialect takes for a cell or a line of its own."""
    for cut in CUTS:
        assert all(shown(part)[:1] not in set(SIGNS) for part in safe_cell(text).split(cut))


@given(texts)
def test_nothing_but_apostrophes_is_added(text):
    """A guarded text is the text with apostrophes added; guarding it again changes nothing."""
    guarded = iter(safe_cell(text))

    assert all(char in guarded for char in text)
    assert len(text) + safe_cell(text).count("'") - text.count("'") == len(safe_cell(text))
    assert safe_cell(text) == safe_cell(safe_cell(text))


@pytest.mark.parametrize("text", PAYLOADS)
def test_known_attacks(text):
    """Known attacks are made harmless."""
    assert is_safe(safe_cell(text))


@pytest.mark.parametrize(
    ("text", "guarded"),
    [
        ("=1+1", "'=1+1"),
        ("＝1+1", "'＝1+1"),
        ("﹢1", "'﹢1"),
        ("−1", "'−1"),
        ("-", "'-"),
        ("\u00a0 =1", "'\u00a0 =1"),
        ("\ufeff\u200b@x", "'\ufeff\u200b@x"),
        ('""=1', '\'""=1'),
        ("ㅤ=1", "'ㅤ=1"),
        ("\u2800=1", "'\u2800=1"),
        ("\ufe0f=1", "'\ufe0f=1"),
        ("\tx", "'\tx"),
        ("\0", "'\0"),
        ("\r\n=1", "'\r\n'=1"),
        ("a;=1", "a;'=1"),
        ("a\n - b", "a\n' - b"),
        ("a\t;=1", "a\t;'=1"),
        (";", ";"),
        ("", ""),
        ("\u2028=1", "\u2028'=1"),
    ],
)
def test_guards(text, guarded):
    """An apostrophe is put where a cell begins with a sign, and before a control character."""
    assert guarded == safe_cell(text)


@pytest.mark.parametrize(
    "text",
    [
        *("2026-01-05 09:05:00", "4200000001202601051234567890", "分给商户A", "a=b", "1,-2", "x|y"),
        *("'=1", "1e5", "a@b.example", "#NAME", "(1)", " x", "ㅤ", "a; b", "%=1+1", "{=1+1}"),
    ],
)
def test_other_texts_stay(text):
    """A text that begins otherwise comes back as it was, whatever is inside."""
    assert text == safe_cell(text)
