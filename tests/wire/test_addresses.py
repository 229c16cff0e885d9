"""Where a bill may be fetched: the address comes from the network."""

import pytest

from wxdist import VerificationFailed
from wxdist.settings import BILL_HOSTS, Settings
from wxdist.wire.addresses import Address, bill_address

HERE = "http://127.0.0.1:8080"
PATH = "/v3/bill/downloadurl"
GOOD = f"https://apihk.mch.weixin.qq.com{PATH}?token=xxx"


PATHS = Settings().bill_paths


def checked(url, *, hosts=BILL_HOSTS, paths=PATHS, loopback=None):
    return bill_address(url, hosts=hosts, paths=paths, loopback=loopback)


@pytest.mark.parametrize("host", [*BILL_HOSTS, "apihk.mch.weixin.qq.com:443"])
@pytest.mark.parametrize("query", ["token=xxx", "token=a%2Fb%3D%3D&tartype=gzip", "token=a/b+c=="])
def test_takes_the_documented_ones(host, query):
    """The service's own hosts are taken, and the text stays as it was given."""
    address = checked(f"https://{host}{PATH}?{query}")

    assert Address(origin=f"https://{host}", target=f"{PATH}?{query}") == address


@pytest.mark.parametrize(
    "url",
    [
        "",
        PATH + "?token=xxx",
        "//apihk.mch.weixin.qq.com" + PATH + "?token=xxx",
        GOOD.replace("https", "http"),
        GOOD.replace("https", "HTTPS"),
        GOOD.replace("https", "ftp"),
        GOOD.replace("https", "file"),
        GOOD.replace("apihk", "evil"),
        GOOD.replace("apihk", "APIHK"),
        GOOD.replace("qq.com", "qq.com.evil.example"),
        GOOD.replace("apihk", "evilapihk"),
        GOOD.replace("apihk.", "apihk.mch.weixin.qq.com@evil."),
        GOOD.replace("apihk", "user:pass@apihk"),
        GOOD.replace("apihk", "@apihk"),
        GOOD.replace("qq.com/", "qq.com./"),
        GOOD.replace("qq.com/", "qq.com:8443/"),
        GOOD.replace("qq.com/", "qq.com:/"),
        GOOD.replace("qq.com/", "qq.com:443@evil.example/"),
        GOOD.replace("qq.com/", "qq.com:0443/"),
        GOOD.replace("apihk.mch.weixin.qq.com", "127.0.0.1"),
        GOOD.replace("apihk.mch.weixin.qq.com", "[::1]"),
        GOOD.replace("apihk.mch.weixin.qq.com", "2130706433"),
        GOOD.replace("apihk", "\u0430pihk"),
        GOOD.replace("qq.com", "qq\u3002com"),
        GOOD.replace("/v3", "/../v3"),
        GOOD.replace("/v3", "/v3/./bill/../../v3"),
        GOOD.replace("/bill", "/%62ill"),
        GOOD.replace("/bill", "//bill"),
        GOOD.replace("/v3", "//v3"),
        GOOD.replace("?", "/?"),
        GOOD.replace("downloadurl", "downloadurl;x"),
        GOOD.replace("/bill/downloadurl", "/global/profit-sharing/orders"),
        GOOD.replace("?token=xxx", ""),
        GOOD.replace("token=xxx", ""),
        GOOD.replace("?", "#?"),
        GOOD + "#part",
        GOOD.replace("/v3", "\\v3"),
        GOOD.replace("://", ":\\\\"),
        GOOD.replace("token", "to ken"),
        " " + GOOD,
        GOOD + "\n",
        GOOD + "\r\nX-Header: 1",
        GOOD + "\t",
        GOOD + "\0",
        GOOD + "中",
        GOOD + "\ud800",
        GOOD + '"',
        HERE + PATH + "?token=xxx",
    ],
)
def test_refuses_every_other(url):
    """Anything but https, an exact host, port 443, an exact path and a query is refused."""
    with pytest.raises(VerificationFailed) as error:
        checked(url)

    assert "download_url" == error.value.part
    assert "xxx" not in f"{error.value!r}"


SECRETS = {
    "token=xxx": set(),  # too short: who knows what else it may be
    "token=abcdefgh": {"abcdefgh"},
    "a=1&token=a%2Fb/cdefg==&tartype=gzip": {"a%2Fb/cdefg==", "a/b/cdefg=="},
    "abcdefgh": set(),
}


@pytest.mark.parametrize("query", SECRETS)
def test_what_may_be_the_token(query):
    """The values of its query are secret, as they stand and as they are meant."""
    address = checked(f"https://{BILL_HOSTS[0]}{PATH}?{query}")

    assert SECRETS[query] == set(address.secrets)


def test_hosts_and_paths_can_be_added():
    """Settings name further hosts and paths."""
    url = "https://bills.example.com/download?id=1"

    address = checked(url, hosts=("bills.example.com",), paths=("/download",))

    assert "https://bills.example.com" == address.origin


@pytest.mark.parametrize("origin", [HERE, "http://[::1]:8080", "http://localhost:80"])
def test_a_loopback_session_fetches_from_its_own_origin(origin):
    """A session on this machine takes its own origin, http and all."""
    address = checked(f"{origin}{PATH}?token=xxx", loopback=origin)

    assert (origin, f"{PATH}?token=xxx") == (address.origin, address.target)


@pytest.mark.parametrize(
    "url",
    [
        GOOD,
        f"http://127.0.0.1:8081{PATH}?token=xxx",
        f"http://127.0.0.1{PATH}?token=xxx",
        f"https://127.0.0.1:8080{PATH}?token=xxx",
        f"{HERE}0{PATH}?token=xxx",
        f"{HERE}/other?token=xxx",
    ],
)
def test_a_loopback_session_fetches_from_nowhere_else(url):
    """A session on this machine takes no other origin, the service's own included."""
    with pytest.raises(VerificationFailed):
        checked(url, loopback=HERE)


def test_shows_no_token():
    """Who has the token can fetch the bill: it is not shown."""
    assert "xxx" not in f"{checked(GOOD)!r}"
