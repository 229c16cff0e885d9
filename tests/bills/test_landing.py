"""A file appears whole or not at all."""

import errno
import os
import stat
import sys

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


def cut_short(target, opened):
    with landing(target) as part:
        part.write_bytes(bytes(1_000_000))
        opened.append(part.open("rb"))
        opened[0].read(1)
        raise LookupError("x")


@pytest.mark.skipif(sys.platform == "win32", reason="a file that is open cannot be removed there")
def test_who_still_reads_it(tmp_path):
    """What did not land is empty: a thread that was left with it comes to its end at once."""
    opened = []

    with pytest.raises(LookupError):
        cut_short(tmp_path / "a.csv", opened)

    with opened[0] as file:
        assert 0 == os.fstat(file.fileno()).st_size


def test_the_longest_name(tmp_path):
    """A target's name may be as long as names can be."""
    target = tmp_path / ("a" * 255)

    with landing(target) as part:
        part.write_text("whole")

    assert "whole" == target.read_text()


unix = pytest.mark.skipif(sys.platform == "win32", reason="permissions and links of a Unix")


@unix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666, 0o755])
def test_permissions_stay(tmp_path, mode):
    """Who may read a file may read the one in its place, and nobody else before it is there."""
    target = tmp_path / "a.csv"
    target.write_text("older")
    target.chmod(mode)

    with landing(target) as part, beside(part) as spare:
        during = [stat.S_IMODE(path.stat().st_mode) for path in (part, spare)]

    assert [mode, mode] == during
    assert mode == stat.S_IMODE(target.stat().st_mode)


@unix
def test_a_file_that_is_read_only(tmp_path):
    """A file that nobody may write can be replaced all the same, as its folder allows it."""
    target = tmp_path / "a.csv"
    target.write_text("older")
    target.chmod(0o444)

    with landing(target):
        pass

    assert 0o644 == stat.S_IMODE(target.stat().st_mode)


@unix
@pytest.mark.parametrize("mask", [0o022, 0o002, 0o077])
def test_the_umask_decides(tmp_path, mask):
    """A new file may be read by those whom the umask leaves in, as every other."""
    target = tmp_path / "a.csv"
    before = os.umask(mask)
    try:
        with landing(target):
            pass
    finally:
        os.umask(before)

    assert 0o666 & ~mask == stat.S_IMODE(target.stat().st_mode)


@unix
@pytest.mark.parametrize("existing", [True, False])
def test_a_link_is_followed(tmp_path, existing):
    """The file takes the place that a link points to, and the link stays one."""
    folder, link = tmp_path / "folder", tmp_path / "link.csv"
    folder.mkdir()
    link.symlink_to(folder / "a.csv")
    if existing:
        (folder / "a.csv").write_text("older")

    with landing(link) as part:
        part.write_text("whole")
        assert folder == part.parent

    assert (True, "whole") == (link.is_symlink(), (folder / "a.csv").read_text())
    assert ["a.csv"] == names(folder)


@unix
def test_what_is_no_file_is_not_replaced(tmp_path):
    """A pipe, as a device or a folder, stays what it is: nothing begins."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    for target in (pipe, tmp_path):
        with pytest.raises(FileExistsError, match="is no file"), landing(target):
            pytest.fail("the block began")

    assert (True, ["pipe"]) == (pipe.is_fifo(), names(tmp_path))


def test_no_folder(tmp_path):
    """Without the folder nothing begins."""
    with pytest.raises(FileNotFoundError), landing(tmp_path / "none" / "a.csv"):
        pytest.fail("the block began")


def land_a_device(target):
    with landing(target) as part:
        part.unlink()
        part.symlink_to(os.devnull)


@unix
def test_it_is_on_the_disk_first(tmp_path):
    """What the disk does not confirm does not land: here a device, which never does."""
    target = tmp_path / "a.csv"

    with pytest.raises(OSError, match=os.strerror(errno.EINVAL)):
        land_a_device(target)

    assert not target.exists()
