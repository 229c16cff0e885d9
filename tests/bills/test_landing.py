"""A file appears whole or not at all."""

import pytest

from wxdist.bills.landing import beside, landing


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("existing", [None, "older"])
def test_it_lands(tmp_path, existing):
    """When the block ends well the file is at its target, and nothing is beside it."""
    target = tmp_path / "a.csv"
    if existing:
        target.write_text(existing)

    with landing(target) as part:
        part.write_text("whole")
        assert (existing is not None) == target.exists()
        assert part.parent == target.parent

    assert (["a.csv"], "whole") == (names(tmp_path), target.read_text())


def half_land(target):
    with landing(target) as part:
        part.write_text("half")
        raise LookupError("x")


@pytest.mark.parametrize("existing", [[], ["older"]])
def test_it_does_not_land(tmp_path, existing):
    """When the block ends by an error the folder is as it was, and the error goes on."""
    target = tmp_path / "a.csv"
    for text in existing:
        target.write_text(text)

    with pytest.raises(LookupError, match="x"):
        half_land(target)

    assert existing == [path.read_text() for path in tmp_path.iterdir()]


def test_a_file_beside(tmp_path):
    """A file beside is empty and gone afterwards, or where it was put meanwhile."""
    target = tmp_path / "a.csv"

    with beside(target) as spare:
        during, content = names(tmp_path), spare.read_bytes()
    with beside(target) as spare:
        spare.replace(tmp_path / "kept")

    assert (1, b"") == (len(during), content)
    assert ["kept"] == names(tmp_path)


def test_no_folder(tmp_path):
    """Without the folder nothing begins."""
    with pytest.raises(FileNotFoundError), landing(tmp_path / "none" / "a.csv"):
        pytest.fail("the block began")
