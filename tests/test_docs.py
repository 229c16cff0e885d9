"""What is public is explained, and the programs of the README compile."""

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import wxdist

TESTS = Path(__file__).parent
README = TESTS.parent / "README.md"
PROGRAMS = re.findall(r"^```python\n(.*?)^```", README.read_text("utf-8"), re.DOTALL | re.MULTILINE)
ROOMS = sorted(
    found.name for found in pkgutil.walk_packages(wxdist.__path__, "wxdist.") if found.ispkg
)


def members(cls: type) -> Iterator[tuple[str, object]]:
    """Yield what a class and its bases of ours define for users to call or read."""
    for base in cls.__mro__:
        if base.__module__.startswith("wxdist"):
            for name, value in vars(base).items():
                if not name.startswith("_"):
                    yield f"{base.__qualname__}.{name}", inspect.unwrap(value)


def unexplained(cls_or_function: object, name: str) -> list[str]:
    """Return the names, of the thing and inside it, that have no docstring of their own."""
    if not isinstance(cls_or_function, type):
        explained = not inspect.isfunction(cls_or_function) or cls_or_function.__doc__
        return [] if explained else [name]
    below = [
        label
        for label, value in members(cls_or_function)
        if isinstance(value, property | classmethod | staticmethod) or inspect.isfunction(value)
        if not value.__doc__
    ]
    return below if vars(cls_or_function).get("__doc__") else [name, *below]


def is_test(node: ast.AST) -> bool:
    function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    return function and node.name.startswith("test_")


@pytest.mark.parametrize("room", ["wxdist", *ROOMS])
def test_public_names_are_explained(room):
    """A room, its public classes and functions, and their public methods have docstrings."""
    found = importlib.import_module(room)
    names = getattr(found, "__all__", [])

    missing = [each for name in names for each in unexplained(getattr(found, name), name)]

    assert found.__doc__
    assert [] == missing


def test_finds_what_is_not_explained():
    """A class or a method without a docstring is named."""

    class Bare:
        def method(self): ...

        @property
        def value(self): ...

        @staticmethod
        def helper():
            """Explained."""

        def _hidden(self): ...

    Bare.__module__ = "wxdist.fake"

    prefix = Bare.__qualname__
    assert ["Bare", f"{prefix}.method", f"{prefix}.value"] == unexplained(Bare, "Bare")


@pytest.mark.parametrize("path", sorted(TESTS.rglob("test_*.py")), ids=lambda path: path.stem)
def test_each_test_states_its_behaviour(path):
    """A test has a docstring: the behaviour that it holds."""
    nodes = [each for each in ast.walk(ast.parse(path.read_text("utf-8"))) if is_test(each)]

    assert [] == [node.name for node in nodes if not ast.get_docstring(node)]


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_readme_compiles(program):
    """A program of the README is Python, `await` at its top level included."""
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT

    assert compile(program, "README.md", "exec", flags)


def test_the_readme_has_programs():
    """There is something to compile."""
    assert PROGRAMS
