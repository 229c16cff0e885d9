"""A sandbox in a thread of its own, and a real Chromium that looks at its page."""

import asyncio
import base64
import contextlib
import json
import os
import secrets
import shutil
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from wxdist.sandbox import Sandbox

#: Nothing of the machine's own browser is used, and nothing is asked of the internet.
FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-dev-shm-usage", "--hide-scrollbars"),
)
#: Seconds after which what should have been seen is missing.
PATIENCE = 15


def selenium(module):
    """Return a module of selenium; skip without it."""
    return pytest.importorskip(f"selenium.{module}", reason="selenium is not installed")


def program(variable, *names):
    """Return where a program is, as the environment says or as it is found; skip without it."""
    found = os.environ.get(variable) or next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip(f"no {names[0]} on this machine: install it, or set {variable}")
    return found


class Stage:
    """A running sandbox, whose coroutines run in its own thread."""

    def __init__(self, folder):
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self.sandbox = Sandbox(clock="manual", fee_rate="0.006", control=True)

    def __enter__(self):
        self._thread.start()
        self.do(self.sandbox.__aenter__())
        self.sandbox.write_credentials(self._folder)
        self.url = self.sandbox.base_url
        return self

    def __exit__(self, *error):
        self.do(self.sandbox.__aexit__(*error))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def do(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(PATIENCE)

    def order(self, act, *arguments, **named):
        """Call a method of the control in the sandbox's thread."""

        async def ordered():
            result = getattr(self.sandbox.control, act)(*arguments, **named)
            return await result if asyncio.iscoroutine(result) else result

        return self.do(ordered())

    def call(self, act):
        """Let a client of the sandbox act: a coroutine function of a session."""

        async def called():
            async with self.sandbox.session() as session:
                return await act(session)

        return self.do(called())

    def post(self, path, body, *, signed=None):
        """Send *body* with a signature made here, of *signed*; return the status."""
        facts = json.loads((self._folder / "credentials.json").read_text())
        key = serialization.load_pem_private_key(
            (self._folder / "merchant_key.pem").read_bytes(), None
        )
        nonce, time = secrets.token_hex(16), str(int(self.sandbox.clock.now()))
        text = f"POST\n{path}\n{time}\n{nonce}\n{body if signed is None else signed}\n"
        made = key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        pairs = {
            "mchid": facts["mchid"],
            "nonce_str": nonce,
            "timestamp": time,
            "serial_no": facts["serial_no"],
            "signature": base64.b64encode(made).decode(),
        }
        inside = ",".join(f'{name}="{value}"' for name, value in pairs.items())
        request = urllib.request.Request(
            self.url + path,
            body.encode(),
            {
                "Authorization": f"WECHATPAY2-SHA256-RSA2048 {inside}",
                "Content-Type": "application/json",
                "Accept": "*/*",
            },
        )
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            with error:
                return error.code


class Eyes:
    """A browser, in the words of these tests."""

    def __init__(self, driver, url):
        self.driver = driver
        self.url = url

    def open(self, path="/"):
        self.driver.get(self.url + path)

    def one(self, css):
        return self.driver.find_element("css selector", css)

    def named(self, words, *, among="button", inside="body"):
        """Return the element whose text, spoken words included, is *words*."""
        found = self.driver.find_elements("css selector", f"{inside} {among}")
        return next(each for each in found if each.get_attribute("textContent") == words)

    def fill(self, css, value):
        field = self.one(css)
        field.clear()
        field.send_keys(value)
        return field

    def choose(self, css, value):
        self.one(f"{css} option[value='{value}']").click()

    def text(self, css):
        return self.one(css).get_attribute("textContent")

    def until(self, what, holds):
        """Wait until *holds*; whatever is missing or replaced meanwhile does not hold yet."""
        errors = selenium("common.exceptions")
        ignored = (errors.NoSuchElementException, errors.StaleElementReferenceException)
        wait = selenium("webdriver.support.ui").WebDriverWait(
            self.driver, PATIENCE, 0.05, (*ignored, StopIteration)
        )
        return wait.until(lambda _: holds(), f"waited for: {what}")

    def see(self, words, css="main"):
        return self.until(f"{words!r} in {css}", lambda: words in self.text(css))

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def width(self, pixels):
        facts = {"width": pixels, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", facts)

    def media(self, **features):
        listed = [{"name": k.replace("_", "-"), "value": v} for k, v in features.items()]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": listed})

    def complaints(self):
        """Return what the browser has complained of on its console."""
        return [each["message"] for each in self.driver.get_log("browser")]


@pytest.fixture
def stage(tmp_path):
    with Stage(tmp_path) as running:
        yield running


@contextlib.contextmanager
def browser(profile, url, *, script=True):
    """Start a Chromium with an empty profile."""
    webdriver = selenium("webdriver")
    options = webdriver.ChromeOptions()
    options.binary_location = program("WXDIST_CHROMIUM", "chromium", "google-chrome")
    for flag in (*FLAGS, f"--user-data-dir={profile}", "--window-size=1280,900"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    if not script:
        setting = {"profile.managed_default_content_settings.javascript": 2}
        options.add_experimental_option("prefs", setting)
    service = webdriver.ChromeService(program("WXDIST_CHROMEDRIVER", "chromedriver"))
    driver = webdriver.Chrome(options, service)
    try:
        eyes = Eyes(driver, url)
        eyes.media(prefers_reduced_motion="reduce")  # what glides is hard to hit
        yield eyes
    finally:
        driver.quit()


@pytest.fixture
def eyes(tmp_path, stage):
    with browser(tmp_path / "profile", stage.url) as started:
        yield started


@pytest.fixture
def plain_eyes(tmp_path, stage):
    """A browser that runs no script of any page."""
    with browser(tmp_path / "profile", stage.url, script=False) as started:
        yield started


@pytest.fixture(scope="session")
def axe():
    """The accessibility checker's script."""
    place = os.environ.get("WXDIST_AXE")
    if place is None:
        pytest.skip("no axe-core: set WXDIST_AXE to its axe.min.js")
    return Path(place).read_text("utf-8")
