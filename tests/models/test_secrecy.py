"""What a model shows: never a name, an OpenID, a token or a certificate."""

import datetime as dt

import attrs
import pytest

from wxdist.models import (
    BillLink,
    CertificateEntry,
    CertificateList,
    CreateOrder,
    Detail,
    Distribution,
    DistributionRow,
    EncryptedCertificate,
    PlatformCertificate,
    Receiver,
    ReceiverKey,
    Relation,
    Share,
)
from wxdist.models._base import masked

OPENID = "oS3cretS3cretS3cretS3cretS3c"
NOW = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
PERSON = {"type": "PERSONAL_OPENID", "account": OPENID}
SHARE = Share(**PERSON, name="Li S3cret", authorized=True, amount=1, description="x")
DETAIL = Detail(
    **PERSON,
    currency="CNY",
    amount=1,
    description="x",
    result="SUCCESS",
    create_time=NOW,
    extra={"x": OPENID},
)
SEALED = EncryptedCertificate(algorithm="A", nonce="n", ciphertext="S3cret")
ENTRY = CertificateEntry(
    serial_no="5F", effective_time=NOW, expire_time=NOW, encrypt_certificate=SEALED
)
HIDDEN = {"receiver_account", "amount", "extra"}
ROW = {name.name: "v" for name in attrs.fields(DistributionRow) if name.name not in HIDDEN}
VALUES = [
    SHARE,
    DETAIL,
    SEALED,
    ENTRY,
    CreateOrder(
        appid="wx8",
        transaction_id="42",
        out_order_no="P1",
        receivers=(SHARE,),
        unfreeze_unsplit=True,
    ),
    Distribution(
        transaction_id="42", out_order_no="P1", order_id="3", state="FINISHED", receivers=(DETAIL,)
    ),
    Receiver(**PERSON, appid="wx8", name="Li S3cret", authorized=True, relation_type="CUSTOM"),
    ReceiverKey(**PERSON, appid="wx8"),
    Relation(**PERSON, name="S3cret", relation_type="CUSTOM", extra={"openid": OPENID}),
    BillLink(download_url="https://apihk.mch.weixin.qq.com/v3/bill/downloadurl?token=S3cret"),
    CertificateList(data=(ENTRY,)),
    PlatformCertificate(serial_no="5F", effective_time=NOW, expire_time=NOW, certificate="S3cret"),
    DistributionRow(**ROW, receiver_account=OPENID, amount=1, extra={"x": OPENID}),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_shows_no_secret(value):
    """Names, OpenIDs, tokens and certificates are not in the text of a model."""
    assert "S3cret" not in f"{value!r}{value}"
    assert type(value).__name__ in f"{value!r}"


@pytest.mark.parametrize(
    ("account", "shown"),
    [
        ("86693852", "'86693852'"),
        (OPENID, "<28 chars>"),
        ("", "<0 chars>"),
        ("１２３", "<3 chars>"),
        ("12a", "<3 chars>"),
    ],
)
def test_accounts(account, shown):
    """A merchant id is shown whole; of anything else only how long it is."""
    assert shown == masked(account)


@pytest.mark.parametrize(("name", "shown"), [(None, "name=None"), ("Li", "name=<hidden>")])
def test_names(name, shown):
    """Whether there is a name is shown, and no more."""
    share = Share(type="MERCHANT_ID", account="19", name=name, amount=1, description="x")

    assert shown in f"{share!r}"
