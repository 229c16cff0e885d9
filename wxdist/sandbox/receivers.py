"""Receivers: added with their papers, audited, deleted."""

from __future__ import annotations

from wxdist.models import ReceiverType, RelationState
from wxdist.models.receivers import RELATION_MOVES

from .rules import calendar
from .rules import receivers as rules
from .state import SANDBOX_REFUSED, Relation, RelationKey, State


class Receivers:
    """Who may receive, for whom."""

    def __init__(self, state: State) -> None:
        self._state = state

    def upload(self) -> str:
        """Take a document in and return its file id."""
        file_id = self._state.new_file_id()
        self._state.files.add(file_id)
        return file_id

    def add(self, asked: Relation, *, authorized: bool | None) -> Relation:
        """Accept a receiver for audit, or refuse it."""
        key = (asked.sub_mchid, asked.type, asked.account)
        rules.not_added(self._state.relations.get(key))
        rules.app_named(asked.type, asked.appid, asked.sub_appid)
        rules.merchant_named(asked.type, asked.name)
        rules.consent_given(asked.type, asked.name, authorized)
        rules.relation_described(asked.relation_type, asked.custom_relation)
        rules.files_known(self._state.files, asked.application_file_id, asked.partnership_file_id)
        self._state.relations[key] = asked
        if self._state.terms.audit == "auto":
            self._state.schedule(calendar.audit_ends(self._state.now), "audit", *key)
        return asked

    def get(self, key: RelationKey, appid: str | None, sub_appid: str | None) -> Relation:
        """Return the relation of a receiver, or refuse."""
        rules.app_named(key[1], appid, sub_appid)
        relation = rules.known(self._state.relations.get(key))
        rules.app_fits(relation, appid, sub_appid)
        return relation

    def delete(self, key: RelationKey, appid: str | None, sub_appid: str | None) -> None:
        """End the relation: nothing more is paid to that receiver, not even what is PENDING."""
        self.get(key, appid, sub_appid)
        del self._state.relations[key]

    def approve(self, account: str, sub_mchid: str | None) -> None:
        """Let the audit pass; raise ``ValueError`` unless exactly one is waiting."""
        _pass(self._waiting(account, sub_mchid))

    def refuse(self, account: str, reason: str, sub_mchid: str | None) -> None:
        """Let the audit fail; raise ``ValueError`` unless exactly one is waiting."""
        relation = self._waiting(account, sub_mchid)
        relation.state = SANDBOX_REFUSED
        relation.fail_reason = reason
        relation.fail_description = f"[sandbox] The audit refused this receiver: {reason}"

    def audited(self, sub_mchid: str, kind: str, account: str) -> None:
        """Let an audit end by itself, if it is still under way."""
        relation = self._state.relations.get((sub_mchid, ReceiverType(kind), account))
        if relation is not None and relation.state == RelationState.INIT:
            _pass(relation)

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


def _pass(relation: Relation) -> None:
    (relation.state,) = RELATION_MOVES[relation.state]
