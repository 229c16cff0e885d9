"""HTTPS of the standing sandbox, by clients that are not ours and trust its file alone."""

import json
import shutil
import ssl
import subprocess
import urllib.error
import urllib.request

import pytest

from ..standing_process import order, standing

NEEDS_OPENSSL = pytest.mark.skipif(not shutil.which("openssl"), reason="there is no openssl here")


@pytest.fixture
def base_url(tmp_path):
    with standing(tmp_path, "--https") as address:
        yield address


@NEEDS_OPENSSL
@pytest.mark.parametrize("name", ["-verify_ip", "-verify_hostname"])
def test_openssl_has_no_complaint(base_url, tmp_path, name):
    """`openssl s_client` verifies chain and name, as strict as it goes, under TLS 1.3."""
    place = base_url.removeprefix("https://")
    host = "127.0.0.1" if name == "-verify_ip" else "localhost"
    done = subprocess.run(
        [
            *("openssl", "s_client", "-connect", place, "-CAfile", tmp_path / "sandbox_ca.pem"),
            *("-no-CApath", "-no-CAstore", "-verify_return_error", "-x509_strict", name, host),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == done.returncode
    assert "Verify return code: 0 (ok)" in done.stdout
    assert "TLSv1.3" in done.stdout
    assert "verify error" not in done.stdout + done.stderr


@NEEDS_OPENSSL
def test_openssl_complains_without_the_file(base_url):
    """Without `sandbox_ca.pem` the same client refuses: the check above can fail."""
    place = base_url.removeprefix("https://")
    done = subprocess.run(
        ["openssl", "s_client", "-connect", place, "-verify_return_error"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 != done.returncode
    assert "verify error" in done.stdout + done.stderr


def test_the_service_answers_over_https(base_url, tmp_path):
    """A client that trusts the file speaks with the service: here it is told to sign."""
    trusting = ssl.create_default_context(cafile=tmp_path / "sandbox_ca.pem")

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{base_url}/v3/certificates", context=trusting)

    with refused.value as answer:
        assert (401, "SIGN_ERROR") == (answer.code, json.load(answer)["code"])
        assert "1" == answer.headers["Wxdist-Sandbox"]


def test_plain_http_is_not_spoken(base_url):
    """Whoever forgets the s of https gets no answer."""
    with pytest.raises((urllib.error.URLError, ConnectionError)):
        order(base_url.replace("https:", "http:"), "clock")
