"""What proves a trade statement: its digest, and a signature over that digest.

The answer names a digest of the whole file in ``Wechatpay-Statement-Sha1``. The text calls it the
SHA-1; the only sample is 128 bytes in base64, which no SHA-1 can be; hex or base64 is not told,
nor whether a compressed statement is digested as sent or as unpacked: either counts. By the 2020
edition the signature covers that header's value in place of the body; the newer pages list no
signature header at all, so an answer may come without one.

Source: https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter4_1_34.shtml
"""

from __future__ import annotations

import base64
from collections.abc import Iterable

from wxdist.errors import BillRefused
from wxdist.wire.message import Response

DIGEST = "Wechatpay-Statement-Sha1"
HEX_LENGTH, BASE64_LENGTH = 40, 28  #: of a SHA-1


def covered(head: Response) -> bytes | None:
    """Return what the signature of a statement's answer covers, in place of the body.

    ``None`` when there is no signature, or nothing that it could cover: `fits` refuses that.
    """
    if "wechatpay-signature" not in head.headers or not _told(head):
        return None
    return _told(head).encode("utf-8", "surrogatepass")  # any bytes, as in other headers


def fits(head: Response, digests: Iterable[bytes]) -> bool:
    """Hold the SHA-1 *digests* of a statement against its header; tell whether one fits.

    ``False`` means that the header cannot be compared: it has the length of no SHA-1.

    Raises:
        BillRefused: the header is missing, or of the length of a SHA-1 and that of another file.
    """
    told = _told(head)
    if not told:
        raise BillRefused(f"the statement has no {DIGEST}: nothing shows that it is whole")
    if len(told) not in {HEX_LENGTH, BASE64_LENGTH}:
        return False
    for digest in digests:
        if told.lower() == digest.hex() or told == base64.b64encode(digest).decode("ascii"):
            return True
    raise BillRefused(f"the statement is not the file that its {DIGEST} names: cut, or changed")


def _told(head: Response) -> str:
    return head.headers.get(DIGEST.lower(), "").strip()
