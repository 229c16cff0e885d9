"""The service's calls: from parameters to the world and back to JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from wxdist.models import RelationType, SettleState

from . import answers
from .asking import Request, Route, json_object, route
from .billing import BILL_PATH, STATEMENT_PATH, Billing
from .multipart import parts
from .orders import Ask, Instruction
from .papers import Papers
from .records import Relation, RelationKey
from .rules import calendar
from .rules.fields import Fields
from .rules.refusal import bad_field, ours
from .world import World

UPLOAD_PATH = "/v3/global/merchant-storage/file/upload"
#: "At most 5M": decimal or binary is not documented; the larger one is taken (ours).
MOST_FILE_BYTES = 5 * 1024 * 1024


class Endpoints(Billing):
    """Answers what was asked by the right merchant; each method is one API.

    Raises `Refused` where the service would refuse. Returns a dict for JSON, ``None`` for an empty
    204, and text for a file.

    Args:
        world: the business.
        papers: the keys.
        wall: Unix time by which addresses of bills live; ``None`` takes that of the business.
    """

    def __init__(
        self, world: World, papers: Papers, wall: Callable[[], float] | None = None
    ) -> None:
        self._world = world
        self._papers = papers
        self._wall = wall or (lambda: world.state.now)
        self.base_url = ""  #: where the service listens: what bill addresses begin with

    def mark(self, request: Request, _: Fields) -> None:
        """Flag an order: chapter4_1_1."""
        body = request.json()
        out_trade_no, currency = body.text("out_trade_no"), body.text("currency")
        self._world.payments.mark(self._child(body), out_trade_no, currency)

    def create(self, request: Request, _: Fields) -> Any:
        """Distribute: chapter4_1_2."""
        body = request.json()
        asked = Instruction(
            transaction_id=body.text("transaction_id"),
            out_order_no=body.text("out_order_no"),
            appid=body.maybe_text("appid"),
            sub_appid=body.maybe_text("sub_appid"),
            unfreeze_unsplit=body.flag("unfreeze_unsplit"),
            sub_mchid=self._child(body),
            receivers=tuple(self._ask(request, each) for each in body.receivers()),
        )
        return answers.order(self._world.orders.create(asked), self._world.terms)

    def unfreeze(self, request: Request, _: Fields) -> Any:
        """Release the rest: chapter4_1_3."""
        body = request.json()
        transaction_id, out_order_no = body.text("transaction_id"), body.text("out_order_no")
        description = body.text("description")
        order = self._world.orders.unfreeze(
            self._child(body), transaction_id, out_order_no, description
        )
        return answers.order(order, self._world.terms)

    def get_order(self, request: Request, path: Fields) -> Any:
        """Query an order: chapter4_1_4."""
        query = request.query()
        out_order_no, transaction_id = path.text("out_order_no"), query.text("transaction_id")
        order = self._world.orders.get(self._child(query), transaction_id, out_order_no)
        return answers.order(order, self._world.terms)

    def remaining(self, request: Request, path: Fields) -> Any:
        """Tell what is left: chapter4_1_5."""
        transaction_id = path.text("transaction_id")
        payment = self._world.payments.get(transaction_id, self._child(request.query()))
        return answers.remaining(payment, self._world.payments.left(payment))

    def add_receiver(self, request: Request, _: Fields) -> Any:
        """Add a receiver: chapter4_1_6."""
        body = request.json()
        asked = Relation(
            type=body.receiver_type(),
            account=body.text("account"),
            relation_type=RelationType(body.text("relation_type")),
            custom_relation=body.maybe_text("custom_relation"),
            scene=body.maybe_text("scene"),
            major_service=body.maybe_text("major_service"),
            expected_ratio=body.maybe_whole("expected_ratio"),
            application_file_id=body.maybe_text("application_file_id"),
            partnership_file_id=body.maybe_text("partnership_file_id"),
            appid=body.maybe_text("appid"),
            sub_appid=body.maybe_text("sub_appid"),
            sub_mchid=self._child(body),
            name=self._plain(request, body),
        )
        authorized = body.maybe_flag("authorized")
        return self._relation(self._world.receivers.add(asked, authorized=authorized))

    def get_receiver(self, request: Request, path: Fields) -> Any:
        """Query a receiver: chapter4_1_7."""
        query = request.query()
        key = self._key(query, path.text("account"))
        return self._relation(self._world.receivers.get(key, *_apps(query)))

    def delete_receiver(self, request: Request, _: Fields) -> None:
        """Delete a receiver, named in the body: chapter4_1_8."""
        body = request.json()
        self._world.receivers.delete(self._key(body, body.text("account")), *_apps(body))

    def settlements(self, request: Request, _: Fields) -> Any:
        """List settlements: chapter3_4_10."""
        query, settlement = request.query(), self._world.settlement
        terms = self._world.terms
        child = self._child(query, must=terms.mode == "service_provider")
        limit, offset = query.whole("limit"), query.whole("offset")
        state = SettleState(query.text("settle_state"))
        if not state.known:
            raise query.wrong("settle_state", "must be SETTLED or UNSETTLE")
        if state == SettleState.UNSETTLE:
            found = settlement.unsettled(terms.sponsor(child))
            return answers.settlements(found, terms, offset, limit)
        start, end = _day(query, "settle_start_date"), _day(query, "settle_end_date")
        calendar.days_in_order(start, end)
        found = settlement.settled(terms.sponsor(child), start, end)
        return answers.settlements(found, terms, offset, limit)

    def refundable_balance(self, _: Request, __: Fields) -> Any:
        """Tell today's quota: chapter4_1_13."""
        mchid = self._world.terms.mchid
        return answers.refundable(mchid, self._world.settlement.refundable())

    def certificates(self, _: Request, __: Fields) -> Any:
        """List the platform's certificates: wechatpay5_1."""
        return self._papers.certificate_list()

    def upload(self, request: Request, _: Fields) -> Any:
        """Take a document in: chapter4_1_11."""
        found = parts(request.headers.get("content-type", ""), request.body)
        if not {"meta", "file"} <= set(found):
            raise ours("an upload has two parts: meta and file")
        meta, content = Fields(json_object(found["meta"].content), "body"), found["file"].content
        meta.text("filename")
        digest = meta.maybe_text("sha256") or meta.text("digest")  # the signing sample's key, too
        if digest != hashlib.sha256(content).hexdigest():
            raise meta.wrong("digest", "is not the SHA-256 of the file")
        if not 0 < len(content) <= MOST_FILE_BYTES:
            raise bad_field("file", f"must have 1 to {MOST_FILE_BYTES} bytes", "body")
        return {"file_id": self._world.receivers.upload()}

    def _key(self, fields: Fields, account: str) -> RelationKey:
        return self._child(fields), fields.receiver_type(), account

    def _ask(self, request: Request, entry: Fields) -> Ask:
        return Ask(
            currency=entry.text("currency"),
            type=entry.receiver_type(),
            account=entry.text("account"),
            amount=entry.whole("amount"),
            description=entry.text("description"),
            authorized=entry.maybe_flag("authorized"),
            name=self._plain(request, entry),
        )

    def _plain(self, request: Request, fields: Fields) -> str | None:
        """Return the name that was sent, decrypted (texts ours)."""
        if (sealed := fields.maybe_text("name")) is None:
            return None
        if not (serial := request.headers.get("wechatpay-serial")):
            issue = "is required when a name is sent"
            raise bad_field("Wechatpay-Serial", issue, "header")
        plain = self._papers.unseal(sealed, serial)
        if plain is None:
            raise ours("name cannot be decrypted with the key that Wechatpay-Serial names")
        return plain

    def _relation(self, relation: Relation) -> dict[str, Any]:
        """The name goes out encrypted for the merchant (ours: the documentation does not say)."""
        name = relation.name and self._papers.seal(relation.name)
        return answers.relation(relation, name)


