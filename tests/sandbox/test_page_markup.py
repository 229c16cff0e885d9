"""Values become markup, and nothing else does; figures read well."""

import pytest

from wxdist.errors import InvalidInput
from wxdist.sandbox.page.figures import count, moment, money, span
from wxdist.sandbox.page.forms import Forms, button, field, is_ours, number, read, whole
from wxdist.sandbox.page.markup import code, join, own, tag, text
from wxdist.waiting.clock import FAKE_START


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("<script>alert('x')</script>", "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;"),
        ('a & "b"', "a &amp; &quot;b&quot;"),
        ("分给商户A", "分给商户A"),
        ("a\u202eb", "a⟨U+202E⟩b"),
        ("\u200f\x00\udc80", "⟨U+200F⟩⟨U+0000⟩⟨U+DC80⟩"),
        ("two\nlines", "two\nlines"),
        (12, "12"),
    ],
)
def test_text_reads_like_its_value(value, expected):
    """Markup is escaped, and what cannot be seen is named."""
    assert expected == text(value)


def test_element_escapes_what_is_in_it():
    """Children and attributes are escaped unless they are markup."""
    made = tag("a", "<", tag("b", 1), None, ["x", ("y",)], href='"', aria_label="z", class_="c")

    assert '<a href="&quot;" aria-label="z" class="c">&lt;<b>1</b>xy</a>' == made


def test_attributes_can_be_switched():
    """An attribute that is true stands alone; false ones, and none, are left out."""
    assert "<input required>" == tag("input", required=True, disabled=False, value=None)


def test_texts_from_outside_keep_their_direction():
    """Whatever direction a text is written in, its surroundings stay put."""
    assert "<bdi>שלום</bdi>" == own("שלום")
    assert "<code><bdi>D1</bdi></code>" == code("D1")
    assert "a&lt;" == join("a", "<")


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        (0, "CNY", "¥0.00"),
        (7, "CNY", "¥0.07"),
        (123_456_789, "CNY", "¥1,234,567.89"),
        (-250, "CNY", "-¥2.50"),
        (1000, "JPY", "1,000 minor units of JPY"),
    ],
)
def test_money(amount, currency, expected):
    """Fen read as yuan; of other currencies it is not known how many units make one."""
    assert expected == money(amount, currency)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-5, "0 s"),
        (0.2, "1 s"),
        (59, "59 s"),
        (60, "1 min"),
        (200, "3 min 20 s"),
        (3600, "1 h"),
        (3605, "1 h"),
        (86_400 * 179 + 86_399, "179 d 23 h"),
    ],
)
def test_pause(seconds, expected):
    """A pause reads in its two largest units, rounded up to a second."""
    assert expected == span(seconds)


def test_counts_and_moments():
    """A number agrees with its noun; a moment is told in Beijing time."""
    assert ["1 call", "1,200 calls"] == [count(1, "call"), count(1200, "call")]
    assert "2026-01-05 09:00:00" == moment(FAKE_START)


def test_form_carries_its_token():
    """A form goes to its address of the page with the token in it."""
    made = Forms("secret").form("pay", tag("b", "x"), class_="row")

    assert made == (
        '<form method="post" action="/_sandbox/page/pay" class="row">'
        '<input type="hidden" name="token" value="secret"><b>x</b></form>'
    )


def test_field_is_labelled_and_described():
    """An input has its label, and its hint is read with it."""
    made = field("Amount", "amount", place="pay", hint="in fen", required=True)

    assert '<label for="pay-amount">Amount</label>' in made
    assert 'id="pay-amount" name="amount" aria-describedby="pay-amount-hint"' in made
    assert '<p id="pay-amount-hint" class="hint">in fen</p>' in made


def test_button_says_what_it_is_for():
    """Ears hear of which thing a button is."""
    made = button("Clear", of="fault 1", name="number", value="1")

    assert 'name="number" value="1">Clear<span class="away"> fault 1</span>' in made


def test_form_is_read():
    """Fields come as texts; empty ones are none."""
    assert {"a": "1 2", "b": "分"} == read(b"a=1+2&b=%E5%88%86&c=")


@pytest.mark.parametrize("body", [b"\xff", b"a=%FF", b"&".join([b"a=1"] * 51)])
def test_form_that_cannot_be_read(body):
    """What is no UTF-8, or has too many fields, is refused."""
    with pytest.raises(InvalidInput, match="form"):
        read(body)


@pytest.mark.parametrize("given", ["", "-1", "1.5", "x", "١", "1" * 16])
def test_whole_number_is_required(given):
    """What is no whole number is refused by its name."""
    with pytest.raises(InvalidInput, match="amount: must be a whole number"):
        whole({"amount": given}, "amount")


@pytest.mark.parametrize("given", ["", "-1", "x", "nan", "inf"])
def test_number_is_required(given):
    """What is no number from zero is refused by its name."""
    with pytest.raises(InvalidInput, match="speed: must be a number"):
        number({"speed": given}, "speed")


def test_numbers_are_read():
    """Numbers come as numbers."""
    assert (12, 0.5) == (whole({"a": "12"}, "a"), number({"a": "0.5"}, "a"))


def test_token_must_be_the_pages_own():
    """A form without the token, or with another one, is not the page's."""
    forms = [{"token": "secret"}, {"token": "sécret"}, {}]

    assert [True, False, False] == [is_ours(each, "secret") for each in forms]
