"""What a user's program looks like to a type checker; read by `mypy --strict`, never run."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any, assert_type

import wxdist
from wxdist import (
    Answer,
    Bill,
    BillFile,
    BillKind,
    BillNotReady,
    BillRefused,
    BillRow,
    BillTooOld,
    Clock,
    ConfigurationError,
    Credentials,
    Decrypter,
    Detail,
    DetailResult,
    DetailsClosed,
    DetailType,
    Distribution,
    DistributionRow,
    EventType,
    ExchangeRate,
    FailReason,
    FakeClock,
    FileId,
    FundFlow,
    InvalidInput,
    Meta,
    MissingExtra,
    NoAnswer,
    NoBill,
    NoPermission,
    NotDistributable,
    NotFound,
    NotFresh,
    Notice,
    NoticeAnswer,
    NoticeClaim,
    NoticeMeta,
    NoticeStore,
    NotSent,
    OpenEnum,
    OrderRef,
    OrderState,
    Outcome,
    OutcomeUnknown,
    ParameterRefused,
    Payer,
    PlatformCertificate,
    ProbeRefused,
    Promotion,
    RateType,
    Receiver,
    ReceiverRefused,
    ReceiverType,
    RechargeBalance,
    Refund,
    Refundable,
    RefundableBalance,
    RefundAmount,
    RefundChannel,
    RefundCoupon,
    RefundNotice,
    RefundNoticeAmount,
    RefundRow,
    RefundSource,
    RefundStatus,
    Relation,
    RelationState,
    RelationType,
    Remaining,
    Replayed,
    RequestRefused,
    ScaledClock,
    SeenNotices,
    ServiceBroken,
    ServiceError,
    Session,
    Settings,
    Settlement,
    SettlementAmount,
    SettleState,
    Share,
    SignatureInvalid,
    SignatureMissing,
    SignatureRefused,
    Signer,
    SplitAmount,
    StatementRow,
    StillRunning,
    TooManyRequests,
    TradeState,
    TradeType,
    Transaction,
    TransactionAmount,
    UnknownKey,
    VerificationFailed,
    WaitEnded,
    WalletRegion,
    WrongAnswer,
    WxdistError,
    errors,
    order_no,
)
from wxdist.models import TransactionId
from wxdist.sandbox import Paid, Sandbox

DAY = dt.date(2026, 1, 5)
NOON = dt.datetime(2026, 1, 5, 12, tzinfo=dt.UTC)


class Remote:
    """A key kept elsewhere."""

    async def sign(self, message: bytes) -> bytes:
        return message

    async def decrypt(self, ciphertext: bytes) -> bytes:
        return ciphertext


class Slow(Clock):
    """A clock of one's own."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds * 2)


def credentials() -> Credentials:
    remote = Remote()
    signer: Signer = remote
    decrypter: Decrypter = remote
    assert isinstance(decrypter, Signer)
    Credentials("1900000001", "0A", Path("apiclient_key.pem"), b"0" * 32, mode="institutional")
    Credentials("1900000001", "0A", "-----BEGIN", "0" * 32, passphrase="secret")
    Credentials("1900000001", "0A", signer, None, platform_keys={"PUB_KEY_ID_1": Path("key.pem")})
    Credentials("1900000001", "0A", signer, None, platform_keys=[("PUB_KEY_ID_1", b"PEM")])
    made = Credentials.from_env({"WXDIST_MCHID": "1900000001"})
    assert_type(made.mchid, str)
    assert_type(made.mode, str)
    return made


def settings() -> Settings:
    made = Settings(
        base_url="https://apius.mch.weixin.qq.com",
        fallback_urls=("https://apihk.mch.weixin.qq.com",),
        deadline=30,
        attempts=2,
        query_rate=None,
        poll_delays=(1, 2.5),
        freeze_window=(180, 300),
    )
    assert_type(made.origins, tuple[str, ...])
    assert_type(made.deadline, float)
    return made.with_options(attempts=3)


def clocks() -> tuple[Clock, ...]:
    fake = FakeClock(auto=True)
    assert_type(fake.now(), float)
    return Clock(), fake, ScaledClock(60, start=0), Slow()


