"""The plan of the rooms, held against every module: imports point one way."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import resolve_name
from pathlib import Path, PurePosixPath

import pytest

import wxdist

PACKAGE = Path(wxdist.__file__).parent
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))

#: A room imports from itself and from the rooms before it.
ORDER = (
    "errors",
    "extras",
    "models",
    "wire",
    "bills",
    "fundflow",
    "settings",
    "credentials",
    "waiting",
    "transport",
    "resources",
    "session",
    "reconcile",
    "workflows",
    "notebook",
)
EARLIER = {room: {"wxdist." + each for each in ORDER[:i]} for i, room in enumerate(ORDER)}
#: The sandbox stands beside: what a mistake in ours must not reach, it does not share.
EARLIER["sandbox"] = {"wxdist.errors", "wxdist.models", "wxdist.waiting.clock"}
EARLIER["cli"] = EARLIER["pytest_plugin"] = {"wxdist"}
#: Files that see more than their room.
ALSO = {"sandbox/server.py": {"wxdist.session", "wxdist.settings", "wxdist.credentials"}}

HTTP = {"transport/http.py", "sandbox/routes.py", "sandbox/listening.py"}
#: Other people's packages, and the files (a folder with its slash) that may name them.
FOREIGN = {
    "aiohttp": HTTP,
    "yarl": HTTP,
    "backoff": {"transport/retrying.py"},
    "attrs": {""},
    "cattrs": {"wire/"},
    "pyarrow": {"bills/", "reconcile/", "cli/"},
    "polars": {"bills/"},
    "pandas": {"bills/"},
    "holidays": {"fundflow/"},
    "cryptography": {"wire/", "settings.py", "transport/", "sandbox/", "cli/"},
    "pytest": {"pytest_plugin.py"},
    "pytest_asyncio": {"pytest_plugin.py"},
}
#: Values in, values out: no network, no files, no clock, no dice.
PURE = ("models/", "wire/", "fundflow/")
IMPURE = {
    *("asyncio", "http.client", "io.open", "multiprocessing", "os", "pathlib", "random"),
    *("secrets", "select", "selectors", "shutil", "socket", "ssl", "subprocess", "tempfile"),
    *("threading", "time", "urllib.request", "uuid"),
}
CLOCKS = {"now", "utcnow", "today"}
#: Where an import inside a function is a late start and not a way round a cycle.
LATE = ("cli/commands/", "pytest_plugin.py")


@dataclass(frozen=True)
class Import:
    """One imported name, written out in full, and whether it waits for a call."""

    target: str
    late: bool

    def is_of(self, names: set[str]) -> bool:
        """Tell whether the target is one of *names* or lies in it."""
        return any(self.target == name or self.target.startswith(name + ".") for name in names)


def room_of(path: str) -> str:
    """Return the room of a module: its folder, or its name where it stands alone."""
    top = PurePosixPath(path).parts[0].removesuffix(".py")
    return "cli" if top == "__main__" else top


def package_of(path: str) -> str:
    """Return the dotted name of the folder that a module lies in."""
    return ".".join(PurePosixPath("wxdist", path).parent.parts)


def targets(path: str, node: ast.AST) -> list[str]:
    """Return in full what an import statement names; of other nodes nothing."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    base = resolve_name("." * node.level + (node.module or ""), package_of(path))
    return [f"{base}.{alias.name}" for alias in node.names]


def imports(path: str, node: ast.AST, *, late: bool = False) -> Iterator[Import]:
    """Yield every import below *node*."""
    for child in ast.iter_child_nodes(node):
        for target in targets(path, child):
            yield Import(target, late)
        called = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
        yield from imports(path, child, late=late or called)


def ours(found: list[Import]) -> list[Import]:
    return [each for each in found if each.is_of({"wxdist"})]


def upward(path: str, found: list[Import]) -> list[str]:
    """Imports of a room that is not before this one."""
    room = room_of(path)
    if path == "__init__.py":
        return []
    if room not in EARLIER:
        return [f"{room} is no room of the plan"]
    allowed = {"wxdist." + room} | EARLIER[room] | ALSO.get(path, set())
    return [f"imports {each.target}" for each in ours(found) if not each.is_of(allowed)]


