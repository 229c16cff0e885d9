"""The text of bill files: sections, backticks, quotes, amounts.

A data value stands behind a backtick, so a comma that is followed by none belongs to a text, quoted
or not. Line ends, quotes and marks of encodings are not documented: all usual ones are read.

Source: https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter4_1_9.shtml
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from typing import TypeAlias

import attrs

from wxdist.errors import BillRefused

MOST_LINE = 1 << 20  #: characters of a line; those that one quoted value spans count together
MOST_COLUMNS = 1000
MOST_COMMAS = 10_000  #: of a line whose values do not all have their backticks, or have quotes
MOST_ODD = 1000  #: lines that hold no values: headers, empty ones
#: ISO 4217: decimals of an amount where they are not two.
DECIMALS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW"), 0),
    **dict.fromkeys(("PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
_AMOUNT = re.compile(r"\s*(-?)([0-9]{1,15})(?:\.([0-9]{1,18}))?\s*")
_QUOTED = re.compile(r'"`((?:[^"]++|"")*+)"(?=,|\Z)')
_NEXT = re.compile(r',(?="?`)')


@attrs.frozen(eq=False)
class Header:
    """A line of names, which the lines below it follow."""

    number: int  #: of its section, from 0
    names: tuple[str, ...]


#: A line's number in the file from 1, the header in force, and its values; ``None`` of the header.
Record: TypeAlias = tuple[int, Header, list[str] | None]


def decimals(currency: str) -> int:
    """Return how many decimals ISO 4217 gives *currency*; two when it is unknown or empty."""
    return DECIMALS.get(currency[:9].strip().upper(), 2)  # a whole line may stand there


def minor_units(text: str, currency: str) -> int:
    """Return *text*, a decimal amount in *currency*, as whole minor units, exactly.

    Raises:
        ValueError: it is no amount, or has more decimals that count than the currency.
    """
    places = decimals(currency)
    match = _AMOUNT.fullmatch(text)
    part = (match[3] or "") if match else "x"
    if match is None or part[places:].strip("0"):
        raise ValueError(f"is no amount with {places} decimals")
    units = int(match[2] + part[:places].ljust(places, "0"))
    return -units if match[1] else units


def yuan_to_fen(text: str) -> int:
    """Return *text*, yuan with at most two decimals that count, as whole fen, exactly.

    Raises:
        ValueError: anything else.
    """
    return minor_units(text, "CNY")


def major_units(units: int, currency: str) -> str:
    """Return *units*, whole minor units of *currency*, as a decimal amount."""
    places = decimals(currency)
    if not places:
        return str(units)
    whole, part = divmod(abs(units), 10**places)
    return f"{'-' if units < 0 else ''}{whole}.{part:0{places}}"


def records(lines: Iterable[str]) -> Iterator[Record]:
    """Yield each line of a bill with its number and its header, the headers themselves too.

    A line that begins without a backtick is a header. It begins the second section, unless it
    repeats the header of the first.

    Args:
        lines: without their line feeds; carriage returns before these may stay.

    Raises:
        BillRefused: no header, a third one, too many columns, a line too long, or one with another
            number of values than its header.
    """
    numbered = enumerate(lines, 1)
    first = header = Header(-1, ())
    width = odd = 0
    for number, line in numbered:
        if line[:1] == "`" and '"' not in line:  # nearly all lines, so this way is short
            values = line[1 : -1 if line[-1] == "\r" else None].split(",`", width)
            if len(values) == width:
                yield number, header, values
                continue
        record = _whole(line, number, numbered)
        if record.startswith(("`", '"`')):
            yield number, header, _values(record, number, width)
            continue
        odd += 1
        if odd > MOST_ODD:
            raise _refused(number, "has no values, like a thousand before it: not a bill")
        if record.strip():
            header = _header(record, number, header, first)
            first = header if header.number == 0 else first
            width = len(header.names)
            yield number, header, None
    if header.number < 0:
        raise BillRefused("the file has no header line: not a bill")


def _refused(line: int, problem: str) -> BillRefused:
    return BillRefused(f"line {line} {problem}", facts={"line": line})


def _whole(line: str, number: int, more: Iterator[tuple[int, str]]) -> str:
    """Return *line* and those that a quoted value in it spans, without mark and line end."""
    line = line.removeprefix("\ufeff")
    if line.count('"') % 2 and _true_values(line.removesuffix("\r")) is None:
        line = "\n".join([line, *_until_closed(number, len(line), more)])
    return line.removesuffix("\r")


def _until_closed(number: int, size: int, more: Iterator[tuple[int, str]]) -> Iterator[str]:
    """Yield the lines after line *number*, until the quote that it opens is closed."""
    for _, line in more:
        size += len(line) + 1
        if size > MOST_LINE:
            break
        yield line
        if line.count('"') % 2:
            return
    raise _refused(number, "opens a quote and does not close it: cut, or not a bill")


def _header(record: str, number: int, before: Header, first: Header) -> Header:
    """Return the header that *record* is."""
    if record.count(",") >= MOST_COLUMNS:
        raise _refused(number, f"has more than {MOST_COLUMNS} columns: not a bill")
    names = tuple(name.strip() for name in _plain(record, number))
    if before.number > 0:
        raise _refused(number, "begins a third section, or has no backtick: not a bill")
    if names == first.names:
        return first
    return Header(before.number + 1, names)


def _values(record: str, number: int, width: int) -> list[str]:
    """Return the values of *record*, as many as its header has."""
    if record.count(",") > MOST_COMMAS:
        raise _refused(number, f"has more than {MOST_COMMAS} commas: not a bill")
    values = _true_values(record)
    if values is None or len(values) != width:
        values = [value.removeprefix("`") for value in _plain(record, number)]
    if len(values) != width:
        raise _refused(number, f"has {len(values)} values, its header {width}: cut, or not a bill")
    return values


def _true_values(record: str) -> list[str] | None:
    """Return the values of a line that each begin with a backtick; ``None`` if one does not."""
    values: list[str] = []
    at = -1
    while at < len(record):
        at += 1
        if quoted := _QUOTED.match(record, at):
            values.append(quoted[1].replace('""', '"'))
            at = quoted.end()
        elif record.startswith("`", at):
            comma = _NEXT.search(record, at)
            end = comma.start() if comma else len(record)
            values.append(record[at + 1 : end])
            at = end
        else:
            return None
    return values


def _plain(record: str, number: int) -> list[str]:
    """Return the values of a line as RFC 4180 has them."""
    try:
        return next(csv.reader([record]))
    except csv.Error as error:
        raise _refused(number, f"is no line of values ({error}): not a bill") from error
