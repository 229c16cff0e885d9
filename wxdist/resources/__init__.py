"""What one can ask: one module a resource, the same verbs in each."""

from wxdist.resources.bills import Bill, Bills
from wxdist.resources.certificates import Certificates
from wxdist.resources.files import Files
from wxdist.resources.notices import Notices
from wxdist.resources.orders import Orders
from wxdist.resources.receivers import Receivers
from wxdist.resources.refunds import Refunds
from wxdist.resources.seen import NoticeClaim, NoticeStore, SeenNotices
from wxdist.resources.settlements import Settlements
from wxdist.resources.transactions import Transactions

__all__ = [
    "Bill",
    "Bills",
    "Certificates",
    "Files",
    "NoticeClaim",
    "NoticeStore",
    "Notices",
    "Orders",
    "Receivers",
    "Refunds",
    "SeenNotices",
    "Settlements",
    "Transactions",
]
