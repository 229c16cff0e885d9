"""Optional packages: loaded when they are there, asked for by name when they are not."""

import json
import sys

import pytest

from wxdist import MissingExtra
from wxdist.extras import imported


def test_gives_what_is_there():
    """What is installed comes as any import brings it."""
    assert json is imported("json", "arrow")


def test_names_the_command_for_what_is_not():
    """What is not installed is an ImportError that says how to install it."""
    with pytest.raises(MissingExtra, match=r"needs nonesuch: pip install 'wxdist\[arrow\]'") as e:
        imported("nonesuch.parquet", "arrow")

    assert isinstance(e.value, ImportError)
    assert ("nonesuch", "arrow") == (e.value.package, e.value.extra)
    assert "nonesuch" not in sys.modules


@pytest.mark.parametrize(
    ("name", "text", "match"),
    [
        ("broken_library", "raise ImportError('no such symbol')", "no such symbol"),
        ("broken_needs", "import nonesuch", "No module named 'nonesuch'"),
        ("broken_part", "from broken_part import nonesuch", "cannot import name 'nonesuch'"),
    ],
)
def test_what_is_there_and_broken(tmp_path, monkeypatch, name, text, match):
    """A package that is installed and cannot be imported says itself what is wrong with it."""
    (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(ImportError, match=match) as caught:
        imported(name, "arrow")

    assert not isinstance(caught.value, MissingExtra)
