"""Bill files: two sections, backticks, yuan to fen.

Source: https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter4_1_9.shtml
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import attrs

from wxdist.errors import BillRefused
from wxdist.models import DistributionRow, model

_ROW: Any = DistributionRow  # an attrs class, which our decorator hides from type checkers
COLUMNS = tuple(field.name for field in attrs.fields(_ROW) if field.name != "extra")
_SPELLINGS = {"detaill_id": "detail_id"}  # the 2025 pages; the 2022 page has one l
_AMOUNT = re.compile(r"(-?)([0-9]{1,15})(?:\.([0-9]{1,2})0*)?")


@model
class Section:
    """One line of a bill with the header that is in force for it."""

    number: int  #: of the section, from 0
    header: tuple[str, ...]
    values: tuple[str, ...]  #: without their backticks
    line: int  #: in the file, from 1


def yuan_to_fen(text: str) -> int:
    """Return *text*, yuan with at most two decimals that count, as whole fen, exactly.

    Raises:
        ValueError: anything else.
    """
    match = _AMOUNT.fullmatch(text.strip())
    if match is None:
        raise ValueError("is no amount in yuan with two decimals")
    fen = int(match[2]) * 100 + int((match[3] or "").ljust(2, "0"))
    return -fen if match[1] else fen


def sections(
    lines: Iterable[str], *, hold: Callable[[tuple[str, ...]], object] | None = None
) -> Iterator[Section]:
    """Yield the data lines of a bill, each with its section's header.

    A line whose first value has no backtick is the header of the next section.

    Args:
        lines: of the file.
        hold: checks the first header, which may have no lines below it; ``None`` takes any.

    Raises:
        BillRefused: no header, or a line with another number of values than its header.
    """
    header: tuple[str, ...] = ()
    number = -1
    reader = csv.reader(lines)
    for values in _rows(reader):
        if not values[0].startswith("`"):
            header = tuple(value.strip().lstrip("\ufeff") for value in values)
            number += 1
            if hold is not None and number == 0:
                hold(header)
            continue
        if len(values) > len(header):
            values = _joined(values)  # noqa: PLW2901 - the same line, its commas understood
        if len(values) != len(header):
            raise BillRefused(
                f"line {reader.line_num} has {len(values)} values, its header {len(header)}: "
                "cut, or not a bill",
                facts={"line": reader.line_num},
            )
        plain = tuple(value.removeprefix("`").strip() for value in values)
        yield Section(number=number, header=header, values=plain, line=reader.line_num)
    if number < 0:
        raise BillRefused("the file has no header line: not a bill")


def _joined(values: list[str]) -> list[str]:
    """Put values together that a comma in a text has cut: each true one has its backtick."""
    whole: list[str] = []
    for value in values:
        if value.startswith("`") or not whole:
            whole.append(value)
        else:
            whole[-1] += f",{value}"
    return whole


def _rows(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    """Yield the lines that are not empty."""
    try:
        yield from (values for values in reader if values and values != [""])
    except (csv.Error, UnicodeDecodeError) as error:
        raise BillRefused(f"not UTF-8 text in lines of values ({type(error).__name__})") from error


def hold_columns(header: tuple[str, ...]) -> tuple[str, ...]:
    """Return *header* in our spelling; raise `BillRefused` unless a distribution bill has it."""
    ours = tuple(_SPELLINGS.get(name, name) for name in header)
    if ours[: len(COLUMNS)] != COLUMNS:
        raise BillRefused("the columns are not those of a distribution bill")
    return ours


def distribution_row(section: Section) -> DistributionRow:
    """Return a line of the first section of a distribution bill as a row.

    Raises:
        BillRefused: other columns than documented, or an amount that is none.
    """
    header = hold_columns(section.header)
    named = dict(zip(COLUMNS, section.values, strict=False))
    released = named.pop("settlement_amount")
    try:
        amount = yuan_to_fen(named.pop("amount"))
        settled = yuan_to_fen(released) if released else None
    except ValueError as error:
        raise BillRefused(
            f"line {section.line}: amount {error}", facts={"line": section.line}
        ) from None
    extra = dict(
        zip(header[len(COLUMNS) :], section.values[len(COLUMNS) : len(header)], strict=True)
    )
    return DistributionRow(amount=amount, settlement_amount=settled, extra=extra, **named)
