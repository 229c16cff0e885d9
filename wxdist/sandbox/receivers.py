"""Receivers: added with their papers, audited, deleted."""

from __future__ import annotations

import attrs

from wxdist.models import ReceiverType, RelationState
from wxdist.models.receivers import RELATION_MOVES

from .inputs import an_input
from .records import SANDBOX_REFUSED, Relation, RelationKey
from .rules import calendar
from .rules import receivers as rules
from .state import State


class Receivers:
    """Who may receive, for whom."""

    def __init__(self, state: State) -> None:
        self._state = state

    @an_input
    def upload(self) -> str:
        """Take a document in and return its file id."""
        file_id = self._state.new_file_id()
        self._state.files.add(file_id)
        self._state.note("upload", file_id=file_id)
        return file_id

    @an_input
    def add(self, asked: Relation, *, authorized: bool | None) -> Relation:
        """Accept a receiver for audit, or refuse it."""
        key = _key(asked)
        facts = _facts(key)
        with self._state.refusals("add", **facts):
            self._hold(asked, authorized=authorized)
        now = self._state.now
        relation = self._state.relations[key] = attrs.evolve(asked, added=now)
        self._state.note("add", **facts)
        if self._state.terms.audit == "auto":
            self._state.schedule(calendar.audit_ends(now), "audit", *key, repr(now))
        return relation

    def _hold(self, asked: Relation, *, authorized: bool | None) -> None:
        """Hold a new receiver against the rules."""
        rules.not_added(self._state.relations.get(_key(asked)))
        rules.app_named(asked.type, asked.appid, asked.sub_appid)
        rules.merchant_named(asked.type, asked.name)
        rules.consent_given(asked.type, asked.name, authorized)
        rules.relation_described(asked.relation_type, asked.custom_relation)
        rules.files_known(self._state.files, asked.application_file_id, asked.partnership_file_id)

    def get(self, key: RelationKey, appid: str | None, sub_appid: str | None) -> Relation:
        """Return the relation of a receiver, or refuse."""
        rules.app_named(key[1], appid, sub_appid)
        relation = rules.known(self._state.relations.get(key))
        rules.app_fits(relation, appid, sub_appid)
        return relation

    @an_input
    def delete(self, key: RelationKey, appid: str | None, sub_appid: str | None) -> None:
        """End the relation: nothing more is paid to that receiver, not even what is PENDING."""
        with self._state.refusals("delete", **_facts(key)):
            self.get(key, appid, sub_appid)
        del self._state.relations[key]
        self._state.note("delete", **_facts(key))

    @an_input
    def approve(self, account: str, sub_mchid: str | None) -> None:
        """Let the audit pass; raise ``ValueError`` unless exactly one is waiting."""
        self._pass(self._waiting(account, sub_mchid))

    @an_input
    def refuse(self, account: str, reason: str, sub_mchid: str | None) -> None:
        """Let the audit fail; raise ``ValueError`` unless exactly one is waiting."""
        relation = self._waiting(account, sub_mchid)
        relation.state = SANDBOX_REFUSED
        relation.fail_reason = reason
        relation.fail_description = f"[sandbox] The audit refused this receiver: {reason}"
        self._state.note("audit", **_facts(_key(relation)), state=relation.state)

    def audited(self, sub_mchid: str, kind: str, account: str, added: str) -> None:
        """Let the audit that began when it was *added* end by itself, if it is still under way."""
        relation = self._state.relations.get((sub_mchid, ReceiverType(kind), account))
        waits = relation is not None and relation.state == RelationState.INIT
        if relation is not None and waits and repr(relation.added) == added:
            self._pass(relation)

    def _pass(self, relation: Relation) -> None:
        (relation.state,) = RELATION_MOVES[relation.state]
        self._state.note("audit", **_facts(_key(relation)), state=relation.state)

    def _waiting(self, account: str, sub_mchid: str | None) -> Relation:
        found = [
            relation
            for relation in self._state.relations.values()
            if relation.account == account
            and relation.state == RelationState.INIT
            and sub_mchid in {None, relation.sub_mchid}
        ]
        if len(found) != 1:
            raise ValueError(f"{len(found)} receivers with that account wait for their audit")
        return found[0]


def _key(relation: Relation) -> RelationKey:
    return relation.sub_mchid, relation.type, relation.account


def _facts(key: RelationKey) -> dict[str, str | None]:
    """Return what the log says of a receiver."""
    sub_mchid, kind, account = key
    return {"sub_mchid": sub_mchid or None, "type": str(kind), "account": account}
