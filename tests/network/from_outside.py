"""Who reaches the standing sandbox: asked from another network namespace of this machine.

Needs root and iproute2. It makes a namespace and a pair of interfaces of its own, and removes
them.
"""

import ipaddress
import json
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request

import attrs
import pytest

from ..standing_process import standing

#: Networks for documents; of these one is taken that this machine does not use.
NETWORKS = ("203.0.113.0/30", "198.51.100.0/30", "192.0.2.0/30")

#: Run there: says what became of a connection.
PROGRAM = """
import socket, sys
try:
    with socket.create_connection((sys.argv[1], int(sys.argv[2])), 5) as connection:
        connection.sendall(b"GET /v3/certificates HTTP/1.0\\r\\nHost: sandbox\\r\\n\\r\\n")
        print(connection.makefile().readline().split()[1])
except OSError as error:
    print(type(error).__name__)
"""


@attrs.frozen
class Outside:
    """A namespace with a way to here."""

    name: str
    here: str  #: the address of this machine that it can reach

    def asks(self, host, address):
        """Connect from there to the port of *address*; return the HTTP status, or the error."""
        port = address.rpartition(":")[2]
        inside = ("ip", "netns", "exec", self.name, sys.executable, "-c", PROGRAM, host, port)
        return subprocess.run(inside, check=True, capture_output=True, text=True).stdout.strip()


def ip(*words):
    return subprocess.run(["ip", *words], check=True, capture_output=True, text=True).stdout


def free():
    """Return two addresses of a network that nothing here uses, or else skip."""
    routes = [each["dst"] for each in json.loads(ip("-j", "route", "show", "table", "all"))]
    used = [ipaddress.ip_network(each) for each in routes if ":" not in each and each != "default"]
    for network in map(ipaddress.ip_network, NETWORKS):
        if not any(network.overlaps(each) for each in used):
            return [str(each) for each in network.hosts()]
    return pytest.skip("this machine uses all networks for documents")


@pytest.fixture(scope="module")
def outside():
    """Make a namespace, and a pair of interfaces between it and here."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("needs root and iproute2")
    near, far = free()
    name, here, there = (f"wxd{part}{os.getpid()}" for part in "nab")
    ip("netns", "add", name)
    try:
        ip("link", "add", here, "type", "veth", "peer", "name", there, "netns", name)
        ip("addr", "add", f"{near}/30", "dev", here)
        ip("link", "set", here, "up")
        ip("-n", name, "addr", "add", f"{far}/30", "dev", there)
        ip("-n", name, "link", "set", there, "up")
        ip("-n", name, "link", "set", "lo", "up")
        yield Outside(name, near)
    finally:
        ip("netns", "del", name)  # takes its interface, and so the pair, with it


def answers_here(address):
    """Tell whether it answers on this side at all; else nothing was shown."""
    try:
        urllib.request.urlopen(f"{address}/v3/certificates")
    except urllib.error.HTTPError as error:
        with error:
            return error.code == 401
    return False


def test_not_reached_as_it_is(outside, tmp_path):
    """As it starts by itself, no address of this machine leads to it from outside."""
    with standing(tmp_path, "--control") as address:
        assert answers_here(address)
        found = [outside.asks(host, address) for host in (outside.here, "127.0.0.1")]

    assert ["ConnectionRefusedError"] * 2 == found


def test_reached_when_exposed(outside, tmp_path):
    """With --expose and an address of this machine it answers there."""
    with standing(tmp_path, "--host", outside.here, "--expose") as address:
        found = outside.asks(outside.here, address)

    assert "401" == found


@pytest.mark.parametrize("host", ["here", "0.0.0.0", "::"])
def test_no_such_address_without_the_word(outside, host):
    """Without --expose it does not start on an address that others can reach."""
    host = host.replace("here", outside.here)
    command = [sys.executable, "-m", "wxdist", "sandbox", "--host", host]
    done = subprocess.run(command, check=False, capture_output=True, text=True)

    assert (1, "") == (done.returncode, done.stdout)
    assert "is no loopback address" in done.stderr
