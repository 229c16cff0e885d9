"""Bills: where they are, fetched whole or not at all, and read."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import functools
import os
import tempfile
import warnings
from collections.abc import Awaitable, Callable, Generator, Iterator, Mapping
from pathlib import Path

import attrs

from wxdist.errors import BillRefused, InvalidInput, ServiceError
from wxdist.models import BillLink, DistributionRow
from wxdist.resources._call import Endpoint, ForMerchant, Resource
from wxdist.transport.calls import Caller, Plan
from wxdist.transport.retrying import Kind
from wxdist.wire.addresses import bill_address
from wxdist.wire.csv import Section, distribution_row, hold_columns, sections

BEIJING = dt.timezone(dt.timedelta(hours=8), "Beijing")
MADE_AT = dt.time(10, tzinfo=BEIJING)  #: on the next day; fetch after it
MOST_DAYS = 90

LINK = Endpoint(
    name="bills.distribution",
    method="GET",
    path="/v3/global/profit-sharing/bill-download-url",
    kind=Kind.READ,
    answer=BillLink,
    sub_mchid=ForMerchant.OPTIONAL,
)


class Bills(Resource):
    """Daily bills."""

    def distribution(self, day: dt.date, *, sub_mchid: str | None = None) -> Bill:
        """Return a handle on the funds-distribution bill of one day; nothing is asked yet.

        Source: https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter4_1_9.shtml

        Args:
            day: a day in Beijing time, at most 90 days back; its bill is there from 10:00 Beijing
                time of the next day.
            sub_mchid: whose bill; ``None`` takes the session's. Leaving it out warns in
                institutional and service-provider mode: editions of the documentation disagree.

        Raises:
            InvalidInput: *day* is no date, or ``sub_mchid`` is not taken.
        """
        if not isinstance(day, dt.date) or isinstance(day, dt.datetime):
            raise InvalidInput("day", "must be a datetime.date (a Beijing day)")
        merchant = self._merchant(LINK, sub_mchid)
        if not merchant and self._caller.credentials.mode != "common":
            warnings.warn(
                "a distribution bill without sub_mchid: the service may refuse it",
                UserWarning,
                stacklevel=2,
            )
        whose = merchant.get("sub_mchid")
        return Bill(self._caller, lambda: self._link(day, whose), day, whose)

    async def _link(self, day: dt.date, sub_mchid: str | None) -> BillLink:
        return await self._ask(LINK, query={"bill_date": f"{day:%Y-%m-%d}"}, sub_mchid=sub_mchid)


@attrs.define(frozen=True)
class Bill:
    """A bill that can be downloaded."""

    _caller: Caller = attrs.field(repr=False)
    _link: Callable[[], Awaitable[BillLink]] = attrs.field(repr=False)
    day: dt.date  #: Beijing day
    sub_mchid: str | None  #: whose; ``None``: the caller's own, or of all

    async def download(self, path: str | os.PathLike[str]) -> BillFile:
        """Fetch the bill, check that it is one, and put it at *path*.

        The address lives for 30 s, so it is asked for here, and once more when it was refused.
        The file appears whole or not at all; an existing one is replaced. ``settings.deadline``
        bounds each of the two calls: for a large bill take ``session.with_options(deadline=600)``.

        Raises:
            BillRefused: not yet made, too old, too long, or not such a bill.
            VerificationFailed: the address is not one of the service.
            OSError: the file cannot be written.
            WxdistError: as for every read.
        """
        clock = self._caller.shared.clock
        _refuse_by_calendar(self.day, clock.now())
        target = Path(path)
        with _beside(target) as part:
            try:
                await self._fetch(part)
            except ServiceError as error:
                if not 400 <= error.status < 500:
                    raise
                await self._fetch(part)
            with clock.busy():
                await asyncio.to_thread(BillFile(part).check)
            os.replace(part, target)  # noqa: PTH105  # at once, so no await lies in between
        return BillFile(target)

    async def _fetch(self, part: Path) -> None:
        """Ask for the address and fetch it into *part*, from the start at each attempt."""
        settings = self._caller.settings
        link = await self._link()
        address = bill_address(
            link.download_url,
            hosts=settings.bill_hosts,
            paths=settings.bill_paths,
            loopback=settings.loopback,
        )
        plan = Plan(
            name="bills.download",
            kind=Kind.READ,
            method="GET",
            target=address.target,
            decode=lambda *_: None,
        )
        with part.open("wb") as file:

            def from_the_start() -> Callable[[bytes], object]:
                file.seek(0)
                file.truncate()
                return file.write

            await self._caller.download(plan, address, from_the_start)
            file.flush()
            os.fsync(file.fileno())


def _refuse_by_calendar(day: dt.date, now: float) -> None:
    """Refuse a bill that is not yet made, or no longer kept, at Unix time *now*."""
    today = dt.datetime.fromtimestamp(now, BEIJING)
    if today < dt.datetime.combine(day + dt.timedelta(days=1), MADE_AT):
        raise BillRefused(
            f"the bill of {day} is not made yet: ask after 10:00 Beijing time of the next day"
        )
    if day < today.date() - dt.timedelta(days=MOST_DAYS):
        raise BillRefused(f"the bill of {day} is too old: {MOST_DAYS} days back at most")


@contextlib.contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """Give a file beside *target*, which is gone afterwards unless it was renamed."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


@attrs.define(frozen=True, slots=False)
class BillFile:
    """A distribution bill on disk. Reads the file anew each time; holds nothing of it."""

    path: Path

    def rows(self) -> Iterator[DistributionRow]:
        """Iterate over the details of the day, in the order of the file.

        Raises:
            BillRefused: a line that is none of a distribution bill, and which.
        """
        with contextlib.closing(self._lines()) as lines:  # at once, when a row is refused
            yield from (distribution_row(line) for line in lines if line.number == 0)

    @functools.cached_property
    def summary(self) -> Mapping[str, str]:
        """The second section as printed, by its own header; its columns are not documented."""
        with contextlib.closing(self._lines()) as lines:
            for line in lines:
                if line.number == 1:
                    return dict(zip(line.header, line.values, strict=True))
        return {}

    @functools.cached_property
    def total(self) -> int:
        """The sum of all rows' amounts, in fen."""
        return sum(row.amount for row in self.rows())

    def check(self) -> None:
        """Read the whole file; raise `BillRefused` when it is no whole distribution bill."""
        for _ in self.rows():
            pass
        if not self.summary:
            raise BillRefused("the bill has no summary behind its rows: cut")

    def _lines(self) -> Generator[Section, None, None]:
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            yield from sections(file, hold=hold_columns)