def _apps(fields: Fields) -> tuple[str | None, str | None]:
    return fields.maybe_text("appid"), fields.maybe_text("sub_appid")


def _day(query: Fields, name: str) -> Any:
    return calendar.day_in(query.text(name), "%Y%m%d", name)


_V3 = "/v3/global"
_SHARING = f"{_V3}/profit-sharing"

ROUTES: tuple[Route, ...] = (
    route("POST", f"{_SHARING}/transactions/mark", Endpoints.mark),
    route("POST", f"{_SHARING}/orders", Endpoints.create),
    route("POST", f"{_SHARING}/orders/unfreeze", Endpoints.unfreeze),
    route("GET", f"{_SHARING}/orders/{{out_order_no}}", Endpoints.get_order),
    route("GET", f"{_SHARING}/transactions/{{transaction_id}}/amounts", Endpoints.remaining),
    route("POST", f"{_SHARING}/receivers", Endpoints.add_receiver),
    route("GET", f"{_SHARING}/receivers/{{account}}", Endpoints.get_receiver),
    route("DELETE", f"{_SHARING}/receivers", Endpoints.delete_receiver),
    route("GET", f"{_SHARING}/bill-download-url", Endpoints.bill_link),
    route("GET", f"{_SHARING}/refunds/bill-download-url", Endpoints.refund_bill_link),
    route("GET", STATEMENT_PATH, Endpoints.statement),
    route("GET", f"{_SHARING}/refunds/refundable-balance", Endpoints.refundable_balance),
    route("GET", f"{_V3}/settle/settlements", Endpoints.settlements),
    route(
        "GET",
        f"{_SHARING}/transactions/{{transaction_id}}/refundable-amounts",
        Endpoints.refundable,
    ),
    route("GET", f"{_V3}/transactions/id/{{id}}", Endpoints.get_transaction),
    route(
        "GET",
        f"{_V3}/transactions/out-trade-no/{{out_trade_no}}",
        Endpoints.get_transaction_by_trade,
    ),
    route("POST", f"{_V3}/refunds", Endpoints.create_refund),
    route("GET", f"{_V3}/refunds", Endpoints.list_refunds),
    route("GET", f"{_V3}/refunds/id/{{refund_id}}", Endpoints.get_refund),
    route(
        "GET",
        f"{_V3}/refunds/out-refund-no/{{out_refund_no}}",
        Endpoints.get_refund_by_number,
    ),
    route("GET", f"{_V3}/refund/recharge-balance", Endpoints.recharge_balance),
    route(
        "GET",
        f"{_V3}/refund/partner/recharge-balance/sub-mchid/{{sub_mchid}}",
        Endpoints.recharge_balance,
    ),
    route("GET", f"{_V3}/certificates", Endpoints.certificates),
    route("POST", UPLOAD_PATH, Endpoints.upload),
    route("GET", BILL_PATH, Endpoints.bill),
)