def foreign(path: str, found: list[Import]) -> list[str]:
    """Imports of other people's packages where they have no business."""
    names = {each.target.partition(".")[0] for each in found} - {"wxdist"}
    return [
        f"imports {name}"
        for name in sorted(names - sys.stdlib_module_names)
        if not path.startswith(tuple(FOREIGN.get(name, ())))
    ]


def private(path: str, found: list[Import]) -> list[str]:
    """Imports of a `_file` of another room."""
    hidden = [each for each in ours(found) if "._" in each.target.replace("__", "")]
    room = {"wxdist." + room_of(path)}
    return [f"{each.target} is private" for each in hidden if not each.is_of(room)]


def dodging(path: str, found: list[Import]) -> list[str]:
    """Imports of ours inside a function."""
    if path == "__init__.py" or path.startswith(LATE):
        return []
    return [f"imports {each.target} late" for each in ours(found) if each.late]


def _own(node: ast.Attribute) -> bool:
    """Tell whether it is a field of the object itself, which was handed in."""
    return isinstance(node.value, ast.Name) and node.value.id == "self"


def impure(path: str, found: list[Import], tree: ast.AST) -> list[str]:
    """Whatever reaches out of a room that only turns values into values."""
    if not path.startswith(PURE):
        return []
    nodes = list(ast.walk(tree))
    asked = [node for node in nodes if isinstance(node, ast.Attribute) and not _own(node)]
    clocks = {node.attr for node in asked} & CLOCKS
    opens = {node.id for node in nodes if isinstance(node, ast.Name)} & {"open"}
    return [
        *(f"imports {each.target}" for each in found if each.is_of(IMPURE)),
        *(f"uses {name}()" for name in sorted(clocks | opens)),
    ]


def listed(node: ast.AST) -> list[str] | None:
    """Return the names of an ``__all__``; of another statement nothing."""
    match node:
        case ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List(elts=names)):
            return [name.value for name in names if isinstance(name, ast.Constant)]
    return None


def front(path: str, tree: ast.Module) -> list[str]:
    """What a room's ``__init__.py`` does beside re-exporting a sorted ``__all__`` of its own."""
    if path == "__init__.py" or not path.endswith("__init__.py"):
        return []
    body = tree.body[1:] if ast.get_docstring(tree) is not None else tree.body
    shown = [names for node in body if (names := listed(node)) is not None]
    taken = [each for node in body for each in targets(path, node)]
    given = sorted(each.rpartition(".")[2] for each in taken)
    other = [node for node in body if listed(node) is None and not targets(path, node)]
    if other or not all(each.startswith(package_of(path) + ".") for each in taken):
        return ["does more than re-export"]
    return [] if [given] == (shown or [[]]) else ["__all__ is not its sorted names"]


def faults(path: str, source: str) -> list[str]:
    """Return where the module *path* (as ``wire/codec.py``) leaves the plan."""
    tree = ast.parse(source)
    found = list(imports(path, tree))
    return [
        *upward(path, found),
        *foreign(path, found),
        *private(path, found),
        *dodging(path, found),
        *impure(path, found, tree),
        *front(path, tree),
    ]


@pytest.mark.parametrize("path", MODULES)
def test_follows_the_plan(path):
    """The module imports only what its place in the plan allows."""
    assert [] == faults(path, (PACKAGE / path).read_text("utf-8"))


