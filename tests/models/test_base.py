"""How every model is made: frozen, open to new values, silent about people."""

import copy
import pickle

import attrs
import pytest

from wxdist import models
from wxdist.models import Meta, OpenEnum, Relation, Remaining, model
from wxdist.models.orders import DetailResult, DetailType, FailReason, OrderState

ENUMS = [
    value
    for name in models.__all__
    if isinstance(value := getattr(models, name), type)
    and issubclass(value, OpenEnum)
    and value is not OpenEnum
]
CLASSES = [
    value
    for name in models.__all__
    if isinstance(value := getattr(models, name), type) and attrs.has(value)
]


def twice(value):
    return pickle.loads(pickle.dumps(value))


@model
class Pair:
    left: int
    right: int = 2


def test_models_are_values():
    """A model is compared by its fields, made by keywords, and hashable."""
    assert Pair(left=1) == Pair(right=2, left=1)
    assert {Pair(left=1)} == {Pair(left=1), Pair(left=1)}
    assert Pair(left=1) != Pair(left=3)
    with pytest.raises(TypeError):
        Pair(1)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_models_are_frozen(cls):
    """No field of a model can be changed, and none be added."""
    value = cls.__new__(cls)

    for name in (attrs.fields(cls)[0].name, "other"):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(value, name, 1)


@pytest.mark.parametrize("cls", ENUMS, ids=lambda cls: cls.__name__)
def test_enums_are_open(cls):
    """An unknown text is a member of its own: it stays as it came, and equals its text."""
    unknown = cls("SOMETHING_NEW")

    assert isinstance(unknown, cls)
    assert ("SOMETHING_NEW", "SOMETHING_NEW", "SOMETHING_NEW", False) == (
        unknown,
        unknown.name,
        unknown.value,
        unknown.known,
    )
    assert unknown == cls("SOMETHING_NEW")
    assert {unknown} == {cls("SOMETHING_NEW"), "SOMETHING_NEW"}
    assert "SOMETHING_NEW" not in cls.__members__


@pytest.mark.parametrize("cls", ENUMS, ids=lambda cls: cls.__name__)
def test_documented_values_are_known(cls):
    """A documented value is the same member each time, and says that it is known."""
    assert [(True, name) for name in cls.__members__] == [
        (member.known and cls(member.value) is member, member.value.replace(".", "_"))
        for member in cls
    ]


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, twice])
@pytest.mark.parametrize("text", ["PROCESSING", "SOMETHING_NEW", ""])
def test_enums_can_be_copied(again, text):
    """A member, unknown ones included, can be copied and pickled."""
    member = OrderState(text)

    assert (member, member.known, OrderState) == (
        (other := again(member)),
        other.known,
        type(other),
    )


@pytest.mark.parametrize("value", [None, 5, True, 1.5, b"FINISHED", ["FINISHED"]])
def test_only_text_is_a_value(value):
    """What is no text is no member."""
    with pytest.raises(ValueError, match="is not a valid OrderState"):
        OrderState(value)


def test_values_of_different_enums():
    """Equal texts of different enums are equal, as texts are."""
    assert OrderState("X") == DetailResult("X") == "X"
    assert DetailType("x") != DetailType("X")


def test_both_spellings_of_frozen():
    """The service's misspelling and its correction are one reason."""
    assert FailReason.SUB_MERCHANT_FRONEN is FailReason("SUB_MERCHANT_FROZEN")
    assert FailReason("SUB_MERCHANT_FROZEN").known


def test_what_came_beside_is_not_compared():
    """How an answer came, and what was unknown in it, is no part of equality or repr."""
    facts = {"transaction_id": "42", "unsplit_amount": 1, "currency": "CNY"}
    meta = Meta(request_id="08F7", status=200, verified=True)
    bare, rich = Remaining(**facts), Remaining(**facts, meta=meta, extra={"news": 1})

    assert bare == rich
    assert f"{bare!r}" == f"{rich!r}"
    assert (1, 0.0) == (meta.attempts, meta.elapsed)


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, twice])
def test_answers_can_be_copied(again):
    """An answer is copied with all that it carries."""
    meta = Meta(request_id="08F7", status=200, verified=True)
    facts = {"type": "X", "account": "oX5", "relation_type": "Y", "name": "Li"}
    relation = Relation(**facts, extra={"a": [1]}, meta=meta)

    other = again(relation)

    assert (relation, relation.extra, relation.meta) == (other, other.extra, other.meta)
