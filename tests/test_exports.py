"""What a user can import: the lazy names, the typed names and the rooms agree."""

import ast
import importlib
import pkgutil
import subprocess
import sys
from importlib.util import resolve_name
from pathlib import Path

import pytest

import wxdist
from wxdist import errors

TREE = ast.parse(Path(wxdist.__file__).read_text("utf-8"))
ROOMS = sorted(
    found.name for found in pkgutil.walk_packages(wxdist.__path__, "wxdist.") if found.ispkg
)
#: The names of the first version that the public contract promises.
PROMISED = {
    *("Session", "Credentials", "Settings", "Clock", "Share", "Distribution", "Detail"),
    *("Outcome", "OrderRef", "Receiver", "Relation", "Remaining", "Settlement", "order_no"),
    *("OrderState", "DetailResult", "DetailType", "FailReason", "ReceiverType"),
    *("RelationType", "SettleState", "errors", "sandbox"),
    *("Transaction", "TradeState", "Refund", "RefundStatus", "Refundable", "RechargeBalance"),
    *("Bill", "BillFile", "BillKind", "FundFlow", "Notice", "EventType", "bills", "fundflow"),
    *("reconcile",),
}


def lazy() -> dict[str, str]:
    """Return the names of the lazy table and the module that each is loaded from."""
    for node in TREE.body:
        match node:
            case ast.AnnAssign(target=ast.Name(id="_HOME"), value=ast.Dict() as table):
                homes = ast.literal_eval(table)
                return {name: resolve_name(home, "wxdist") for name, home in homes.items()}
    pytest.fail("wxdist/__init__.py has no table _HOME")


def typed() -> dict[str, str]:
    """Return the names that a type checker sees and the module that each comes from."""
    blocks = [
        node
        for node in TREE.body
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
    ]
    nodes = [node for block in blocks for node in block.body if isinstance(node, ast.ImportFrom)]
    return {
        alias.asname or alias.name: resolve_name("." * node.level + (node.module or ""), "wxdist")
        for node in nodes
        for alias in node.names
    }


def test_all_is_sorted():
    """The public names stand in order, each once."""
    assert sorted(set(wxdist.__all__)) == wxdist.__all__


def test_all_is_complete():
    """What is promised is public, and so is whatever is loaded lazily."""
    public = set(wxdist.__all__)

    assert set() == PROMISED - public
    assert set() == lazy().keys() - public


@pytest.mark.parametrize("name", wxdist.__all__)
def test_resolves(name):
    """A public name leads to the thing of that name, and `dir` shows it."""
    found = getattr(wxdist, name)

    assert name in dir(wxdist)
    assert name == getattr(found, "__name__", name).rpartition(".")[2]


@pytest.mark.parametrize("room", ["errors", "sandbox"])
def test_a_room_is_an_attribute(room):
    """A room is loaded when it is first used as an attribute."""
    assert importlib.import_module(f"wxdist.{room}") is wxdist.__getattr__(room)


def test_an_unknown_name_is_an_attribute_error():
    """A name that is not there says so as any module does."""
    with pytest.raises(AttributeError, match="no attribute 'nonesuch'"):
        wxdist.nonesuch  # noqa: B018 - the look-up is the test


def test_types_and_program_see_the_same():
    """A type checker reads each name from the module that the program loads it from."""
    assert lazy() == {name: home for name, home in typed().items() if name in lazy()}
    assert set(wxdist.__all__) == typed().keys()


def test_import_is_light():
    """`import wxdist` alone loads no other package."""
    program = "import sys, wxdist; print(*sys.modules)"

    said = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert set() == {b"aiohttp", b"attrs", b"cryptography"} & set(said.stdout.split())


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_shows_its_names(room):
    """The names that a room shows are sorted and lead somewhere."""
    found = importlib.import_module(room)
    shown = getattr(found, "__all__", [])

    assert sorted(set(shown)) == list(shown)
    assert [] == [name for name in shown if not hasattr(found, name)]


def test_every_error_is_at_the_top():
    """Each class of the error tree can be caught by a top-level name."""
    tree = {
        name: value
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.WxdistError)
    }

    assert tree == {name: getattr(wxdist, name) for name in tree}
    assert set() == tree.keys() - set(wxdist.__all__)
    assert sorted(tree) == [name for name in errors.__all__ if name in tree]
