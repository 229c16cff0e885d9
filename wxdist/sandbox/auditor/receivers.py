"""What may be answered about receivers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .case import Case, OfMerchant, differs, sealed
from .causes import INVALID_REQUEST, PARAM_ERROR, RESOURCE_NOT_EXISTS, Cause
from .records import REFUSED, Key, Relation

#: What comes back as it was sent.
ECHOED = (
    *("relation_type", "custom_relation", "scene", "major_service", "expected_ratio"),
    *("application_file_id", "partnership_file_id"),
)


class OfReceiver(OfMerchant):
    """A call about one receiver."""

    @property
    def key(self) -> Key:
        """Which receiver is meant."""
        return self.sub_mchid, self.params["type"], self.params["account"]

    @property
    def apps(self) -> tuple[str | None, str | None]:
        """The apps that were sent."""
        return self.params.get("appid"), self.params.get("sub_appid")

    def no_app(self) -> Iterator[Cause]:
        """An OpenID needs its app."""
        needed = {"PERSONAL_OPENID": "appid", "PERSONAL_SUB_OPENID": "sub_appid"}
        app = needed.get(self.params["type"])
        if app and app not in self.params:
            yield Cause(INVALID_REQUEST, f"{app} is needed for an OpenID")

    def judge(self) -> Iterator[Cause]:
        """It is there, under these apps: chapter4_1_7, chapter4_1_8."""
        yield from self.no_app()
        relation = self.memory.relations.get(self.key)
        if relation is None:
            yield Cause(RESOURCE_NOT_EXISTS, "there is no such receiver")
        elif self._app_of(relation.apps) != self._app_of(self.apps):
            yield Cause(INVALID_REQUEST, "the OpenID is of another app")

    def _app_of(self, apps: tuple[str | None, str | None]) -> str | None:
        which = {"PERSONAL_OPENID": 0, "PERSONAL_SUB_OPENID": 1}.get(self.params["type"])
        return None if which is None else apps[which]


class QueryReceiver(OfReceiver):
    """A query: chapter4_1_7."""

    def accepted(self, said: Any) -> Iterator[str]:
        """It comes back as it was added, in a state that it may have."""
        relation = self.memory.relations[self.key]
        yield from _echo(relation, said)
        states = relation.states(self.now)
        if said["state"] not in states:
            yield f"the receiver is {said['state']}, not {' or '.join(sorted(states))}"
        elif said["state"] == "EFFECTIVE":
            self._is_effective(relation)
        elif said["state"] == "INIT":
            relation.passes_from = max(relation.passes_from, self.now)
        yield from differs(said, {"fail_reason": relation.reason})

    def _is_effective(self, relation: Relation) -> None:
        if relation.state == "INIT":
            self.memory.passed(self.key, self.now)


class DeleteReceiver(OfReceiver):
    """The end of a relation: chapter4_1_8."""

    done = 204

    def accepted(self, said: Any) -> Iterator[str]:
        """Nothing comes back."""
        self.memory.ended(self.key, self.now)
        yield from super().accepted(said)


class AddReceiver(OfReceiver):
    """A new receiver: chapter4_1_6."""

    def strangers(self) -> Iterator[Cause]:
        """The name counts too."""
        yield from super().strangers()
        yield from sealed(self.params.get("name"))

    def judge(self) -> Iterator[Cause]:
        """It is complete, and not there yet."""
        params = self.params
        yield from self.no_app()
        if params["type"] == "MERCHANT_ID" and "name" not in params:
            yield Cause(INVALID_REQUEST, "a merchant needs its name")
        if params["type"] != "MERCHANT_ID" and "name" in params and not params.get("authorized"):
            yield Cause(INVALID_REQUEST, "a person's name is sent without consent")
        if params["relation_type"] == "CUSTOM" and "custom_relation" not in params:
            yield Cause(INVALID_REQUEST, "CUSTOM needs custom_relation")
        papers = {params.get("application_file_id"), params.get("partnership_file_id")} - {None}
        if papers - self.memory.files:
            yield Cause(INVALID_REQUEST, "a file was not uploaded")
        yield from self._there()

    def _there(self) -> Iterator[Cause]:
        relation = self.memory.relations.get(self.key)
        if relation is not None and relation.state != REFUSED:
            yield Cause(INVALID_REQUEST, "the receiver was added before")

    def accepted(self, said: Any) -> Iterator[str]:
        """It comes back as it was sent, under audit."""
        relation = Relation(
            facts={
                "sub_mchid": self.sub_mchid or None,
                "type": self.params["type"],
                "account": self.params["account"],
                **{name: self.params.get(name) for name in ECHOED},
            },
            apps=self.apps,
            named="name" in self.params,
            sealed=self.params.get("name"),
        )
        yield from _echo(relation, said)
        yield from differs(said, {"state": "INIT", "fail_reason": None})
        self.memory.add(self.key, relation, self.now)


class Upload(Case):
    """A document; what its parts hold is not looked into: chapter4_1_11."""

    def judge(self) -> Iterator[Cause]:
        """It may lack a part, or be another file than it says."""
        yield Cause(INVALID_REQUEST, "its parts may not be right", sure=False)
        yield Cause(PARAM_ERROR, "its digest may not be right", sure=False)

    def accepted(self, said: Any) -> Iterator[str]:
        """A new id of 16 to 64 characters."""
        file_id = said["file_id"]
        if not 16 <= len(file_id) <= 64 or file_id in self.memory.files:
            yield "file_id is not new, or not 16 to 64 characters"
        self.memory.files.add(file_id)


def _echo(relation: Relation, said: Any) -> Iterator[str]:
    """Names are sealed anew each time: only that there is one can be seen."""
    for wrong in differs(said, relation.facts):
        yield f"of a receiver, {wrong.partition(' ')[0]} is not as it was sent"
    if ("name" in said) != relation.named:
        yield "the name is missing, or was never sent"
