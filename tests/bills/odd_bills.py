"""Bills as no writer should make them, for tests that hold two ways of reading side by side."""

import csv
import gzip
import io

from hypothesis import strategies as st

from wxdist.models import BillKind
from wxdist.wire.bills import COLUMNS
from wxdist.wire.csv import major_units

#: What parsers trim or fold, and what takes several bytes.
MILD = ";' \ufeff\u3000\xa0\x85=\x00分é😀a1"
#: What parsers part by, with it.
ODD = MILD + '",`\r\n\t\x1f'
CURRENCIES = ["CNY", "CNY", "HKD", "JPY", "KWD", "CLF", "", "\u3000", "XXX"]
SUMMARY = [["count", "sum"], ["`1", "`2"]]


def backticked(values):
    return [f"`{value}" for value in values]


def plain(lines, end):
    """Write *lines* as they are, with no quotes."""
    return "".join(",".join(line) + end for line in lines)


def usual(lines, end, quoting=csv.QUOTE_MINIMAL):
    """Write *lines* as RFC 4180 has them."""
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator=end, quoting=quoting).writerows(lines)
    return file.getvalue()


def all_quoted(lines, end):
    return usual(lines, end, csv.QUOTE_ALL)


def seldom(of=20):
    """Return a strategy that says yes once in *of* times."""
    return st.sampled_from([False] * (of - 1) + [True])


@st.composite
def amounts(draw, currency, *, required):
    """An amount in *currency*, printed in one of many ways."""
    if draw(seldom(60)):
        return draw(st.sampled_from(["", "1.2345", "1,5", "１", "x", "-", "1e3"]))
    if not required and draw(st.booleans()):
        return ""
    units = draw(st.sampled_from([0, 1, 100, 1234, -5]) | st.integers(-(10**12), 10**12))
    text = major_units(units, currency)
    odd = [text + "0" if "." in text else text + ".00", f" {text}\u3000", text.rstrip("0") or "0"]
    return draw(st.sampled_from(odd)) if draw(seldom()) and "." in text else text


@st.composite
def rows(draw, kind, texts, currencies):
    """A row with its backticks; most are right."""
    values = {}
    for column in COLUMNS[kind]:
        if not column.is_amount:
            money = column.name.endswith("currency")
            values[column.name] = draw(currencies if money else texts)
    for column in COLUMNS[kind]:
        if column.is_amount:
            told = [values.get(name, name) for name in column.told_by]
            currency = next(filter(str.strip, told), "")
            values[column.name] = draw(amounts(currency, required=column.required))
    return backticked(values[column.name] for column in COLUMNS[kind])


@st.composite
def bills(draw):
    """The bytes of a bill."""
    kind = draw(st.sampled_from(BillKind))
    write = draw(st.sampled_from([plain, usual, all_quoted]))
    quiet = (MILD + "," if draw(st.booleans()) else MILD) if write is plain else ODD
    texts = st.text(ODD if draw(seldom(10)) else quiet, max_size=5)
    currencies = st.sampled_from(CURRENCIES if draw(st.booleans()) else CURRENCIES[:1])
    more = draw(st.lists(st.sampled_from(["note", "amount", "", "备注", "note (2)"]), max_size=3))
    header = [column.name for column in COLUMNS[kind]] + more
    lines = [header]
    for _ in range(draw(st.integers(0, 6))):
        lines.append(draw(rows(kind, texts, currencies)) + backticked(draw(texts) for _ in more))
        if draw(seldom(10)):
            lines.append(draw(st.sampled_from([[], [], header, header, [""], ["`cut"], ["x"]])))
    lines += draw(st.sampled_from([[], SUMMARY, SUMMARY, [*SUMMARY, header, *lines[1:2]]]))
    text = write(lines, draw(st.sampled_from(["\n", "\r\n"])))
    if draw(st.booleans()):
        text = text.rstrip("\r\n")
    data = (draw(st.sampled_from(["", "\ufeff"])) + text).encode()
    return data + b"\xff" if draw(seldom(40)) else data  # no UTF-8


def packed(data):
    """Return *data* as a gzip file of two members."""
    return gzip.compress(data[:100], mtime=0) + gzip.compress(data[100:], mtime=0)