async def sessions() -> None:
    async with Session(credentials(), settings=settings(), clock=Slow()) as session:
        shop = session.for_merchant("1900000109")
        assert_type(shop, Session)
        assert_type(session.with_options(deadline=300), Session)
        assert_type(session.credentials, Credentials)
        assert_type(session.settings, Settings)
        assert_type(session.clock, Clock)
        assert_type(shop.sub_mchid, str | None)
        answer = await session.request("POST", "/v3/global/x", query={"a": "b"}, body={"c": 1})
        assert_type(answer, Answer)
        assert_type((answer.status, answer.body), tuple[int, bytes])
        assert_type(answer.headers, Mapping[str, str])
        await session.request("GET", "/v3/global/x", query=[("a", "b")])
        await session.request("POST", "/v3/global/x", body=b"{}")
        assert_type(await session.decrypt("text"), str)
    assert_type(Session.from_env(), Session)
    assert_type(Session.from_env({}, clock=FakeClock()), Session)
    await session.aclose()


async def transactions(session: Session) -> None:
    await session.transactions.mark("P20150806125346", currency="CNY", sub_mchid="1900000109")
    left = await session.transactions.remaining("4200000001")
    assert_type(left, Remaining)
    assert_type(left.unsplit_amount, int)
    waited = await session.transactions.wait_until_distributable(
        left.transaction_id, paid_at=NOON, deadline=NOON + dt.timedelta(minutes=10)
    )
    assert_type(waited, Remaining)
    assert_type(waited.meta, Meta | None)
    assert_type(waited.extra, Mapping[str, Any])


def shares() -> list[Share]:
    return [
        Share(type="MERCHANT_ID", account="1900000101", amount=1, description="分账"),
        Share(
            type=ReceiverType.PERSONAL_OPENID,
            account="oX",
            name="name",
            authorized=True,
            amount=2,
            currency="CNY",
            description="a share",
        ),
    ]


async def orders(session: Session) -> None:
    number = order_no("4200000001", "share", 1)
    order = await session.orders.create(
        "4200000001", number, shares(), unfreeze_unsplit=False, appid="wx1", sub_appid="wx2"
    )
    assert_type(order, Distribution)
    assert_type(order.state, OrderState)
    assert_type(order.ref, OrderRef)
    details(order.receivers)
    outcome = order.outcome
    assert_type(outcome, Outcome)
    assert_type(outcome.paid + outcome.closed + outcome.pending + outcome.released, int)
    assert_type(outcome.all_paid, bool)
    assert_type(await session.orders.get(number, transaction_id="4200000001"), Distribution)
    rest = await session.orders.unfreeze("4200000001", "u1", description="the rest")
    assert_type(await session.orders.wait(rest, deadline=60, allow_closed=True), Distribution)
    await session.orders.wait(OrderRef(number, "4200000001", "1900000109"))


async def waits(session: Session, order: Distribution, ref: OrderRef) -> None:
    async with session.orders.watch(order, deadline=60) as changes:
        async for change in changes:
            assert_type(change, Distribution)
    async for change in session.orders.watch(ref):
        assert_type(change.state, OrderState)
    async with session.orders.wait_many([order, ref], concurrency=4, deadline=NOON) as many:
        async for key, ended in many:
            assert_type(key, OrderRef)
            assert_type(ended, Distribution | WxdistError)
            if isinstance(ended, Distribution):
                assert_type(ended.outcome, Outcome)
            else:
                assert_type(ended, WxdistError)


def details(found: tuple[Detail, ...]) -> None:
    for detail in found:
        assert_type(detail.amount, int)
        assert_type(detail.type, ReceiverType)
        assert_type(detail.result, DetailResult)
        assert_type(detail.detail_type, DetailType | None)
        assert_type(detail.finish_time, dt.datetime | None)
        assert_type(detail.rate, int | None)
        if detail.fail_reason:
            assert_type(detail.fail_reason, FailReason)
            assert_type(detail.fail_reason.advice, str)


def enums(value: OpenEnum) -> None:
    assert_type(value.known, bool)
    assert_type(OrderState("NEW"), OrderState)
    assert_type(RelationState.EFFECTIVE == "EFFECTIVE", bool)


