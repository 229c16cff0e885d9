"""What can go wrong with whole files."""

from .discrepancies import discrepancy, only
from .in_distribution import more
from .shop import SUBS

ALL = [("distribution", SUBS[0]), ("distribution", SUBS[2]), ("refunds", None), ("statement", None)]


def of_each_file(deed):
    """Register a deed for each kind of bill, that of distribution for two sub-merchants."""
    for kind, sub in ALL:
        if deed.__name__ == "wrong_summary" and kind == "statement":
            continue  # it has none

        def spoiled(copy, kind=kind, sub=sub):
            file = copy.one(copy.files(kind), lambda f: f.sub_mchid == sub)
            return deed(copy, file, kind)

        spoiled.__name__ = "_".join(filter(None, (deed.__name__, kind, sub)))
        spoiled.__doc__ = deed.__doc__
        discrepancy(spoiled)
    return deed


def damaged(file, kind):
    return only("damaged", kind, "file", bill_date=str(file.day))


@of_each_file
def cut(copy, file, kind):
    """A file ends in the middle of a row."""
    content = file.path.read_bytes()
    lines = content.splitlines(keepends=True)
    at = len(lines[0]) + len(lines[1]) * 2 // 3
    copy.texts[file.path] = content[:at]
    return damaged(file, kind)


@of_each_file
def of_another_day(copy, file, kind):
    """A file was put in the place of that of another day."""
    other = copy.one(
        copy.files(kind), lambda f: f.sub_mchid == file.sub_mchid and f.day != file.day
    )
    copy.texts[file.path] = other.path.read_bytes()
    return only("differs", kind, "day", bill_date=str(file.day))


@of_each_file
def lost(copy, file, kind):
    """A file is not there, though something happened on its day."""
    copy.lost.add(file.path)
    return only("missing_there", kind, "file", bill_date=str(file.day))


@of_each_file
def no_bill_at_all(copy, file, kind):
    """A page that says something else was kept under the name of the bill."""
    copy.texts[file.path] = b"<html><body>502 Bad Gateway</body></html>\n"
    return damaged(file, kind)


@of_each_file
def garbled(copy, file, kind):
    """A byte of a file is not what it was: it is no UTF-8 any more."""
    content = bytearray(file.path.read_bytes())
    content[len(content) // 2] = 0xFF
    copy.texts[file.path] = bytes(content)
    return damaged(file, kind)


@of_each_file
def wrong_summary(copy, file, kind):
    """The summary says a fen more than the rows."""
    paper = copy.paper(file)
    place = paper.rest[0].index("total_amount")
    paper.rest[1][place] = "`" + more(paper.rest[1][place][1:])
    copy.adds_up = False
    return only("sum", kind, "total_amount", bill_date=str(file.day))


@of_each_file
def wrong_count(copy, file, kind):
    """The summary counts one row more than there are."""
    if kind == "statement":
        content = file.path.read_bytes()
        copy.texts[file.path] = content[: content.rindex(b"\r\n", 0, -2) + 40]
        return damaged(file, kind)
    paper = copy.paper(file)
    place = paper.rest[0].index("total_count")
    paper.rest[1][place] = f"`{len(paper.rows) + 1}"
    copy.adds_up = False
    return only("sum", kind, "total_count", bill_date=str(file.day))
