"""``wxdist sandbox`` as a process of its own."""

import contextlib
import json
import subprocess
import sys
import urllib.request


@contextlib.contextmanager
def standing(folder, *words):
    """Run it, its credentials in *folder*, for the block; give its address."""
    command = [sys.executable, "-m", "wxdist", "sandbox", "--credentials", str(folder), *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline()
            assert line.startswith("listening on ")
            yield line.split()[-1]
        finally:
            process.terminate()
    assert 0 == process.returncode


def order(base_url, operation, body=None):
    """Ask the control API; with a *body*, order."""
    request = urllib.request.Request(f"{base_url}/_sandbox/{operation}")
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)
