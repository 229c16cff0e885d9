"""A distribution bill of any length, the same bytes each time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from wxdist import Detail, DetailResult, DetailType, Distribution, OrderState, ReceiverType
from wxdist.reconcile import Known, KnownPayment

HEADER = (
    "create_time,initiator,sponsor,sub_mchid,transaction_id,order_id,out_order_no,detail_id,"
    "receiver_account,amount,currency,settlement_amount,settlement_currency,exchange_rate,"
    "business_type,status,description\r\n"
)
SUMMARY = "total_count,total_amount,total_unfrozen_count,total_unfrozen_amount\r\n"
DAY = dt.date(2026, 1, 5)
NOON = dt.datetime(2026, 1, 5, 12, tzinfo=dt.timezone(dt.timedelta(hours=8)))
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


def known(count: int) -> Iterator[Known]:
    """Yield the payments and orders whose details are the bill's rows."""
    for number in range(count):
        if number % 3 == 0:
            yield payment(number, sum(map(amount, range(number, min(number + 3, count)))))
        yield order(number)


def payment(number: int, paid: int) -> KnownPayment:
    return KnownPayment(
        transaction_id=f"4208450740{number // 3:018}",
        out_trade_no=f"T20260105{number:07}",
        amount=paid,
        currency="CNY",
        paid_at=NOON,
        marked=True,
        sub_mchid="1900000109",
    )


def order(number: int) -> Distribution:
    fen, released = amount(number), number % RELEASED == 0
    detail = Detail(
        detail_id=f"36011111{number:016}",
        detail_type=(
            DetailType.UNFREEZE_TO_SPONSOR if released else DetailType.DISTRIBUTE_TO_OTHERS
        ),
        type=ReceiverType.MERCHANT_ID,
        account=f"19000{number % 99_991:05}",
        amount=fen,
        currency="CNY",
        description=f"分给商户{number % 100}",
        result=DetailResult.SUCCESS,
        create_time=NOON,
        finish_time=NOON,
        settlement_amount=fen * RATE // 10**8 if released else None,
        settlement_currency="HKD" if released else None,
        rate=RATE if released else None,
    )
    return Distribution(
        sub_mchid="1900000109",
        transaction_id=f"4208450740{number // 3:018}",
        order_id=f"3008450740{number:018}",
        out_order_no=f"P20260105{number:07}",
        state=OrderState.FINISHED,
        receivers=(detail,),
    )


def write(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(lines(count))
