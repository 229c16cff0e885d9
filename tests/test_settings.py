"""How the client behaves: one frozen object, checked when it is made."""

import math
import tomllib
from pathlib import Path

import attrs
import backoff
import pytest

from wxdist import ConfigurationError, Settings
from wxdist.settings import BILL_HOSTS, HOSTS, VERSION, is_loopback

NUMBERS = {
    field.name: field.default
    for field in attrs.fields(Settings)
    if type(field.default) in {int, float}
}
MAY_BE_ZERO = {"retry_delay", "retry_delay_most", "freeze_grace", "not_found_grace"}


def problems(**changes):
    with pytest.raises(ConfigurationError) as error:
        Settings(**changes)
    return error.value.problems


def test_the_defaults_work():
    """Nothing has to be set."""
    settings = Settings()

    assert "https://apihk.mch.weixin.qq.com" == settings.base_url
    assert ("https://apihk.mch.weixin.qq.com",) == settings.origins
    assert settings.loopback is None
    assert {*HOSTS, "api.mch.weixin.qq.com"} == set(BILL_HOSTS)


def test_the_version_is_the_package_s():
    """The version that is sent is the one of the package."""
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))

    assert project["project"]["version"] == VERSION


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        *((f"https://{host}", False) for host in HOSTS),
        (f"https://{HOSTS[0]}/", False),
        ("http://127.0.0.1:8080", True),
        ("http://127.0.0.1:8080/", True),
        ("https://127.9.9.9", True),
        ("http://localhost:1", True),
        ("http://LOCALHOST", True),
        ("http://[::1]:8080", True),
    ],
)
def test_bases(url, loopback):
    """The documented hosts by https, and this machine, can be called."""
    settings = Settings(base_url=url)

    assert (url.rstrip("/"),) == settings.origins
    assert (url.rstrip("/") if loopback else None) == settings.loopback


@pytest.mark.parametrize(
    "url",
    [
        "",
        "apihk.mch.weixin.qq.com",
        "http://apihk.mch.weixin.qq.com",
        "HTTPS://apihk.mch.weixin.qq.com",
        "https://APIHK.mch.weixin.qq.com",
        "https://api.mch.weixin.qq.com",
        "https://apihk.mch.weixin.qq.com:443",
        "https://apihk.mch.weixin.qq.com.",
        "https://apihk.mch.weixin.qq.com.evil.example",
        "https://apihk.mch.weixin.qq.com@evil.example",
        "https://apihk.mch.weixin.qq.com/v3",
        "https://apihk.mch.weixin.qq.com?x",
        "https://apihk.mch.weixin.qq.com#x",
        "https://apihk.mch.weixin.qq.com\\x",
        "https://apihk.mch.weixin.qq.com\n",
        " https://apihk.mch.weixin.qq.com",
        "https://http://127.0.0.1",
        "http://127.0.0.1.evil.example",
        "http://127.0.0.1@evil.example",
        "http://127.0.0.1\\@evil.example",
        "http://127.٠.٠.١",
        "http://127.1",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "http://[::1",
        "http://[::2]",
        "ftp://127.0.0.1",
        "file:///etc",
        None,
        5,
        b"http://127.0.0.1",
    ],
)
def test_refuses_other_bases(url):
    """Any other base is refused, as a fall-back too."""
    (told,) = problems(base_url=url)

    assert told.startswith("base_url must be https:// and one of apihk")
    assert (told.replace("base_url", "fallback_urls"),) == problems(fallback_urls=(url,))


def test_fall_back():
    """Origins are tried in the order in which they are given."""
    settings = Settings(fallback_urls=(f"https://{HOSTS[1]}/", f"https://{HOSTS[2]}"))

    assert tuple(f"https://{host}" for host in HOSTS) == settings.origins


@pytest.mark.parametrize("urls", [f"https://{HOSTS[1]}", [f"https://{HOSTS[1]}"], None])
def test_fall_backs_are_a_tuple(urls):
    """A single text is not taken for many."""
    assert ("fallback_urls must be a tuple of URLs",) == problems(fallback_urls=urls)


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers(name):
    """Every number refuses texts, flags, NaN and what lies below zero; whole ones stay whole."""
    for value in ("5", True, None, [1]):
        allowed = name == "query_rate" and value is None
        assert allowed or f"{name} must be a" in problems(**{name: value})[0]
    assert f"{name} is too small: -1" in problems(**{name: -1})
    assert name in problems(**{name: math.nan})[0]
    if type(NUMBERS[name]) is int:
        assert (f"{name} must be a whole number",) == problems(**{name: 5.0})
    else:
        assert 5 == getattr(Settings(**{name: 5}), name)


