"""What can go wrong in the bill of distribution."""

from .discrepancies import discrepancy, only
from .spoiled import STRANGER

BILL = "distribution"
IDS = ("transaction_id", "order_id", "out_order_no", "detail_id")


def released(row):
    return row["settlement_currency"] != ""


def shared(row):
    return not released(row)


def detail(row):
    return {"detail_id": row["detail_id"]}


def differs(row, field, **ids):
    return only("differs", BILL, field, **detail(row) | ids)


def more(text):
    """Return an amount that is a cent more."""
    cents = int(text.replace(".", "")) + 1
    return f"{cents // 100}.{cents % 100:02}"


@discrepancy
def wrong_amount(copy):
    """A share is printed a fen too high."""
    _, row = copy.row(BILL, shared)
    row["amount"] = more(row["amount"])
    return differs(row, "amount")


@discrepancy
def wrong_released_amount(copy):
    """Released money is printed a fen too high."""
    _, row = copy.row(BILL, released)
    row["amount"] = more(row["amount"])
    return differs(row, "amount")


@discrepancy
def swapped_amounts(copy):
    """Two shares have each other's amount."""
    _, row = copy.row(BILL, shared)
    _, other = copy.row(BILL, lambda r: shared(r) and r["amount"] != row["amount"])
    row["amount"], other["amount"] = other["amount"], row["amount"]
    return differs(row, "amount") + differs(other, "amount")


@discrepancy
def missing_row(copy):
    """A share is not in its bill."""
    paper, row = copy.row(BILL, shared)
    paper.rows.remove(row)
    return only("missing_there", BILL, **detail(row))


@discrepancy
def missing_release(copy):
    """Released money is not in its bill."""
    paper, row = copy.row(BILL, released)
    paper.rows.remove(row)
    return only("missing_there", BILL, **detail(row))


@discrepancy
def doubled_row(copy):
    """A row stands twice."""
    paper, row = copy.row(BILL)
    paper.rows.insert(paper.rows.index(row), dict(row))
    return only("doubled", BILL, **detail(row))


@discrepancy
def doubled_on_another_day(copy):
    """A row stands in the bill of another day, too."""
    paper, row = copy.row(BILL)
    copy.other_day(paper).rows.append(dict(row))
    return only("doubled", BILL, **detail(row))


@discrepancy
def foreign_row(copy):
    """A row of another merchant, with ids of its own."""
    paper, row = copy.row(BILL)
    ids = {name: f"{row[name][:-6]}999999" for name in IDS}
    new = row | ids | {"initiator": STRANGER, "sponsor": STRANGER, "sub_mchid": ""}
    paper.rows.append(new)
    return only("foreign", BILL, **detail(new))


@discrepancy
def row_of_another_sub_merchant(copy):
    """A row says that it is another sub-merchant's."""
    _, row = copy.row(BILL)
    row["sub_mchid"] = "190000020" + str(int(row["sub_mchid"][-1]) % 3 + 1)
    return differs(row, "sub_mchid")


@discrepancy
def another_sponsor(copy):
    """A row says that a stranger paid."""
    _, row = copy.row(BILL, shared)
    row["sponsor"] = STRANGER
    return differs(row, "sponsor")


@discrepancy
def unknown_row(copy):
    """A share that nobody of us asked for."""
    paper, row = copy.row(BILL, shared)
    new = row | {name: f"{row[name][:-6]}999999" for name in IDS[1:]}
    paper.rows.append(new)
    return only("missing_here", BILL, **detail(new))


@discrepancy
def unknown_release(copy):
    """A release that nobody of us asked for."""
    paper, row = copy.row(BILL, released)
    new = row | {name: f"{row[name][:-6]}999999" for name in IDS[1:]}
    paper.rows.append(new)
    return only("missing_here", BILL, **detail(new))


@discrepancy
def swapped_receivers(copy):
    """Two rows have each other's receiver."""
    _, row = copy.row(BILL, lambda r: r["receiver_account"] == "86693852")
    _, other = copy.row(BILL, lambda r: r["receiver_account"] == "86693853")
    row["receiver_account"], other["receiver_account"] = "86693853", "86693852"
    return differs(row, "receiver_account") + differs(other, "receiver_account")