async def receivers(session: Session) -> None:
    application = await session.files.upload(Path("application.pdf"))
    contract = await session.files.upload(b"%PDF", filename="contract.pdf")
    assert_type(application, FileId)
    by_text = Receiver(
        type="MERCHANT_ID",
        account="1900000101",
        name="Shop",
        relation_type="SUPPLIER",
        application_file_id=application,
        partnership_file_id=contract,
    )
    by_enum = Receiver(
        type=ReceiverType.PERSONAL_OPENID,
        account="oX",
        appid="wx1",
        relation_type=RelationType.CUSTOM,
        custom_relation="partner",
        expected_ratio=2000,
    )
    relation = await session.receivers.add(by_text)
    assert_type(relation, Relation)
    assert_type(relation.state, RelationState | None)
    assert_type(relation.relation_type, RelationType)
    assert_type(await session.receivers.get(by_enum.account, type=by_enum.type), Relation)
    kind = ReceiverType.MERCHANT_ID
    assert_type(await session.receivers.wait("1900000101", type=kind, deadline=3600), Relation)
    await session.receivers.delete("oX", type="PERSONAL_OPENID", appid="wx1")


async def bills(session: Session) -> None:
    bill = session.bills.distribution(DAY)
    assert_type(bill, Bill[DistributionRow])
    assert_type(bill.day, dt.date)
    assert_type(bill.kind, BillKind)
    file = await bill.download(Path("bill.csv"), progress=print)
    assert_type(file, BillFile[DistributionRow])
    assert_type(file.total, int)
    assert_type(file.summary, Mapping[str, str])
    file.to_csv("safe.csv")
    for row in file.rows():
        assert_type(row, DistributionRow)
        assert_type(row.amount, int)
        assert_type(row.settlement_amount, int | None)
    assert_type(session.bills.refunds(DAY), Bill[RefundRow])
    assert_type(session.bills.statement(DAY, compressed=True), Bill[StatementRow])
    rows: list[BillRow] = [*BillFile[StatementRow]("statement.csv", BillKind.STATEMENT).rows()]
    assert_type(rows[0].extra, Mapping[str, str])


def bills_that_are_not_there(error: BillRefused) -> None:
    match error:
        case BillNotReady():
            assert_type(error.ready_at, dt.datetime)
        case BillTooOld():
            assert_type(error.oldest, dt.date)
        case NoBill():
            assert_type(error.day, dt.date)


def money() -> None:
    try:
        assert_type(FundFlow(threshold=1).payout_from, int)
    except MissingExtra as error:
        assert_type(error.extra, str)


class Kept:
    """A store of notices of one's own."""

    async def claim(self, key: str, by: str, seconds: int) -> NoticeClaim:
        return NoticeClaim.NEW

    async def finish(self, key: str, seconds: int) -> None: ...

    async def release(self, key: str, by: str | None) -> None: ...


async def notices(
    session: Session,
    sandbox: Sandbox,
    headers: Mapping[str, str],
    pairs: list[tuple[bytes, bytes]],
) -> None:
    store: NoticeStore = Kept()
    store = SeenNotices(Clock(), most=10)
    Session(session.credentials, notice_store=store)
    async with session.notices.handle(headers, b"{}", lease=60) as handled:
        assert_type(handled, Notice)
    notice = await session.notices.parse(pairs, b"{}")
    assert_type(notice.event_type, EventType)
    assert_type(notice.transaction, Transaction | None)
    assert_type(notice.refund, RefundNotice | None)
    assert_type(notice.meta, NoticeMeta | None)
    if notice.refund is not None:
        assert_type(notice.refund.amount, RefundNoticeAmount | None)
    await session.notices.forget(notice)
    assert_type(session.notices.answer(), NoticeAnswer)
    told = await sandbox.notice(out_trade_no="P00001", forged="probe")
    assert_type(told, tuple[dict[str, str], bytes])


async def others(session: Session) -> None:
    async for record in session.settlements.list("SETTLED", start=DAY, end=DAY):
        assert_type(record, Settlement)
        assert_type(record.amount, SettlementAmount)
        assert_type(record.split_amount, SplitAmount | None)
        assert_type(record.wallet_region, WalletRegion | None)
    async for record in session.settlements.list(SettleState.UNSETTLE):
        assert_type(record.settlement_date, dt.date)
    balance = await session.refunds.refundable_balance()
    assert_type(balance, RefundableBalance)
    assert_type(balance.balance, int)
    assert_type(await session.refunds.recharge_balance(), RechargeBalance)
    certificates = await session.certificates.list()
    assert_type(certificates, tuple[PlatformCertificate, ...])
    assert_type(certificates[0].expire_time, dt.datetime)