def test_sees_the_rooms():
    """The plan is held against the rooms that there are."""
    filled = {room_of(path) for path in MODULES} - {"__init__"}

    assert {"cli", "errors", "models", "sandbox", "session", "transport", "wire"} <= filled
    assert filled <= EARLIER.keys()


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("errors/_base.py", "from ..models import Share"),
        ("errors/_base.py", "from .. import models"),
        ("wire/codec.py", "from ..settings import Settings"),
        ("waiting/poller.py", "import wxdist.transport.http"),
        ("settings.py", "from wxdist import Session"),
        ("models/orders.py", "def f():\n    class C:\n        from ..session import Session"),
        ("transport/calls.py", "if TYPE_CHECKING:\n    from ..session import Session"),
        ("session.py", "from .sandbox import Sandbox"),
        ("sandbox/world.py", "from ..wire import sign"),
        ("sandbox/world.py", "from ..waiting.poller import poll"),
        ("sandbox/routes.py", "from ..session import Session"),
        ("sandbox/server.py", "from ..transport import Http"),
        ("utils.py", "import re"),
        ("transport/calls.py", "import aiohttp"),
        ("session.py", "from yarl import URL"),
        ("waiting/schedule.py", "from backoff import expo"),
        ("sandbox/world.py", "import cattrs"),
        ("wire/signing.py", "import requests.auth"),
        ("wire/codec.py", "from ..models._base import model"),
        ("wire/codec.py", "from ..models import _base"),
        ("resources/orders.py", "def f():\n    from ..errors import NotFound"),
        ("cli/main.py", "async def f():\n    import wxdist.session"),
        ("models/orders.py", "import cattrs"),
        ("models/orders.py", "import time"),
        ("models/orders.py", "def f():\n    import secrets"),
        ("models/bills.py", "from urllib.request import urlopen"),
        ("models/bills.py", "from http import client"),
        ("wire/keys.py", "from pathlib import Path"),
        ("wire/keys.py", "import os.path"),
        ("wire/keys.py", "def f(name):\n    return open(name)"),
        ("wire/verifying.py", "import datetime as d\nx = d.datetime.now(d.UTC)"),
        ("wire/verifying.py", "from datetime import date\nx = date.today"),
        ("wire/__init__.py", "from .codec import b, a\n__all__ = ['b', 'a']"),
        ("wire/__init__.py", "from .codec import a, b\n__all__ = ['a']"),
        ("wire/__init__.py", "from .codec import a"),
        ("wire/__init__.py", "from .codec import a as b\n__all__ = ['b']"),
        ("wire/__init__.py", "import json\n__all__ = ['json']"),
        ("wire/__init__.py", "'''Doc.'''\nfrom .codec import a\n__all__ = ['a']\na()"),
        ("wire/__init__.py", "from ..models import Share\n__all__ = ['Share']"),
    ],
)
def test_refuses(path, source):
    """A module that leaves the plan in one point is told so once or more."""
    assert [] != faults(path, source)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("__init__.py", "import importlib\ndef f():\n    from .session import Session"),
        ("__main__.py", "from .cli.main import main"),
        ("errors/_base.py", "from __future__ import annotations\nfrom enum import StrEnum"),
        (
            "models/orders.py",
            "from ._base import model\nimport attrs\nfrom ..errors import NotFound",
        ),
        (
            "wire/codec.py",
            "from ..models import Share\nimport cattrs\nfrom urllib.parse import quote",
        ),
        ("wire/verifying.py", "from datetime import datetime\nx = datetime.fromtimestamp(0)"),
        ("transport/http.py", "import aiohttp\nimport asyncio\nfrom yarl import URL"),
        ("transport/retrying.py", "import backoff\nfrom ..waiting.clock import Clock"),
        ("sandbox/world.py", "from ..waiting.clock import Clock\nfrom .ledger import Ledger"),
        ("sandbox/world.py", "from ..waiting import clock\nimport random"),
        ("sandbox/server.py", "from ..session import Session\nfrom .routes import app"),
        ("cli/commands/demo.py", "def run():\n    from ...sandbox import Sandbox"),
        ("session.py", "def f():\n    import tomllib"),
        (
            "wire/__init__.py",
            "'''Doc.'''\nfrom .a import A, B\nfrom .b import c\n__all__ = ['A', 'B', 'c']",
        ),
        ("waiting/__init__.py", "from wxdist.waiting.clock import Clock\n__all__ = ['Clock']"),
        ("cli/__init__.py", "'''Doc.'''"),
    ],
)
def test_allows(path, source):
    """What the plan allows is no fault."""
    assert [] == faults(path, source)
