import datetime as dt

import pytest

from wxdist.cli.parquet import flat, hold, write, write_table

COLUMNS = {"id": "string", "day": "date32", "amount_net": "int64"}
MONDAY = dt.date(2026, 1, 5)


def test_what_lies_inside_gets_both_names():
    """A record inside another loses nothing but its depth."""
    record = {"id": "1", "amount": {"net": 2, "tax": {"rate": 3}}, "split": None}

    assert {"id": "1", "amount_net": 2, "amount_tax_rate": 3, "split": None} == flat(record)


def test_writes_the_columns_that_are_meant(tmp_path):
    """Every file has the same columns and types; what is missing is null, what is more left out."""
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "a.parquet"

    write(path, [{"id": "1", "day": MONDAY, "amount": {"net": 2}}, {"id": "2", "more": 1}], COLUMNS)

    assert [
        {"id": "1", "day": MONDAY, "amount_net": 2},
        {"id": "2", "day": None, "amount_net": None},
    ] == parquet.read_table(path).to_pylist()


def test_of_no_records_the_columns_stay(tmp_path):
    """An empty table is one that programs can read like any other."""
    parquet = pytest.importorskip("pyarrow.parquet")

    write(tmp_path / "a.parquet", [], COLUMNS)

    assert list(COLUMNS) == parquet.read_table(tmp_path / "a.parquet").column_names


def test_appears_whole_or_not_at_all(tmp_path):
    """What is no table leaves no file behind."""
    pytest.importorskip("pyarrow")

    with pytest.raises(AttributeError):
        write_table(tmp_path / "a.parquet", "no table")

    assert [] == list(tmp_path.iterdir())


def test_looks_for_pyarrow_before_the_work(tmp_path):
    """Where pyarrow and the folder are there, or nothing is to be written, nothing is said."""
    pytest.importorskip("pyarrow")

    hold("--parquet", tmp_path / "a.parquet")
    hold("--parquet", None)

    assert [] == list(tmp_path.iterdir())
