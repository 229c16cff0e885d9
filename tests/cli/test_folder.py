import datetime as dt

from wxdist.cli.folder import lying_in, name_of
from wxdist.models import BillKind

MONDAY = dt.date(2026, 1, 5)


def lying(folder, *names, sub_mchid=None):
    for name in names:
        (folder / name).touch()
    found = lying_in(folder, sub_mchid)
    return {kind: [bill.path.name for bill in bills] for kind, bills in found.items()}


def test_a_bill_has_its_name():
    """The name tells kind and day; bills of sub-merchants lie beside those of all."""
    names = [name_of(BillKind.STATEMENT, MONDAY, each) for each in (None, "1900000109")]

    assert ["statement-2026-01-05.csv", "statement-2026-01-05-1900000109.csv"] == names


def test_finds_what_it_named(tmp_path):
    """A name gives back the kind, the day and whose bill it is."""
    (tmp_path / name_of(BillKind.REFUNDS, MONDAY, "1900000109")).touch()

    (bill,) = lying_in(tmp_path, "1900000109")[BillKind.REFUNDS]

    assert (BillKind.REFUNDS, MONDAY, "1900000109") == (bill.kind, bill.day, bill.sub_mchid)


def test_lets_other_files_be(tmp_path):
    """What is no bill's name, or one of another form, is not looked at."""
    names = ["distribution-2026-01-05.safe.csv", "distribution-2026-01-05.parquet", "notes.csv"]
    names += ["distribution-2026-02-30.csv", "invoice-2026-01-05.csv"]

    assert {} == lying(tmp_path, *names)


def test_a_folder_that_is_not_there_holds_none(tmp_path):
    """Nothing lies where there is no folder."""
    assert {} == lying(tmp_path / "none")


def test_takes_the_bill_of_all_before_those_of_one(tmp_path):
    """A day's money counts once: the bill of all, else those of its sub-merchants."""
    monday = ["statement-2026-01-05.csv", "statement-2026-01-05-1.csv"]
    tuesday = ["statement-2026-01-06-1.csv", "statement-2026-01-06-2.csv"]

    found = lying(tmp_path, *monday, *tuesday)

    assert sorted([monday[0], *tuesday]) == sorted(found[BillKind.STATEMENT])


def test_takes_one_sub_merchants_alone(tmp_path):
    """Of a sub-merchant only the bills with its id count."""
    names = ["statement-2026-01-05.csv", "statement-2026-01-05-1.csv", "refunds-2026-01-06-2.csv"]

    assert {BillKind.STATEMENT: [names[1]]} == lying(tmp_path, *names, sub_mchid="1")