async def payments(session: Session) -> None:
    payment = await session.transactions.get("42")
    assert_type(payment, Transaction)
    assert_type(payment.transaction_id, TransactionId)
    assert_type((payment.trade_state, payment.trade_type), tuple[TradeState, TradeType])
    assert_type(payment.amount, TransactionAmount)
    assert_type(payment.amount.exchange_rate, ExchangeRate | None)
    if payment.amount.exchange_rate:
        assert_type(payment.amount.exchange_rate.type, RateType | None)
    assert_type(payment.payer, Payer | None)
    assert_type(payment.promotion_detail, tuple[Promotion, ...])
    await session.transactions.get_by_out_trade_no("P1")
    assert_type(await session.transactions.refundable(payment.id), Refundable)


async def refunds(session: Session) -> None:
    refund = await session.refunds.create(
        out_refund_no="R-1",
        transaction_id="42",
        refund=1,
        total=2,
        appid="wx1",
        source=RefundSource.REFUND_SOURCE_UNSETTLED_FUNDS,
    )
    assert_type(refund, Refund)
    assert_type(refund.amount, RefundAmount)
    assert_type(refund.status, RefundStatus | None)
    assert_type((refund.channel, refund.detail), tuple[RefundChannel | None, RefundCoupon | None])
    assert_type(await session.refunds.get(out_refund_no="R-1"), Refund)
    assert_type(await session.refunds.wait(refund, deadline=3600), Refund)
    assert_type(await session.refunds.wait("R-1"), Refund)
    async for each in session.refunds.list(transaction_id="42"):
        assert_type(each, Refund)


async def failures(session: Session, ref: OrderRef) -> None:
    try:
        await session.orders.wait(ref)
    except InvalidInput as error:
        assert_type((error.field, error.problem), tuple[str, str])
    except ConfigurationError as error:
        assert_type(error.problems, tuple[str, ...])
    except (NotSent, NoAnswer) as error:
        assert_type(error.reason, str)
    except OutcomeUnknown as error:
        assert_type(error.ids, dict[str, str])
        assert_type(error.cause, WxdistError)
    except DetailsClosed as error:
        details(error.distribution.receivers)
    except (StillRunning, ReceiverRefused, NotDistributable) as error:
        assert_type(error.reason, str)
    except BillRefused as error:
        assert_type(error.problem, str)


async def refusals(session: Session, ref: OrderRef) -> None:
    try:
        await session.orders.get(ref.out_order_no, transaction_id=ref.transaction_id)
    except UnknownKey as error:
        assert_type(error.known, tuple[str, ...])
    except VerificationFailed as error:
        assert_type((error.part, error.problem), tuple[str, str])
    except TooManyRequests as error:
        assert_type(error.retry_after, float | None)
    except ServiceError as error:
        assert_type((error.status, error.code, error.message), tuple[int, str, str])
        assert_type((error.verified, error.request_id), tuple[bool, str | None])
        assert_type(error.detail, dict[str, Any])
        assert_type(error.hint, str)


def tree() -> tuple[type[WxdistError], ...]:
    services: tuple[type[ServiceError], ...] = (
        *(ParameterRefused, RequestRefused, SignatureRefused),
        *(NoPermission, NotFound, TooManyRequests, ServiceBroken),
    )
    untrusted: tuple[type[VerificationFailed], ...] = (
        *(SignatureInvalid, SignatureMissing, UnknownKey, NotFresh),
        *(Replayed, WrongAnswer, ProbeRefused),
    )
    waited: tuple[type[WaitEnded], ...] = (StillRunning, DetailsClosed, ReceiverRefused)
    assert_type(wxdist.errors.NotFound, type[errors.NotFound])
    return (*services, *untrusted, *waited)


async def the_sandbox(folder: Path) -> None:
    async with Sandbox(1, fee_rate="0.006", mode="common", clock=60, start=NOON) as sandbox:
        assert_type(sandbox, Sandbox)
        paid = await sandbox.pay("P20150806125346", amount=1000)
        assert_type(paid, Paid)
        assert_type((paid.transaction_id, paid.paid_at), tuple[str, dt.datetime])
        await sandbox.approve("1900000101")
        await sandbox.refuse("1900000102", "incomplete")
        await sandbox.close("A1", "1900000101", FailReason.RECEIVER_HIGH_RISK)
        await sandbox.advance(minutes=4)
        sandbox.write_credentials(folder)
        assert_type(sandbox.base_url, str)
        assert_type(sandbox.settings, Settings)
        assert_type(sandbox.credentials, Credentials)
        async with sandbox.session() as session:
            assert_type(session, Session)
