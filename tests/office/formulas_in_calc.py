"""Texts of strangers in an exported bill, opened by a real spreadsheet program.

It is told of different separators, since a person may choose any, and Excel takes the semicolon in
half of Europe. Each payload stands in a file of its own, so that no file spoils another's figures.
"""

import csv

import pytest

from wxdist import BillFile
from wxdist.models import BillKind
from wxdist.wire.bills import COLUMNS

from ..payloads import FAMILIES

#: As people and programs part the cells of a CSV file.
SEPARATORS = {"comma": ",", "semicolon": ";", "TAB": "\t"}
#: What this spreadsheet program does not evaluate in any file; other programs do.
#: It takes only the equals sign for the beginning of a formula.
NEVER = {"plus", "minus", "at", "full width", "blanks", "unseen"}
UNSAFE = "as it is"
CASES = [(family, text) for family, texts in FAMILIES.items() for text in texts]


def bill(path, kind, text):
    """Write a bill whose texts are all *text*, further columns too; return it."""
    columns = COLUMNS[kind]
    values = ["1.00" if each.is_amount else text for each in columns]
    for place, each in enumerate(columns):
        if each.name.endswith("currency"):
            values[place] = "CNY"
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow([*(each.name for each in columns), "note"])
        lines.writerow([f"`{value}" for value in (*values, text)])
        lines.writerow(["count"])
        lines.writerow(["`1"])
    return BillFile(path, kind)


def unsafe(path, text):
    """Write *text* between two others, as every CSV writer would."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["id", "description", "status"], ["1", text, "SUCCESS"]])


def evaluated(cells):
    """Return the cells that are formulas."""
    return [each for each in cells if each.formula is not None]


@pytest.fixture(scope="module")
def opened(office, tmp_path_factory):
    """Open each payload as it is and through each bill's export; return the cells of each."""
    folder = tmp_path_factory.mktemp("csv")
    files = {}
    for number, case in enumerate(CASES):
        files[case, UNSAFE] = folder / f"{number}.csv"
        unsafe(files[case, UNSAFE], case[1])
        for kind in BillKind:
            files[case, kind] = folder / f"{number}-{kind}.csv"
            bill(folder / "bill", kind, case[1]).to_csv(files[case, kind])
    found = {}
    for name, separator in SEPARATORS.items():
        into = tmp_path_factory.mktemp(name)
        all_cells = office.opened(list(files.values()), separator, into)
        for (case, way), cells in zip(files, all_cells, strict=True):
            found[case, way, name] = cells
    return found


@pytest.mark.parametrize("kind", BillKind)
@pytest.mark.parametrize(("family", "text"), CASES)
def test_arrives(tmp_path, kind, family, text):
    """The payload is in the bill's rows as it is, so it is the export that makes it safe."""
    (row,) = bill(tmp_path / "bill.csv", kind, text).rows()

    assert {"note": text} == row.extra


@pytest.mark.parametrize("family", FAMILIES)
def test_no_formula(opened, family):
    """Nothing of an exported bill is a formula, with whatever separator it is opened."""
    safe = {
        key: evaluated(cells)
        for key, cells in opened.items()
        if key[0][0] == family and key[1] != UNSAFE
    }

    assert len(FAMILIES[family]) * len(BillKind) * len(SEPARATORS) == len(safe)
    assert {} == {key: found for key, found in safe.items() if found}


@pytest.mark.parametrize("family", sorted(FAMILIES.keys() - NEVER))
def test_would_be_one(opened, family):
    """The same texts, written as they are, do make formulas: so the test above could fail."""
    found = [evaluated(cells) for (case, way, _), cells in opened.items() if way == UNSAFE]
    families = [case[0] for case, way, _ in opened if way == UNSAFE]

    assert any(cells for name, cells in zip(families, found, strict=True) if name == family)


def test_amounts_stay_numbers(opened):
    """What was made safe are the texts: amounts can be added up."""
    for (_, way, separator), cells in opened.items():
        if way != UNSAFE and separator == "comma":
            numbers = [each for each in cells if each.type == "float" and each.text == "1"]
            amounts = sum(column.is_amount for column in COLUMNS[way])
            assert amounts == len(numbers)