@pytest.mark.parametrize("name", NUMBERS)
def test_zero(name):
    """Zero is refused but where it means *none*."""
    if name in MAY_BE_ZERO:
        assert 0 == getattr(Settings(**{name: 0}), name)
    else:
        assert (f"{name} is too small: 0",) == problems(**{name: 0})


@pytest.mark.parametrize("size", [1, 30])
def test_page_sizes(size):
    """A page has 1 to 30 records."""
    assert size == Settings(page_size=size).page_size
    assert ("page_size must be at most 30",) == problems(page_size=31)


def test_no_pacing():
    """A rate of None asks as fast as it can."""
    assert Settings(query_rate=None).query_rate is None


@pytest.mark.parametrize("window", [(180, 300), (0, 0), (0.5, 0.5)])
def test_windows(window):
    """A window opens, and closes not before."""
    assert window == Settings(freeze_window=window).freeze_window


@pytest.mark.parametrize(
    "window",
    [
        (300.0, 180.0),
        (-5.0, 10.0),
        (180.0,),
        (1, 2, 3),
        [180, 300],
        ("a", "b"),
        None,
        (True, 2),
        (0.0, math.nan),
        (math.nan, 1.0),
    ],
)
def test_refuses_windows(window):
    """A window that closes before it opens, or is none, is refused."""
    (told,) = problems(freeze_window=window)

    assert told.startswith("freeze_window must be two numbers of seconds")


@pytest.mark.parametrize("name", ["poll_delays", "receiver_poll_delays"])
@pytest.mark.parametrize("delays", [(3,), (0.1, 5), backoff.expo, lambda: backoff.constant(3)])
def test_delays(name, delays):
    """Delays are a tuple of seconds, or a wait generator of backoff."""
    assert delays == getattr(Settings(**{name: delays}), name)


@pytest.mark.parametrize("name", ["poll_delays", "receiver_poll_delays"])
@pytest.mark.parametrize(
    "delays", [(), (0,), (3, -1), (math.nan,), ("3",), (True,), [3], 5, None, "35"]
)
def test_refuses_delays(name, delays):
    """Delays without end or meaning are refused."""
    assert (
        f"{name} must be a tuple of seconds above zero, or a wait generator of backoff",
    ) == problems(**{name: delays})


def test_the_digest_has_two_names():
    """The key of an upload's digest is one of the two that the documentation has."""
    assert "sha256" == Settings(upload_digest_key="sha256").upload_digest_key
    assert ("upload_digest_key must be digest or sha256",) == problems(upload_digest_key="md5")
    assert ("accept_language must be one of en, zh-CN, zh-HK, zh-TW",) == problems(
        accept_language="fr"
    )


def test_all_problems_at_once():
    """Every problem is told in one error."""
    assert 4 == len(problems(base_url="x", attempts=0, deadline="soon", poll_delays=()))


def test_with_options():
    """A changed copy is checked too; the first stays as it was."""
    settings = Settings()

    assert (300, 8) == (
        (changed := settings.with_options(deadline=300, attempts=8)).deadline,
        changed.attempts,
    )
    assert Settings() == settings
    with pytest.raises(ConfigurationError, match="attempts is too small"):
        settings.with_options(attempts=0)


def test_with_unknown_options():
    """An option that there is not is named, and not taken."""
    with pytest.raises(ConfigurationError) as error:
        Settings().with_options(tries=3, timeout=5, attempts=2)

    assert ("there is no setting 'timeout'", "there is no setting 'tries'") == error.value.problems


def test_shows_no_proxy():
    """The URL of a proxy may hold a password."""
    settings = Settings(proxy="http://user:s3cret@proxy.example:3128")

    assert "s3cret" not in f"{settings!r}"


@pytest.mark.parametrize(
    ("url", "found"), [("http://127.0.0.1/x", True), ("x", False), ("", False)]
)
def test_is_loopback(url, found):
    """A URL of this machine is told apart."""
    assert found == is_loopback(url)
