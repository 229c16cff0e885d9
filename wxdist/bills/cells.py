"""Texts of strangers in a spreadsheet, which must not take them for formulas.

Source: https://owasp.org/www-community/attacks/CSV_Injection
"""

from __future__ import annotations

import re
import unicodedata

_SIGNS = frozenset("=+-@\u2212")  # and what folds to them: full-width, small, raised, lowered
_FILLERS = "\u115f\u1160\u3164\uffa0"  # letters that show nothing
_CUTS = ";\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029"  # where programs cut lines of other dialects
_PLAIN = re.compile(rf"[^\W{_FILLERS}][^{_CUTS}]*")  # most texts
_CUT = re.compile(f"[{_CUTS}]")
_BEGIN = re.compile(rf"(?:\A|(?<=[{_CUTS}]))(?=[\W{_FILLERS}])")


def safe_cell(text: str) -> str:
    """Return *text* so that no spreadsheet takes it for a formula, nor a part of it.

    An apostrophe is put before ``=``, ``+``, ``-``, ``@`` and what folds to them (``＝``, ``＋``,
    ``－``, ``＠``) where a cell begins so: at the start of *text*, and inside after a semicolon, a
    TAB or a line break, where a program that expects another dialect begins one too. Blanks,
    control characters, quotes and what shows nothing do not count as a beginning. A text that
    starts with a control character (TAB, CR, LF among them) gets an apostrophe as well. All other
    texts come back as they were, and so does what comes from here.

    A call of another program (``=cmd|...``) begins like every formula, so a ``|`` needs nothing;
    nor does a comma: whoever writes the cell puts it in quotes.

    Args:
        text: a text, and not a number: numbers need no guard.
    """
    if _PLAIN.fullmatch(text):
        return text
    guarded = _BEGIN.sub(_guard, text)
    return f"'{guarded}" if unicodedata.category(guarded[:1] or "x") == "Cc" else guarded


def _guard(begin: re.Match[str]) -> str:
    """Return the apostrophe for a cell that begins there, if it needs one."""
    text = begin.string
    for at in range(begin.end(), len(text)):
        if unicodedata.normalize("NFKC", text[at])[:1] in _SIGNS:
            return "'"
        if _CUT.match(text, at) or not _is_unseen(text[at]):
            break
    return ""


def _is_unseen(char: str) -> bool:
    """Tell whether a cell may yet begin behind *char*: a blank, a control, a mark, a quote."""
    return unicodedata.category(char)[0] in "CMZ" or char in f'"\u2800{_FILLERS}'
