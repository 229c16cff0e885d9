"""Order numbers derived from what an instruction is."""

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxdist import InvalidInput, order_no
from wxdist.models.limits import check

PARTS = st.lists(
    st.integers() | st.text(st.characters(codec="utf-8"), min_size=1), min_size=1, max_size=4
)


def test_the_promised_number():
    """The number that the public contract promises never changes."""
    number = order_no("P20150806125346", "share", 1)

    assert "wx1-06245892d8da47d0e6b2d934288fc9d1a7aeec1a" == number


def test_how_it_is_made():
    """Each part gives its kind, its length in bytes, its text; of the digest 40 digits."""
    text = "s6:分账i2:-7".encode()

    assert f"wx1-{hashlib.sha256(text).hexdigest()[:40]}" == order_no("分账", -7)


@given(PARTS, PARTS)
def test_other_parts_give_another_number(one, other):
    """The same parts give the same number, other parts another one."""
    typed = [[(type(part), part) for part in parts] for parts in (one, other)]

    assert (typed[0] == typed[1]) == (order_no(*one) == order_no(*other))


@pytest.mark.parametrize(
    ("one", "other"),
    [((1,), ("1",)), (("ab",), ("a", "b")), (("a", "b"), ("b", "a")), (("a:",), ("a", ":"))],
)
def test_parts_do_not_run_together(one, other):
    """Kind, order and borders of the parts count."""
    assert order_no(*one) != order_no(*other)


@given(PARTS)
def test_the_service_takes_it(parts):
    """The number has 44 characters that the service takes."""
    number = order_no(*parts)
    check("out_order_no", number)

    assert re.fullmatch("wx1-[0-9a-f]{40}", number)


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ((), "parts"),
        (("",), "parts[0]"),
        (("a", ""), "parts[1]"),
        ((True,), "parts[0]"),
        ((1.0,), "parts[0]"),
        ((None,), "parts[0]"),
        ((b"a",), "parts[0]"),
        (("a", "\ud800"), "parts[1]"),
    ],
)
def test_refuses(parts, field):
    """No part, an empty one, or one that is neither text nor whole number is refused."""
    with pytest.raises(InvalidInput) as error:
        order_no(*parts)

    assert field == error.value.field
