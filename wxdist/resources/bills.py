"""Bills: where they are, fetched whole or not at all."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import warnings
from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Generic, TypeVar

import attrs

from wxdist.bills import BillFile
from wxdist.bills.arriving import Arriving, Progress, settle
from wxdist.bills.days import hold_calendar
from wxdist.bills.landing import beside, landing, sync
from wxdist.errors import BillNotReady, BillRefused, InvalidInput, NoBill, ServiceError
from wxdist.models import (
    BEIJING,
    BillKind,
    BillLink,
    BillRow,
    DistributionRow,
    RefundRow,
    StatementRow,
)
from wxdist.resources._call import Endpoint, ForMerchant, Resource
from wxdist.transport.calls import Caller, Content, Refusal, no_content
from wxdist.transport.files import download, download_from
from wxdist.transport.http import Begin
from wxdist.transport.retrying import Kind
from wxdist.wire.addresses import Address, bill_address
from wxdist.wire.message import Response
from wxdist.wire.statements import DIGEST, covered, fits

RowT = TypeVar("RowT", bound=BillRow)

LINK = Endpoint(
    name="bills.distribution",
    method="GET",
    path="/v3/global/profit-sharing/bill-download-url",
    kind=Kind.READ,
    answer=BillLink,
    sub_mchid=ForMerchant.OPTIONAL,
)
REFUND_LINK = Endpoint(
    name="bills.refunds",
    method="GET",
    path="/v3/global/profit-sharing/refunds/bill-download-url",
    kind=Kind.READ,
    answer=BillLink,
    sub_mchid=ForMerchant.OPTIONAL,
)
STATEMENT = Endpoint(
    name="bills.statement",
    method="GET",
    path="/v3/global/statements",
    kind=Kind.READ,
    answer=bytes,  # the file itself
    sub_mchid=ForMerchant.OPTIONAL,
    payment=True,
)

NO_STATEMENT, CREATING = "NO_STATEMENT_EXIST", "STATEMENT_CREATING"
LOOK_AGAIN = dt.timedelta(minutes=30)
"""After *still being made*: https://pay.weixin.qq.com/doc/v3/merchant/4013071254 (mainland)."""


class Bills(Resource):
    """Daily bills."""

    def distribution(self, day: dt.date, *, sub_mchid: str | None = None) -> Bill[DistributionRow]:
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
        bill: Bill[DistributionRow] = self._linked(BillKind.DISTRIBUTION, LINK, day, sub_mchid)
        if bill.sub_mchid is None and self._caller.credentials.mode != "common":
            warnings.warn(
                "a distribution bill without sub_mchid: the service may refuse it",
                UserWarning,
                stacklevel=2,
            )
        return bill

    def refunds(self, day: dt.date, *, sub_mchid: str | None = None) -> Bill[RefundRow]:
        """Return a handle on the bill of one day's refunds of distributed orders.

        Source: https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter4_1_14.shtml

        Args:
            day: as for `distribution`.
            sub_mchid: whose bill; ``None`` takes the session's. Without any, an institution gets
                the refunds of all.

        Raises:
            InvalidInput: as for `distribution`.
        """
        return self._linked(BillKind.REFUNDS, REFUND_LINK, day, sub_mchid)

    def statement(
        self, day: dt.date, *, compressed: bool = False, sub_mchid: str | None = None
    ) -> Bill[StatementRow]:
        """Return a handle on the trade statement of one day: all payments and refunds.

        Source: https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter4_1_34.shtml

        Args:
            day: a day in Beijing time, at most 180 days back; its statement is there from 10:00
                Beijing time of the next day. A day without any trade has none.
            compressed: ask for it as gzip, as an older edition allows; the file on disk is plain
                either way.
            sub_mchid: whose statement; ``None`` takes the session's. Without any, an institution
                gets that of all.

        Raises:
            InvalidInput: as for `distribution`.
        """
        whose = self._whose(STATEMENT, day, sub_mchid)
        packed = Content(headers={**Content().headers, "Accept-Encoding": "gzip"})
        plan = self._plan(
            STATEMENT,
            query={"date": f"{day:%Y%m%d}"},
            content=(lambda _: packed) if compressed else no_content,
            sub_mchid=whose,
            refusal=self._refusal(BillKind.STATEMENT, day),
        )

        async def fetch(begin: Begin) -> Response:
            return await download(self._caller, plan, begin, covered=covered)

        return Bill(self._caller, fetch, BillKind.STATEMENT, day, whose)

    def _linked(
        self, kind: BillKind, endpoint: Endpoint[BillLink], day: dt.date, sub_mchid: str | None
    ) -> Bill[RowT]:
        """Return the handle of a bill whose address is asked for at *endpoint*."""
        whose = self._whose(endpoint, day, sub_mchid)
        plan = self._plan(
            endpoint,
            query={"bill_date": f"{day:%Y-%m-%d}"},
            sub_mchid=whose,
            refusal=self._refusal(kind, day),
        )
        settings = self._caller.settings

        def where(link: BillLink) -> Address:
            return bill_address(
                link.download_url,
                hosts=settings.bill_hosts,
                paths=settings.bill_paths,
                loopback=settings.loopback,
            )

        async def fetch(begin: Begin) -> Response:
            return await download_from(self._caller, plan, where, begin)

        return Bill(self._caller, fetch, kind, day, whose)

    def _whose(
        self, endpoint: Endpoint[BillLink] | Endpoint[bytes], day: object, sub_mchid: str | None
    ) -> str | None:
        """Check the arguments of a handle; return the sub-merchant that is meant."""
        if not isinstance(day, dt.date) or isinstance(day, dt.datetime):
            raise InvalidInput("day", "must be a datetime.date (a Beijing day)")
        return self._merchant(endpoint, sub_mchid).get("sub_mchid")

    def _refusal(self, kind: BillKind, day: dt.date) -> Refusal:
        """Tell a day without a bill, or with one still being made, from other failures.

        An unverified answer proves neither.
        """

        def meant(error: ServiceError) -> BillRefused | None:
            if not error.verified or not 400 <= error.status < 500:
                return None
            if error.code == CREATING:
                now = dt.datetime.fromtimestamp(self._caller.shared.clock.now(), BEIJING)
                return BillNotReady(
                    f"the {kind.value} bill of {day} is still being made: ask in half an hour",
                    day=day,
                    ready_at=now + LOOK_AGAIN,
                )
            none = f"there is no {kind.value} bill of {day}: nothing happened on that day"
            if error.code == NO_STATEMENT:
                return NoBill(none, day=day)
            if error.status == 404:
                return NoBill(f"{none}, or the ids are wrong ({error.code})", day=day)
            return None

        return meant


