"""Whatever a bill says, and however it is written: it is read as it was."""

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wxdist import BillFile, BillKind

from .dialects import SUMMARY, Dialect, dialects, header, plain, printed, rows

#: No surrogates: UTF-8 has none. Quotes, commas, backticks and line breaks more often than others.
anything = st.text(
    st.sampled_from(',"`\r\n ;\t') | st.characters(exclude_categories=["Cs"]), max_size=12
)
#: Where nothing is quoted, a text can neither break its line nor begin a value.
one_line = anything.map(lambda text: text.translate({ord(each): "_" for each in "`\r\n"}))
quick = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@quick
@given(data=st.data(), dialect=dialects)
@pytest.mark.parametrize("kind", BillKind)
def test_rows_are_read_as_they_were(tmp_path, kind, data, dialect):
    """Any rows, written in any dialect, are read back equal, and so is the summary."""
    texts = one_line if dialect.quoting == "nowhere" else anything
    written = data.draw(rows(kind, texts))
    summary = data.draw(st.tuples(texts, texts))
    path = tmp_path / "bill.csv"
    body = [printed(kind, row) for row in written]

    path.write_bytes(dialect.write([header(kind), *body], [SUMMARY, summary]))

    file = BillFile(path)
    assert kind == file.form
    assert written == list(file.rows())
    assert dict(zip(SUMMARY, summary, strict=True)) == file.summary


@quick
@given(data=st.data(), dialect=dialects)
def test_further_columns_are_kept(tmp_path, data, dialect):
    """Columns that came later are kept by their names, in any dialect."""
    kind = BillKind.REFUNDS
    texts = one_line if dialect.quoting == "nowhere" else anything
    (row, *_) = data.draw(rows(kind, texts).filter(bool))
    extra = data.draw(st.tuples(texts, texts))
    path = tmp_path / "bill.csv"
    names = [*header(kind), "returned_fee", "备注"]

    path.write_bytes(dialect.write([names, [*printed(kind, row), *extra]]))

    (found,) = BillFile(path).rows()
    assert row == found
    assert dict(zip(names[-2:], extra, strict=True)) == found.extra


@pytest.mark.parametrize("kind", BillKind)
@pytest.mark.parametrize("packed", [True, False])
def test_many_blocks(tmp_path, kind, packed):
    """Rows that fill many blocks are all read, wherever a block ends."""
    written = [
        attrs.evolve(row, **{header(kind)[2]: f"商户{number}" * (number % 50)})
        for number, row in enumerate([plain(kind)] * 3000)
    ]
    path = tmp_path / "bill.csv"
    body = [printed(kind, row) for row in written]

    path.write_bytes(Dialect(packed=packed).write([header(kind), *body]))

    assert path.stat().st_size > (1 << 13 if packed else 1 << 18)
    assert written == list(BillFile(path).rows())