@discrepancy
def another_receiver(copy):
    """A share went to a stranger."""
    _, row = copy.row(BILL, shared)
    row["receiver_account"] = STRANGER
    return differs(row, "receiver_account")


@discrepancy
def another_person(copy):
    """A share went to another person, whose openid is as long."""
    _, row = copy.row(BILL, lambda r: r["receiver_account"] == "oABCDEFG")
    row["receiver_account"] = "oABCDEFH"
    return differs(row, "receiver_account")


@discrepancy
def shifted_date(copy):
    """A row stands in the bill of another day."""
    paper, row = copy.row(BILL)
    paper.rows.remove(row)
    copy.other_day(paper).rows.append(row)
    return differs(row, "day")


@discrepancy
def another_time(copy):
    """A row in its own bill says that it began on another day."""
    _, row = copy.row(BILL)
    row["create_time"] = "2026-01-09T10:00:00+08:00"
    return differs(row, "create_time")


@discrepancy
def changed_rate(copy):
    """A rate of exchange is changed in its last digit."""
    _, row = copy.row(BILL, released)
    row["exchange_rate"] = str(int(row["exchange_rate"]) ^ 1)
    return differs(row, "exchange_rate")


@discrepancy
def changed_settlement_amount(copy):
    """What released money brings is printed a cent too high."""
    _, row = copy.row(BILL, released)
    row["settlement_amount"] = more(row["settlement_amount"])
    return differs(row, "settlement_amount")


@discrepancy
def changed_settlement_currency(copy):
    """Released money is printed as settled in another currency."""
    _, row = copy.row(BILL, released)
    row["settlement_currency"] = "USD"
    return differs(row, "settlement_currency")


@discrepancy
def wrong_currency(copy):
    """A share is printed in another currency."""
    _, row = copy.row(BILL, shared)
    row["currency"] = "USD"
    return differs(row, "currency")


@discrepancy
def wrong_status(copy):
    """A detail that succeeded is printed as closed."""
    _, row = copy.row(BILL)
    row["status"] = "CLOSED"
    return differs(row, "status")


@discrepancy
def wrong_type(copy):
    """A share is printed as released money."""
    _, row = copy.row(BILL, shared)
    row["business_type"] = "UNFREEZE_TO_SPONSOR"
    return differs(row, "business_type")


@discrepancy
def swapped_transactions(copy):
    """Two rows have each other's transaction."""
    _, row = copy.row(BILL)
    mine = row["transaction_id"]
    _, other = copy.row(BILL, lambda r: r["transaction_id"] != mine)
    row["transaction_id"], other["transaction_id"] = other["transaction_id"], mine
    return differs(row, "transaction_id") + differs(other, "transaction_id")


@discrepancy
def swapped_details(copy):
    """Two rows of different orders have each other's detail."""
    _, row = copy.row(BILL)
    mine = row["detail_id"]
    _, other = copy.row(BILL, lambda r: r["out_order_no"] != row["out_order_no"])
    row["detail_id"], other["detail_id"] = other["detail_id"], mine
    return differs(other, "detail_id") + differs(row, "detail_id")


@discrepancy
def wrong_detail(copy):
    """The number of a detail is not ours."""
    _, row = copy.row(BILL)
    mine, row["detail_id"] = row["detail_id"], row["detail_id"][:-6] + "999999"
    return differs(row, "detail_id", detail_id=mine)


@discrepancy
def wrong_order(copy):
    """A row has the number of another order."""
    _, row = copy.row(BILL)
    mine = row["out_order_no"]
    row["out_order_no"] = copy.row(BILL, lambda r: r["out_order_no"] != mine)[1]["out_order_no"]
    return differs(row, "out_order_no")


@discrepancy
def wrong_description(copy):
    """A row has another description than was sent."""
    _, row = copy.row(BILL)
    row["description"] = "=HYPERLINK(1), pay here"
    return differs(row, "description")