@attrs.define(frozen=True)
class Bill(Generic[RowT]):
    """A bill that can be downloaded."""

    _caller: Caller = attrs.field(repr=False)
    _fetch: Callable[[Begin], Awaitable[Response]] = attrs.field(repr=False)
    kind: BillKind  #: which of the three
    day: dt.date  #: Beijing day
    sub_mchid: str | None  #: whose; ``None``: the caller's own, or of all

    async def download(
        self, path: str | os.PathLike[str], *, progress: Progress | None = None
    ) -> BillFile[RowT]:
        """Fetch the bill, check that it is one, and put it at *path*, as plain text.

        The file appears whole or not at all, and only then takes the place of an existing one, with
        the permissions of that; of a new one the umask decides who may read it. When the stream
        breaks, or brings nothing for ``settings.read_timeout``, the bill is asked for anew and
        fetched from its beginning; so is one whose address was refused, once.
        ``settings.deadline`` bounds all that: for a large bill take
        ``session.with_options(deadline=600)``.

        A distribution or refund bill has neither digest nor signature: that it is whole shows by
        its summary, whose totals must be those of the rows; without ``settings.strict_summary``
        this warns. A statement must come with its digest, ``Wechatpay-Statement-Sha1``, and that
        must be the SHA-1 of what came, packed or unpacked. A signature, where there is one, must
        hold over that header; without one, a digest that fits is enough, since the documented
        headers of this answer have none. The only documented sample of the digest is of another
        length, so nothing can be compared with it: to refuse that would be to refuse the service's
        own answer, so this warns, or refuses when ``settings.strict_statement``. A statement
        without a digest is always refused: nothing at all would show that it is whole.

        Args:
            path: where the file goes, in a folder that is there.
            progress: is called with the bytes that have come and those to come in all, as sent;
                ``None`` for the latter when nobody knows. The first number falls when the bill is
                fetched anew. What it raises ends the download. A plain function: nothing awaits
                it. ``None``: nobody is told.

        Raises:
            InvalidInput: *progress* is a coroutine function.
            BillNotReady, BillTooOld: the calendar says so, before anything is asked; the former
                also when the service is still at it.
            NoBill: the service has none of that day.
            BillRefused: not such a bill, cut, too long (``settings.most_bill_bytes``, as sent or
                unpacked), or not the file of its digest.
            VerificationFailed: an address that is not the service's, or a wrong signature.
            OSError: the file cannot be written; `FileExistsError`: *path* is a folder or a device.
            WxdistError: as for every read.
        """
        if iscoroutinefunction(progress) or iscoroutinefunction(type(progress).__call__):
            raise InvalidInput("progress", "must be a plain function: nobody awaits it")
        caller, target = self._caller, Path(path)
        hold_calendar(self.kind, self.day, now=caller.shared.clock.now())
        with landing(target) as part, beside(part) as spare:
            with part.open("wb") as file:
                arriving = Arriving(file, progress)
                head = await self._fetch(arriving.begin)
            most = caller.settings.most_bill_bytes
            with caller.shared.clock.busy():
                unpacked = await asyncio.to_thread(settle, part, spare, most_bytes=most)
                if self.kind is BillKind.STATEMENT and not self._fits(
                    head, arriving.digest.digest(), unpacked
                ):
                    warnings.warn(_DOUBT, UserWarning, stacklevel=2)
                if (doubt := await asyncio.to_thread(self._doubt, part)) is not None:
                    warnings.warn(doubt, UserWarning, stacklevel=2)
                await asyncio.to_thread(sync, part)  # else `landing` waits for it, and all with it
        return self._file(target)

    def _doubt(self, part: Path) -> str | None:
        """Check the file at *part*; return what is no more than doubtful by the settings."""
        try:
            self._file(part).check()
        except BillRefused as error:
            if self._caller.settings.strict_summary or "printed" not in error.facts:
                raise
            return f"{error} (settings.strict_summary would refuse it)"
        return None

    def _fits(self, head: Response, sent: bytes, unpacked: bytes | None) -> bool:
        """Hold the digests of a statement against its *head*; tell whether they could be."""
        held = fits(head, [sent] if unpacked is None else [sent, unpacked])
        if not held and self._caller.settings.strict_statement:
            raise BillRefused(f"the statement's {DIGEST} is no SHA-1: it cannot be compared")
        return held

    def _file(self, path: Path) -> BillFile[RowT]:
        most = self._caller.settings.most_bill_bytes
        return BillFile(path, self.kind, day=self.day, sub_mchid=self.sub_mchid, most_bytes=most)


_DOUBT = (
    f"the statement's {DIGEST} is no SHA-1, so nothing shows that the file is whole; "
    "settings.strict_statement refuses it"
)
