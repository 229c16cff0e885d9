"""A distribution bill of any length, the same bytes each time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

HEADER = (
    "create_time,initiator,sponsor,sub_mchid,transaction_id,order_id,out_order_no,detail_id,"
    "receiver_account,amount,currency,settlement_amount,settlement_currency,exchange_rate,"
    "business_type,status,description\r\n"
)
SUMMARY = "total_count,total_amount,total_unfrozen_count,total_unfrozen_amount\r\n"
RELEASED = 10  #: every tenth row is money that went back to the sponsor, exchanged
RATE = 108_400_000  #: of CNY to HKD, times 10^8


def amount(number: int) -> int:
    """Return the fen of a row."""
    return 100 + number * 7919 % 99991


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02}"


def row(number: int) -> str:
    """Return a line of the first section."""
    fen = amount(number)
    minute, second = divmod(number % 86_400, 60)
    released = number % RELEASED == 0
    settled = f"`{yuan(fen * RATE // 10**8)},`HKD,`{RATE}" if released else "`,`,`"
    deed = "UNFREEZE_TO_SPONSOR" if released else "DISTRIBUTE_TO_OTHERS"
    return (
        f"`2026-01-05 {minute // 60:02}:{minute % 60:02}:{second:02},`1900000001,`1900000001,"
        f"`1900000109,`4208450740{number // 3:018},`3008450740{number:018},`P20260105{number:07},"
        f"`36011111{number:016},`19000{number % 99_991:05},`{yuan(fen)},`CNY,{settled},`{deed},"
        f"`SUCCESS,`分给商户{number % 100}\r\n"
    )


def lines(count: int) -> Iterator[str]:
    """Yield the lines of a bill with *count* rows, its summary behind them."""
    yield HEADER
    yield from map(row, range(count))
    freed = range(0, count, RELEASED)
    sums = (count, yuan(sum(map(amount, range(count)))), len(freed), yuan(sum(map(amount, freed))))
    yield SUMMARY
    yield ",".join(f"`{value}" for value in sums) + "\r\n"


def write(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(lines(count))
